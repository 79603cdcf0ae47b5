# The source package can be made of what is committed, is the same wherever it is made
# a second time, and lintian has nothing to say against it.
#
# Building packages takes minutes: scripts/build-package and scripts/test-package.
set -eu
. "$(dirname "$0")/functions.sh"
requires autoconf automake libtoolize git dpkg-source
[ -e "$CKPTFS_SRC/debian/control" ] || skip_optional "the tarball has no debian/"
git -C "$CKPTFS_SRC" rev-parse -q --verify HEAD >/dev/null || skip_optional "what is packaged is what git has, and this is no repository"

# A clone, so that what is built here is left alone.
git clone -q "$CKPTFS_SRC" "$tmp/clone"
makes() { "$tmp/clone/scripts/build-package" --source; }
check "scripts/build-package makes the source package" makes
dsc=$(echo "$tmp"/clone/build/packages/ckptfs_*.dsc)
unpacks() {
	dpkg-source --no-check -x "$dsc" "$tmp/unpacked" >/dev/null
	[ -x "$tmp/unpacked/configure" ] && [ -x "$tmp/unpacked/debian/rules" ]
	# The tarball is upstream's own.
	! tar -tf "$tmp"/clone/build/packages/ckptfs_*.orig.tar.xz | grep -q '^[^/]*/debian/' || return 1
}
check "it unpacks" unpacks
of_nobody() { # one time, one owner, no mode of a umask
	tar -tvf "$tmp"/clone/build/packages/ckptfs_*.orig.tar.xz --full-time --numeric-owner |
		awk '{ print $2, substr($4, 1, 10), $5 }' | sort -u >"$tmp/owners"
	cat "$tmp/owners"
	[ "$(wc -l <"$tmp/owners")" = 1 ] && grep -q '^0/0 ' "$tmp/owners"
	! tar -tvf "$tmp"/clone/build/packages/ckptfs_*.orig.tar.xz | grep -vE '^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--|l)' || return 1
}
check "its tarball has one time, no owner and plain modes" of_nobody
lints() { lintian --fail-on error,warning "$dsc"; }
if command -v lintian >/dev/null; then
	check "lintian has nothing to say against it" lints
else
	skip_case_optional "lintian has nothing to say against it" "lintian is not installed"
fi
