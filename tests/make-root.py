#!/usr/bin/env python3
"""make-root.py DIR CHECKPOINTS BATCHES SIZE: a storage root of its own size

Every checkpoint needs all batches, which have SIZE bytes each, and has one state
file of SIZE bytes.  No two files are the same.
"""
import json
import os
import random
import sys


def uuid(i, kind):
    ms = 0x0199F0C20000 + i
    return f"{ms >> 16:08x}-{ms & 0xffff:04x}-7000-8{kind:03x}-{i * 7919 % (1 << 48):012x}"


top, checkpoints, batches, size = sys.argv[1], *map(int, sys.argv[2:])
os.makedirs(top)
noise = random.Random(1)


def put(path):
    with open(path, "wb") as f:
        f.write(noise.randbytes(size))


names = [f"w0-{uuid(i, 1)}.feldera" for i in range(batches)]
for name in names:
    put(f"{top}/{name}")
catalog = []
for i in range(checkpoints):
    own = f"{top}/{uuid(i, 0)}"
    os.mkdir(own)
    open(f"{own}/CHECKPOINT", "w").close()
    put(f"{own}/z1-0.dat")
    with open(f"{own}/dependencies.json", "w") as f:
        json.dump({"batches": names, "state_files": ["CHECKPOINT", "z1-0.dat"]}, f, separators=(",", ":"))
    catalog.append({"uuid": uuid(i, 0), "identifier": None, "fingerprint": 1, "size": size})
with open(f"{top}/checkpoints.feldera", "w") as f:
    json.dump(catalog, f, separators=(",", ":"))
