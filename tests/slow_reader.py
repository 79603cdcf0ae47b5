#!/usr/bin/env python3
"""Look into the newest checkpoint of a mount, stop for three seconds, in which
it leaves, and go on, with something of it open or nothing.

    slow_reader.py MNT RECORDS file|dir|nothing

Prints "whole" if all of it was read and is as RECORDS (churn.py) says, "stale"
if it was told that the checkpoint left; anything else is wrong.
"""
import errno, hashlib, json, os, sys, time
mnt, records, keeps = sys.argv[1:4]
def sha(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while part := f.read(4096):
            h.update(part)
    return h.hexdigest()
uuid = os.readlink(mnt + "/latest")
top = f"{mnt}/{uuid}/storage"
record = json.load(open(f"{records}/{uuid}.json"))
names = sorted(record)
open_file = open_dir = None
seen = {}
if keeps == "file":
    # It has read a part of it.
    open_file = open(f"{top}/{names[-1]}", "rb")
    part = open_file.read(100)
elif keeps == "dir":
    open_dir = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
for n in names[:3]:
    seen[n] = sha(f"{top}/{n}")
time.sleep(3)
try:
    listed = set(os.listdir(top)) | {f"{uuid}/{n}" for n in os.listdir(f"{top}/{uuid}")}
    if missing := set(names) - listed:
        sys.exit(f"WRONG: {uuid} is listed without {missing}")
    for n in names:
        seen[n] = sha(f"{top}/{n}")
    if open_file:
        h = hashlib.sha256(part)
        h.update(open_file.read())
        seen[names[-1]] = h.hexdigest()
    if open_dir is not None and not set(os.listdir(open_dir)) <= listed:
        sys.exit("WRONG: the open directory lists something else")
    print("whole")
except OSError as e:
    if keeps != "nothing" or e.errno != errno.ESTALE:
        sys.exit(f"WRONG: {keeps} was open: {e}")
    print("stale")
if wrong := [n for n in seen if seen[n] != record[n]]:
    sys.exit(f"WRONG: other bytes in {wrong}")
