# shellcheck shell=bash
# functions.sh - what shell tests share
#
# A test is a bash script that keeps one promise, or a few that need the same
# set-up, and begins with
#
#	set -eu
#	. "$(dirname "$0")/functions.sh"
#	requires_fuse
#
# It passes by ending with 0, fails by any other status, and is skipped by 77,
# with the reason on standard output.  A test of several promises says for each
# how it went (ok, not_ok, check); those are counted one by one, and a single
# not_ok makes the test fail at its end.
#
# Nothing outlives a test: what is made is registered for removal where it is
# made (cleanup_fn), and tests/run-test clears away what is left even if the
# script is killed.  Files belong below $tmp.  $CKPTFS_SRC and $CKPTFS_BUILD are
# the tops of the source and the build tree; ckptfs and mount.ckptfs are found
# by their names.

# Started by hand: once more, with all that run-test provides.
if [ -z "${CKPTFS_SRC:-}" ]; then
	exec "$(dirname "${BASH_SOURCE[0]}")/run-test" "$0" "$@"
fi

# The state lies in files, not in variables, so that it can be changed from a
# subshell too, as in x=$(make_something).
tmp=$TMPDIR/t
ckptfs_cleanups=$TMPDIR/cleanups
ckptfs_failed=$TMPDIR/failed
ckptfs_stderr=$TMPDIR/stderr
mkdir "$tmp"
chmod 755 "$tmp"
: >"$ckptfs_cleanups"

# --- clean-up ---------------------------------------------------------------

# cleanup_fn CMD [ARG...]: run it when the test ends, however it ends; the last
# one registered runs first, and a failing one does not keep the others back.
cleanup_fn() {
	printf '%q ' "$@" >>"$ckptfs_cleanups"
	printf '\n' >>"$ckptfs_cleanups"
}

ckptfs_exit() {
	local status=$? line
	trap - EXIT
	trap '' INT TERM
	set +e
	while read -r line; do
		eval "$line" </dev/null
	done < <(tac "$ckptfs_cleanups")
	if [ "$status" = 0 ] && [ -e "$ckptfs_failed" ]; then
		status=1
	fi
	exit "$status"
}
trap ckptfs_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- results ----------------------------------------------------------------

ok() {
	printf 'ok %s\n' "$*"
}

not_ok() {
	: >"$ckptfs_failed"
	printf 'not ok %s\n' "$*"
}

# check NAME CMD [ARG...]: ok if the command succeeds.  It runs in a subshell,
# with "set -e" in force inside functions as well, and the test goes on.
check() {
	local name=$1 status
	shift
	set +e
	(
		set -e
		"$@"
	)
	status=$?
	set -e
	if [ $status = 0 ]; then ok "$name"; else not_ok "$name"; fi
}

# skip REASON: the whole test.  On a machine that could run it (root, /dev/fuse,
# loop devices) scripts/test takes that for a failure; skip_optional is for what
# such a machine may lack as well: a kernel feature, a kind of file system.
skip() {
	printf 'SKIP: %s\n' "$*"
	exit 77
}
skip_optional() {
	printf 'SKIP (optional): %s\n' "$*"
	exit 77
}

# A build with sanitizers: those need more calls, more memory and more of the kernel.
sanitized() {
	nm -D "$CKPTFS_BUILD/mount.ckptfs" 2>/dev/null | grep -qE '__(asan|tsan)'
}

# skip_case NAME REASON: one promise of several.
skip_case() {
	printf 'skip %s: %s\n' "$1" "$2"
}
skip_case_optional() {
	printf 'skip (optional) %s: %s\n' "$1" "$2"
}

# fail SENTENCE: end the test here.
fail() {
	printf 'FAIL: %s\n' "$*"
	exit 1
}

# --- what a test needs ------------------------------------------------------

# requires TOOL...
requires() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

is_root() {
	[ "$(id -u)" = 0 ]
}

requires_root() {
	is_root || skip "this needs root"
}

requires_fuse() {
	{ [ -r /dev/fuse ] && [ -w /dev/fuse ]; } || skip "/dev/fuse is not there, or not for this user"
	is_root || requires fusermount3
	requires mount.ckptfs
}

