"""Where it is measured: an ext4 of its own, in memory or below a directory."""
import os
import shutil

from tool import NotMeasured, run, unmount

SIZE = "10G"  # of the file system; it takes only what is written


class Place:
    def __init__(self, below=None):
        self.below = below
        self.image = None
        self.top = below or "/tmp"
        self.top = os.path.join(self.top, f"ckptfs-bench.{os.getpid()}")
        self.root = os.path.join(self.top, "disk")

    def what(self):
        if self.image:
            return "ext4 on a loop device in memory"
        return "%s on %s" % tuple(run("findmnt", "-no", "FSTYPE,SOURCE", "-T", self.top).split()[:2])

    def __enter__(self):
        os.makedirs(self.root)
        if not self.below and os.path.isdir("/dev/shm"):
            self.image = f"/dev/shm/ckptfs-bench.{os.getpid()}.img"
            self.renew()
        return self

    def renew(self):
        """An empty file system, and the memory of the one before back."""
        if not self.image:
            for name in os.listdir(self.root):
                shutil.rmtree(os.path.join(self.root, name))
            return
        self.drop()
        run("truncate", "-s", SIZE, self.image)
        run("mkfs.ext4", "-q", "-F", "-N", "2000000", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        try:
            run("mount", "-o", "loop", self.image, self.root)
        except RuntimeError as e:
            raise NotMeasured(f"no loop device: {e}; give a directory with --dir")

    def drop(self):
        unmount(self.root)  # a daemon that was just unmounted may still have it open
        if os.path.exists(self.image):
            os.unlink(self.image)

    def __exit__(self, *_):
        if self.image:
            self.drop()
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def mountpoint(self, name):
        path = os.path.join(self.top, "mnt-" + name.replace(" ", ""))
        os.makedirs(path, exist_ok=True)
        return path
