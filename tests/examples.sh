# What a --help ends with works as it stands, and so do the examples of the manual.
#
# They speak of /data, /archive and /mnt/ckpt: here these are places of the test.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3 jq

# The checkpoint that examples name, and one that is there, but in no catalog.
export NAMED=0199f0c2-25cd-786f-901a-66bdfec8ed80

# data VERB: a root on which its example makes sense.
data() {
	rm -rf "$tmp/data" "$tmp/archive" "$tmp/mnt" "$tmp/backup"
	unpack_root v2-solo "$tmp/data"
	python3 - "$tmp/data" "$1" <<-'P'
		import json, os, sys
		root, verb = sys.argv[1:]
		named = os.environ["NAMED"]
		catalog = json.load(open(root + "/checkpoints.feldera"))
		os.rename(f"{root}/{catalog[0]['uuid']}", f"{root}/{named}")
		catalog[0]["uuid"] = named
		if verb == "commit":
		    del catalog[0]
		if verb == "rebuild":
		    for e in catalog:
		        json.dump({"circuit": e}, open(f"{root}/{e['uuid']}/state.json", "w"))
		    os.remove(root + "/checkpoints.feldera")
		else:
		    json.dump(catalog, open(root + "/checkpoints.feldera", "w"))
	P
	mkdir "$tmp/mnt"
	case $1 in
	unpin) ckptfs pin "$tmp/data" before-upgrade $NAMED >/dev/null ;;
	diff | metrics) ckptfs archive "$tmp/data" "$tmp/archive" --all >/dev/null ;;
	esac
	mkdir -p "$tmp/backup/last"
	cp -a "$tmp/data" "$tmp/backup/last/storage"
}

# here WORDS: the same command on this test's places.
here() {
	sed -e "s#/data#$tmp/data#g; s#/archive#$tmp/archive#g; s#/mnt/ckpt#$tmp/mnt#g; s#/backup#$tmp/backup#g" <<<"$1"
}

# One that stays until it is told to end has done something by then.
stays() {
	# shellcheck disable=SC2086 # words
	ckptfs $1 >"$tmp/out" &
	local pid=$!
	cleanup_fn kill_quietly $pid
	wait_until 30 grep -q '^archived ' "$tmp/out" || return 1
	kill -INT $pid
	wait $pid
	[ "$(ckptfs list "$tmp/archive" --no-header | wc -l)" = 1 ]
}

works() { # the words after "ckptfs"
	local words
	words=$(here "$1")
	data "${1%% *}"
	echo "ckptfs $words"
	case $1 in
	*--watch*)
		stays "$words"
		;;
	mount*)
		# shellcheck disable=SC2086 # words
		ckptfs $words
		cleanup_fn unmount_quietly "$tmp/mnt"
		[ -d "$tmp/mnt/$NAMED/storage" ]
		umount_root "$tmp/mnt"
		;;
	*'>'*) (cd "$tmp" && bash -ec "ckptfs $words") ;;
	*)
		# shellcheck disable=SC2086 # words
		ckptfs $words >"$tmp/out"
		[ -s "$tmp/out" ]
		;;
	esac
}

can_mount() { { [ -r /dev/fuse ] && [ -w /dev/fuse ]; } && { is_root || command -v fusermount3 >/dev/null; }; }

for verb in $(ckptfs --help | sed -n 's/^   \([a-z]*\) .*ROOT.*/\1/p'); do
	example=$(ckptfs "$verb" --help | tail -n 1 | sed -n 's/^Example: ckptfs //p')
	name="the example of $verb"
	if [ -z "$example" ] || [ "${example%% *}" != "$verb" ]; then
		not_ok "$name: its --help ends with none"
	elif [ "$verb" = mount ] && ! can_mount; then
		skip_case "$name" "there is no /dev/fuse for this user"
	elif [ "$verb" = mount ] && ! is_root; then
		skip_case "$name" "its allow_other is root's"
	else
		check "$name" works "$example"
	fi
done

sed -n 's/^\.Dl \$ ckptfs //p' "$CKPTFS_SRC/man/ckptfs.1" >"$tmp/manual"
[ "$(wc -l <"$tmp/manual")" -ge 4 ] || fail "where are the manual's examples?"
while read -r example <&3; do
	check "the manual's: ckptfs $example" works "$example"
done 3<"$tmp/manual"
