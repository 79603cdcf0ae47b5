# The first thing that a newcomer runs.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse

CKPTFS_SKIP_BUILD=1 "$CKPTFS_SRC/scripts/quickstart"
