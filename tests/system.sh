# As a part of the system: by mount(8) and fstab(5), by the units of systemd, which
# its own checker takes and a service manager can wait for, restart and stop, and
# with its lines in the journal.
#
# systemd need not run: a manager and a journal are played (tests/manager.py).
set -eu
if [ -n "${CKPTFS_SRC:-}" ] && [ -z "${CKPTFS_OWN_MOUNTS:-}" ] && [ "$(id -u)" = 0 ]; then
	exec "$CKPTFS_SRC/tests/own-mounts" bash "$0"
fi
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires python3 jq findmnt

unpack_root v2-solo "$tmp/root"
mkdir "$tmp/mnt" "$tmp/units"
mnt=$tmp/mnt root=$tmp/root
cleanup_fn unmount_quietly "$mnt"

# --- units --------------------------------------------------------------------

# As they are installed, but with the programs of this build.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
installed() {
	make -C "$CKPTFS_BUILD" install-nodist_systemdsystemunitDATA install-dist_systemdsystemunitDATA \
		install-dist_exampleDATA DESTDIR="$tmp/inst" >"$tmp/log" 2>&1 || { cat "$tmp/log"; return 1; }
	find "$tmp/inst" -name 'ckptfs*@.*' -exec cp {} "$tmp/units" \;
	[ "$(find "$tmp/units" -name '*@.service' | wc -l)" = 3 ] && [ -e "$tmp/units/ckptfs-gc@.timer" ]
	! grep -h "@[a-z]*@" "$tmp"/units/* || return 1
	sed -i "s|^ExecStart=.*/ckptfs |ExecStart=$CKPTFS_BUILD/ckptfs |" "$tmp"/units/*.service
}
check "make install has the units" installed

