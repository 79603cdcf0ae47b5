# What backup tools see: the same bytes, hard links, and nothing new after a
# remount.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync tar

unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt"
sha256_tree "$tmp/mnt" >"$tmp/shown"

same_as_shown() {
	sha256_tree "$1" >"$tmp/copied"
	diff "$tmp/shown" "$tmp/copied"
}

mkdir "$tmp/rsync" "$tmp/tar"
rsync -aH "$tmp/mnt/" "$tmp/rsync/"
check "rsync -aH copies every byte" same_as_shown "$tmp/rsync"
cp -a "$tmp/mnt" "$tmp/cp"
check "cp -a copies every byte" same_as_shown "$tmp/cp"
tar -C "$tmp/mnt" -cf "$tmp/all.tar" .
tar -C "$tmp/tar" -xf "$tmp/all.tar"
check "tar copies every byte" same_as_shown "$tmp/tar"

batches_once() { # dir: a batch that is shared is one inode in the copy
	local names inodes
	names=$(find "$1" -path '*/storage/w*.feldera' -printf '%f\n' | sort -u | wc -l)
	inodes=$(find "$1" -path '*/storage/w*.feldera' -printf '%i\n' | sort -u | wc -l)
	[ "$names" = "$inodes" ] && [ "$names" -gt 1 ]
}
check "a shared batch is one inode in the mount" batches_once "$tmp/mnt"
check "rsync -aH keeps shared batches as hard links" batches_once "$tmp/rsync"
check "cp -a keeps shared batches as hard links" batches_once "$tmp/cp"
check "tar keeps shared batches as hard links" batches_once "$tmp/tar"

sizes_are_true() {
	local root_bytes mount_bytes
	root_bytes=$(cd "$tmp/root" && cat w*.feldera | wc -c)
	mount_bytes=$(find "$tmp/mnt" -path '*/storage/w*.feldera' -printf '%i %s\n' | sort -u | awk '{ n += $2 } END { print n }')
	[ "$root_bytes" = "$mount_bytes" ]
}
check "sizes are those of the root" sizes_are_true

stats() {
	find "$tmp/mnt" -mindepth 1 -printf '%P %i %s %b %m %n %U %G %T@ %C@\n' | sort
}
stats >"$tmp/stats"
umount_root "$tmp/mnt"
mount_root "$tmp/root" "$tmp/mnt"
same_stats() {
	stats | diff "$tmp/stats" -
}
check "inode numbers, sizes and times are the same after a remount" same_stats
nothing_to_copy() {
	rsync -aH --itemize-changes "$tmp/mnt/" "$tmp/rsync/" >"$tmp/changes"
	grep -v '^\.d' "$tmp/changes" | tee /dev/stderr | wc -l | grep -qx 0
}
check "a second rsync -aH after a remount copies nothing" nothing_to_copy

one_checkpoint() {
	local u
	u=$(readlink -f "$tmp/mnt/latest")
	rsync -a "$u/" "$tmp/one/"
	! find -L "$tmp/one" -type l | grep .
	ckptfs verify "$tmp/one/storage"
}
check "a copy of one checkpoint is complete and its links resolve inside it" one_checkpoint
