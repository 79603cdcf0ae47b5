# What somebody can't do who has taken the daemon over: each of its threads is
# made to try (tests/attempts.c), by system calls and through an io_uring, in a
# mount of root's and in one of an ordinary user's.  And the mount goes on.
#
# It runs with mounts of its own, so that the ordinary user gets a /dev/fuse.
set -eu
if [ -n "${CKPTFS_SRC:-}" ] && [ -z "${CKPTFS_OWN_MOUNTS:-}" ] && [ "$(id -u)" = 0 ]; then
	exec "$CKPTFS_SRC/tests/own-mounts" bash "$0"
fi
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires jq nm runuser unshare python3 fusermount3
[ "$(uname -m)" = x86_64 ] || skip_optional "system calls are put into a process on x86-64 only"
tools=$CKPTFS_BUILD/tests
[ -x "$tools/taken_over" ] || skip "tests/taken_over is not built: make check builds it"
! sanitized || skip_optional "a build with sanitizers is not confined"
python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)' ||
	skip_optional "this kernel has no Landlock"

cleanup_fn unmount_quietly "$tmp/mnt"

user=daemon
uid=$(id -u $user)
mnt=$tmp/mnt
unpack_root v2-solo "$tmp/root"
# Theirs, world-readable: only the confinement keeps it from the daemon.
echo secret >"$tmp/secret"
mkdir "$mnt"
mkdir -m 777 "$tmp/open"
ln -s "$tmp/secret" "$tmp/root/way-out"
: >"$tmp/root/feldera.pidlock"
chown -R -h $user: "$tmp/root" "$tmp/secret"
sha256_tree "$tmp/root" >"$tmp/before"

daemon() { pgrep -f "^([^ ]*/)?mount.ckptfs $tmp/root( |\$)"; }
no_process() { ! pgrep -f "(mount.ckptfs|ckptfs-unmount) .*$tmp" >/dev/null; }
not_mounted() { ! grep -qF " $mnt " /proc/self/mountinfo; }
mount_it() { # OPTIONS [PROGRAM...]
	unmount_quietly "$mnt"
	"${@:2}" mount.ckptfs "$tmp/root" "$mnt" ${1:+-o "$1"}
}
end() {
	kill -TERM "$(daemon)"
	wait_until 10 not_mounted
	wait_until 10 no_process
}
confined() { jq -c .confined "$mnt/.ckptfs/status.json"; }

