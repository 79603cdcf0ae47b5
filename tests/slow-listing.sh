# A directory of ten thousand checkpoints that is read slowly while half of them
# go: every name once, none twice, no error.  Looking one up that left is stale,
# not absent, so that a mirroring tool deletes nothing.
#
# CKPTFS_LISTED: how many checkpoints (10000).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync jq python3 strace

n=${CKPTFS_LISTED:-10000}

# make_root DIR N: checkpoints without a batch, as small as they can be.
make_root() {
	python3 - "$1" "$2" <<-'P'
		import json, os, sys
		top, n = sys.argv[1], int(sys.argv[2])
		os.mkdir(top)
		catalog = []
		for i in range(n):
		    uuid = f"{0x0199f0c20000 + i >> 16:08x}-{0x0199f0c20000 + i & 0xffff:04x}-7000-8000-{i * 7919 % (1 << 48):012x}"
		    os.mkdir(f"{top}/{uuid}")
		    open(f"{top}/{uuid}/CHECKPOINT", "w").close()
		    with open(f"{top}/{uuid}/dependencies.json", "w") as f:
		        f.write('{"batches":[],"state_files":["CHECKPOINT"]}')
		    catalog.append({"uuid": uuid, "identifier": None, "fingerprint": 1, "size": 43})
		with open(f"{top}/checkpoints.feldera", "w") as f:
		    json.dump(catalog, f, separators=(",", ":"))
	P
}

# drop_half ROOT ANSWER: a gc, while every second checkpoint is being read.
cat >"$tmp/drop_half" <<'P'
#!/usr/bin/env python3
import fcntl, json, os, resource, struct, subprocess, sys
root, answer = sys.argv[1:]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
F_OFD_SETLK = 37
for entry in json.load(open(f"{root}/checkpoints.feldera"))[1::2]:
    fd = os.open(f"{root}/{entry['uuid']}/CHECKPOINT", os.O_RDONLY)
    fcntl.fcntl(fd, F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0))
subprocess.run(["ckptfs", "gc", root, "--json"], stdout=open(answer, "w"), check=True)
P
chmod +x "$tmp/drop_half"

make_root "$tmp/root" "$n"
mount_root "$tmp/root" "$tmp/mnt"

# Listed by the system call itself: a buffer of 1 KiB, and after the first tenth
# not another one until the gc has begun, and slowly until it has ended.
cat >"$tmp/list.py" <<'P'
import ctypes, os, struct, subprocess, sys, time
top, n, gc = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
buf = ctypes.create_string_buffer(1024)
def read():
    got = libc.getdents64(fd, buf, len(buf))
    if got < 0:
        sys.exit(f"getdents64: {os.strerror(ctypes.get_errno())}")
    at = 0
    while at < got:
        offset, length = struct.unpack_from("<qH", buf, at + 8)
        name = ctypes.string_at(ctypes.addressof(buf) + at + 19).decode()
        at += length
        yield offset, name
    if not got:
        yield None
