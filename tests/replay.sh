# Every recorded trace of Feldera's checkpointer, replayed step by step.
set -eu
. "$(dirname "$0")/functions.sh"
requires xz

for on in posix mem "$CKPTFS_BUILD/ckptfs"; do
	check "every trace replays on ${on##*/} without a difference" \
		"$CKPTFS_BUILD/tests/replay" --on "$on" "$CKPTFS_SRC/tests/data/traces"
done
