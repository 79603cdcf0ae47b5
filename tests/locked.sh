# Beside a running pipeline: what changes the root is refused at once, and
# everything that only looks goes on.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3 jq rsync

unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt"
oldest=$(jq -r '.[0].uuid' "$tmp/root/checkpoints.feldera")
hold_pidlock "$tmp/root"
sha256_tree "$tmp/root" >"$tmp/before"

refused() { # by the holder's pid, without waiting
	expect_fail 75 "in use by process $pidlock_pid" timeout 5 ckptfs "$@"
}
check "commit is refused" refused commit "$tmp/root" --force --allow-empty
check "gc is refused" refused gc "$tmp/root"
check "sweep is refused" refused sweep "$tmp/root"
check "remove is refused" refused remove "$tmp/root" "$oldest"

refused_by_control() {
	local answer
	exec 3<>"$tmp/mnt/.ckptfs/control"
	! echo gc >&3 2>/dev/null
	answer=$(cat <&3)
	exec 3>&-
	[ "$(jq -r .error.errno <<<"$answer")" = EBUSY ]
	jq -r .error.message <<<"$answer" | grep "process $pidlock_pid"
}
check "gc through control is EBUSY and says who" refused_by_control
nothing_changed() { sha256_tree "$tmp/root" | diff "$tmp/before" -; }
check "nothing was changed" nothing_changed

looking_goes_on() {
	ls -l "$tmp/mnt"
	cat "$tmp/mnt/.ckptfs/gc" "$tmp/mnt/.ckptfs/sweep" "$(readlink -f "$tmp/mnt/latest")/metadata.json"
	rsync -aH "$tmp/mnt/" "$tmp/copy/"
	timeout 5 ckptfs gc -n "$tmp/root"
	timeout 5 ckptfs sweep -n "$tmp/root"
	timeout 5 ckptfs list -l "$tmp/root"
	timeout 5 ckptfs verify "$tmp/root"
}
check "ls, cat, rsync and every dry run go on" looking_goes_on

release_pidlock
check "gc works when the pipeline is gone" ckptfs gc "$tmp/root"

# The lock is let go between the rounds of a long gc: somebody who tries again
# and again must get it in the middle.
"$CKPTFS_SRC/tests/many.py" "$tmp/many" 20000
taken_between_rounds() {
	ckptfs gc "$tmp/many" >"$tmp/gc.out" 2>&1 &
	python3 - "$tmp/many" $! <<-'P'
		import fcntl, json, os, sys, time
		root, pid = sys.argv[1], int(sys.argv[2])
		fd = os.open(root + "/feldera.pidlock", os.O_RDWR)
		taken = 0
		while os.path.exists(f"/proc/{pid}") and len(json.load(open(root + "/checkpoints.feldera"))) == 20000:
		    pass  # a lock that is taken before the first round would end it
		while os.path.exists(f"/proc/{pid}") and open(f"/proc/{pid}/stat").read().split()[2] != "Z":
		    try:
		        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
		    except OSError:
		        continue
		    with open(root + "/checkpoints.feldera") as f:
		        left = len(json.load(f))
		    fcntl.lockf(fd, fcntl.LOCK_UN)
		    if 2 < left < 20000:
		        taken += 1
		print("taken", taken, "times in the middle")
		sys.exit(taken == 0)
	P
}
check "a gc of 20,000 checkpoints lets go of the lock between its rounds" taken_between_rounds
wait || :
# It may have met the lock itself, as it met a pipeline's; the rest goes now.
ckptfs gc "$tmp/many" >/dev/null
check "and removes them all" test "$(jq length "$tmp/many/checkpoints.feldera")" = 2
