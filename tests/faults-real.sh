# File systems that really fail: full, over quota, read-only from one moment to
# the next, on a disk that loses blocks (struck in the middle: faults-struck.sh).
# A sentence, exit 1, nothing half done, and afterwards it goes on; a mount on top
# survives.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_filesystem ext4
requires jq python3 fallocate

full="No space left on device"
read_only="Read-only file system"

unpack_root v2-solo "$tmp/source"
unpack_root v2-gc "$tmp/long"

# small_filesystem DIR [MIB]: with small blocks, and none in reserve.
small_filesystem() {
	truncate -s "${2:-8}M" "$1.img"
	mkfs.ext4 -q -b 1024 -m 0 -O ^has_journal "$1.img" >/dev/null
	mkdir -p "$1"
	mount -o loop "$1.img" "$1"
	cleanup_fn unmount_quietly "$1"
}
# fill DIR: to the last block.
fill() {
	fallocate -l "$(df --output=avail -B1 "$1" | tail -n 1)" "$1/filler" 2>/dev/null || :
	dd if=/dev/zero of="$1/filler2" bs=1k status=none 2>/dev/null || :
	[ "$(df --output=avail "$1" | tail -n 1)" -eq 0 ]
}
empty() { rm -f "$1/filler" "$1/filler2"; }

# stage DIR: what a pipeline leaves before it commits; prints its uuid.
stage() {
	local uuid=01a20b74-d000-7000-8000-000000000001
	mkdir "$1/$uuid"
	echo state >"$1/$uuid/z1-0.dat"
	echo $uuid
}
# whole DIR: every checkpoint of the catalog is.
whole() { ckptfs verify --json "$1" | jq -e .ok >/dev/null; }
# no_garbage DIR: a sweep would find nothing but the filler, which is no batch.
no_garbage() { ckptfs sweep -n --json "$1" | jq -e '.removed == []' >/dev/null; }
# unchanged DIR CODE PATTERN CMD...: it fails so, and everything is as it was.
unchanged() {
	local dir=$1 pattern=$2
	shift 2
	sha256_tree "$dir" | grep -v feldera.pidlock >"$tmp/before"
	expect_fail 1 "$pattern" "$@"
	grep -q "$dir" "$ckptfs_stderr" || { echo "no file is named:"; cat "$ckptfs_stderr"; return 1; }
	sha256_tree "$dir" | grep -v feldera.pidlock | diff "$tmp/before" -
}
# control MNT COMMAND: the errno's name and the sentence of its answer.
control() {
	python3 - "$1/.ckptfs/control" "$2" <<-'P'
		import errno, json, os, sys
		f = os.open(sys.argv[1], os.O_RDWR)
		try:
		    os.write(f, sys.argv[2].encode())
		    print("done")
		except OSError as e:
		    print(errno.errorcode[e.errno], json.loads(os.read(f, 1 << 20))["error"]["message"])
	P
}

# --- full ---------------------------------------------------------------------

small_filesystem "$tmp/full"
disk=$tmp/full/root
cp -r "$tmp/source" "$disk"
ckptfs pins "$disk" >/dev/null
mkdir "$tmp/full/archive"
uuid=$(stage "$disk")
oldest=$(jq -r '.[0].uuid' "$disk/checkpoints.feldera")
mount_root "$disk" "$tmp/mnt"
sha256_tree "$disk" | grep -v pidlock >"$tmp/all"
fill "$tmp/full" || fail "the disk can't be filled"

