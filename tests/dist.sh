# The tarball builds elsewhere, out of its tree, and installs; nothing that it
# needs is missing from it.
set -eu
. "$(dirname "$0")/functions.sh"
requires autoconf automake libtoolize make

# Started from inside "make check", it must not take over what that was told.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# From a copy, so that a build that runs here is left alone.
(cd "$CKPTFS_SRC" && tar -cf - --exclude=./build --exclude=./.git --exclude=./autom4te.cache .) | tar -xf - -C "$tmp"
mkdir "$tmp/build"
cd "$tmp/build"
# What is built is only started once: fast to compile, not to run.
export CFLAGS=-O0
../configure -q >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
distchecks() {
	make distcheck TESTS= check_PROGRAMS= check_LTLIBRARIES= >"$tmp/distcheck" 2>&1 || { tail -n 30 "$tmp/distcheck"; return 1; }
}
# As a build leaves it beside what it makes.
mkdir -p scripts/bench.d/.deps
touch scripts/bench.d/stage.o scripts/bench.d/.deps/stage.Po scripts/bench.d/.dirstamp
check "make distcheck" distchecks
# As it is installed there (installcheck-local).
runs() { grep "^ckptfs $(sed -n 's/^AC_INIT(\[ckptfs\], \[\(.*\)\])$/\1/p' "$CKPTFS_SRC/configure.ac")$" "$tmp/distcheck"; }
check "what it installs runs" runs
# What the project keeps, but what is only for those who have the repository; and
# what autoconf and its like have made.
complete() {
	git -C "$CKPTFS_SRC" ls-files | grep -vE '^(\.ci/|debian/|\.gitignore$)' | sort >"$tmp/kept"
	tar -tf "$tmp/build"/ckptfs-*.tar.xz | sed 's|^[^/]*/||' |
		grep -vE '/$|^$|^(build-aux|m4)/|^(Makefile\.in|aclocal\.m4|config\.h\.in|configure)$' | sort >"$tmp/packed"
	grep -v '^m4/' "$tmp/kept" | comm -23 - "$tmp/packed" >"$tmp/wrong"
	git -C "$CKPTFS_SRC" ls-files -co | sort -u | comm -13 - "$tmp/packed" >>"$tmp/wrong"
	cat "$tmp/wrong"
	[ ! -s "$tmp/wrong" ]
}
if git -C "$CKPTFS_SRC" ls-files --error-unmatch Makefile.am >"$tmp/log" 2>&1; then
	check "all that is kept is in the tarball, and nothing that a build left" complete
else
	skip_case_optional "all that is kept is in the tarball" "this is not the repository"
fi
# In another place, by somebody with other habits, made of the tarball itself.
again() {
	mkdir "$tmp/other place"
	cd "$tmp/other place"
	umask 077
	export TZ=Asia/Kathmandu LC_ALL=C
	tar -xf "$tmp/build"/ckptfs-*.tar.xz --no-same-permissions
	mkdir b
	cd b
	../ckptfs-*/configure -q >"$tmp/log" 2>&1 || { cat "$tmp/log"; return 1; }
	make dist >"$tmp/log" 2>&1 || { tail -n 30 "$tmp/log"; return 1; }
	cmp ckptfs-*.tar.xz "$tmp/build"/ckptfs-*.tar.xz
}
check "the tarball makes itself again, byte by byte" again
