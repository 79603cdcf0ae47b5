# A file system that goes read-only for an error of its own, or is shut down, while
# an archiver works: a sentence, exit 1; mended, it has whatever was said to be
# done, and it goes on.
#
# CKPTFS_FAULTS: how often an archiver is struck by each (2).
set -eu
. "$(dirname "$0")/functions.sh"
requires_filesystem ext4
requires jq python3 e2fsck

broken="Input/output error|Read-only file system|Structure needs cleaning"

unpack_root v2-solo "$tmp/source"
unpack_root v2-gc "$tmp/long"

whole() { ckptfs verify --json "$1" | jq -e .ok >/dev/null; }
device() { basename "$(findmnt -n -o SOURCE "$1")"; }
# errors=remount-ro, and an error.
strike_remount() { echo struck >"/sys/fs/ext4/$(device "$1")/trigger_fs_error"; }
# As if the disk were pulled out.
strike_shutdown() {
	python3 -c '
import fcntl, os, struct, sys
EXT4_IOC_SHUTDOWN, NOLOGFLUSH = 0x8004587D, 2
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))' "$1"
}

# mended IMAGE: by e2fsck alone (-p), which leaves one thing of all that a strike
# does to its owner: files that had no name at that moment, two or more of them.
# ext4 keeps these in a list of inodes to be removed, e2fsck does not follow the
# list where an error of the file system was noted, and then finds its links.  It
# needs no ckptfs: five files, opened by a shell and removed by rm while it has
# them, are left so each time.  Ours have no name until they are whole.  Nothing
# of what has a name, or counts those names, may be wrong.
mended() {
	local nameless="was part of the orphaned inode list|part of a corrupted orphan linked list|^Deleted inode [0-9]+ has zero dtime"
	local counts="^(Free (blocks|inodes) count wrong|(Block|Inode) bitmap differences:)"
	e2fsck -fp "$1" >"$1.fsck" 2>&1 || [ $? -lt 4 ] || {
		grep -q "corrupted orphan linked list" "$1.fsck" || { cat "$1.fsck"; return 1; }
		e2fsck -fy "$1" >"$1.fsck" 2>&1 || [ $? -lt 4 ] || { cat "$1.fsck"; return 1; }
		! grep -Ev "$nameless|$counts|^(Fix\? yes)?$|^Pass [1-5]: |^e2fsck [0-9]|^$1: " "$1.fsck"
	}
}
# has_all ARCHIVE ROOT: every checkpoint of it.
has_all() { whole "$1" && [ -z "$(comm -13 <(uuids "$1" | sort) <(uuids "$2" | sort))" ]; }

# struck STRIKE N: strike while an archiver works, the N-th time a little later.
# What is there afterwards are roots, with all that the archiver said was done,
# and they go on.
struck() {
	local dir=$tmp/struck-$1-$2 n said=0 archive
	truncate -s 48M "$dir.img"
	mkfs.ext4 -q "$dir.img" >/dev/null
	mkdir "$dir"
	mount -o loop,errors=remount-ro "$dir.img" "$dir"
	cleanup_fn unmount_quietly "$dir"
	mkdir "$dir/archive0"
	sync -f "$dir"
	ckptfs archive "$tmp/source" "$dir/archive0" --all >/dev/null
	for ((n = 0; n < 30; n++)); do
		ckptfs archive "$tmp/long" "$dir/archive$n" --all || exit
		echo "$dir/archive$n" >>"$dir.done"
	done >"$dir.out" 2>"$dir.err" &
	n=$!
	: >>"$dir.done"
	sleep "0.$(printf %02d "$(($2 * 7))")"
	"strike_$1" "$dir"
	wait $n || said=$?
	[ $said = 1 ] && grep -Eq "$broken" "$dir.err" || { cat "$dir.err"; return 1; }
	expect_fail 1 "$broken" ckptfs commit --allow-empty "$dir/archive0"
	umount "$dir"
	mended "$dir.img"
	mount -o loop "$dir.img" "$dir"
	has_all "$dir/archive0" "$tmp/source"
	while read -r archive; do
		has_all "$archive" "$tmp/long"
	done <"$dir.done"
	for archive in "$dir"/archive*; do
		[ ! -e "$archive/checkpoints.feldera" ] || whole "$archive"
		ckptfs archive "$tmp/long" "$archive" --all >/dev/null
		ckptfs sweep "$archive" >/dev/null
		has_all "$archive" "$tmp/long"
	done
	umount "$dir"
	rm "$dir.img"
}
for ((n = 1; n <= ${CKPTFS_FAULTS:-2}; n++)); do
	check "errors=remount-ro in the middle ($n)" struck remount $n
	check "shut down in the middle ($n)" struck shutdown $n
done
