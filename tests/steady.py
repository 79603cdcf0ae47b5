#!/usr/bin/env python3
"""Everything that a mount does, again and again: what it takes is given back.

    steady.py ROOT MNT PID SECONDS

Cycles of commits, finds, copies, commands and gcs go on for SECONDS.  Now and then
it gets quiet: no leases, a refresh; then the memory and the descriptors of the
daemon are looked at.  Descriptors must be as after the first time; memory must
not have grown from the middle to the end, but for MARGIN, what is kept for an
hour of each checkpoint that left, and what each thread has that has come since.
"""
import json
import os
import sys
import time

root, mnt, pid, seconds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
ctl = mnt + "/.ckptfs"
MARGIN = 1 << 20    # of the allocator, which gives pages back when it likes
GONE = 500          # bytes of a checkpoint that left: its entry, a slot, tables
THREAD = 128 << 10  # what one touches of its stack and of its buffer for requests
removed = 0


def command(text):
    fd = os.open(ctl + "/control", os.O_RDWR)
    try:
        os.write(fd, text.encode())
    except OSError:
        pass
    try:
        return json.loads(os.read(fd, 1 << 20))
    finally:
        os.close(fd)


def read_all(top):
    for d, _, files in os.walk(top):
        for name in files:
            with open(os.path.join(d, name), "rb") as f:
                while f.read(1 << 20):
                    pass


def cycle(i):
    global removed
    for k in range(4):
        command(f"commit allow-empty identifier=i{i}-{k} steps={i}")
    for d in (mnt, ctl, ctl + "/by-time", ctl + "/by-identifier", ctl + "/pins"):
        for name in os.listdir(d):
            os.lstat(d + "/" + name)
    read_all(os.path.realpath(mnt + "/latest"))
    read_all(mnt + "/" + sorted(n for n in os.listdir(mnt) if len(n) == 36)[0])
    for name in ("status.json", "usage.json", "metrics", "log", "gc", "sweep"):
        with open(f"{ctl}/{name}", "rb") as f:
            f.read()
    uuid = os.readlink(mnt + "/latest")
    command(f"pin p{i} {uuid}")
    command("verify")
    command(f"unpin p{i}")
    command("gc nonsense")
    open(f"{root}/garbage-{i}.mut", "w").close()
    command("sweep")
    command("release")
    time.sleep(0.05)
    removed += len(command("gc").get("removed", []))


def quiet():
    command("release")
    end = time.monotonic() + 60
    while True:
        command("refresh")
        with open(ctl + "/status.json") as f:
            s = json.load(f)
        if s["leases"] == [] and s["held"]["files"] == 0 and s["descriptors"]["open"] == 0:
            return
        if time.monotonic() > end:
            sys.exit(f"not quiet: {s}")
        time.sleep(0.1)


def memory():
    # Not what is private of files: that is all of a library as soon as nobody else,
    # like a test that runs beside this one, has mapped it.
    total = 0
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            if line.startswith(("Anonymous:", "Swap:")):
                total += int(line.split()[1]) << 10
    return total


def threads():
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors():
    kinds = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            to = os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            continue
        kind = to.split(":")[0] if not to.startswith("/") else "/dev" if to.startswith("/dev") else "file"
        # libfuse has two for each of its threads, of which there are more or fewer.
        if kind != "pipe":
            kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


for i in range(1000):  # so that the log is full
    command("gc nonsense")
for i in range(5):
    cycle(i)
quiet()
before = descriptors()
began, i, samples = time.monotonic(), 5, []
while not samples or time.monotonic() < began + seconds or len(samples) < 8:
    for _ in range(5):
        cycle(i)
        i += 1
    quiet()
    samples.append((time.monotonic() - began, removed, memory(), descriptors(), threads()))
wrong = False
first = samples[len(samples) // 4]
last = samples[-1]
# The least of a few, since the allocator gives pages back late.
half = min(samples[len(samples) // 4:len(samples) // 2], key=lambda s: s[2])
end = min(samples[-len(samples) // 4:], key=lambda s: s[2])
at_half, at_end = half[2], end[2]
# It may be the first of those.  A busy machine has more threads of libfuse.
allowed = MARGIN + GONE * (last[1] - first[1]) + THREAD * max(0, end[4] - half[4])
print(f"{i} cycles, {last[1]} checkpoints removed, {last[0]:.0f} s; memory {samples[0][2] >> 10} KiB at first, "
      f"{at_half >> 10} in the middle, {at_end >> 10} at the end; threads {half[4]} and {end[4]}; descriptors {last[3]}")
if at_end > at_half + allowed:
    print(f"memory grew by {at_end - at_half} bytes; {allowed} are allowed: {[s[2] >> 10 for s in samples]} KiB")
    wrong = True
for s in samples:
    if s[3] != before:
        print(f"descriptors after {s[0]:.0f} s: {s[3]}, not {before}")
        wrong = True
        break
sys.exit(wrong)
