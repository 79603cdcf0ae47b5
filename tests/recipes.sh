# Every command of docs/recipes.md and of README.md works as it stands there, on a
# real root, in the order of its section.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3 rsync restic borg jq

export RESTIC_PASSWORD=x RESTIC_REPOSITORY=$tmp/restic BORG_REPO=$tmp/borg BORG_BASE_DIR=$tmp/home
export XDG_CACHE_HOME=$tmp/home
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
mkdir "$tmp/home"
restic init -q
borg init -e none

# stays CMD...: it has done something, and ends when it is told to.
stays() {
	local pid
	: >"$tmp/said" # now, not when the next one has begun
	"$@" >"$tmp/said" 2>&1 &
	pid=$!
	wait_until 30 test -s "$tmp/said"
	kill -TERM $pid
	wait $pid
}
export -f stays wait_until
export tmp

begin_anew() {
	local at
	for at in "$top/mnt/ckpt" "$top/mnt/history"; do
		! mountpoint -q "$at" || umount_root "$at"
	done
	rm -rf "$top"
	mkdir -p "$top"/{mnt/ckpt,mnt/history,archive,backup,fresh}
	unpack_root v2-solo "$top/data"
}

run_section() { # script
	begin_anew
	(cd "$top" && bash "$1" </dev/null >"$tmp/log" 2>&1) || { cat "$tmp/log"; return 1; }
}

# sections_of DOCUMENT
sections_of() {
	local document=$1 number name
	rm -rf "$tmp/sections"
	mkdir "$tmp/sections"
	python3 "$CKPTFS_SRC/tests/doc_commands.py" "$CKPTFS_SRC/$document" "$top" "$tmp/sections"
	while read -r number name; do
		check "$document: $name" run_section "$tmp/sections/$number.sh"
	done <"$tmp/sections/names.txt"
	check "$document has commands" test -s "$tmp/sections/names.txt"
}

top=$tmp/top
sections_of docs/recipes.md
sections_of README.md
begin_anew

# What the pod in the example runs, for a while.
command_of_the_pod() {
	awk '/^ *- name: history$/ { here = 1 } here && /^ *command:$/ { words = 1; next }
		words && !/^ *- / { exit } words { sub(/^ *- /, ""); gsub(/"/, ""); print }' \
		"$CKPTFS_SRC/examples/kubernetes/sidecar.yaml" |
		sed -e "s#^/data\$#$top/data#" -e "s#^/archive\$#$top/archive#" >"$tmp/words"
	mapfile -t words <"$tmp/words"
	stays "${words[@]}"
	ckptfs verify "$top/archive"
}
check "the pod of the example keeps a history" command_of_the_pod

picture() { env -u CKPTFS_BUILD /usr/bin/python3 "$CKPTFS_SRC/scripts/record-terminal" --check; }
if /usr/bin/python3 -c 'import rich' 2>/dev/null; then
	check "the picture on the first page shows what the commands print" picture
else
	skip_case_optional "the picture on the first page shows what the commands print" "python3-rich is not here"
fi

# Verbs and options that a table names, as --help has them.
known_words() {
	local verb option
	grep -o '`ckptfs [^`]*`' "$CKPTFS_SRC/docs/comparison.md" | tr -d '`' | while read -r _ verb words; do
		ckptfs "$verb" --help >"$tmp/help"
		for option in $words; do
			case $option in
			-*) grep -qE -- "(^|[ ,])$option( |,|\$)" "$tmp/help" || { echo "$verb has no $option"; return 1; } ;;
			esac
		done
	done
}
check "what the comparison says of ckptfs, its help has" known_words
