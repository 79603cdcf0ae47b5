# A read-only root, another user's root, and who owns what is made.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires rsync tar jq runuser

ctimes() { find "$1" -printf '%P %C@ %T@ %s\n' | sort; }

unpack_root v2-solo "$tmp/root"
ctimes "$tmp/root" >"$tmp/before"
mkdir "$tmp/ro"
mount --bind "$tmp/root" "$tmp/ro"
cleanup_fn unmount_quietly "$tmp/ro"
mount -o remount,bind,ro "$tmp/ro"
read_only() {
	mount_root "$tmp/ro" "$tmp/mnt"
	sha256_tree "$tmp/mnt" >/dev/null
	cat "$tmp/mnt/.ckptfs/gc" "$tmp/mnt/.ckptfs/status.json" >/dev/null
	ckptfs list -l "$tmp/ro"
	ckptfs verify "$tmp/ro"
	ckptfs gc -n "$tmp/ro"
	ckptfs sweep -n "$tmp/ro"
	expect_fail 1 "Read-only" ckptfs gc "$tmp/ro"
	umount_root "$tmp/mnt"
}
check "a read-only root mounts, reads, and answers every dry run" read_only
nothing_written() { ctimes "$tmp/root" | diff "$tmp/before" -; }
check "reading writes nothing" nothing_written

# Another user's, as a pipeline in a container has it.
user=daemon
unpack_root v2-solo "$tmp/theirs"
chown -R $user: "$tmp/theirs"
chmod 700 "$tmp/theirs"
ctimes "$tmp/theirs" >"$tmp/before"
mount_root "$tmp/theirs" "$tmp/mnt"
read_all() { "$CKPTFS_SRC/tests/recorded.py" "$CKPTFS_SRC/tests/data/roots/v2-solo.json" "$tmp/mnt" >/dev/null; }
check "another user's root of mode 0700 mounts and reads" read_all
nothing_written_there() { ctimes "$tmp/theirs" | diff "$tmp/before" -; }
check "reading it writes nothing" nothing_written_there
daemon_is_theirs() {
	local pid
	pid=$(pgrep -n -f "mount.ckptfs $tmp/theirs")
	grep -q "^Uid:.*$(id -u $user)" "/proc/$pid/status"
	grep -q '^CapEff:.0000000000000000' "/proc/$pid/status"
}
check "its daemon runs as the owner, without a capability" daemon_is_theirs
umount_root "$tmp/mnt"

all_theirs() {
	! find "$tmp/theirs" ! -user $user -print | grep .
	runuser -u $user -- python3 -c '
import os, sys
for dir, _, files in os.walk(sys.argv[1]):
    for f in files:
        os.close(os.open(os.path.join(dir, f), os.O_RDWR))' "$tmp/theirs"
}
writes_as_owner() {
	local uuid=019f0000-0000-7000-8000-000000000001
	rm -f "$tmp/theirs/feldera.pidlock"
	runuser -u $user -- mkdir "$tmp/theirs/$uuid"
	runuser -u $user -- sh -c "echo s >'$tmp/theirs/$uuid/pspine-0.dat'"
	(umask 077; ckptfs commit "$tmp/theirs" --uuid $uuid)
	[ "$(stat -c %a "$tmp/theirs/$uuid/dependencies.json")" = 644 ]
	all_theirs
	ckptfs gc "$tmp/theirs"
	ckptfs sweep "$tmp/theirs"
	all_theirs
}
check "what root's commit, gc and sweep make belongs to the owner" writes_as_owner

mode_is_kept() {
	chmod 640 "$tmp/theirs/checkpoints.feldera"
	ckptfs commit "$tmp/theirs" --allow-empty
	[ "$(stat -c '%a %U' "$tmp/theirs/checkpoints.feldera")" = "640 $user" ]
}
check "a rewritten catalog keeps its mode" mode_is_kept

# A copy by an ordinary user is one that a pipeline can write in.
chmod 755 "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt" allow_other
mkdir "$tmp/copies"
chown $user: "$tmp/copies"
copies_are_writable() {
	local u copy
	u=$(readlink -f "$tmp/mnt/latest")
	runuser -u $user -- rsync -a "$u/" "$tmp/copies/rsync/"
	runuser -u $user -- cp -r "$u" "$tmp/copies/cp"
	runuser -u $user -- mkdir "$tmp/copies/tar"
	runuser -u $user -- sh -c "tar -C '$u' -cf - . | tar -C '$tmp/copies/tar' -xf -"
	for copy in rsync cp tar; do
		runuser -u $user -- sh -c "
			cd '$tmp/copies/$copy/storage' && : >new.feldera && : >>checkpoints.feldera &&
			: >>$(basename "$u")/CHECKPOINT && rm new.feldera"
		runuser -u $user -- "$(command -v true)"
		ckptfs verify "$tmp/copies/$copy/storage"
	done
}
check "an ordinary user's copy can be written in" copies_are_writable
control_is_the_mounters() {
	expect_fail any "Permission denied" runuser -u $user -- sh -c "echo gc >'$tmp/mnt/.ckptfs/control'"
	expect_fail any "Permission denied" runuser -u $user -- cat "$tmp/mnt/.ckptfs/status.json"
}
check "the control files are the mounter's alone" control_is_the_mounters
