# mount.ckptfs and ckptfs mount: what they refuse, when they return, how a mount
# ends, and that nothing is left behind.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3 strace

root=$tmp/root
mnt=$tmp/mnt
unpack_root v2-gc "$root"
mkdir "$mnt" "$tmp/full" "$tmp/nothing"
: >"$tmp/full/file"
sha256_tree "$root" >"$tmp/before"

mounted() { grep -qF " $1 " /proc/self/mountinfo; }
not_mounted() { ! mounted "$1"; }
usable() { [ -d "$mnt/latest/storage" ]; }

# refuse CODE PATTERN ARG...: nothing is mounted, no process is left.
refuse() {
	local code=$1 pattern=$2
	shift 2
	expect_fail "$code" "^ckptfs: .*$pattern" mount.ckptfs "$@"
	not_mounted "$mnt"
	! pgrep -f "mount.ckptfs $root" >/dev/null || return 1
	sha256_tree "$root" | diff "$tmp/before" -
}

check "no words" refuse 1 "--help"
check "no mount point" refuse 1 "--help" "$root"
check "three operands" refuse 1 "too many" "$root" "$mnt" more
check "an unknown option" refuse 1 "unknown option '-x'" "$root" "$mnt" -x
check "an unknown word" refuse 1 "unknown mount option 'frob'" "$root" "$mnt" -o ro,frob
check "an unknown word with a value" refuse 1 "unknown mount option 'frob=1'" "$root" "$mnt" -o frob=1
check "a lease that is no number" refuse 1 "lease=x" "$root" "$mnt" -o lease=x
check "a poll of no seconds" refuse 1 "poll=0" "$root" "$mnt" -o poll=0
check "another type" refuse 1 "ext4" "$root" "$mnt" -t ext4
check "a missing root" refuse 32 "No such file" "$tmp/nowhere" "$mnt"
check "a root that is a file" refuse 32 "not a directory" "$tmp/full/file" "$mnt"
check "a root that is none" refuse 32 "no storage root" "$tmp/full" "$mnt"
check "an empty root" refuse 32 "no storage root" "$tmp/nothing" "$mnt"
check "a missing mount point" refuse 32 "No such file" "$root" "$tmp/nowhere"
check "a mount point that is a file" refuse 32 "not a directory" "$root" "$tmp/full/file"
check "a mount point that is not empty" refuse 32 "not empty.*nonempty" "$root" "$tmp/full"
check "the root as mount point" refuse 32 "lies in the storage root" "$root" "$root"
check "a mount point in the root" refuse 32 "lies in the storage root" "$root" "$root/$(ls "$root" | head -n 1)"
check "a mount point around the root" refuse 32 "lies in the mount point" "$root" "$tmp"

damaged_catalog() {
	cp -a "$root" "$tmp/damaged"
	echo '[' >"$tmp/damaged/checkpoints.feldera"
	refuse 32 "checkpoints.feldera" "$tmp/damaged" "$mnt"
}
check "a root whose catalog is damaged" damaged_catalog
lost_catalog() {
	rm -f "$tmp/damaged/checkpoints.feldera" "$tmp/damaged/feldera.pidlock"
	refuse 32 "rebuild" "$tmp/damaged" "$mnt"
}
check "a root whose catalog is lost" lost_catalog

fakes() {
	mount.ckptfs -fnv "$root" "$mnt" -t ckptfs -o rw,defaults,_netdev,nofail,x-systemd.automount,noatime
	not_mounted "$mnt"
	refuse 1 "frob" -f "$root" "$mnt" -o frob
	mount.ckptfs -sf "$root" "$mnt" -o frob
}
check "-f only checks, -s takes unknown words" fakes

comes_and_goes() {
	mount.ckptfs "$root" "$mnt" # usable at once, without a wait
	usable
	refuse_twice
	umount_root "$mnt"
	wait_until 5 no_process
}
refuse_twice() {
	expect_fail 32 "mounted at .* already" mount.ckptfs "$root" "$mnt"
	expect_fail 32 "a mount of ckptfs, not a storage root" mount.ckptfs "$mnt" "$tmp/nothing"
	expect_fail 1 "a mount of ckptfs, not a storage root" ckptfs list "$mnt"
	ckptfs verify "$(readlink -f "$mnt/latest")/storage"
}
no_process() { ! pgrep -f "(mount.ckptfs|mount -f|ckptfs-unmount) .*$tmp" >/dev/null; }
cleanup_fn unmount_quietly "$mnt"
check "it returns when it can be used, and ends with umount" comes_and_goes

daemon() { pgrep -f "^mount.ckptfs.* $mnt\$"; }
terminated() {
	mount.ckptfs "$root" "$mnt"
	kill -TERM "$(daemon)"
	wait_until 5 not_mounted "$mnt"
	wait_until 5 no_process
	[ -z "$(ls -A "$mnt")" ]
}
check "SIGTERM unmounts" terminated

twice() {
	mkdir -p "$tmp/second"
	mount.ckptfs "$root" "$mnt"
	mount.ckptfs "$root" "$tmp/second"
	cleanup_fn unmount_quietly "$tmp/second"
	[ "$(ls "$mnt")" = "$(ls "$tmp/second")" ]
	umount_root "$mnt"
	[ -d "$tmp/second/latest/storage" ]
	umount_root "$tmp/second"
}
check "one root can be shown twice" twice

killed() { # the mount point stays dead: an empty directory would be a lie
	mount.ckptfs "$root" "$mnt"
	kill -KILL "$(daemon)"
	wait_until 5 sh -c "! ls '$mnt' 2>/dev/null"
	expect_fail any "$nobody_there" ls "$mnt"
	mount.ckptfs "$root" "$mnt" 2>"$tmp/err"
	grep -q "dead mount" "$tmp/err"
	usable
	umount_root "$mnt"
	not_mounted "$mnt"
}
check "a dead mount is taken away, and said" killed