check "commit on a full disk" unchanged "$disk" "$full" ckptfs commit --uuid "$uuid" "$disk"
check "pin on a full disk" unchanged "$disk" "$full" ckptfs pin "$disk" held "$oldest"
check "gc on a full disk" unchanged "$disk" "$full" ckptfs gc "$disk"
check "remove on a full disk" unchanged "$disk" "$full" ckptfs remove "$disk" "$oldest"
archive_full() {
	expect_fail 1 "$full" ckptfs archive "$disk" "$tmp/full/archive" --all
	[ ! -e "$tmp/full/archive/checkpoints.feldera" ] || whole "$tmp/full/archive"
}
# By links it needs room for names only; a copy needs more.
check "archive on a full disk" archive_full
control_full() {
	[[ $(control "$tmp/mnt" "pin held $oldest") == ENOSPC*"$full" ]]
	[[ $(control "$tmp/mnt" gc) == ENOSPC*"$full" ]]
	sha256_tree "$disk" | grep -v pidlock | diff "$tmp/all" -
}
check "the control file says ENOSPC" control_full
reads_full() {
	sha256_tree "$tmp/mnt/$oldest/storage" >/dev/null
	jq -e .ok "$tmp/mnt/.ckptfs/status.json" >/dev/null
}
check "the mount reads on" reads_full
# The garbage that a sweep finds is what makes the room for the others.
sweep_full() {
	truncate -s -64k "$tmp/full/filler"
	head -c 3000 /dev/zero >"$disk/w9-garbage.feldera"
	rm -r "${disk:?}/$uuid"
	fill "$tmp/full"
	ckptfs sweep --json "$disk" | jq -e '.removed == ["w9-garbage.feldera"]' >/dev/null
	stage "$disk" >/dev/null
}
check "sweep on a full disk makes room" sweep_full
all_works() {
	ckptfs commit --uuid "$uuid" "$disk" >/dev/null
	[ "$(control "$tmp/mnt" "pin held $oldest")" = "done" ]
	ckptfs gc "$disk" >/dev/null
	whole "$disk"
	no_garbage "$disk"
}
goes_on() {
	empty "$tmp/full"
	all_works
}
check "with room again all of it works" goes_on
umount_root "$tmp/mnt"

# Room for some of the checkpoints.
half() {
	local n
	small_filesystem "$tmp/half" 4
	fallocate -l "$(($(df --output=avail -B1 "$tmp/half" | tail -n 1) - 260000))" "$tmp/half/filler"
	mkdir "$tmp/half/archive"
	expect_fail 1 "$full" ckptfs archive "$tmp/source" "$tmp/half/archive" --all >/dev/null
	n=$(jq length "$tmp/half/archive/checkpoints.feldera")
	[ "$n" -gt 0 ] && [ "$n" -lt 6 ]
	whole "$tmp/half/archive"
	no_garbage "$tmp/half/archive"
	empty "$tmp/half"
	ckptfs archive "$tmp/source" "$tmp/half/archive" --all >/dev/null
	[ "$(jq length "$tmp/half/archive/checkpoints.feldera")" = 6 ]
	whole "$tmp/half/archive"
}
check "an archive that fills up in the middle has whole checkpoints, and goes on" half

# --- over quota ------------------------------------------------------------------

quota() {
	local limit="Disk quota exceeded" group
	make_filesystem btrfs "$tmp/quota" 120
	btrfs -q quota enable "$tmp/quota"
	btrfs -q subvolume create "$tmp/quota/root"
	cp -r "$tmp/source/." "$tmp/quota/root"
	uuid=$(stage "$tmp/quota/root")
	btrfs filesystem sync "$tmp/quota"
	group=0/$(btrfs inspect-internal rootid "$tmp/quota/root")
	btrfs qgroup limit 1k "$group" "$tmp/quota"
	unchanged "$tmp/quota/root" "$limit" ckptfs commit --uuid "$uuid" "$tmp/quota/root"
	unchanged "$tmp/quota/root" "$limit" ckptfs pin "$tmp/quota/root" held "$oldest"
	unchanged "$tmp/quota/root" "$limit" ckptfs gc "$tmp/quota/root"
	btrfs qgroup limit none "$group" "$tmp/quota"
	ckptfs commit --uuid "$uuid" "$tmp/quota/root" >/dev/null
	ckptfs gc "$tmp/quota/root" >/dev/null
	whole "$tmp/quota/root"
}
if command -v btrfs mkfs.btrfs >/dev/null && grep -qw btrfs /proc/filesystems; then
	check "over quota" quota
