#!/usr/bin/env python3
"""given.py WHAT ROOT DIR: read the batches of ROOT in DIR, and compare

whole: each to its end, and what a mapping has behind it; dropped: after the kernel was
asked to drop it; contents: the bytes alone; crowd: all of it, by many at once, who have
it dropped again and again.
"""
import glob
import mmap
import os
import sys

PAGE = mmap.PAGESIZE
READERS, ROUNDS = 40, 8  # more than the daemon has threads


def contents(path):
    with open(path, "rb", buffering=0) as f:
        out = b""
        while piece := f.read(1 << 18):
            out += piece
        return out


def compare(path, there):
    if contents(there) != contents(path):
        sys.exit(f"{there} is not {path}")


def behind(path):
    """Nothing of what was in this page of memory before."""
    size = os.path.getsize(path)
    if not size % PAGE:
        return
    with open(path, "rb") as f, mmap.mmap(f.fileno(), size, mmap.MAP_SHARED, mmap.PROT_READ):
        begin = next(int(line.split("-")[0], 16) for line in open("/proc/self/maps")
                     if line.rstrip().endswith(path))
        # A mapping of Python's ends where the file does; that of the kernel with the page.
        with open("/proc/self/mem", "rb", buffering=0) as mem:
            mem.seek(begin + size)
            rest = mem.read(PAGE - size % PAGE)
    if rest.strip(b"\0"):
        sys.exit(f"behind the end of {path} is {rest[:32]}")


def drop(path):
    fd = os.open(path, os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def crowd(pairs):
    children = []
    for n in range(READERS):
        pid = os.fork()
        if not pid:
            for i in range(ROUNDS):
                for path, there in pairs[n % len(pairs):] + pairs[:n % len(pairs)]:
                    compare(path, there)
                    if (n + i) % 3 == 0:
                        drop(there)
            os._exit(0)
        children.append(pid)
    if any([os.waitpid(pid, 0)[1] for pid in children]):
        sys.exit("a reader failed")


what, root, directory = sys.argv[1:]
pairs = [(path, os.path.join(directory, os.path.basename(path))) for path in sorted(glob.glob(root + "/w*.feldera"))]
if what == "crowd":
    crowd(pairs)
    sys.exit()
for path, there in pairs:
    if what == "dropped":
        drop(there)
    compare(path, there)
    if what == "whole":
        behind(there)
