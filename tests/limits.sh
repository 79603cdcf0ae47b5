# Bounds that only a mount meets: one below, at it, one above.  (Descriptors:
# greedy.sh; lines of the log: words.sh.)
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3

ctl=$tmp/mnt/.ckptfs
"$CKPTFS_SRC/tests/many.py" "$tmp/root" 3
mount_root "$tmp/root" "$tmp/mnt"

cat >"$tmp/one.py" <<'P'
import errno, os, sys
what, ctl, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
def command(text):
    """What a write says, and what is read back."""
    fd = os.open(ctl + "/control", os.O_RDWR)
    try:
        os.write(fd, text)
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno] + " " + os.read(fd, 10000).decode()
    finally:
        os.close(fd)
if what == "bytes":  # a command of n bytes, which would be understood
    print(command(b"refresh" + b" " * (n - 7)))
elif what == "words":
    print(command(b"verify" + b" a" * (n - 1)))
else:  # n open control files
    fds, refused = [], []
    for i in range(n):
        try:
            fds.append(os.open(ctl + "/log", os.O_RDONLY))
        except OSError as e:
            refused.append(errno.errorcode[e.errno])
    open(ctl + "/status.json").read()
    open(ctl + "/metrics").read()
    print(len(fds), *refused)
P
one() { python3 "$tmp/one.py" "$1" "$ctl" "$2"; }

bytes_of_a_command() {
	[ "$(one bytes 4095)" = ok ]
	[ "$(one bytes 4096)" = ok ]
	one bytes 4097 | grep -q '^EINVAL .*at most 4096 bytes'
}
check "a command has 4096 bytes" bytes_of_a_command
control_files() {
	[ "$(one files 255)" = 255 ]
	[ "$(one files 256)" = 256 ]
	[ "$(one files 257)" = "256 EMFILE" ]
	[ "$(one files 256)" = 256 ]
}
check "256 control files are open, beside status.json and metrics" control_files

option() { # OPTION: whether a mount takes it (mount.ckptfs -f mounts nothing)
	mkdir -p "$tmp/none"
	mount.ckptfs -f "$tmp/root" "$tmp/none" -o "$1" 2>/dev/null
}
options() {
	local o
	for o in lease=0 lease=86399 lease=86400 poll=1 poll=86400 hold-free=0 hold-free=98 hold-free=99 hold-files=1; do
		option "$o" || { echo "$o is refused"; return 1; }
	done
	for o in lease=86401 lease=-1 poll=0 poll=86401 hold-free=100 hold-files=0 hold-files=99999999999 lease= lease=1x; do
		! option "$o" || { echo "$o is taken"; return 1; }
	done
}
check "options of a mount" options
umount_root "$tmp/mnt"

# More is forgotten at once than the queue of news holds (4096).
many=4200
rm -rf "$tmp/root"
"$CKPTFS_SRC/tests/many.py" "$tmp/root" $many
mount_root "$tmp/root" "$tmp/mnt"
all_are_forgotten() {
	local name
	[ "$(ls -f "$tmp/mnt" | grep -c -)" = $many ]
	# So that the kernel remembers each of them.
	find "$tmp/mnt" -mindepth 1 -maxdepth 1 -type d >"$tmp/known"
	xargs stat -c %n <"$tmp/known" >/dev/null
	ckptfs gc "$tmp/root" >/dev/null
	echo refresh >"$ctl/control"
	two_left() { [ "$(ls "$tmp/mnt" | grep -c -)" = 2 ]; }
	wait_until 30 two_left
	none_left() {
		n=0
		while read -r name; do [ ! -e "$name" ] || n=$((n + 1)); done <"$tmp/known"
		[ $n = 2 ]
	}
	wait_until 30 none_left || { echo "$n are still known"; return 1; }
}
check "more news than the queue holds are all told" all_are_forgotten
umount_root "$tmp/mnt"

# Damage is complained of, but not more often than 100 times a minute.
complaints() { # HOW-MANY EXPECTED
	local u
	rm -rf "$tmp/root"
	"$CKPTFS_SRC/tests/many.py" "$tmp/root" $(($1 + 1))
	for u in $(jq -r ".[:$1][].uuid" "$tmp/root/checkpoints.feldera"); do
		echo '{' >"$tmp/root/$u/dependencies.json"
	done
	mount_root "$tmp/root" "$tmp/mnt"
	find "$tmp/mnt" -maxdepth 3 >/dev/null 2>&1 || :
	local n
	n=$(grep -c ' error ' "$ctl/log")
	umount_root "$tmp/mnt"
	[ "$n" = "$2" ] || { echo "$n of $1"; return 1; }
}
damage() {
	complaints 99 99
	complaints 100 100
	complaints 101 100
}
check "damage is said of 100 checkpoints" damage

# --- commands that wait ------------------------------------------------------------

if ! is_root || ! losetup -f >/dev/null 2>&1 || ! command -v mkfs.ext4 >/dev/null || ! command -v fsfreeze >/dev/null; then
	skip_case "commands that wait" "this needs root, a loop device, mkfs.ext4 and fsfreeze"
	exit
fi
make_filesystem ext4 "$tmp/disk" 60
"$CKPTFS_SRC/tests/many.py" "$tmp/disk/root" 3
# A command that writes waits for a frozen disk, and others for it.  All from one processor,
# where by io_uring each of them has places of its own.
cat >"$tmp/wait.py" <<'P'
import errno, os, subprocess, sys, threading, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
ctl, uuid, disk, connections = sys.argv[1:]
results, lock = [], threading.Lock()
waiting = f"{connections}/{os.minor(os.stat(ctl).st_dev)}/waiting"
def opened():
    return os.open(ctl + "/control", os.O_RDWR)
