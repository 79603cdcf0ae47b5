# What a mount takes it gives back: memory and descriptors are where they were.
#
# CKPTFS_STEADY_SECONDS: how long (30; scripts/soak-memory: 600).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3
[ -r /proc/self/smaps_rollup ] || skip_optional "this kernel has no smaps_rollup"
! sanitized || skip_optional "with sanitizers memory that was given back is kept for a while"

mkdir "$tmp/root" "$tmp/records"
CHURN_BATCH=4096 churn make "$tmp/root" "$tmp/records" 6
# One arena and no caches of threads: what each thread keeps for itself comes late, as
# threads do, and would be taken for growth.
export MALLOC_ARENA_MAX=1 GLIBC_TUNABLES=glibc.malloc.tcache_count=0
mount_root "$tmp/root" "$tmp/mnt" lease=1
daemon=
for p in /proc/[0-9]*; do
	case $(tr '\0' ' ' 2>/dev/null <"$p/cmdline") in
	*mount.ckptfs*" $tmp/mnt "*) daemon=${p#/proc/} ;;
	esac
done
[ -n "$daemon" ] || fail "no daemon"
check "memory and descriptors are where they were" \
	python3 "$CKPTFS_SRC/tests/steady.py" "$tmp/root" "$tmp/mnt" "$daemon" "${CKPTFS_STEADY_SECONDS:-30}"
