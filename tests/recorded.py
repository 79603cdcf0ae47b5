#!/usr/bin/env python3
"""Compare a mounted root, or a copy of one, with what was recorded of it.

    recorded.py NAME.json DIR

DIR holds the checkpoints' directories as a mount shows them.  Prints "ok" or
"not ok" for each checkpoint, and exits 1 if one differs.
"""
import hashlib
import json
import os
import sys


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def differences(record, entry, top):
    uuid = entry["uuid"]
    base = os.path.join(top, uuid)
    storage = os.path.join(base, "storage")
    files = record["files"]
    batches = sorted(record["checkpoints"][uuid]["batches"])

    with open(os.path.join(base, "metadata.json")) as f:
        metadata = json.load(f)
    for key, value in entry.items():
        if metadata.get(key, "absent") != value:
            yield f"metadata.json: {key} is {metadata.get(key)}, not {value}"
    if metadata.get("batches") != len(batches):
        yield f"metadata.json: {metadata.get('batches')} batches, not {len(batches)}"
    with open(os.path.join(storage, "checkpoints.feldera")) as f:
        if json.load(f) != [entry]:
            yield "storage/checkpoints.feldera is not the one entry"

    links = sorted(os.listdir(os.path.join(base, "dependencies")))
    if links != batches:
        yield f"dependencies/ holds {links}, not {batches}"
    for name in links:
        target = os.readlink(os.path.join(base, "dependencies", name))
        if target != f"../storage/{name}":
            yield f"dependencies/{name} leads to {target}"

    own = sorted(p.split("/", 1)[1] for p in files if p.startswith(uuid + "/"))
    want = sorted(["checkpoints.feldera", uuid] + batches)
    have = sorted(n for n in os.listdir(storage) if n not in ("steps.bin", "state.json"))
    if have != want:
        yield f"storage/ holds {have}, not {want}"
    if sorted(os.listdir(os.path.join(storage, uuid))) != own:
        yield f"storage/{uuid}/ does not hold {own}"
    for path in [f"{uuid}/{n}" for n in own] + batches:
        shown = os.path.join(storage, path)
        if os.stat(shown).st_size != files[path]["size"]:
            yield f"{path}: {os.stat(shown).st_size} bytes, not {files[path]['size']}"
        if sha256(shown) != files[path]["sha256"]:
            yield f"{path}: other bytes"


def main():
    with open(sys.argv[1]) as f:
        record = json.load(f)
    status = 0
    for entry in record["catalog"]:
        wrong = list(differences(record, entry, sys.argv[2]))
        print(("not ok" if wrong else "ok"), record["root"], entry["uuid"])
        for line in wrong:
            print("  ", line)
            status = 1
    shown = sorted(n for n in os.listdir(sys.argv[2]) if len(n) == 36)
    if shown != sorted(e["uuid"] for e in record["catalog"]):
        print("not ok", record["root"], "shows", shown)
        status = 1
    return status


sys.exit(main())