requires_loop() {
	requires_root
	requires losetup
	losetup -f >/dev/null 2>&1 || skip "there is no free loop device"
}

# requires_filesystem TYPE (ext4, xfs, btrfs): one that make_filesystem can mount.
requires_filesystem() {
	requires_loop
	requires "mkfs.$1"
	grep -qw "$1" /proc/filesystems || modprobe "$1" 2>/dev/null ||
		skip_optional "this kernel has no $1"
}

# --- set-up -----------------------------------------------------------------

# unpack_root NAME DIR: the storage root tests/data/roots/NAME becomes DIR,
# which must not exist.  Its files belong to who runs the test.
unpack_root() {
	[ ! -e "$2" ] || fail "unpack_root: $2 exists already"
	mkdir -p "$2"
	tar -xJf "$CKPTFS_SRC/tests/data/roots/$1.tar.xz" --no-same-owner --strip-components=1 -C "$2"
}

# churn VERB ARG...: checkpoints with a record of what each must be (tests/churn.py).
churn() { python3 "$CKPTFS_SRC/tests/churn.py" "$@"; }

# uuids ROOT: as its catalog has them, oldest first.
uuids() { jq -r '.[].uuid' "$1/checkpoints.feldera"; }

# make_filesystem TYPE DIR [MIB]: a file system of its own, mounted at DIR.
make_filesystem() {
	local image=$2.$1.img
	truncate -s "${3:-400}M" "$image"
	"mkfs.$1" -q "$image" >/dev/null
	mkdir -p "$2"
	mount -o loop "$image" "$2"
	cleanup_fn unmount_quietly "$2"
}

# mount_root ROOT MNT [OPTIONS]: returns when it can be used.
mount_root() {
	mkdir -p "$2"
	mount.ckptfs "$1" "$2" ${3:+-o "$3"}
	cleanup_fn unmount_quietly "$2"
	mountpoint -q "$2" || fail "mount.ckptfs succeeded, but nothing is mounted at $2"
}

# is_watched MNT: its root is watched, which begins just after it can be used, and is the
# last descriptor that an idle daemon has.
is_watched() { grep -q '"watch": *"inotify"' "$1/.ckptfs/status.json"; }

# enable_uring: mounts that ask for it get their requests by io_uring, until the test
# ends.  False where the kernel has none.  One test at a time, as it is the kernel's.
enable_uring() {
	local at=/sys/module/fuse/parameters/enable_uring was
	[ -w $at ] || return 1
	exec 8>"/run/lock/ckptfs-test-uring"
	flock 8
	was=$(cat $at)
	[ "$was" != Y ] || return 0
	echo Y >$at
	cleanup_fn sh -c "echo $was >$at"
}

unmount() {
	if is_root; then umount "$1"; else fusermount3 -u "$1"; fi
}

# Also after the test has unmounted it, and where something still has it open.
unmount_quietly() {
	mountpoint -q "$1" 2>/dev/null || return 0
	wait_until 5 unmount "$1" >/dev/null 2>&1 || if is_root; then umount -l "$1"; else fusermount3 -u -z "$1"; fi
}

# umount_root MNT: it may be busy for a moment after the last close.  Whatever a
# test did, the daemon must not have wanted what its confinement refuses.
umount_root() {
	! grep "refused the system call" "$1/.ckptfs/log" 2>/dev/null || fail "the daemon of $1 was refused a call"
	wait_until 10 unmount "$1" || fail "$1 can't be unmounted"
}

# ask MOUNT COMMAND: the answer, read on the descriptor that wrote it; the status is
# that of the write.
ask() {
	local status=0
	exec 3<>"$1/.ckptfs/control"
	printf '%s\n' "$2" >&3 2>/dev/null || status=$?
	cat <&3
	exec 3>&-
	return $status
}

