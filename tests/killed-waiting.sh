# kill -9 of the daemon at the worst moment: one of its threads is in the kernel
# and waits for a directory that a reader has locked, who waits for an answer of
# the daemon's.  The connection ends all the same, and nobody hangs.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires strace

unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt" poll=1
daemon=$(daemon_of "$tmp/mnt")

# Or a failure here would hang whoever cleans up.
connection=$(awk -v at="$tmp/mnt" '$5 == at { sub(/^0:/, "", $3); print $3 }' /proc/self/mountinfo)
mkdir "$tmp/connections"
end_connection() {
	mount -t fusectl none "$tmp/connections"
	[ ! -e "$tmp/connections/$connection" ] || echo 1 >"$tmp/connections/$connection/abort"
	umount "$tmp/connections"
}

# Each answer of the daemon takes a while, whichever thread it is of, also one that is
# started later; readers list the checkpoints without a pause, and the root changes, so
# that names are taken back.  The thread that is watched is left alone: the kernel tells
# of a traced one's end otherwise.
slow_down() {
	local task
	for task in "/proc/$daemon/task"/*; do
		[ "$(cat "$task/comm")" != ckptfs-alive ] && grep -q '^TracerPid:.0$' "$task/status" || continue
		strace -q -o /dev/null -p "${task##*/}" -e trace=writev -e inject=writev:delay_enter=500000 &
	done 2>/dev/null
}
slow_down
sleep 1
grep -q '^TracerPid:.[1-9]' "/proc/$daemon/task"/*/status || fail "no thread of the daemon is there to be watched"
(while slow_down; do sleep 0.2; done) >/dev/null 2>&1 &
cleanup_fn kill_quietly $!
for n in 1 2 3; do
	(while :; do ls -l "$tmp/mnt"; done) >/dev/null 2>&1 &
	cleanup_fn kill_quietly $!
done
(while :; do
	ckptfs commit "$tmp/root" --allow-empty
	sleep 0.5
done) >/dev/null 2>&1 &
cleanup_fn kill_quietly $!
# First of all, once it is over.
cleanup_fn end_connection

waits_in_the_kernel() { grep -qs fuse_reverse_inval_entry /proc/"$daemon"/task/*/stack; }
kill_it_there() {
	waits_in_the_kernel && kill -KILL "$daemon"
}
wait_until 60 kill_it_there || fail "no thread of the daemon ever waited in the kernel"

gone() { [ ! -e "/proc/$daemon/task" ] || [ -z "$(ls "/proc/$daemon/task")" ]; }
is_dead() { ! timeout 5 ls "$tmp/mnt" >/dev/null 2>"$tmp/said" && grep -qE "$nobody_there" "$tmp/said"; }
check "the connection has ended, and nobody hangs" wait_until 20 is_dead
check "no thread of the daemon's is left" wait_until 20 gone
still_mounted() { grep -q " $tmp/mnt fuse.ckptfs" /proc/self/mounts; }
check "the mount point is there, and dead" still_mounted
check "it can be unmounted" timeout 20 umount "$tmp/mnt"