def command(text, fd):
    try:
        os.write(fd, text)
        r = "ok"
    except OSError as e:
        r = errno.errorcode[e.errno]
    with lock:
        results.append(r)
    os.close(fd)
def start(text, n):
    """Returns when n are waiting for their answer."""
    # Two that look control up at once get one node, and the second writes after the first.
    t = threading.Thread(target=command, args=(text, opened()))
    t.start()
    for _ in range(4800):  # on a busy machine
        if int(open(waiting).read()) >= n or not t.is_alive():
            return t
        time.sleep(0.05)
    sys.exit(f"{open(waiting).read()} wait, not {n}")
def give_up():
    os.system(f"fsfreeze -u {disk}")
    print("others wait too", flush=True)
    os._exit(1)
giving_up = threading.Timer(240, give_up)
giving_up.daemon = True
giving_up.start()
os.system(f"fsfreeze -f {disk}")
try:
    t = [start(f"pin a {uuid}".encode(), 1)]
    for i in range(16):  # the 15th is below, the 16th at the bound
        t.append(start(b"refresh", i + 2))
    assert results == [], results
    for i in range(2):  # one is answered, not waiting: whichever came last
        t.append(threading.Thread(target=command, args=(b"refresh", opened())))
        t[-1].start()
        for _ in range(1200):
            if len(results) > i:
                break
            time.sleep(0.05)
        assert len(results) == i + 1, "a 17th waits"
    assert results == ["EAGAIN"] * 2, results
    # Others are not kept.
    found = subprocess.run(["find", f"{ctl}/../{uuid}", f"{ctl}/status.json"], stdout=subprocess.PIPE, check=True)
    assert found.stdout.count(b"\n") > 5, found.stdout
finally:
    os.system(f"fsfreeze -u {disk}")
for x in t:
    x.join()
assert sorted(results) == ["EAGAIN"] * 2 + ["ok"] * 17, results
command(b"refresh", opened())
assert results[-1] == "ok"
P
waiting_commands() { # MODE
	local status=0
	mount_root "$tmp/disk/root" "$tmp/mnt" "$1"
	python3 "$tmp/wait.py" "$ctl" "$(jq -r '.[0].uuid' "$tmp/disk/root/checkpoints.feldera")" "$tmp/disk" "$tmp/fusectl" || status=1
	! [[ $1 = io_uring ]] || jq -e .io_uring "$ctl/status.json" || status=1
	umount_root "$tmp/mnt"
	ckptfs unpin "$tmp/disk/root" a || status=1
	return $status
}
mkdir "$tmp/fusectl"
mount -t fusectl none "$tmp/fusectl"
cleanup_fn unmount_quietly "$tmp/fusectl"
thaw() { fsfreeze -u "$tmp/disk" 2>/dev/null || :; }
cleanup_fn thaw

# A daemon that is told to end answers those that wait, and ends as it should.
told_to_end() { # MODE
	local daemon status=0 waiting uuid
	ckptfs mount -f "$tmp/disk/root" "$tmp/mnt" -o "$1" 2>"$tmp/said" &
	daemon=$!
	wait_until 20 test -e "$ctl/status.json"
	waiting=$tmp/fusectl/$(python3 -c 'import os, sys; print(os.minor(os.stat(sys.argv[1]).st_dev))' "$tmp/mnt")/waiting
	waits() { [ "$(cat "$waiting")" -ge "$1" ]; }
	uuid=$(jq -r '.[0].uuid' "$tmp/disk/root/checkpoints.feldera")
	# One after the other, so that each has a node.
	exec 5>"$ctl/control"
	exec 6>"$ctl/control"
	fsfreeze -f "$tmp/disk"
	(echo "pin a $uuid" >&5) 2>"$tmp/pin" &
	wait_until 60 waits 1 || status=1
	(LC_ALL=C echo refresh >&6) 2>"$tmp/refresh" &
	wait_until 60 waits 2 || status=1
	exec 5>&- 6>&-
	kill -TERM $daemon
	wait_until 60 grep -q "Interrupted system call" "$tmp/refresh" || status=1
	fsfreeze -u "$tmp/disk"
	wait $daemon || { echo "it ended with $?"; status=1; }
	[ $status = 0 ] || cat "$tmp/said" "$tmp/pin" "$tmp/refresh"
	ckptfs unpin "$tmp/disk/root" a || :
	return $status
}
comes_by_uring() {
	local why
	mount_root "$tmp/disk/root" "$tmp/mnt" io_uring
	why=$(jq -r .no_io_uring "$ctl/status.json")
	umount_root "$tmp/mnt"
	[ "$why" = null ]
}
for mode in rw io_uring; do
	by=
	[ $mode = rw ] || by=" by io_uring"
	if [ $mode = io_uring ] && ! { enable_uring && comes_by_uring; }; then
		skip_case_optional "commands that wait by io_uring" "this kernel has none for FUSE, or libfuse none"
		continue
	fi
	check "16 commands wait$by, the next one is refused at once, and others are answered" waiting_commands $mode
	check "a daemon that is told to end while commands wait$by answers them, and ends well" told_to_end $mode
done
