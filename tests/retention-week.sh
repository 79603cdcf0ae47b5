# A week by a clock: after each gc with an hourly and a daily retention there is
# left what restic would keep of the same times, and the two that a gc keeps
# besides.  CKPTFS_RETENTION_WEEK=500 is more than three such weeks of four roots
# each; CKPTFS_RETENTION_SEED repeats a run.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3 restic
[ -r /usr/share/zoneinfo/Pacific/Auckland ] || skip "tzdata is not installed"
program=$CKPTFS_BUILD/tests/retention_week
[ -x "$program" ] || skip "tests/retention_week is not built"

seed=${CKPTFS_RETENTION_SEED:-$RANDOM}
check "after each gc of a week there is left what restic keeps (seed $seed)" \
	python3 "$CKPTFS_SRC/tests/retention_week.py" "$program" "$tmp" "${CKPTFS_RETENTION_WEEK:-24}" "$seed"
