# What programs that are linked with libckptfs rely on is what is written down of
# the last release; what breaks them is seen, and so is what was added.
set -eu
. "$(dirname "$0")/functions.sh"
requires readelf nm
reference=$CKPTFS_SRC/abi/libckptfs.abi

if nm -D "$CKPTFS_BUILD/.libs/libckptfs.so.0" | grep -q '__[atu]b\?san_'; then
	skip_optional "a build with sanitizers has other variables"
fi
compared=0
"$CKPTFS_SRC/scripts/abi" >"$tmp/log" 2>&1 || compared=$?
[ $compared != 77 ] || skip_optional "$(cat "$tmp/log")"

as_recorded() {
	cat "$tmp/log"
	[ $compared = 0 ]
}
check "functions and structures are those that are written down" as_recorded

# differs WORDS SED...: with the record changed so, it is refused in these words.
differs() {
	local words=$1
	shift
	sed "$@" "$reference" >"$tmp/changed.abi"
	! cmp -s "$reference" "$tmp/changed.abi"
	! CKPTFS_ABI=$tmp/changed.abi "$CKPTFS_SRC/scripts/abi" >"$tmp/log" 2>&1
	cat "$tmp/log"
	grep -q "$words" "$tmp/log"
}
check "a function that is gone breaks programs" differs "would break" \
	"s/'ckpt_gc'/'ckpt_gone'/"
check "a structure of another size is seen" differs "type size changed" \
	"s/\\(name='ckpt_commit_opts' size-in-bits='\\)[0-9]*/\\1512/"
check "a member in another place is seen" differs "offset changed" \
	"/name='ckpt_commit_opts' size/,/<.class-decl>/s/layout-offset-in-bits='64'/layout-offset-in-bits='96'/"
check "a member that takes a reserved place is to be written down" differs "scripts/abi --update" \
	"/name='ckpt_gc_opts' size/,/<.class-decl>/s/'dry_run'/'other'/"
check "a function that is new is to be written down" differs "scripts/abi --update" \
	-e "/<elf-symbol name='ckpt_gc' /d" -e "/<function-decl name='ckpt_gc' /,/<.function-decl>/d"
