# The manual pages have every verb and every option that --help has, and no
# other; the shells complete verbs, options and uuids.
set -eu
. "$(dirname "$0")/functions.sh"
requires mandoc bash tar xz

lint() {
	mandoc -T lint -W warning "$CKPTFS_SRC"/man/*.[158]
}
check "mandoc has nothing to say against them" lint

page() { mandoc -T ascii "$CKPTFS_SRC/man/$1" | col -b; }
page ckptfs.1 >"$tmp/ckptfs.1"
page mount.ckptfs.8 >"$tmp/mount.8"

verbs=$(ckptfs --help | sed -n 's/^   \([a-z]*\) .*ROOT.*/\1/p')
for v in $verbs; do
	[ "$v" = mount ] || ckptfs "$v" --help | grep -oE '(^| )(-[a-z],  )?--[a-z-]+' | grep -oE -- '--[a-z-]+'
done | sort -u >"$tmp/in-help"
echo --version >>"$tmp/in-help"
sort -u -o "$tmp/in-help" "$tmp/in-help"

has_verbs() {
	local v
	for v in $verbs; do
		grep -qE "(^| )$v (\[-f\] )?root" "$tmp/ckptfs.1" || { echo "$v is missing"; return 1; }
	done
}
check "ckptfs(1) has every verb" has_verbs

has_options() {
	grep -oE -- '--[a-z-]+[a-z]' "$tmp/ckptfs.1" | sort -u | diff "$tmp/in-help" -
}
check "ckptfs(1) has every option, and no other" has_options

has_mount_options() {
	mount.ckptfs --help | sed -n 's/^   \([a-z_-]*\)[= ].*/\1/p' | sort >"$tmp/mount-help"
	sed -n '/^OPTIONS/,/^EXIT/s/^     \([a-z_-]*\)\(=[a-zA-Z]*\)\{0,1\}\(  .*\)\{0,1\}$/\1/p' "$tmp/mount.8" | grep . | sort | diff "$tmp/mount-help" -
}
check "mount.ckptfs(8) has every mount option, and no other" has_mount_options

# --- completion ---------------------------------------------------------------

tar -xf "$CKPTFS_SRC/tests/data/roots/v2-gc.tar.xz" -C "$tmp"
root=$tmp/v2-gc
uuid=$(ckptfs list "$root" --json | jq -r '.checkpoints[0].uuid')

complete_bash() { # the words so far
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ckptfs; printf "%s\n" "${COMPREPLY[@]}"' \
		_ "$CKPTFS_SRC/completion/ckptfs.bash" "$@"
}
bashes() {
	complete_bash ckptfs ver | grep -qx verify
	complete_bash ckptfs verify "$root" "${uuid:0:20}" | grep -qx "$uuid"
	complete_bash ckptfs gc "$root" --except "${uuid:0:20}" | grep -qx "$uuid"
	complete_bash ckptfs gc "$root" --keep-d | grep -qx -- --keep-daily
	complete_bash ckptfs list "${root%gc}" | grep -qx "$root"
}
check "bash completes verbs, options, directories and uuids" bashes

fishes() {
	mkdir -p "$tmp/home"
	complete_fish() { HOME=$tmp/home fish -c "source '$CKPTFS_SRC/completion/ckptfs.fish'; complete -C '$1'"; }
	complete_fish 'ckptfs ver' | grep -q '^verify'
	complete_fish "ckptfs verify $root ${uuid:0:20}" | grep -q "^$uuid"
	complete_fish "ckptfs gc $root --keep-d" | grep -q '^--keep-daily'
}
if command -v fish >/dev/null; then check "fish does too" fishes; else skip_case_optional "fish does too" "fish is not here"; fi

zshes() {
	zsh -n "$CKPTFS_SRC/completion/_ckptfs"
	zsh -fc 'compadd() { shift; print -rl -- ${(P)1} }; _describe() { print -rl -- ${(P)2} }; _files() { : }
		fpath=($1 $fpath); autoload -U _ckptfs; words=("${@:2}"); CURRENT=$#words; _ckptfs' _ "$CKPTFS_SRC/completion" "$@"
}
zsh_works() {
	zshes ckptfs ver | grep -q '^verify:'
	zshes ckptfs verify "$root" "" | grep -qx "$uuid"
	zshes ckptfs gc "$root" --keep | grep -qx -- --keep-daily
}
if command -v zsh >/dev/null; then check "zsh does too" zsh_works; else skip_case_optional "zsh does too" "zsh is not here"; fi
