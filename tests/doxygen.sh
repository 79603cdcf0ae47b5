# Whatever is public of libckptfs has a comment, each member too, and each link in
# them leads somewhere; what has none is seen.
set -eu
. "$(dirname "$0")/functions.sh"
requires doxygen

# docs TREE
docs() { "$1/scripts/docs" "$tmp/doc" 2>&1; }

has_all() {
	docs "$CKPTFS_SRC"
	[ -s "$tmp/doc/html/index.html" ]
	grep -q 'ckpt_stage_commit' "$tmp/doc"/html/stage_8h.html
}
check "doxygen has nothing to say against the public headers" has_all

mkdir "$tmp/tree"
cp -r "$CKPTFS_SRC"/{include,scripts,docs,configure.ac} "$tmp/tree"

# without WHAT FILE SED: docs fails and names it.
without() {
	sed -i "$3" "$tmp/tree/include/ckptfs/$2"
	! cmp -s "$CKPTFS_SRC/include/ckptfs/$2" "$tmp/tree/include/ckptfs/$2"
	! docs "$tmp/tree" >"$tmp/log"
	cat "$tmp/log"
	grep -q "$1" "$tmp/log"
	cp "$CKPTFS_SRC/include/ckptfs/$2" "$tmp/tree/include/ckptfs/$2"
}
check "a function without a comment is seen" without ckpt_stage_uuid stage.h \
	's|^/\*\* The uuid that|/* The uuid that|'
check "a member without one is seen" without n_except gc.h '/n_except/s|/\*\*<|/*|'
