# Every recorded trace of Feldera's checkpointer, replayed step by step.
#
# CKPTFS_TRACES: where each step is a process, only each N-th trace (1).
set -eu
. "$(dirname "$0")/functions.sh"
requires xz

for on in posix mem; do
	check "every trace replays on $on without a difference" \
		"$CKPTFS_BUILD/tests/replay" --on "$on" "$CKPTFS_SRC/tests/data/traces"
done
check "${CKPTFS_TRACES:+each ${CKPTFS_TRACES}th of }the traces replay by the command line without a difference" \
	"$CKPTFS_BUILD/tests/replay" --on "$CKPTFS_BUILD/ckptfs" --every "${CKPTFS_TRACES:-1}" "$CKPTFS_SRC/tests/data/traces"
