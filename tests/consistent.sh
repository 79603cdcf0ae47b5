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

# churning OPTIONS: a root, two mounts of it, and whoever changes it.
churning() {
	mkdir "$tmp/root" "$tmp/records"
	churn make "$tmp/root" "$tmp/records" 4
	start_churn "$tmp/root" "$1" churn.py "$tmp/root" "$tmp/records" "$tmp/stop" "$tmp/answers" "$tmp/one" "$tmp/two"
}
answers() { churn answers "$tmp/records" "$tmp/root" "$tmp/answers"; }
sound() { ckptfs verify "$tmp/root"; }

# With a lease that is short enough for most of what was read to leave meanwhile.
churning lease=2
status=0
copy_all $((50 * times)) $((20 * times)) $((20 * times)) $((50 * times)) || status=$?
check "the copying went through" test $status = 0
check "no copy of what was looked into failed, and every copy that was done is whole" nothing_wrong
check "most of what was copied has been removed since" most_left_meanwhile "$tmp/root" $((50 * times))
check "a gc kept what was being read, and said so" being_read
stop_churn "copies"

# --- readers that stop ------------------------------------------------------

churning lease=1
for ((n = 0; n < times; n++)); do
	stopping
	check "whoever stops goes on, or is told that it left" stops_right
	check "with a file or a directory open, it goes on" went_on
done
stop_churn "readers that stop"
