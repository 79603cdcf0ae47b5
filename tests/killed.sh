# kill -9 of the daemon while it holds and leases: nothing stays behind that
# blocks anybody or fills the disk, the dead mount point says so, and mounting
# again mends it, with the same inode numbers.
#
# CKPTFS_KILLS: how often it is killed while it is busy (5).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3

unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt"
ctl=$tmp/mnt/.ckptfs

inodes() { find "$tmp/mnt" -mindepth 1 -printf '%P %i %s %T@ %C@\n' | sort; }

# One that a gc will remove.
batch=$(ckptfs gc -n --json "$tmp/root" | jq -r '[.items[].name | select(endswith(".feldera"))][0]')

inodes >"$tmp/inodes"
sha256_tree "$tmp/mnt" >"$tmp/content"
oldest=$(jq -r '.[0].uuid' "$tmp/root/checkpoints.feldera")
shown=$(find "$tmp/mnt" -path "*/storage/$batch" | head -n 1)
pid=$(daemon_of "$tmp/mnt")
one_daemon() { [ "$(echo "$pid" | wc -w)" = 1 ]; }
check "one process serves the mount" one_daemon

# A reader with a file open, and everything leased and held.
exec 4<"$shown"
leased() {
	jq -e '(.leases | length) == 6 and .held.files > 50' "$ctl/status.json" >/dev/null
	[ "$(ckptfs gc -n --json "$tmp/root" | jq '[.kept[] | select(.why == "being read")] | length')" = 4 ]
}
check "all checkpoints are leased and held" leased

# What a pipeline deletes now is only held by the daemon.
rm "$tmp/root/$batch"
deleted() { [ "$(jq .held.deleted_files "$ctl/status.json")" -ge 1 ]; }
check "a deleted file is held" deleted

kill -KILL "$pid"
is_dead() { ! kill -0 "$pid" 2>/dev/null; }
wait_until 10 is_dead || fail "the daemon outlives kill -9"

unconnected() {
	expect_fail any "$nobody_there" ls "$tmp/mnt"
	expect_fail any "$nobody_there" cat "$tmp/mnt/$oldest/metadata.json"
}
check "the dead mount point says that nobody is there" unconnected
reader_is_told() { # the descriptor of before, of what the kernel has not; no wrong bytes, no end
	expect_fail any "$nobody_there" python3 -c '
import os
os.posix_fadvise(4, 0, 0, os.POSIX_FADV_DONTNEED)
os.pread(4, 4096, 0) and exit("bytes")
exit("an end of the file")'
}
check "a reader that had a file open is told" reader_is_told

# Before anything is mended:
nothing_blocks_gc() {
	timeout 20 ckptfs gc --json "$tmp/root" >"$tmp/gc.json"
	jq -e '(.removed | length) == 4 and all(.kept[]; .why == "newest") and .left == []' "$tmp/gc.json" >/dev/null
}
check "a gc right after is not blocked by leases of the dead" nothing_blocks_gc
no_locks() {
	python3 - "$tmp/root" <<-'P'
		import fcntl, glob, os, struct, sys
		F_OFD_GETLK = 36
		for path in glob.glob(sys.argv[1] + "/*/CHECKPOINT") + [sys.argv[1] + "/feldera.pidlock"]:
		    fd = os.open(path, os.O_RDWR)
		    ask = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
		    kind = struct.unpack("hhqqi4x", fcntl.fcntl(fd, F_OFD_GETLK, ask))[0]
		    if kind != fcntl.F_UNLCK:
		        sys.exit(f"{path} is locked")
	P
}
check "no lock is left" no_locks
gone() { [ -z "$(ckptfs_processes)" ]; }
check "no process is left" wait_until 10 gone
exec 4<&-
no_deleted_files() { ! find /proc/[0-9]*/fd -lname "$tmp/root/*(deleted)" 2>/dev/null | grep .; }
check "nobody holds a deleted file" no_deleted_files
pipeline_starts() {
	hold_pidlock "$tmp/root"
	release_pidlock
}
check "a pipeline gets its lock" pipeline_starts

# --- mended -----------------------------------------------------------------

mends() {
	mount.ckptfs "$tmp/root" "$tmp/mnt"
	[ "$(grep -c " $tmp/mnt fuse" /proc/self/mounts)" = 1 ]
	ls "$tmp/mnt" >/dev/null
}
check "mounting again mends the dead mount point" mends
same_inodes() {
	inodes >"$tmp/again"
	[ "$(wc -l <"$tmp/again")" -gt 50 ]
	# What is left is as it was.
	! comm -13 "$tmp/inodes" "$tmp/again" | grep .
}
check "with the same inode numbers and times" same_inodes
same_content() {
	sha256_tree "$tmp/mnt" >"$tmp/again"
	! comm -13 "$tmp/content" "$tmp/again" | grep .
}
check "and the same bytes" same_content
works_as_before() {
	jq -e '.ok and (.leases | length) == 2' "$ctl/status.json" >/dev/null
	(exec 3<>"$ctl/control"; echo verify >&3; jq -e .ok <&3 >/dev/null)
}
check "the new mount leases and takes commands" works_as_before

# --- many times, and at any moment ------------------------------------------

# While it is busy reading, and with the mount point in use.
kill_while_busy() {
	local n pid
	for ((n = 1; n <= ${CKPTFS_KILLS:-5}; n++)); do
		pid=$(daemon_of "$tmp/mnt")
		(find "$tmp/mnt/" -type f -exec cat {} + >/dev/null 2>&1 || :) &
		sleep "0.0$((n % 10))"
		kill -KILL "$pid"
		wait $!
		timeout 20 ckptfs gc "$tmp/root" >/dev/null
		mount.ckptfs "$tmp/root" "$tmp/mnt"
		[ "$(grep -c " $tmp/mnt fuse" /proc/self/mounts)" = 1 ]
		inodes | diff "$tmp/again.inodes" -
	done
}
inodes >"$tmp/again.inodes"
check "killed again and again, while it reads" kill_while_busy
umount_root "$tmp/mnt"
check "nothing of it is left" wait_until 10 gone
