# shellcheck shell=bash
# suite.sh - clean systems of a SUITE, for the scripts that source it
#
# A clean system is what mmdebstrap makes of the suite's archive: this system's own
# archive where that has the suite, otherwise whichever mmdebstrap knows.
# CKPTFS_MIRROR (a URI, or lines of sources.list) is taken instead of both.  It is
# kept as a tarball in CKPTFS_PACKAGE_CACHE (~/.cache/ckptfs/packages) and made anew
# when it is older than a week.
#
# The caller has fail().  Needs root.

. scripts/private-apt.sh

suite_cache=${CKPTFS_PACKAGE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ckptfs/packages}

suite_needs() {
	[ "$(id -u)" = 0 ] || fail "A clean system of a suite is made by root."
	command -v mmdebstrap >/dev/null || fail "mmdebstrap is not installed (apt-get install mmdebstrap)."
}

# The suite of this system.
suite_own() {
	local VERSION_CODENAME=
	# shellcheck source=/dev/null # this system's
	. /etc/os-release
	[ -n "$VERSION_CODENAME" ] || fail "/etc/os-release does not say which suite this is; name one."
	printf '%s\n' "$VERSION_CODENAME"
}

# Where this system has its own packages from, as lines for another suite; nothing
# where that archive does not have it.
suite_sources() { # suite
	local suite=$1 own lines uri dir found=
	own=$(suite_own)
	lines=$(
		# shellcheck source=/dev/null # this system's
		. /etc/os-release
		# shellcheck disable=SC2016 # apt's variables
		apt-get indextargets --format '$(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
			sed -n "s/^$ID deb \([^ ]*\) $own\(-updates\|-security\|\) /deb \1 $suite\2 /Ip"
	)
	uri=$(printf '%s\n' "$lines" | awk -v suite="$suite" '$3 == suite { print $2; exit }')
	[ -n "$uri" ] || return 0
	dir=$(mktemp -d)
	! /usr/lib/apt/apt-helper download-file "${uri%/}/dists/$suite/InRelease" "$dir/InRelease" >/dev/null 2>&1 || found=yes
	rm -rf "$dir"
	[ -z "$found" ] || printf '%s\n' "$lines"
}

suite_is_ubuntus() { grep -qs ",$1," /usr/share/distro-info/ubuntu.csv; }

# suite_keyring LOG: the keys of Ubuntu's archive, in $suite_keys, where this system has
# none of them: newer Debians have them as a package.
suite_keyring() {
	local log=$1 own deb newer uri keyring
	local private_apt=$suite_cache/apt.$$ kept=$suite_cache/ubuntu/usr/share/keyrings/ubuntu-archive-keyring.gpg
	suite_keys=
	[ ! -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] || return 0
	own=$(suite_own)
	for newer in stable testing unstable; do
		[ ! -e "$kept" ] || break
		while read -r uri keyring; do
			private_apt_update deb "$newer" "$uri" "$keyring" >>"$log" 2>&1 || continue
			(cd "$private_apt" && private_apt_get download ubuntu-keyring) >>"$log" 2>&1 || continue
			for deb in "$private_apt"/ubuntu-keyring_*.deb; do
				dpkg-deb -x "$deb" "$suite_cache/ubuntu"
			done
			break
		done < <(private_apt_archives "$own")
	done
	rm -rf "$private_apt"
	[ -e "$kept" ] || return 0
	# apt reads it as another user, who need not get into the cache.
	suite_keys=$(mktemp --suffix=.gpg)
	chmod 644 "$suite_keys"
	cat "$kept" >"$suite_keys"
}

# suite_tarball SUITE VARIANT LOG [INCLUDE]: its path is then in $suite_tar.
suite_tarball() {
	local suite=$1 variant=$2 log=$3 include=${4:-} options=() sources=() line
	# How this system gets at its archive, and whether that one's lists may be old (as
	# those of a snapshot are); its own apt is told the same.
	while read -r line; do
		options+=(--aptopt="$line")
	done < <(apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date) ')
	[ -z "$include" ] || options+=(--include="$include")
	mkdir -p "$suite_cache"
	suite_tar=$suite_cache/$suite-$variant-$(printf '%s' "${options[*]-}" | cksum | cut -d' ' -f1).tar
	[ -z "$(find "$suite_tar" -mtime -7 2>/dev/null)" ] || return 0
	mapfile -t sources < <(printf '%s' "${CKPTFS_MIRROR:-$(suite_sources "$suite")}")
	suite_keys=
	if [ -z "${CKPTFS_MIRROR:-}" ] && suite_is_ubuntus "$suite"; then
		options+=(--components=main,universe)
		suite_keyring "$log"
	fi
	[ -z "$suite_keys" ] || options+=(--keyring="$suite_keys")
	mmdebstrap --format=tar --variant="$variant" ${options[@]+"${options[@]}"} "$suite" "$suite_tar.new" \
		${sources[@]+"${sources[@]}"} >>"$log" 2>&1 </dev/null || {
		rm -f "$suite_tar.new" ${suite_keys:+"$suite_keys"}
		fail "A clean $suite can't be made from here (CKPTFS_MIRROR=URI names another archive, $log has all): $(private_apt_why "$log")"
	}
	rm -f ${suite_keys:+"$suite_keys"}
	mv "$suite_tar.new" "$suite_tar"
}

# suite_unpack SUITE VARIANT LOG ROOT [INCLUDE]
suite_unpack() {
	suite_tarball "$1" "$2" "$3" "${5:-}"
	mkdir -p "$4"
	tar -xf "$suite_tar" -C "$4"
	cp /etc/resolv.conf /etc/hosts "$4/etc/" 2>/dev/null || :
}

# suite_run WHAT ROOT CMD [ARG...]: in it, with processes and mounts of its own, which
# end with the command.  WHAT it sees of this system: "offline", nothing, and no
# network; "fuse", the network and /dev/fuse; "devices", all devices and /sys.
suite_run() {
	local what=$1 root=$2
	shift 2
	[ "$what" != fuse ] || touch "$root/dev/fuse"
	tests/own-mounts unshare --pid --fork --kill-child $([ "$what" != offline ] || echo --net) -- sh -euc '
		what=$1 root=$2
		shift 2
		# A mount of its own, as a root directory is.
		mount --bind "$root" "$root"
		mount -t proc proc "$root/proc"
		case $what in
		fuse) mount --bind /dev/fuse "$root/dev/fuse" ;;
		devices)
			mount --rbind /dev "$root/dev"
			mount --rbind /sys "$root/sys"
			;;
		esac
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"' sh "$what" "$root" "$@"
}
