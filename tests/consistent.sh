# Copies of checkpoints that are being removed: commits and gcs run without a
# pause from the command line and the control files of two mounts, while tools
# copy the oldest checkpoint that nobody has read yet.  What was looked into
# before it left is copied whole; what left first is stale, and tried again.
# Readers that stop for longer than their lease go on where they have anything
# open, and otherwise go on or are told.
#
# CKPTFS_CONSISTENT: how many times as many copies (1: 100 by rsync, 20 each by
# tar and cp -a, and 12 readers that stop).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync tar jq python3
. "$CKPTFS_SRC/tests/copying.sh"

times=${CKPTFS_CONSISTENT:-1}

# start_churn OPTIONS: a root, two mounts of it, and whoever changes it.
start_churn() {
	mkdir "$tmp/root" "$tmp/records"
	rm -f "$tmp/stop"
	churn make "$tmp/root" "$tmp/records" 4
	mount_root "$tmp/root" "$tmp/one" "$1"
	mount_root "$tmp/root" "$tmp/two" "$1"
	CHURN_PAUSE=0.02 python3 "$CKPTFS_SRC/tests/churn.py" run "$tmp/root" "$tmp/records" "$tmp/stop" "$tmp/answers" \
		"$tmp/one" "$tmp/two" >"$tmp/churn.out" 2>&1 &
	churn_pid=$!
	cleanup_fn touch "$tmp/stop"
}

# stop_churn WHAT: its answers add up, and what is left in the end is sound.
stop_churn() {
	local churned=0
	touch "$tmp/stop"
	wait "$churn_pid" || churned=$?
	cat "$tmp/churn.out"
	check "$1: every commit and gc was answered" test $churned = 0
	check "$1: nothing is lost, and every answer is one of those promised" \
		churn answers "$tmp/records" "$tmp/root" "$tmp/answers"
	check "$1: what is left is sound" ckptfs verify "$tmp/root"
	umount_root "$tmp/one"
	umount_root "$tmp/two"
	rm -rf "$tmp/root" "$tmp/records" "$tmp/answers"
}

# With a lease that is short enough for most of what was read to leave meanwhile.
start_churn lease=2
status=0
copy_all $((50 * times)) $((20 * times)) $((20 * times)) $((50 * times)) || status=$?
check "the copying went through" test $status = 0
check "no copy of what was looked into failed, and every copy that was done is whole" nothing_wrong
check "most of what was copied has been removed since" most_left_meanwhile "$tmp/root" $((50 * times))
being_read() { jq -s -e 'any(.[].answer.kept[]?; .why == "being read")' "$tmp/answers" >/dev/null; }
check "a gc kept what was being read, and said so" being_read
stop_churn "copies"

# --- readers that stop ------------------------------------------------------

start_churn lease=1
for ((n = 0; n < times; n++)); do
	stopping
	check "whoever stops goes on, or is told that it left" stops_right
	check "with a file or a directory open, it goes on" went_on
done
stop_churn "readers that stop"
