"""Storage roots as Feldera writes them."""
import hashlib
import json
import os
import random

STATES = ["CHECKPOINT"] + [f"pspine-{k}.dat" for k in range(9)]


def uuid(i):
    return "019b%04x-%04x-7000-8000-%012x" % (i >> 16, i & 0xFFFF, i)


def batch(i):
    h = hashlib.md5(str(i).encode()).hexdigest()
    return f"w{i & 1}-019b{h[:4]}-{h[4:8]}-7{h[9:12]}-8{h[13:16]}-{h[16:28]}.feldera"


def write(at, name, data):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=at)
    if data:
        os.write(fd, data)
    os.close(fd)


class Root:
    """A root at path; checkpoints are added to its catalog by finish()."""

    def __init__(self, path):
        self.path = path
        os.mkdir(path)
        self.fd = os.open(path, os.O_RDONLY)
        self.catalog = []
        write(self.fd, "feldera.pidlock", b"")

    def batches(self, first, n, size):
        data = os.urandom(size)
        names = [batch(i) for i in range(first, first + n)]
        for name in names:
            write(self.fd, name, data)
        return names

    def checkpoint(self, i, batches, states=STATES, finished=True):
        os.mkdir(uuid(i), dir_fd=self.fd)
        at = os.open(uuid(i), os.O_RDONLY, dir_fd=self.fd)
        for s in states:
            write(at, s, b"" if s == "CHECKPOINT" else b"s" * 300)
        batches = list(batches)
        random.Random(i).shuffle(batches)  # a hash set's order
        deps = {"batches": batches, "state_files": states}
        write(at, "dependencies.json", json.dumps(deps, separators=(",", ":")).encode())
        if finished:
            write(at, "state.json", b'{"circuit":null}')
        os.close(at)
        self.catalog.append({"uuid": uuid(i), "identifier": None, "fingerprint": 2**64 - 1,
                             "size": 2700, "steps": i, "processed_records": None})
        return uuid(i)

    def finish(self):
        text = json.dumps(self.catalog, separators=(",", ":")).encode()
        write(self.fd, "checkpoints.feldera", text)
        os.close(self.fd)
        return self.path


def window(path, checkpoints, batches, new, size=4096):
    """Checkpoints of so many batches each, of which so many are new."""
    r = Root(path)
    names = r.batches(0, batches + new * (checkpoints - 1), size)
    for i in range(checkpoints):
        r.checkpoint(i, names[i * new:i * new + batches])
    return r.finish()


def one(path, batches, size):
    """One checkpoint of so many batches."""
    r = Root(path)
    r.checkpoint(0, r.batches(0, batches, size))
    return r.finish()


def many(path, n):
    """Small checkpoints without batches, as many as one likes."""
    r = Root(path)
    for i in range(n):
        r.checkpoint(i, [], ["CHECKPOINT"], finished=False)
    return r.finish()
