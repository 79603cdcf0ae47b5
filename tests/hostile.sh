# Hostile and damaged roots: a sentence, exit 1, and nothing changed.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3

unpack_root v2-solo "$tmp/good"
mkdir "$tmp/work"
"$CKPTFS_SRC/tests/hostile.py" "$tmp/good" "$tmp/work"
