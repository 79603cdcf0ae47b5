"""Rows that read through the mount, and the peers beside it."""
import json
import os
import shutil

import peers
import world
from row import cold, row, warm
from tool import have, run, stopwatch

FIND, CAT = 20000, 11000


def find(directory):
    return stopwatch("find", directory, "-type", "f", "-printf", "%s\n")


def cat(directory):
    """By xargs, so that there is one process for some hundred files, not a
    shell's glob."""
    return stopwatch("sh", "-c", f"find '{directory}' -maxdepth 1 -name '*.feldera' -print0 |"
                     " xargs -0 cat >/dev/null")


def sequential(directory):
    big = os.path.join(directory, world.batch(0))
    return stopwatch("dd", "if=" + big, "of=/dev/null", "bs=1M", "status=none")


def on_peers(bench, make, work, mode, which=peers.all_of):
    bench.place.renew()
    source = make(bench.place.path("root"))
    all_peers = which(bench.place, source)
    try:
        return bench.interleave(mode(all_peers, work))
    finally:
        for p in all_peers:
            p.unmount()


@row("find-cold", "`find -printf %s` over 20,000 files, cold", "native", 2.0)
def find_cold(bench):
    return on_peers(bench, lambda p: world.one(p, FIND, 100), find, cold)


@row("find-warm", "`find -printf %s` over 20,000 files, warm", "native", 1.1)
def find_warm(bench):
    return on_peers(bench, lambda p: world.one(p, FIND, 100), find, warm)


@row("cat-cold", "`cat` of 11,000 files of 4 KiB, cold", "native", 2.0)
def cat_cold(bench):
    return on_peers(bench, lambda p: world.one(p, CAT, 4096), cat, cold)


def big(bench):
    return lambda p: world.one(p, 1, bench.size(256, 1024) << 20)


@row("seq-cold", "sequential read of 1 GiB, cold", "native", 1.02)
def seq_cold(bench):
    return on_peers(bench, big(bench), sequential, cold)


@row("seq-warm", "sequential read of 1 GiB, warm", "native", 1.02)
def seq_warm(bench):
    return on_peers(bench, big(bench), sequential, warm)


def random_reads(bench, threads, which=peers.all_of):
    have("fio")
    seconds = bench.size(2, 5)

    def work(directory):
        out = run("fio", "--name=r", "--readonly", "--rw=randread", "--bs=4k", "--ioengine=psync", "--thread",
                  "--filename=" + os.path.join(directory, world.batch(0)), f"--numjobs={threads}", "--time_based",
                  f"--runtime={seconds}", "--group_reporting", "--norandommap", "--randrepeat=0", "--invalidate=0",
                  "--output-format=json")
        return json.loads(out[out.index("{"):])["jobs"][0]["read"]["iops"]

    def mode(all_peers, work):
        def contestant(p):
            def measure():
                directory = p.mount()
                sequential(directory)  # now it is in the cache
                return work(directory)

            return measure

        return {p.name: contestant(p) for p in all_peers}

    return on_peers(bench, lambda p: world.one(p, 1, 256 << 20), work, mode, which)


@row("rand-1", "random 4 KiB reads, warm, 1 thread (fio)", "passthrough_hp", 0.97, "reads/s", at_most=False)
def rand_1(bench):
    return random_reads(bench, 1)


@row("rand-4", "random 4 KiB reads, warm, 4 threads (fio)", "passthrough_hp", 0.97, "reads/s", at_most=False)
def rand_4(bench):
    return random_reads(bench, 4)


@row("rand-cached", "the same by 1 thread, with `-o no_passthrough`", "fuse-overlayfs", None, "reads/s", at_most=False)
def rand_cached(bench):
    return random_reads(bench, 1, peers.cached)


@row("rand-cached-4", "the same by 4 threads", "fuse-overlayfs", None, "reads/s", at_most=False)
def rand_cached_4(bench):
    return random_reads(bench, 4, peers.cached)


def backup(bench, tool):
    """A checkpoint through the mount, and the same tree as plain files."""
    bench.place.renew()
    source = world.one(bench.place.path("root"), bench.size(1000, 5000), 65536)
    plain = bench.place.path("plain")
    copy = bench.place.path("copy")
    ours = [make(name, bench.place, source) for name, make in
            (("ckptfs", peers.Ckptfs), (peers.RING, peers.CkptfsRing))]
    # What FUSE itself costs: libfuse's example shows the plain files.
    hp = peers.PassthroughHp("passthrough_hp", bench.place, plain)

    def contestant(where):
        def measure():
            directory = where()
            shutil.rmtree(copy, ignore_errors=True)
            os.sync()
            return tool(directory, copy)

        return measure

    def checkpoint(p):
        return lambda: os.path.dirname(p.mount())

    try:
        run("cp", "-a", checkpoint(ours[0])(), plain)
        return bench.interleave({"native": contestant(lambda: plain), "passthrough_hp": contestant(hp.mount),
                                 **{p.name: contestant(checkpoint(p)) for p in ours}})
    finally:
        for p in [hp, *ours]:
            p.unmount()


@row("rsync", "`rsync -aH` of a checkpoint", "native", 1.2)
def rsync(bench):
    have("rsync")
    return backup(bench, lambda d, copy: stopwatch("rsync", "-aH", d + "/", copy))


def restic_backup(directory, repository):
    environ = {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": repository, "RESTIC_CACHE_DIR": repository + "-cache"}
    os.environ.update(environ)
    shutil.rmtree(repository + "-cache", ignore_errors=True)
    run("restic", "init")
    return stopwatch("restic", "backup", "-q", directory)


@row("restic", "`restic backup` of a checkpoint", "native", 1.2)
def restic(bench):
    have("restic")
    return backup(bench, restic_backup)
