"""Rows of scale: 50,000 checkpoints, a live pipeline, and how cost grows."""
import os
import subprocess
import time

import peers
import world
from row import row
from tool import CKPTFS, MOUNT, NotMeasured, TOP, run, stopwatch, unmount

MANY = 50000


def seconds(fn, *args):
    t = time.monotonic()
    fn(*args)
    return time.monotonic() - t


def daemons(point):
    """Those that serve a mount, or still end."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if point in open(f"/proc/{pid}/cmdline").read().split("\0"):
                yield pid
        except OSError:
            pass  # it ended


def resident(point):
    """Of the process that serves the mount; a broker beside it is small."""
    largest = 0
    for pid in daemons(point):
        try:
            status = open(f"/proc/{pid}/status").read()
            largest = max(largest, int(status.split("VmRSS:")[1].split()[0]) * 1024)
        except (OSError, IndexError):
            pass
    if not largest:
        raise NotMeasured("the daemon was not found")
    return largest


def mounted(bench, source, work):
    point = bench.place.mountpoint("ckptfs")
    run(MOUNT, source, point)
    try:
        return work(point)
    finally:
        unmount(point)
        # Its memory is not that of the next one.
        while any(daemons(point)):
            time.sleep(0.01)


def roots(bench, *sizes):
    bench.place.renew()
    return [world.many(bench.place.path(f"many-{n}"), n) for n in sizes]


@row("mount", "mount and first `ls` with 50,000 checkpoints", None, 150, "ms")
def mount(bench):
    source, = roots(bench, MANY)

    def measure():
        t = time.monotonic()
        return mounted(bench, source, lambda point: (len(os.listdir(point)), time.monotonic() - t)[1] * 1e3)

    return bench.interleave({"ckptfs": measure})


def after_ls(point):
    os.listdir(point)
    return resident(point)


@row("resident", "resident after it", None, 60, "MB")
def memory(bench):
    source, = roots(bench, MANY)
    return bench.interleave({"ckptfs": lambda: mounted(bench, source, after_ls) / 1e6})


@row("bytes", "bytes more a checkpoint", None, 400, "bytes")
def bytes_each(bench):
    few, source = roots(bench, MANY // 10, MANY)
    return bench.interleave({"ckptfs": lambda: (mounted(bench, source, after_ls) - mounted(bench, few, after_ls))
                             / (MANY - MANY // 10)})


@row("latest", "a commit by another process until `latest` shows it, 50,000 in the catalog", None, 20, "ms")
def latest(bench):
    source, = roots(bench, MANY)
    catalog = os.path.join(source, "checkpoints.feldera")
    text = open(catalog).read()
    number = MANY

    def add():
        """As Feldera does: a directory, and the catalog by rename."""
        nonlocal text, number
        u = world.uuid(number)
        number += 1
        os.mkdir(os.path.join(source, u))
        for name, content in (("CHECKPOINT", ""), ("dependencies.json", '{"batches":[],"state_files":[]}')):
            with open(os.path.join(source, u, name), "w") as f:
                f.write(content)
        text = text[:-1] + f',{{"uuid":"{u}","identifier":null,"fingerprint":1,"size":31,"steps":1,' \
            '"processed_records":null}]'
        with open(catalog + ".mut", "w") as f:
            f.write(text)
        os.rename(catalog + ".mut", catalog)
        return u

    def measure(point):
        link = os.path.join(point, "latest")
        times = []
        for _ in range(bench.size(5, 15)):
            time.sleep(0.2)
            u = add()
            t = time.monotonic()
            while os.readlink(link) != u:
                if time.monotonic() - t > 10:
                    raise NotMeasured("latest did not follow within 10 s")
            times.append((time.monotonic() - t) * 1e3)
        return sorted(times)[len(times) // 2]

    return bench.interleave({"ckptfs": lambda: mounted(bench, source, measure)})


@row("live", "a pipeline's checkpoints a second beside an idle mount", "without", 0.95, "1/s", at_most=False)
def live(bench):
    build = subprocess.run([TOP + "/scripts/build-feldera-client"], capture_output=True, text=True, check=False)
    if build.returncode:
        raise NotMeasured("the pipeline can't be built: " + (build.stderr.strip().splitlines() or ["?"])[-1])
    client, length = build.stdout.strip(), bench.size(5, 12)

    def pipeline(path, point):
        bench.place.renew()
        # Something to mount: the pipeline's first checkpoints.
        run(client, "live", path, 2, 1, 200)
        if point:
            run(MOUNT, path, point)
        try:
            return len(run(client, "live", path, 2, length, 200).splitlines()) / length
        finally:
            if point:
                unmount(point)

    return bench.interleave({"without": lambda: pipeline(bench.place.path("live"), None),
                             "ckptfs": lambda: pipeline(bench.place.path("live"), bench.place.mountpoint("live"))})


# --- growth -------------------------------------------------------------------

def grows(bench, sizes, measure):
    """Seconds of each size, all sizes in every round."""
    return bench.interleave({str(n): (lambda n=n: measure(n)) for n in sizes})


@row("grow-gc", "gc of N checkpoints of 100 batches", None, None)
def grow_gc(bench):
    def measure(n):
        bench.place.renew()
        path = world.window(bench.place.path("root"), n, 100, 2)
        os.sync()
        return stopwatch(CKPTFS, "gc", path, "--json")

    return grows(bench, (30, 300, 3000), measure)


@row("grow-mount", "mount and first `ls` of N checkpoints", None, None)
def grow_mount(bench):
    sizes = (500, 5000, 50000)
    made = dict(zip(sizes, roots(bench, *sizes)))
    return grows(bench, sizes, lambda n: seconds(
        lambda: mounted(bench, made[n], os.listdir)))


@row("grow-commit", "commit of N batches that are durable", None, None)
def grow_commit(bench):
    def measure(n):
        bench.place.renew()
        r = world.Root(bench.place.path("root"))
        r.checkpoint(0, r.batches(0, n, 100))
        r.catalog = []
        path = r.finish()
        os.sync()
        return stopwatch(CKPTFS, "commit", path, "--uuid", world.uuid(0), "--fingerprint", 1)

    return grows(bench, (100, 1000, 10000) if bench.quick else (100, 1000, 10000, 100000), measure)


def readers(bench, peer_of):
    bench.place.renew()
    p = peer_of(bench.place, world.one(bench.place.path("root"), 200, 65536))
    try:
        names = [os.path.join(p.mount(), world.batch(i)) for i in range(200)]

        def measure(n):
            """N processes at once read all of it; seconds for each."""
            t = time.monotonic()
            running = [subprocess.Popen(["cat", *names], stdout=subprocess.DEVNULL) for _ in range(n)]
            if any(r.wait() for r in running):
                raise RuntimeError("cat failed")
            return (time.monotonic() - t) / n

        measure(1)  # now it is in the caches
        return grows(bench, (1, 10, 100), measure)
    finally:
        p.unmount()


@row("grow-readers", "N readers at once, seconds a reader", None, None)
def grow_readers(bench):
    return readers(bench, lambda place, source: peers.Ckptfs("ckptfs", place, source))


@row("grow-readers-native", "the same from the directory", None, None)
def grow_readers_native(bench):
    return readers(bench, lambda place, source: peers.Native("native", place, source))
