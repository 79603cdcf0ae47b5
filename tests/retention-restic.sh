# Retention decides what restic decides, on random sets of times in several
# time zones.  CKPTFS_RETENTION_SETS=500 is the whole; CKPTFS_RETENTION_SEED
# repeats a run.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3 restic
[ -r /usr/share/zoneinfo/Pacific/Auckland ] || skip "tzdata is not installed"
probe=$CKPTFS_BUILD/tests/retention_probe
[ -x "$probe" ] || skip "tests/retention_probe is not built"

seed=${CKPTFS_RETENTION_SEED:-$RANDOM}
check "the same as restic (seed $seed)" \
	python3 "$CKPTFS_SRC/tests/retention_restic.py" "$probe" "$tmp" "${CKPTFS_RETENTION_SETS:-60}" "$seed"
