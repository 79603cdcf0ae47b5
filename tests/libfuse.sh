# A newer libfuse is made where the system's is too old, once, and where that is not
# possible the build goes on with the system's and says why.
set -eu
. "$(dirname "$0")/functions.sh"
requires pkg-config

build_libfuse() { "$CKPTFS_SRC/scripts/build-libfuse" "$@" 2>&1; }
one_line() { [ "$(wc -l <"$tmp/out")" = 1 ] && grep -q "^libfuse: $1" "$tmp/out" || { cat "$tmp/out"; return 1; }; }

check "--version says which libfuse it is" sh -c 'ckptfs --version | grep -qE "^libfuse [0-9]+\.[0-9]+" &&
	mount.ckptfs --version | grep -qE "^libfuse [0-9]+\.[0-9]+"'

if pkg-config --atleast-version=3.17 fuse3; then
	new_enough() {
		build_libfuse "$tmp/libfuse" >"$tmp/out"
		one_line "3.* of this system"
		[ ! -e "$tmp/libfuse" ]
	}
	check "the system's is new enough" new_enough
	exit
fi

# Without network; and with a PATH that lacks a tool.
offline() { unshare -n -- "$@"; }
export CKPTFS_LIBFUSE_CACHE=$tmp/cache
without_network() {
	offline "$CKPTFS_SRC/scripts/build-libfuse" "$tmp/libfuse" >"$tmp/all" 2>&1
	tail -n 1 "$tmp/all" >"$tmp/out"
	one_line ".* of this system, without passthrough: "
	[ ! -e "$tmp/libfuse" ]
	# Not tried again at every build.
	build_libfuse "$tmp/libfuse" >"$tmp/out"
	one_line ".* of this system, without passthrough: .*--again"
}
# apt, as it is where a suite's lists are too old.
with_expired_lists() {
	mkdir "$tmp/expired"
	cat >"$tmp/expired/apt-get" <<-'S'
		#!/bin/sh
		echo 'Get:1 http://an.archive/debian InRelease [193 kB]'
		echo 'E: Release file for http://an.archive/debian/InRelease is expired.' >&2
		exit 100
	S
	chmod +x "$tmp/expired/apt-get"
	PATH=$tmp/expired:$PATH build_libfuse --again "$tmp/libfuse" >"$tmp/all"
	grep "is passed over: E: Release file for .* is expired" "$tmp/all"
	tail -n 1 "$tmp/all" >"$tmp/out"
	one_line ".* of this system, without passthrough: no newer source package "
}
if is_root && command -v meson ninja apt-get dpkg-source >/dev/null; then
	check "without network: the system's, and said" without_network
	check "with lists that are too old: passed over, and said" with_expired_lists
else
	skip_case "without network: the system's, and said" "this needs root, meson, ninja and apt"
	skip_case "with lists that are too old: passed over, and said" "this needs root, meson, ninja and apt"
fi
without_tools() {
	local tool
	mkdir "$tmp/bin"
	for tool in bash dirname pkg-config sed sort head awk cksum cut uname cc mkdir flock find rm cat mktemp; do
		ln -s "$(command -v $tool)" "$tmp/bin/$tool"
	done
	rm -rf "$tmp/cache"
	PATH=$tmp/bin build_libfuse "$tmp/libfuse" >"$tmp/out"
	one_line ".* of this system, without passthrough: .* is not installed"
	[ ! -e "$tmp/libfuse" ]
}
check "without meson: the system's, and said" without_tools
unset CKPTFS_LIBFUSE_CACHE

# What scripts/build has made is there for the next build.
if [ -e "$CKPTFS_SRC/build/libfuse/fuse3.pc" ] && is_root; then
	from_the_cache() {
		offline "$CKPTFS_SRC/scripts/build-libfuse" "$tmp/libfuse" >"$tmp/out" 2>&1
		one_line "3.*, from "
		cmp "$tmp/libfuse/fuse3.pc" "$CKPTFS_SRC/build/libfuse/fuse3.pc"
		! ldd "$CKPTFS_BUILD/ckptfs" | grep -E 'libfuse|liburing|libnuma' || return 1
	}
	check "a second build needs no network, and nothing at run time" from_the_cache

	# What it says of io_uring is so, also of one that has none.
	says() { one_line "3.*, from .*, $1 io_uring\$"; }
	io_uring() {
		local kept=${CKPTFS_LIBFUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ckptfs/libfuse} with=without
		! nm "$tmp/libfuse/lib/libfuse3.a" 2>/dev/null | grep -q "U io_uring_queue_init" || with=with
		says $with
		mkdir "$tmp/kept"
		cp -r "$kept"/built-* "$tmp/kept"
		sed -i 's/ -luring -lnuma//' "$tmp/kept"/built-*/fuse3.pc
		CKPTFS_LIBFUSE_CACHE=$tmp/kept build_libfuse "$tmp/libfuse" >"$tmp/out"
		says without
	}
	check "it says whether it has io_uring" io_uring
fi