else
	skip_case_optional "over quota" "this kernel has no btrfs, or its tools are not there"
fi

# --- read-only -------------------------------------------------------------------

make_filesystem ext4 "$tmp/ro" 32
disk=$tmp/ro/root
cp -r "$tmp/source" "$disk"
uuid=$(stage "$disk")
mount_root "$disk" "$tmp/mnt"
sync
mount -o remount,ro "$tmp/ro" || fail "it can't be remounted read-only"
for command in "commit --uuid $uuid" gc sweep "remove $oldest" "pin held $oldest"; do
	# shellcheck disable=SC2086 # words
	set -- $command
	verb=$1
	shift
	check "$verb, the disk read-only" unchanged "$disk" "$read_only" ckptfs "$verb" "$disk" "$@"
done
check "archive, the disk read-only" unchanged "$disk" "$read_only" ckptfs archive "$tmp/long" "$disk" --all
reads_ro() {
	whole "$disk"
	ckptfs gc -n "$disk" >/dev/null
	ckptfs du "$disk" >/dev/null
	sha256_tree "$tmp/mnt/$oldest/storage" >/dev/null
	[[ $(control "$tmp/mnt" gc) == EROFS*"$read_only" ]]
}
check "what only reads works, and the control file says EROFS" reads_ro
writable_again() {
	mount -o remount,rw "$tmp/ro"
	all_works
}
check "writable again all of it works" writable_again
umount_root "$tmp/mnt"

# --- a disk that loses its blocks -------------------------------------------------

make_filesystem ext4 "$tmp/lossy" 32
disk=$tmp/lossy/root
image=$tmp/lossy.ext4.img
cp -r "$tmp/source" "$disk"
(cd "$disk" && find . -type f -exec sha256sum {} + | sort) >"$tmp/sums"
umount "$tmp/lossy"
mount -o loop,ro "$image" "$tmp/lossy"
cp --sparse=always "$image" "$image.copy"
mount_root "$disk" "$tmp/mnt"
batch=$(jq -r '.batches[0]' "$disk/$oldest/dependencies.json")
# Names are remembered, bytes are not.
forget() {
	find "$disk" -type f -exec python3 -c '
import os, sys
for p in sys.argv[1:]:
    f = os.open(p, os.O_RDONLY)
    os.posix_fadvise(f, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(f)' {} +
	blockdev --flushbufs "$(findmnt -n -o SOURCE "$tmp/lossy")"
}
loses() {
	ls -R "$tmp/mnt/" >/dev/null
	forget
	truncate -s 1M "$image"
	expect_fail 1 "Input/output error" cat "$disk/$batch" # it is lost indeed
	expect_fail 1 "Input/output error" cat "$tmp/mnt/$oldest/storage/$batch"
	expect_fail 1 "Input/output error" ckptfs archive "$disk" "$tmp/saved"
	[ ! -e "$tmp/saved/checkpoints.feldera" ] || no_garbage "$tmp/saved"
	ls "$tmp/mnt" | grep -q "$oldest"
	jq -e .root "$tmp/mnt/.ckptfs/status.json" >/dev/null
}
check "a block that is lost is EIO, and the mount goes on" loses
recovers() {
	dd if="$image.copy" of="$image" conv=notrunc bs=1M status=none
	forget
	cat "$tmp/mnt/$oldest/storage/$batch" | cmp - "$disk/$batch"
	(cd "$disk" && sha256sum --quiet -c "$tmp/sums")
	ckptfs archive "$disk" "$tmp/saved" --all >/dev/null
	whole "$tmp/saved"
	jq -e .ok "$tmp/mnt/.ckptfs/status.json" >/dev/null
}
check "with its blocks back it reads the right bytes" recovers
umount_root "$tmp/mnt"