# hold_pidlock ROOT: lock the root as a running pipeline does, by a process
# whose id is then in $pidlock_pid.  (Not printed: the shell that started it
# must be able to wait for its end.)
hold_pidlock() {
	requires python3
	rm -f "$TMPDIR/locked"
	python3 -c '
import fcntl, os, sys, time
f = os.open(sys.argv[1] + "/feldera.pidlock", os.O_RDWR | os.O_CREAT, 0o644)
fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
open(sys.argv[2], "w").close()
time.sleep(3600)' "$1" "$TMPDIR/locked" >/dev/null &
	pidlock_pid=$!
	cleanup_fn kill_quietly "$pidlock_pid"
	wait_until 10 test -e "$TMPDIR/locked" || fail "feldera.pidlock in $1 can't be locked"
}

kill_quietly() {
	kill -KILL "$1" 2>/dev/null || :
}

# release_pidlock: returns when the lock is free.
release_pidlock() {
	kill_quietly "$pidlock_pid"
	wait "$pidlock_pid" 2>/dev/null || :
}

# as_nobody CMD [ARG...]: as a user who owns nothing (needs root).  ckptfs and
# mount.ckptfs are found also where that user can't enter the build tree.
as_nobody() {
	local bin=$TMPDIR/bin
	requires runuser
	if [ ! -d "$bin" ]; then
		mkdir "$bin"
		cp "$CKPTFS_BUILD/ckptfs" "$CKPTFS_BUILD/mount.ckptfs" "$bin"
		chmod -R a+rX "$bin"
	fi
	PATH=$bin:$PATH runuser -u nobody -- "$@"
}

# --- looking ----------------------------------------------------------------

# wait_until SECONDS CMD [ARG...]: try until it succeeds; false if it never did.
# On a machine that is busy with something else it takes three times as long.
wait_until() {
	local end=$((SECONDS + 3 * $1 + 1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# What the kernel says at a mount point whose daemon is gone: the second to a
# request that was on its way when the connection ended.
nobody_there="Transport endpoint is not connected|Software caused connection abort"

# expect_fail CODE PATTERN CMD [ARG...]: the command must end with CODE (any:
# whatever but 0), and its standard error match the extended regular expression
# (empty: anything, also nothing).
expect_fail() {
	local code=$1 pattern=$2 status=0 right=no
	shift 2
	"$@" 2>"$ckptfs_stderr" || status=$?
	case $code in
	any) [ $status = 0 ] || right=yes ;;
	*) [ $status != "$code" ] || right=yes ;;
	esac
	if [ $right = no ]; then
		printf 'expect_fail: status %s, not %s: %s\n' "$status" "$code" "$*"
	elif [ -n "$pattern" ] && ! grep -qE -e "$pattern" "$ckptfs_stderr"; then
		printf 'expect_fail: its message does not match "%s": %s\n' "$pattern" "$*"
		right=no
	fi
	if [ $right = no ]; then
		sed 's/^/  /' "$ckptfs_stderr"
		return 1
	fi
}

# ckptfs_processes: those of ours that belong to this test.
ckptfs_processes() {
	local p
	for p in /proc/[0-9]*; do
		case $(tr '\0' ' ' 2>/dev/null <"$p/cmdline") in
		*ckptfs*"$tmp/"*) [ "${p#/proc/}" = $$ ] || echo "${p#/proc/}" ;;
		esac
	done
}

# daemon_of MNT: the process that serves it, not the one that only unmounts.
daemon_of() {
	local pid
	for pid in $(ckptfs_processes); do
		case $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") in
		*mount.ckptfs*" $1 "*) echo "$pid" ;;
		esac
	done
}

# daemon_ended MNT: also the one that was unmounted, which may take a moment more.
daemon_ended() { [ -z "$(daemon_of "$1")" ]; }

# sha256_tree DIR: a line for all that is in it, in an order of its own: files
# with what they contain, symlinks with their targets, directories.  Two trees
# are the same if these lines are.  Fails if a file can't be read.
sha256_tree() (
	set -o pipefail
	cd "$1"
	{
		find . -type f -print0 | xargs -0 -r sha256sum &&
			find . -type l -printf 'link %p -> %l\n' &&
			find . -type d -printf 'directory %p\n' &&
			find . ! -type f ! -type l ! -type d -printf 'other %p\n'
	} | LC_ALL=C sort
)
