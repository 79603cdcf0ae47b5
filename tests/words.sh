# Nothing from a catalog, a name or a command reaches a terminal, a log or a list
# of mounts unescaped; the log is bounded.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3

words() { python3 "$CKPTFS_SRC/tests/words.py" "$@"; }
esc=$(printf '\033')
status=0

words verbs "$tmp/ro${esc}[31mot" || status=1
if { [ -r /dev/fuse ] && [ -w /dev/fuse ]; } && { is_root || command -v fusermount3 >/dev/null; }; then
	root="$tmp/ro${esc}[31mot"
	if is_root && command -v unshare >/dev/null; then
		# A system's log of our own, in a namespace where it is /dev/log.
		cat >"$tmp/syslog.py" <<'P'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1] + "/log")
os.chmod(sys.argv[1] + "/log", 0o666)
with open(sys.argv[2], "wb", buffering=0) as f:
    while True:
        f.write(s.recv(65536) + b"\0")
P
		mkdir "$tmp/dev"
		python3 "$tmp/syslog.py" "$tmp/dev" "$tmp/syslog" &
		cleanup_fn kill_quietly $!
		wait_until 10 test -S "$tmp/dev/log" || fail "no socket"
		for d in null fuse urandom; do touch "$tmp/dev/$d"; done
		mkdir "$tmp/mnt" "$tmp/m${esc}[8mnt"
		# shellcheck disable=SC2016 # the inner shell's
		"$CKPTFS_SRC/tests/own-mounts" bash -eu -c '
			for d in null fuse urandom; do mount --bind /dev/$d "$1/dev/$d"; done
			mount --rbind "$1/dev" /dev
			mount.ckptfs "$2" "$1/mnt"
			status=0
			python3 "$3" mounted "$2" "$1/mnt" || status=1
			mount.ckptfs -v "$2" "$4" 2>"$1/verbose"
			tr "\0" "\n" 2>/dev/null </proc/self/mountinfo >/dev/null
			cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\0" "\n" | grep -a "^ckptfs-unmount" >"$1/titles"
			umount "$4" || umount -l "$4"
			umount "$1/mnt" || umount -l "$1/mnt"
			exit $status' sh "$tmp" "$root" "$CKPTFS_SRC/tests/words.py" "$tmp/m${esc}[8mnt" || status=1
		check "what a mount says on a terminal" grep -q 'is shown at .*m\\x1b\[8mnt' "$tmp/verbose"
		clean_titles() { grep -a 'm\\x1b\[8mnt' "$tmp/titles" && ! grep -a "$esc" "$tmp/titles"; }
		check "what a list of processes shows of the one that unmounts" clean_titles
		words log <"$tmp/syslog" || status=1
	else
		mount_root "$root" "$tmp/mnt"
		words mounted "$root" "$tmp/mnt" || status=1
		skip_case "what comes to the system's log" "this needs root and unshare"
	fi
else
	skip_case "what a mount says" "there is no /dev/fuse for this user"
fi
exit $status
