# A C or C++ program builds against the installed library with pkg-config alone;
# the example ends with the right counts however often it is killed.
# CKPTFS_TEST_KILLS: how often (40).
set -eu
. "$(dirname "$0")/functions.sh"
requires make pkg-config cc c++ nm python3
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

inst=$tmp/inst
make -C "$CKPTFS_BUILD" install DESTDIR="$inst" >"$tmp/log" 2>&1 || { tail -n 30 "$tmp/log"; fail "make install"; }
lib=$(dirname "$(find "$inst" -name libckptfs.so)")
! nm -D --undefined-only "$lib/libckptfs.so" | grep -qE '__(asan|tsan)_init' ||
	skip_optional "built with sanitizers, which a program that is linked with it would have to be, too"
export PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$inst LD_LIBRARY_PATH=$lib
strict="-Wall -Wextra -Wpedantic -Werror"

flags() { # pkg-config's own words
	pkg-config "$@" ckptfs
}

headers_alone() {
	local h
	for h in "$inst"/usr/local/include/ckptfs/*.h; do
		# shellcheck disable=SC2046,SC2086 # lists of words
		printf '#include <ckptfs/%s>\n' "${h##*/}" | cc -std=c11 $strict $(flags --cflags) -fsyntax-only -x c -
		# shellcheck disable=SC2046,SC2086
		printf '#include <ckptfs/%s>\n' "${h##*/}" | c++ -std=c++17 $strict $(flags --cflags) -fsyntax-only -x c++ -
	done
}
check "each header compiles alone, as C11 and as C++17" headers_alone

exports() {
	"$CKPTFS_SRC/tests/exports.py" "$inst"/usr/local/include/ckptfs/*.h >"$tmp/declared"
	[ "$(wc -l <"$tmp/declared")" -gt 50 ]
	nm -D --defined-only "$lib/libckptfs.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$tmp/exported"
	diff "$tmp/declared" "$tmp/exported"
}
check "it exports what its headers declare, and nothing else" exports

no_fuse() {
	! nm -D --undefined-only "$lib/libckptfs.so" | grep -i fuse
	! nm -g --defined-only "$lib/libckptfs.a" | awk 'NF == 3 && $3 !~ /^(ckpt_|ckptfs_)/' | grep .
}
check "no FUSE in it, and no name but its own" no_fuse

builds() {
	cd "$tmp"
	# shellcheck disable=SC2046,SC2086
	cc -std=c11 -O1 $strict "$CKPTFS_SRC/examples/wordcount.c" $(flags --cflags --libs) -o wordcount
	# shellcheck disable=SC2046,SC2086
	cc -std=c11 -O1 "$CKPTFS_SRC/examples/wordcount.c" $(flags --cflags) "$lib/libckptfs.a" \
		$(flags --libs --static | sed 's/-lckptfs//') -o wordcount-static
	# shellcheck disable=SC2046,SC2086
	c++ -std=c++17 $strict "$CKPTFS_SRC/examples/runs.cc" $(flags --cflags --libs) -o runs
}
check "the examples build from pkg-config alone, in C and C++" builds

runs() {
	mkdir "$tmp/root-runs"
	[ "$("$tmp/runs" "$tmp/root-runs")" = 1 ]
	[ "$("$tmp/runs" "$tmp/root-runs")" = 2 ]
	ckptfs verify "$tmp/root-runs"
}
check "a C++ program goes on where it was" runs

# --- killed -----------------------------------------------------------------

for _ in $(seq 60); do cat "$CKPTFS_SRC/LICENSE" "$CKPTFS_SRC"/README.md "$CKPTFS_SRC"/docs/*.md "$CKPTFS_SRC"/include/ckptfs/*.h; done >"$tmp/text"
# Counted by others.
tr -c 'A-Za-z' '\n' <"$tmp/text" | tr 'A-Z' 'a-z' | LC_ALL=C sort | uniq -c | awk '$2 { print $2, $1 }' >"$tmp/want"

undisturbed() {
	mkdir "$tmp/calm"
	"$tmp/wordcount-static" "$tmp/calm" 100 <"$tmp/text" >"$tmp/got"
	cmp "$tmp/want" "$tmp/got"
}
check "it counts right" undisturbed

killed() {
	"$CKPTFS_SRC/tests/kill_wordcount.py" "$tmp/wordcount" "$tmp/root" "$tmp/text" "${CKPTFS_TEST_KILLS:-40}" >"$tmp/got"
	cmp "$tmp/want" "$tmp/got"
}
mkdir "$tmp/root"
check "killed again and again it ends with the same counts" killed

a_root() {
	ckptfs verify "$tmp/root"
	ckptfs sweep "$tmp/root" >/dev/null
	ckptfs sweep "$tmp/root" --json | jq -e '.removed == [] and .missing == []' >/dev/null
	[ "$(ckptfs list "$tmp/root" --json | jq '.checkpoints | length')" = 2 ]
}
check "what it wrote is a storage root like any other" a_root

# --- the tutorial -------------------------------------------------------------

tutorial() {
	cd "$tmp"
	awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$CKPTFS_SRC/docs/library.md" >tutorial.c
	# shellcheck disable=SC2046,SC2086
	cc -std=gnu11 $strict tutorial.c $(flags --cflags --libs) -o tutorial
	mkdir tutorial-root
	./tutorial tutorial-root apples 3
	./tutorial tutorial-root pears 2
	ckptfs verify tutorial-root
	[ "$(./tutorial tutorial-root apples 4)" = "$(printf 'apples 7\npears 2')" ]
	# Which checkpoint.
	local old
	old=$(ckptfs list tutorial-root --json | jq -r '.checkpoints[0].uuid')
	[ "$(./tutorial tutorial-root --from "$old")" = "$(printf 'apples 3\npears 2')" ]
	[ "$(./tutorial tutorial-root --from intact)" = "$(printf 'apples 7\npears 2')" ]
	! ./tutorial tutorial-root --from nightly 2>err
	grep -q "called 'nightly'" err
	./tutorial tutorial-root --history >out
	[ "$(grep -c '^checkpoint ' out)" = 2 ]
	[ "$(grep -c '^stays .*: .*newest' out)" = 2 ]
	# Damage is said, and the one before is intact.
	old=$(ckptfs list tutorial-root --json | jq -r '.checkpoints[1].uuid')
	printf x | dd of="tutorial-root/$old/goods.dat" bs=1 seek=30 conv=notrunc status=none
	! ./tutorial tutorial-root apples 1 2>err
	grep -q damaged err
	[ "$(./tutorial tutorial-root --from intact)" = "$(printf 'apples 3\npears 2')" ]
}
check "the tutorial's code is a program that works" tutorial