verified() {
	local u
	for u in "$tmp"/units/*@.*; do
		cp "$u" "${u/@/@test}"
	done
	SYSTEMD_UNIT_PATH=$tmp/units: systemd-analyze verify --man=no --recursive-errors=no "$tmp"/units/*@test.* 2>"$tmp/log" ||
		{ cat "$tmp/log"; return 1; }
	[ ! -s "$tmp/log" ] || { cat "$tmp/log"; return 1; }
}
if command -v systemd-analyze >/dev/null; then
	check "systemd has nothing to say against them" verified
else
	skip_case "systemd has nothing to say against them" "systemd-analyze is not installed"
fi

# What a mount namespace would be made for hides the mount from everybody else.
no_namespace() {
	! grep -E '^(Protect(System|Home|KernelTunables|KernelModules|KernelLogs|ControlGroups|Proc)|Private[A-Za-z]*|ReadOnlyPaths|ReadWritePaths|InaccessiblePaths|TemporaryFileSystem|DynamicUser|BindPaths|RootDirectory|MountFlags)=' \
		"$tmp/units/ckptfs@.service"
}
check "the mount's unit has no mount namespace" no_namespace
# It refuses openat2(2), whose arguments no filter can see.
keeps_openat2() { ! grep -H '^RestrictSUIDSGID=' "$tmp"/units/*.service; }
check "no unit takes openat2 away" keeps_openat2

conf=$tmp/test.conf
sed -e "s|^ROOT=.*|ROOT=$root|; s|^MOUNT=.*|MOUNT=$mnt|; s|^ARCHIVE=.*|ARCHIVE=$tmp/archive|" \
	"$CKPTFS_SRC/systemd/example.conf" >"$conf"
python3 "$CKPTFS_SRC/tests/manager.py" "$tmp/units/ckptfs@.service" "$conf" "$mnt" "$root" || not_ok "ckptfs@.service"

# exec_of UNIT: its command, with the variables of $conf.
exec_of() {
	# shellcheck disable=SC1090 # made above
	(
		while IFS='=' read -r name value; do declare "$name=$value"; done < <(grep '^[A-Z]' "$conf")
		eval "set -- $(sed -n 's/^ExecStart=//p' "$tmp/units/$1")"
		printf '%s\0' "$@"
	)
}
run_unit() {
	local argv
	mapfile -d '' argv < <(exec_of "$1")
	"${argv[@]}"
}
gc_busy() {
	local status=0
	hold_pidlock "$root"
	run_unit ckptfs-gc@.service 2>"$tmp/err" || status=$?
	release_pidlock
	grep -q "^SuccessExitStatus=$status\$" "$tmp/units/ckptfs-gc@.service"
	grep -q "in use by process $pidlock_pid" "$tmp/err"
}
check "a gc beside a pipeline ends with what its unit takes for success" gc_busy
gc_works() {
	run_unit ckptfs-gc@.service
	[ "$(jq length "$root/checkpoints.feldera")" -lt 5 ]
}
check "and without one it prunes" gc_works
archive_starts() {
	local argv
	mapfile -d '' argv < <(exec_of ckptfs-archive@.service)
	"${argv[@]}" >"$tmp/out" &
	cleanup_fn kill_quietly $!
	wait_until 60 test -e "$tmp/archive/checkpoints.feldera" && wait_until 60 grep -q . "$tmp/out"
	kill -TERM $!
	wait $!
}
check "the archiver archives, and SIGTERM is a good end" archive_starts

# What a unit leaves a daemon is enough, and its own confinement too.
if command -v setpriv >/dev/null; then
	few_capabilities() {
		local caps
		caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$tmp/units/ckptfs@.service" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
		setpriv --bounding-set "-all,$caps" --no-new-privs mount.ckptfs "$root" "$mnt" -o sandbox=require,allow_other
		[ -d "$mnt/latest/storage" ]
		jq -e '.confined.network == "empty" and .confined.chroot' "$mnt/.ckptfs/status.json" >/dev/null
		umount_root "$mnt"
	}
	if sanitized; then
		skip_case_optional "the capabilities of its unit are enough" "a build with sanitizers is not confined"
	else
		check "the capabilities of its unit are enough" few_capabilities
	fi
else
	skip_case "the capabilities of its unit are enough" "setpriv is not installed"
fi

# --- journal ------------------------------------------------------------------

mount -t tmpfs tmpfs /run
# A name that would be a field of its own.
cp -a "$root" "$tmp/root"$'\n'"FORGED=yes"
python3 "$CKPTFS_SRC/tests/manager.py" journal "$tmp/root"$'\n'"FORGED=yes" "$mnt" || not_ok "the journal"

# --- mount(8) and fstab(5) ------------------------------------------------------

# mount(8) looks for its helper in /sbin only.
sbin=$(readlink -f /sbin)
mkdir "$tmp/sbin"
ln -s "$CKPTFS_BUILD/mount.ckptfs" "$tmp/sbin/mount.ckptfs"
if ! mount -t overlay overlay -o "lowerdir=$tmp/sbin:$sbin" "$sbin" 2>/dev/null; then
	skip_case_optional "mount(8) and fstab(5)" "this kernel has no overlayfs"
	exit
fi
cleanup_fn umount -l "$sbin"

by_mount() {
	mount -t ckptfs "$root" "$mnt" -o ro,lease=5
	[ -d "$mnt/latest/storage" ]
	[ "$(findmnt -n -o FSTYPE "$mnt")" = fuse.ckptfs ]
	umount_root "$mnt"
	! mountpoint -q "$mnt"
}
check "mount -t ckptfs finds its helper" by_mount

options=nofail,_netdev,noauto,x-systemd.automount,x-systemd.idle-timeout=5min,x-gvfs-hide,X-unknown=1,comment=abc,allow_other
cat >"$tmp/fstab" <<-FSTAB
	$root $mnt ckptfs ${options/noauto,/} 0 0
	$tmp/not-there $tmp/nowhere ckptfs nofail,noauto,x-systemd.requires-mounts-for=/srv 0 0
FSTAB
fstab_verified() { # it warns of every file system of a helper, and of every source that is a directory
	head -n 1 "$tmp/fstab" >"$tmp/fstab1"
	findmnt --verify --verbose --tab-file "$tmp/fstab1" >"$tmp/log" 2>&1
	! grep -F '[E]' "$tmp/log" || return 1
	grep -q "target exists" "$tmp/log"
}
check "findmnt --verify takes the line of fstab" fstab_verified
by_fstab() {
	mount -a -T "$tmp/fstab" -t ckptfs
	[ -d "$mnt/latest/storage" ]
	# A second time it is there already.
	mount -a -T "$tmp/fstab" -t ckptfs
	[ "$(grep -c " $mnt " /proc/self/mountinfo)" = 1 ]
	umount_root "$mnt"
}
check "mount -a mounts what fstab has, once" by_fstab
not_there() { # mount(8) gives a helper's status on, nofail or not; for systemd it is no failure
	expect_fail 32 "$tmp/not-there" mount -T "$tmp/fstab" "$tmp/nowhere"
	{
		echo "$tmp/not-there $tmp/nowhere2 ckptfs nofail 0 0"
		head -n 1 "$tmp/fstab"
	} >"$tmp/fstab2"
	mkdir "$tmp/nowhere2"
	! mount -a -T "$tmp/fstab2" 2>/dev/null || return 1
	[ -d "$mnt/latest/storage" ]
	umount_root "$mnt"
}
check "a missing root keeps mount -a from no other" not_there
automounted() { # as by x-systemd.automount
	local status=0
	timeout 150 python3 "$CKPTFS_SRC/tests/automount.py" "$mnt" mount -t ckptfs "$root" "$mnt" >"$tmp/log" 2>&1 || status=$?
	cat "$tmp/log"
	[ $status = 0 ] && ! mountpoint -q "$mnt"
}
if grep -qw autofs /proc/filesystems; then
	check "an automounter mounts it when somebody looks" automounted
else
	skip_case_optional "an automounter mounts it when somebody looks" "this kernel has no autofs"
fi
generated() { # what systemd makes of it
	local generator=/usr/lib/systemd/system-generators/systemd-fstab-generator unit
	[ -x $generator ] || { echo "no $generator"; return 0; }
	mkdir "$tmp/gen"
	SYSTEMD_FSTAB=$tmp/fstab SYSTEMD_IN_INITRD=0 $generator "$tmp/gen" "$tmp/gen" "$tmp/gen"
	unit=$(systemd-escape -p --suffix=mount "$mnt")
	grep -q '^Type=ckptfs$' "$tmp/gen/$unit"
	grep -q "^What=$root\$" "$tmp/gen/$unit"
	[ -e "$tmp/gen/${unit%.mount}.automount" ]
	# nofail, _netdev: nothing needs it, and it waits for the network.
	[ -z "$(find "$tmp/gen" -path "*requires/*")" ]
	find "$tmp/gen" -path "*remote-fs.target.wants/${unit%.mount}.automount" | grep .
}
check "systemd makes an automount of it that booting does not need" generated