# has PATTERN: a line that each thread has in its status.
has() {
	local t
	for t in "/proc/$(daemon)"/task/*/status; do
		grep -qE "$1" "$t" || { echo "$t has no '$1':"; cat "$t"; return 1; }
	done
}
no_privileges() { # UID
	has "^Uid:.$1.$1.$1.$1\$"
	has '^Cap(Inh|Prm|Eff|Amb):.0{16}$'
	! grep -hE '^Cap(Inh|Prm|Eff|Amb):' "/proc/$(daemon)"/task/*/status | grep -v '0000000000000000$' || return 1
	has '^NoNewPrivs:.1$'
	has '^Seccomp:.2$'
	# Where SIGSYS is blocked, a refused call would be the end.
	local blk
	for blk in $(sed -n 's/^SigBlk:.//p' "/proc/$(daemon)"/task/*/status); do
		[ $((0x$blk & 0x40000000)) = 0 ]
	done
}
goes_on() {
	[ "$(ls "$mnt" | wc -l)" = 7 ]
	sha256_tree "$mnt" >/dev/null
	echo "pin test $(basename "$(readlink "$mnt/latest")")" >"$mnt/.ckptfs/control"
	[ -e "$mnt/.ckptfs/pins/test" ]
	echo "unpin test" >"$mnt/.ckptfs/control"
	rm -f "$tmp/root/ckptfs-pins.json"
	(exec 3<>"$mnt/.ckptfs/control"; echo "gc dry-run" >&3; jq -e '.kept | length == 6' <&3 >/dev/null)
	rm -f "$tmp/root/stolen.feldera"
	sha256_tree "$tmp/root" | diff "$tmp/before" -
}
refused_are_logged() {
	local call
	for call in execve ptrace kill socket unshare mount io_uring_setup; do
		grep -q "warning refused the system call $call " "$mnt/.ckptfs/log"
	done
	# One for each, however often it is tried.
	[ "$(grep -c "refused the system call socket " "$mnt/.ckptfs/log")" = 1 ]
}

# --- root's mount -----------------------------------------------------------

mount_it ""
everything() { [ "$(confined)" = "{\"landlock\":$1,\"seccomp\":true,\"network\":\"empty\",\"chroot\":true}" ]; }
abi=$(python3 -c 'import ctypes; print(min(99, ctypes.CDLL(None).syscall(444, None, 0, 1)))')
check "status.json says how the daemon is confined" everything "$abi"
check "every thread is the owner's, without capabilities, for good" no_privileges "$uid"
nothing_inherited() {
	exec 3<"$tmp/secret"
	umount_root "$mnt"
	mount_it ""
	exec 3<&-
	! ls -l "/proc/$(daemon)/fd" | grep secret || return 1
	grep -q '^CapBnd:.0000000000000000$' "/proc/$(daemon)/status"
	[ "$(readlink "/proc/$(daemon)/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}
check "it has nothing of who started it" nothing_inherited
ls "$mnt" >/dev/null
"$tools/taken_over" "$(daemon)" "$tmp" || not_ok "who has taken a daemon of root's over is refused"
check "what was refused is in the log" refused_are_logged
check "and the mount goes on" goes_on
check "SIGTERM unmounts it" end

roots_own() {
	cp -a "$tmp/root" "$tmp/roots"
	chown -R root:games "$tmp/roots"
	mount.ckptfs "$tmp/roots" "$mnt"
	local pid
	pid=$(pgrep -f "mount.ckptfs $tmp/roots")
	[ -z "$(grep -E '^Cap(Prm|Eff|Bnd):' "/proc/$pid/status" | grep -v '0000000000000000$')" ]
	grep -q "^Gid:.$(id -g games)" "/proc/$pid/status"
	echo gc >"$mnt/.ckptfs/control"
	[ "$(stat -c %U:%G "$tmp/roots/checkpoints.feldera")" = root:games ]
	umount_root "$mnt"
}
check "root's own root takes no capability either" roots_own

# --- the proof of the proof -------------------------------------------------

unconfined() {
	mount_it sandbox=off
	[ "$(confined)" = '{"landlock":0,"seccomp":false,"network":"host","chroot":false}' ]
	has '^CapEff:.0{16}$'
	has '^NoNewPrivs:.1$'
	"$tools/taken_over" --free "$(daemon)" "$tmp" >"$tmp/out" || { cat "$tmp/out"; return 1; }
	"$tools/taken_over" --free --ring "$(daemon)" "$tmp" >"$tmp/out" || { cat "$tmp/out"; return 1; }
	rm -f "$tmp/root/stolen.feldera"
	end
}
check "without the confinement all of that works that its user may do" unconfined

# --- a kernel that lacks something ------------------------------------------

# less CALL PATTERN STATUS: one line in the log, the rest holds.
less() {
	expect_fail 32 "sandbox=require.*$2" mount_it sandbox=require "$CKPTFS_SRC/tests/without.py" "$1"
	not_mounted
	mount_it "" "$CKPTFS_SRC/tests/without.py" "$1"
	[ "$(grep -c "confined less than it could be: $2" "$mnt/.ckptfs/log")" = 1 ]
	[ "$(confined)" = "$3" ]
	[ "$1" = seccomp ] || "$tools/taken_over" "$(daemon)" "$tmp" >"$tmp/out" || { cat "$tmp/out"; return 1; }
	goes_on
	end
}
check "no Landlock: said, and the rest refuses all the same" less landlock_create_ruleset "no Landlock" \
	'{"landlock":0,"seccomp":true,"network":"empty","chroot":true}'
check "no network of its own: the same" less unshare "it can't have a network of its own" \
	"{\"landlock\":$abi,\"seccomp\":true,\"network\":\"host\",\"chroot\":true}"
check "no other root directory: the same" less chroot "the storage root can't be made its root" \
	"{\"landlock\":$abi,\"seccomp\":true,\"network\":\"empty\",\"chroot\":false}"
check "no seccomp: said" less seccomp "no seccomp filter" \
	"{\"landlock\":$abi,\"seccomp\":false,\"network\":\"empty\",\"chroot\":true}"
required() {
	mount_it sandbox=require
	everything "$abi"
	end
	expect_fail 1 "sandbox=yes" mount_it sandbox=yes
}
check "sandbox=require mounts where all is there" required

# --- through a ring ---------------------------------------------------------

# A process that is confined in the same way, but may have rings, as a daemon
# that serves by FUSE over io_uring.
idle() { # OUT COMMAND...
	rm -f "$1"
	"${@:2}" >"$1" &
	cleanup_fn kill_quietly $!
	disown
	wait_until 10 grep -q landlock "$1"
}
idle "$tmp/idle" "$tools/confined_idle" "$tmp/root" require uring
pid=$(pgrep -f "confined_idle $tmp/root")
"$tools/taken_over" --ring "$pid" "$tmp" || not_ok "root's daemon with a ring is refused"
kill_quietly "$pid"

# The daemon itself, where it has.
if enable_uring; then
	mount_it io_uring
	[ "$(jq .io_uring "$mnt/.ckptfs/status.json")" = true ] || not_ok "-o io_uring"
	for how in --rings --ring; do
		"$tools/taken_over" $how "$(daemon)" "$tmp" >"$tmp/out" || not_ok "the daemon with io_uring is refused ($how)"
		sed 's/^ok /ok with -o io_uring: /' "$tmp/out"
	done
	check "with -o io_uring: the mount goes on" goes_on
	end
else
	skip_case_optional "a daemon with -o io_uring is refused the same" "this kernel has no FUSE over io_uring"
fi

# --- an ordinary user's mount -----------------------------------------------

mkdir "$tmp/bin"
cp "$CKPTFS_BUILD/ckptfs" "$CKPTFS_BUILD/mount.ckptfs" "$tools/confined_idle" "$tmp/bin"
chmod 755 "$tmp/bin"
unmount_quietly "$mnt"
chown $user: "$mnt"
as_user() { PATH=$tmp/bin:$PATH runuser -u $user -- "$@"; }
mknod -m 666 "$tmp/fuse" c 10 229
mount --bind "$tmp/fuse" /dev/fuse
cleanup_fn umount /dev/fuse

as_user mount.ckptfs "$tmp/root" "$mnt" -o sandbox=require
as_user cat "$mnt/.ckptfs/status.json" >"$tmp/status"
what_is_to_be_had() {
	[ "$(jq -c .confined "$tmp/status")" = "{\"landlock\":$abi,\"seccomp\":true,\"network\":\"host\",\"chroot\":false}" ]
}
check "a user: status.json says what is to be had" what_is_to_be_had
check "a user: every thread is without capabilities, for good" no_privileges "$uid"
"$tools/taken_over" "$(daemon)" "$tmp" >"$tmp/out" || not_ok "who has taken a user's daemon over is refused"
sed 's/^ok /ok a user: /' "$tmp/out"
users_goes_on() {
	[ "$(as_user ls "$mnt" | wc -l)" = 7 ]
	as_user sh -c "find '$mnt' -type f -exec cat {} + >/dev/null"
	as_user sh -c "echo 'gc dry-run' >'$mnt/.ckptfs/control'"
	as_user cat "$mnt/.ckptfs/log" >"$tmp/log"
	grep -q "refused the system call execve" "$tmp/log"
	sha256_tree "$tmp/root" | diff "$tmp/before" -
}
check "a user: the mount goes on" users_goes_on
check "a user: SIGTERM unmounts it, by fusermount3" end
busy() { # also while somebody has something open
	as_user mount.ckptfs "$tmp/root" "$mnt"
	as_user sh -c "exec 3<'$mnt/latest/metadata.json'; echo >'$tmp/open/opened'; exec sleep 60" &
	cleanup_fn kill_quietly $!
	wait_until 10 test -e "$tmp/open/opened"
	end
}
check "a user: also while it is in use" busy
killed() {
	as_user mount.ckptfs "$tmp/root" "$mnt"
	kill -KILL "$(daemon)"
	wait_until 10 no_process
	expect_fail any "$nobody_there" as_user timeout 10 ls "$mnt"
	as_user fusermount3 -u "$mnt"
}
check "a user: kill -9 leaves nobody hanging" killed

idle "$tmp/idle" runuser -u $user -- "$tmp/bin/confined_idle" "$tmp/root" require uring
"$tools/taken_over" --ring "$(pgrep -f "^$tmp/bin/confined_idle")" "$tmp" >"$tmp/out" ||
	not_ok "a user's daemon with a ring is refused"
sed 's/^ok /ok a user, /' "$tmp/out"
