"""What an open of a file is made of, where it waits for another process."""
import os
import struct
from contextlib import contextmanager

import peers
import world
from row import row, warm
from rows_read import backup, restic_backup
from tool import BUILD, NotMeasured, have, stopwatch

WAKES = os.path.join(BUILD, "bench", "wakes")
AWAKE = "/dev/cpu_dma_latency"  # while it is open with 0 in it, no processor halts


@contextmanager
def awake():
    try:
        f = open(AWAKE, "wb", buffering=0)
    except OSError as e:
        raise NotMeasured(f"{AWAKE}: {e.strerror}")
    with f:
        f.write(struct.pack("i", 0))
        yield


@row("open", "an open, a read and a close of each of 5,000 files, warm", "a pipe's round trips", None)
def opens(bench):
    n = bench.size(1000, 5000)
    bench.place.renew()
    all_peers = peers.all_of(bench.place, world.one(bench.place.path("root"), n, 4096))
    try:
        return bench.interleave({**warm(all_peers, lambda d: stopwatch(WAKES, "open", d, n)),
                                 "a pipe's round trips": lambda: stopwatch(WAKES, "pipe", n)})
    finally:
        for p in all_peers:
            p.unmount()


@row("restic-awake", "`restic backup` of a checkpoint where no processor halts", "native", None)
def restic(bench):
    have("restic")
    with awake():
        return backup(bench, restic_backup)
