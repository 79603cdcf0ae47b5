#!/usr/bin/env python3
"""A root whose files can be counted:  counts_root.py ROOT CHECKPOINTS BATCHES NEW [GARBAGE]

Each checkpoint has BATCHES batches, NEW of which the one before did not have,
and four files: CHECKPOINT, two of state, dependencies.json.  GARBAGE: batches
that no checkpoint names."""
import json
import os
import sys

root, n, batches, new = sys.argv[1], *map(int, sys.argv[2:5])
garbage = int(sys.argv[5]) if len(sys.argv) > 5 else 0
STATES = ["CHECKPOINT", "pspine-0.dat", "pspine-1.dat"]


def put(name, text):
    with open(os.path.join(root, name), "w") as f:
        f.write(text)


os.mkdir(root)
put("feldera.pidlock", "")
names = [f"w0-0199f0c2-25cd-786f-901a-{i:012x}.feldera" for i in range(batches + new * (n - 1))]
for name in names + [f"w1-0199f0c2-25cd-786f-901a-{i:012x}.feldera" for i in range(garbage)]:
    put(name, "x" * 100)
entries = []
for i in range(n):
    u = f"019b0000-{i >> 16:04x}-7000-8000-{i:012x}"
    os.mkdir(os.path.join(root, u))
    for s in STATES:
        put(f"{u}/{s}", "" if s == "CHECKPOINT" else "state")
    deps = {"batches": names[i * new:i * new + batches], "state_files": STATES}
    put(f"{u}/dependencies.json", json.dumps(deps, separators=(",", ":")))
    entries.append({"uuid": u, "identifier": None, "fingerprint": 42, "size": 1, "steps": i,
                    "processed_records": None})
put("checkpoints.feldera", json.dumps(entries, separators=(",", ":")))
