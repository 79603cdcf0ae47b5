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
../configure -q >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
distchecks() {
	make distcheck TESTS= check_PROGRAMS= check_LTLIBRARIES= >"$tmp/log" 2>&1 || { tail -n 30 "$tmp/log"; return 1; }
}
check "make distcheck" distchecks
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
installs() {
	make install DESTDIR="$tmp/inst" >"$tmp/log" 2>&1 || { tail -n 30 "$tmp/log"; return 1; }
	"$tmp/inst/usr/local/bin/ckptfs" --version
	[ -x "$tmp/inst/usr/local/sbin/mount.ckptfs" ] && [ -e "$tmp/inst/usr/local/include/ckptfs/ckpt.h" ]
}
check "make install" installs