foreground() {
	ckptfs mount -f "$root" "$mnt" 2>"$tmp/err" &
	local pid=$! status=0
	wait_until 10 mounted "$mnt"
	usable
	kill -TERM $pid
	wait $pid || status=$?
	[ $status = 0 ]
	not_mounted "$mnt"
}
check "ckptfs mount -f stays in the foreground until it is told to end" foreground

options_work() {
	mount.ckptfs "$root" "$mnt"
	! ls -a "$mnt" | grep -q ckptfs || return 1
	umount_root "$mnt"
	mount.ckptfs "$root" "$mnt" -o show_control -o noexec,fsname=name
	ls -a "$mnt" | grep -qx .ckptfs
	grep -q " $mnt .*noexec.* fuse.ckptfs name " /proc/self/mountinfo
	umount_root "$mnt"
	mount.ckptfs "$root" "$tmp/full" -o nonempty
	umount_root "$tmp/full"
	mount.ckptfs "$tmp/nothing" "$mnt" -o allow-empty
	[ -z "$(ls "$mnt")" ]
	umount_root "$mnt"
}
cleanup_fn unmount_quietly "$tmp/full"
check "the options do what they say" options_work

sweeps() {
	unpack_root v2-garbage "$tmp/garbage"
	ckptfs sweep -n --json "$tmp/garbage" >"$tmp/dry.json"
	mount.ckptfs "$tmp/garbage" "$mnt" -o sweep
	ckptfs sweep -n "$tmp/garbage" | grep -q "^would remove 0 files"
	ckptfs verify "$tmp/garbage"
	umount_root "$mnt"
	# What keeps a sweep from working does not keep the mount from working.
	hold_pidlock "$tmp/garbage"
	mount.ckptfs "$tmp/garbage" "$mnt" -o sweep 2>"$tmp/err"
	grep -q "^ckptfs: the root was not swept: .*$pidlock_pid" "$tmp/err"
	usable
	umount_root "$mnt"
	release_pidlock
}
check "-o sweep sweeps first" sweeps

strange_names() {
	local r="$tmp/a b\\c,d=e" m="$tmp/m n\\o,p"
	cp -a "$root" "$r"
	mkdir "$m"
	(cd "$tmp" && mount.ckptfs "a b\\c,d=e" "m n\\o,p")
	cleanup_fn unmount_quietly "$m"
	[ -d "$m/latest/storage" ]
	[ "$(findmnt -n -o SOURCE "$m")" = "$r" ]
	kill -TERM "$(pgrep -f '^mount.ckptfs a b')"
	wait_until 5 sh -c '! mountpoint -q "$1"' sh "$m"
}
check "relative paths, blanks, backslashes and commas" strange_names

if is_root; then
	not_ours() { # what came to lie on the mount point since is not taken away
		mount.ckptfs "$root" "$mnt"
		local pid
		pid=$(daemon)
		mount -t tmpfs none "$mnt"
		: >"$mnt/theirs"
		kill -TERM "$pid"
		wait_until 5 sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status"
		[ -e "$mnt/theirs" ]
		umount "$mnt"
		umount -l "$mnt"
	}
	check "a mount that is not ours stays" not_ours

	few_privileges() {
		mount.ckptfs "$root" "$mnt"
		local broker
		broker=$(pgrep -P "$(daemon)")
		[ "$(grep CapEff "/proc/$broker/status" | cut -f 2)" = 0000000000200004 ]
		# No CAP_SYS_ADMIN: the daemon itself can unmount nothing.
		[ $((0x$(grep CapEff "/proc/$(daemon)/status" | cut -f 2) & 0x200000)) = 0 ]
		# Its socket, /dev/fuse, which it registers files with, and, since Linux
		# 6.9, what tells it of the daemon's end.
		[ "$(ls "/proc/$broker/fd" | tr -d '\n' | sed 's/5$//')" = 01234 ]
		[ "$(ls -l "/proc/$broker/fd" | grep -c /dev/fuse)" = 1 ]
		kill -TERM "$broker" # ignored: it must outlive the daemon's own end
		kill -TERM "$(daemon)"
		wait_until 5 not_mounted "$mnt"
	}
	check "who unmounts can do little else" few_privileges
else
	skip_case "a mount that is not ours stays" "this needs root"
	skip_case "who unmounts can do little else" "this needs root"
fi

# It was faster, or it has unmounted again; never a dead mount.
not_left() { # status
	if [ "$1" = 0 ]; then umount_root "$mnt"; else wait_until 5 not_mounted "$mnt"; fi
}
interrupted() { # while it is made
	local status i
	for i in 0 0.02 0.05 0.1; do
		status=0
		timeout -s INT --preserve-status "$i.0001" mount.ckptfs "$root" "$mnt" 2>"$tmp/err" || status=$?
		not_left $status
	done
	wait_until 5 no_process
}
check "an interrupt leaves no mount behind" interrupted

# Who started it is kept from going on until the daemon has mounted.
interrupted_early() { # signal
	local pid status=0
	strace -D -qq -o /dev/null -e trace=clone -e inject=clone:delay_exit=1s:when=1 mount.ckptfs "$root" "$mnt" &
	pid=$!
	wait_until 10 mounted "$mnt"
	kill -"$1" $pid || :
	wait $pid || status=$?
	not_left $status
	[ $status = 0 ] || [ $status = 8 ]
	wait_until 5 no_process
}
for signal in INT TERM HUP; do
	check "nor does one that comes before the daemon is known: $signal" interrupted_early $signal
done

unchanged() { sha256_tree "$root" | diff "$tmp/before" -; }
check "the root is as it was" unchanged
