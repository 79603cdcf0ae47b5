# A small file's first read begins with its open: the daemon asks the disk for it, once
# an open.  (One that is held, here the first, is given to the kernel instead: given.sh.)  A large file is
# the kernel's own to read ahead, where it may have it.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3 strace

root=$tmp/root mnt=$tmp/mnt
python3 "$CKPTFS_SRC/tests/make-root.py" "$root" 2 20 100
uuid=$(jq -r '.[-1].uuid' "$root/checkpoints.feldera")
small=($(jq -r '.batches[]' "$root/$uuid/dependencies.json"))
truncate -s 8M "$root/${small[0]}"

mkdir "$mnt"
strace -f -qq -o "$tmp/trace" -e trace=fadvise64 mount.ckptfs "$root" "$mnt" -o hold-files=1 &
cleanup_fn unmount_quietly "$mnt"
wait_until 60 mountpoint -q "$mnt"
passes=$(jq .passthrough "$mnt/.ckptfs/status.json")
# As find does, that all is looked at before.
ls "$mnt/$uuid/storage" >/dev/null

asked() { grep -c "POSIX_FADV_WILLNEED" "$tmp/trace" || :; }
# asks N CMD...: for so many files more.
asks() {
	local before n=$1
	before=$(asked)
	shift
	"$@" >/dev/null
	[ "$(($(asked) - before))" = "$n" ] || { cat "$tmp/trace"; return 1; }
}
files() { (cd "$mnt/$uuid/storage" && cat "$@"); }

check "looking around asks for nothing" asks 0 ls -lR "$mnt/$uuid"
check "a small file is asked for when it is opened" asks 1 files "${small[1]}"
check "each of several, once" asks 10 files "${small[@]:5:10}"
if [ "$passes" = true ]; then
	check "a large one is not" asks 0 files "${small[0]}"
else
	skip_case_optional "a large one is not" "no passthrough here: $(jq .no_passthrough "$mnt/.ckptfs/status.json")"
	check "the beginning of a large one is" asks 1 files "${small[0]}"
fi
umount_root "$mnt"
wait

# What is held and was read before the kernel has, or had.
strace -f -qq -o "$tmp/trace" -e trace=fadvise64,fstat,newfstatat,statx mount.ckptfs "$root" "$mnt" &
wait_until 60 mountpoint -q "$mnt"
files "${small[1]}" >/dev/null
asked() { wc -l <"$tmp/trace"; }
check "one that is held is not, nor looked at, once it was read" asks 0 files "${small[1]}"
umount_root "$mnt"
wait
