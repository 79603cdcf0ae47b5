# Somebody hostile with write access beneath the root, while it is read, pruned,
# swept, archived and mounted: names that become links, directories that change
# places, files cut short while they are read, mounts, fifos and devices in the
# way, hard links.  Never a byte from outside, nothing outside is changed, and
# nothing crashes or hangs (tests/racer.h says how).
#
# CKPTFS_TEST_RACES: how many rounds of each kind (1000; 100000 take some minutes
# a kind).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root

mkdir "$tmp/races"
status=0
"$CKPTFS_SRC/tests/own-mounts" "$CKPTFS_BUILD/tests/racer" "$tmp/races" "${CKPTFS_TEST_RACES:-1000}" || status=$?
check "all kinds were raced" test $status = 0
