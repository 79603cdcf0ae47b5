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
if is_root && command -v meson ninja apt-get dpkg-source >/dev/null; then
	check "without network: the system's, and said" without_network
else
	skip_case "without network: the system's, and said" "this needs root, meson, ninja and apt"
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
fi