names, running, marks = [], None, []
done = False
during = 0
while not done:
    for entry in read():
        if entry is None:
            done = True
            break
        marks.append(entry[0])
        names.append(entry[1])
    if running is None and len(names) > n // 10:
        running = subprocess.Popen(gc, stdout=subprocess.DEVNULL)
    if running and running.poll() is None:
        during += 1
        # Not so slowly that the listing never meets what the gc has done, and
        # not so fast that it is over before.
        time.sleep(0.05 if len(names) < n * 9 // 10 else 1)
if running is None or running.wait() != 0 or during < 3:
    sys.exit(f"the gc ended with {running and running.returncode}, after {during} reads")
uuids = [x for x in names if len(x) == 36]
print(f"{len(uuids)} names, {len(set(uuids))} of them different; {during} reads during the gc")
if len(uuids) != n or len(set(uuids)) != n:
    sys.exit("not every name once")
# A place in the directory is still the same place: from the middle on again,
# from the same open directory, which is what it was when it was opened.
middle = len(names) // 2
os.lseek(fd, marks[middle], os.SEEK_SET)
again, done = [], False
while not done:
    for entry in read():
        if entry is None:
            done = True
            break
        again.append(entry[1])
if again != names[middle + 1:]:
    sys.exit(f"from the middle on again: {len(again)} names, not {len(names) - middle - 1}")
P
uuids "$tmp/root" >"$tmp/before"
check "every name once, although half of them went meanwhile" python3 "$tmp/list.py" "$tmp/mnt" "$n" "$tmp/drop_half" "$tmp/root" "$tmp/gc.json"
half_went() {
	[ "$(jq length "$tmp/root/checkpoints.feldera")" = $((n / 2)) ] || [ "$(jq length "$tmp/root/checkpoints.feldera")" = $((n / 2 + 1)) ]
	jq -e '.left == []' "$tmp/gc.json" >/dev/null
}
check "half of them went" half_went
uuids "$tmp/root" >"$tmp/after"
comm -23 "$tmp/before" "$tmp/after" >"$tmp/gone"
# shellcheck disable=SC2010
lists() { ls "$tmp/mnt" | grep -v latest | diff "$tmp/$1" - >/dev/null; }
check "a listing from now on shows the others" wait_until 10 lists after

looked_up() {
	python3 - "$tmp/mnt" "$tmp/gone" "$tmp/after" <<-'P'
		import errno, os, sys
		mnt, gone, there = sys.argv[1:]
		for uuid in open(gone).read().split():
		    for path in (uuid, uuid + "/metadata.json", uuid + "/storage"):
		        try:
		            os.lstat(f"{mnt}/{path}")
		            sys.exit(f"{path} is still there")
		        except OSError as e:
		            if e.errno != errno.ESTALE:
		                sys.exit(f"{path}: {e}")
		for uuid in open(there).read().split():
		    os.lstat(f"{mnt}/{uuid}")
		try:
		    os.lstat(f"{mnt}/0199f0c2-0000-7000-8000-ffffffffffff")
		    sys.exit("what never was is there")
		except FileNotFoundError:
		    pass
	P
}
check "what left is stale, the others are there, what never was is not" looked_up
umount_root "$tmp/mnt"
rm -rf "$tmp/root"

# --- a mirror ---------------------------------------------------------------

# rsync is stopped by its second look at the open directory; when it goes on, half of
# what it has read, or is about to read, has left.  (Stopped any later it may have a
# checkpoint's directory open, which the gc then keeps.)
cat >"$tmp/mirror.py" <<'P'
import os, signal, subprocess, sys, time
top, mirror, gc = os.path.realpath(sys.argv[1]), sys.argv[2], sys.argv[3:]
stopping = ["strace", "-D", "-qq", "-o", "/dev/null", "-P", top, "-e", "trace=getdents64",
            "-e", "inject=getdents64:signal=SIGSTOP:when=2"]
p = subprocess.Popen(stopping + ["rsync", "-a", "--delete", top + "/", mirror + "/"], stderr=subprocess.PIPE, text=True)
stopped = os.waitid(os.P_PID, p.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code == os.CLD_STOPPED
if stopped:
    subprocess.run(gc, check=True)
    time.sleep(1)
    os.kill(p.pid, signal.SIGCONT)
err = p.communicate()[1]
print(f"rsync {'was stopped, and' if stopped else 'was not stopped, and'} ended with {p.returncode}")
for line in err.splitlines()[:3]:
    print(" ", line)
sys.exit(not stopped or p.returncode == 0)
P
mirrored=1000
nothing_leased() { [ "$(jq '.leases | length' "$tmp/mnt/.ckptfs/status.json")" = 0 ]; }
mirror_keeps() {
	rsync -a --delete "$tmp/mnt/" "$tmp/mirror/"
	sha256_tree "$tmp/mirror" >"$tmp/mirror.before"
	[ "$(grep -c metadata.json "$tmp/mirror.before")" = $mirrored ]
	wait_until 10 nothing_leased
	python3 "$tmp/mirror.py" "$tmp/mnt" "$tmp/mirror" "$tmp/drop_half" "$tmp/root" "$tmp/gc.json"
	sha256_tree "$tmp/mirror" >"$tmp/mirror.after"
	diff "$tmp/mirror.before" "$tmp/mirror.after" | head
	cmp "$tmp/mirror.before" "$tmp/mirror.after"
}
make_root "$tmp/root" $mirrored
mount_root "$tmp/root" "$tmp/mnt" lease=0
check "rsync -a --delete deletes nothing where checkpoints left while it listed" mirror_keeps
# But what it doesn't list any more is deleted, as it was asked to.
mirror_follows() {
	local left
	jq -r '.[].uuid' "$tmp/root/checkpoints.feldera" >"$tmp/after"
	wait_until 10 lists after
	rsync -a --delete "$tmp/mnt/" "$tmp/mirror/"
	# shellcheck disable=SC2010
	left=$(ls "$tmp/mirror" | grep -cv latest)
	# One of the newest two is not being read.
	[ "$left" = $((mirrored / 2 + 1)) ] || {
		echo "$left are in the mirror, $(wc -l <"$tmp/after") in the catalog; the gc kept $(
			jq -c '[.kept[].why] | group_by(.) | map({(.[0]): length}) | add' "$tmp/gc.json")"
		return 1
	}
}
check "the next rsync -a --delete follows" mirror_follows
