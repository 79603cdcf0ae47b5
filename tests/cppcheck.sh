# cppcheck finds nothing.  (What takes longer: scripts/check-deep.)
set -eu
. "$(dirname "$0")/functions.sh"
requires cppcheck

cd "$CKPTFS_SRC"
check "cppcheck finds nothing" scripts/check-deep cppcheck
