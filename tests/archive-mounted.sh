# An archive that is mounted, while an archiver adds to it and prunes it, and gcs
# prune it without a pause from the command line and the control files of two
# mounts; the root that it is linked to loses its own files all the while.  Tools
# copy its oldest checkpoints whole, readers that stop go on, and a daemon that is
# killed blocks nobody.
#
# CKPTFS_ARCHIVE_MOUNTED: how many times as many copies (1: 20 by rsync, 4 each by
# tar and cp -a; 5 is what tests/consistent.sh makes of a root) and kills (3).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync tar jq python3
. "$CKPTFS_SRC/tests/copying.sh"

times=${CKPTFS_ARCHIVE_MOUNTED:-1}
keep=4

# churning OPTIONS MNT...: a root, its archive, two mounts of that, and whoever
# changes both; these mounts are told to gc.
churning() {
	mkdir "$tmp/root" "$tmp/records"
	churn make "$tmp/root" "$tmp/records" 4
	ckptfs archive "$tmp/root" "$tmp/archive" --all --keep-last $keep --json |
		jq -c '{by: "the first", verb: "archive", answer: .}' >"$tmp/answers"
	start_churn "$tmp/archive" "$1" churn_archive.py "$tmp/root" "$tmp/archive" "$tmp/records" \
		"$tmp/stop" "$tmp/answers" $keep "${@:2}"
}
answers() {
	python3 "$CKPTFS_SRC/tests/churn_archive.py" answers "$tmp/root" "$tmp/archive" "$tmp/records" "$tmp/answers"
}
sound() {
	ckptfs verify "$tmp/archive" >/dev/null
	ckptfs sweep -n --json "$tmp/archive" | jq -e '.removed == [] and .missing == []' >/dev/null
	ckptfs gc --keep-last $keep "$tmp/archive" >/dev/null
	rm -rf "$tmp/root"
	ckptfs verify "$tmp/archive"
}

# With a lease that is short enough for most of what was read to leave meanwhile.
churning lease=1 "$tmp/one" "$tmp/two"
status=0
copy_all $((10 * times)) $((4 * times)) $((4 * times)) $((10 * times)) || status=$?
check "the copying went through" test $status = 0
check "no copy of what was looked into failed, and every copy that was done is whole" nothing_wrong
check "most of what was copied has left the archive since" most_left_meanwhile "$tmp/archive" $((10 * times))
everybody_removed() { # or one of them was not tested
	jq -s -e '[.[] | select(.answer.removed // [] | length > 0) | .by] | unique | length == 4' "$tmp/answers" >/dev/null
}
check "the archiver, both mounts and the command line have pruned it" wait_until 20 everybody_removed
check "what was being read was kept, and that was said" being_read
stop_churn "copies"

# --- readers that stop ------------------------------------------------------

churning lease=1 "$tmp/one" "$tmp/two"
for ((n = 0; n < times; n++)); do
	stopping
	check "whoever stops goes on, or is told that it left" stops_right
	check "with a file or a directory open, it goes on" went_on
done
stop_churn "readers that stop"

# --- the daemon is killed ---------------------------------------------------

# inodes: of what is in every checkpoint that is shown, and its times; but of one
# that leaves meanwhile.
inodes() {
	(cd "$tmp/one" && { find . -path './*/*' -printf '%P %i %s %T@ %C@\n' 2>/dev/null || :; }) | sort
}
one_to_read() { uuid=$(oldest_unread) && [ -n "$uuid" ]; }
# One that holds and leases: all of it is looked at, and one is being copied.
kill_the_daemon() {
	local pid uuid copier status=0
	pid=$(daemon_of "$tmp/one")
	wait_until 10 one_to_read
	inodes >"$tmp/before"
	rm -rf "$tmp/killed"
	rsync -a --bwlimit=200 "$tmp/one/$uuid/" "$tmp/killed/" 2>"$tmp/killed.err" &
	copier=$!
	wait_until 10 test -e "$tmp/killed" || echo "WRONG: nothing was copied"
	kill -KILL "$pid"
	wait "$copier" || status=$?
	if [ $status = 0 ]; then
		check_copy "$uuid" "$tmp/killed" "a copy from a daemon that was killed"
	fi
	mount.ckptfs "$tmp/archive" "$tmp/one" -o lease=1
	inodes >"$tmp/after"
	# Of what is there before and after.
	join -j 1 "$tmp/before" "$tmp/after" >"$tmp/both"
	grep -q "^$anchor/storage/w" "$tmp/both" || echo "WRONG: the one that is pinned is not there"
	awk '{ n++ } $2 != $6 || $3 != $7 || $4 != $8 || $5 != $9 { print "WRONG: not the same: " $0 } END { exit !n }' \
		"$tmp/both" || echo "WRONG: nothing was compared"
	# What it had leased leaves, like all else.
	wait_until 30 left "$uuid" || echo "WRONG: $uuid never leaves"
	rm -rf "$tmp/again"
	rsync -a "$tmp/one/$anchor/" "$tmp/again/" || echo "WRONG: the next daemon does not serve it"
	check_copy "$anchor" "$tmp/again" rsync
}
left() { ! grep -q "$1" "$tmp/archive/checkpoints.feldera"; }

churning lease=30 "$tmp/two"
# There before and after, whatever goes.
pin_it() {
	anchor=$(readlink "$tmp/one/latest")
	ckptfs pin "$tmp/archive" anchor "$anchor" >/dev/null 2>&1
}
wait_until 20 pin_it || fail "it can't be pinned"
mkdir -p "$tmp/taken/$anchor"
# Not as a condition: then "set -e" would not count in it.
set +e
(
	set -eE
	trap 'echo "WRONG: line $LINENO failed: $BASH_COMMAND"' ERR
	for ((n = 0; n < 3 * times; n++)); do kill_the_daemon; done
) >"$tmp/log.4" 2>&1
set -e
cat "$tmp/log.4"
check "a daemon that is killed blocks nothing, and the next one serves the same" nothing_wrong
stop_churn "killed daemons"
