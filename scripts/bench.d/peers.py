"""The file systems that are compared: each shows one directory."""
import glob
import os
import time

from tool import BUILD, MOUNT, NotMeasured, have, run, unmount
from world import uuid

URING = "/sys/module/fuse/parameters/enable_uring"
RING = "ckptfs -o io_uring"


class Peer:
    """name; mount() returns the directory to read, unmount() ends it."""

    def __init__(self, name, place, source):
        self.name, self.place, self.source = name, place, source
        self.point = place.mountpoint(name)

    def mount(self):
        if not os.path.ismount(self.point):
            self.start()
        return self.point

    def wait(self):
        for _ in range(200):
            if os.path.ismount(self.point):
                return
            time.sleep(0.01)
        raise NotMeasured(f"{self.name} did not mount")

    def unmount(self):
        unmount(self.point)


class Native(Peer):
    def mount(self):
        return self.source

    def unmount(self):
        pass


class Ckptfs(Peer):
    def start(self):
        run(MOUNT, self.source, self.point)

    def mount(self):
        return os.path.join(super().mount(), uuid(0), "storage")


class CkptfsRing(Ckptfs):
    def start(self):
        try:
            on = open(URING).read().strip() == "Y"
        except OSError:
            on = False
        if not on:
            raise NotMeasured(f"{URING} is not Y")
        run(MOUNT, "-o", "io_uring", self.source, self.point)


class CkptfsCached(Ckptfs):
    def start(self):
        run(MOUNT, "-o", "no_passthrough", self.source, self.point)


class Bindfs(Peer):
    def start(self):
        have("bindfs")
        run("bindfs", self.source, self.point)


class Mergerfs(Peer):
    def start(self):
        have("mergerfs")
        run("mergerfs", self.source, self.point)


class FuseOverlayfs(Peer):
    def start(self):
        have("fuse-overlayfs")
        upper, work = self.place.path("upper"), self.place.path("work")
        os.makedirs(upper, exist_ok=True)
        os.makedirs(work, exist_ok=True)
        run("fuse-overlayfs", "-o", f"lowerdir={self.source},upperdir={upper},workdir={work}", self.point)


class PassthroughHp(Peer):
    """libfuse's own example, from where scripts/build-libfuse leaves it."""

    def start(self):
        found = [p for p in glob.glob(BUILD + "/**/passthrough_hp", recursive=True) if os.access(p, os.X_OK)
                 and os.path.isfile(p)]
        if not found:
            raise NotMeasured("libfuse's passthrough_hp is not built (scripts/build-libfuse)")
        run(found[0], self.source, self.point)
        self.wait()


FOREIGN = {"passthrough_hp": PassthroughHp, "bindfs": Bindfs, "mergerfs": Mergerfs,
           "fuse-overlayfs": FuseOverlayfs}


def cached(place, source):
    """Those whose files the kernel reads from its cache of FUSE."""
    return [Native("native", place, source), CkptfsCached("ckptfs", place, source),
            FuseOverlayfs("fuse-overlayfs", place, source)]


def all_of(place, source):
    peers = [Native("native", place, source), Ckptfs("ckptfs", place, source), CkptfsRing(RING, place, source)]
    return peers + [make(name, place, source) for name, make in FOREIGN.items()]
