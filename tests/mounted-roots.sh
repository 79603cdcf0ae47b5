# Every recorded root, mounted: each checkpoint as recorded, and its storage/ a
# sound root of its own.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3

storages_verify() { # mount point
	local s
	for s in "$1"/????????-*/storage; do
		ckptfs verify "$s" >"$tmp/verify" 2>&1 || { cat "$tmp/verify"; return 1; }
	done
}

for root in v1-solo v2-solo v2-gc v1-legacy v1-upgraded v2-garbage; do
	unpack_root $root "$tmp/$root"
	mount_root "$tmp/$root" "$tmp/mnt"
	"$CKPTFS_SRC/tests/recorded.py" "$CKPTFS_SRC/tests/data/roots/$root.json" "$tmp/mnt" || not_ok "$root"
	check "$root: each storage is a root that verifies" storages_verify "$tmp/mnt"
	umount_root "$tmp/mnt"
done
