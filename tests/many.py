#!/usr/bin/env python3
"""Make a storage root of many small checkpoints:  many.py ROOT N"""
import json
import os
import sys

root, n = sys.argv[1], int(sys.argv[2])
os.mkdir(root)
open(root + "/feldera.pidlock", "w").close()
entries = []
for i in range(n):
    u = "019b%04x-%04x-7000-8000-%012x" % (i >> 16, i & 0xFFFF, i)
    os.mkdir(f"{root}/{u}")
    open(f"{root}/{u}/CHECKPOINT", "w").close()
    with open(f"{root}/{u}/dependencies.json", "w") as f:
        f.write('{"batches":[],"state_files":["CHECKPOINT"]}')
    entries.append({"uuid": u, "identifier": None, "fingerprint": 2**64 - 1, "size": 43,
                    "steps": i, "processed_records": None})
with open(root + "/checkpoints.feldera", "w") as f:
    json.dump(entries, f, separators=(",", ":"))
