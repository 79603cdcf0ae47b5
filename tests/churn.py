#!/usr/bin/env python3
"""A storage root that is committed to and pruned without a pause.

    churn.py make ROOT RECORDS N       make N checkpoints, one after the other
    churn.py more ROOT RECORDS N       N more, which share with the newest
    churn.py run ROOT RECORDS STOP ANSWERS MNT...
                                       commit and gc until the file STOP exists:
                                       by the command line and by each MNT's
                                       control file; ANSWERS gets every answer,
                                       a line of JSON each
    churn.py answers RECORDS ROOT ANSWERS
                                       whether these add up: no checkpoint was
                                       lost, and every answer is one of those
                                       that are promised
    churn.py whole RECORDS UUID STORAGE
                                       whether a copy is complete and right

RECORDS gets UUID.json for each checkpoint: the sha256 of each of its files.
Checkpoints share batches with the one before, as a pipeline's do.  No two
batches are alike, so bytes from anywhere else are noticed.
CHURN_BATCH: the size of a batch (16384).  CHURN_PAUSE: seconds between commits.
"""
import errno
import hashlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time

FINGERPRINT = 13306897943083404884  # above what a signed integer holds
BATCHES, NEW_BATCHES = 8, 2
BATCH = int(os.environ.get("CHURN_BATCH", "16384"))
PAUSE = float(os.environ.get("CHURN_PAUSE", "0"))
BY_COMMIT = {"CHECKPOINT", "dependencies.json"}
ANSWER_SECONDS = 60  # longer than any answer takes that is not stuck


class Uuids:
    """Of version 7, each later than the one before."""

    def __init__(self):
        self.last = 0

    def new(self):
        self.last = max(self.last + 1, int(time.time() * 1000))
        tail = random.getrandbits(62) | 1 << 63
        h = f"{self.last:012x}7{random.getrandbits(12):03x}{tail:016x}"
        return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


class Stager:
    def __init__(self, root, records):
        self.root, self.records = root, records
        self.uuids, self.batches, self.n = Uuids(), {}, 0

    def follow(self, record):
        with open(os.path.join(self.records, record)) as f:
            self.batches = {p: sha for p, sha in json.load(f).items() if p.startswith("w")}
        self.n = 1

    def write(self, path, content):
        with open(os.path.join(self.root, path), "wb") as f:
            f.write(content)
        return hashlib.sha256(content).hexdigest()

    def stage(self):
        """A directory to commit.  Only one at a time: what it shares with the
        newest checkpoint is kept by every gc as long as that is the newest."""
        uuid = self.uuids.new()
        kept = list(self.batches.items())[NEW_BATCHES if self.n else 0:]
        self.batches = dict(kept)
        while len(self.batches) < BATCHES:
            name = f"w{len(self.batches) % 2}-{self.uuids.new()}.feldera"
            content = name.encode() + random.randbytes(random.randint(BATCH // 2, BATCH))
            self.batches[name] = self.write(name, content)
        os.mkdir(os.path.join(self.root, uuid))
        record = dict(self.batches)
        lists = {f"{uuid}/pspine-batches-0-{i}.dat": names
                 for i, names in enumerate((list(self.batches)[::2], list(self.batches)[1::2]))}
        for path, names in lists.items():
            record[path] = self.write(path, json.dumps({"files": names}, separators=(",", ":")).encode())
        for i in range(4):
            path = f"{uuid}/pspine-{i}.dat"
            record[path] = self.write(path, uuid.encode() + random.randbytes(500))
        with open(os.path.join(self.records, uuid + ".json"), "w") as f:
            json.dump(record, f)
        self.n += 1
        return uuid


def by_command_line(root, verb, *options):
    # --key=value here, key=value in the control file.
    words = ["ckptfs", verb, root, "--json"] + ["--" + o for o in options]
    p = subprocess.run(words, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    if p.returncode:
        busy = "lock" in p.stderr
        return {"error": {"errno": "EBUSY" if busy else "", "message": p.stderr.strip()}}
    return json.loads(p.stdout)


def by_control(mnt, verb, *options):
    fd = os.open(os.path.join(mnt, ".ckptfs/control"), os.O_RDWR)
    try:
        failed = None
        try:
            os.write(fd, " ".join((verb,) + options).encode())
        except OSError as e:
            failed = errno.errorcode[e.errno]
        text = b""
        while part := os.read(fd, 65536):
            text += part
    finally:
        os.close(fd)
    answer = json.loads(text)
    if failed != answer.get("error", {}).get("errno"):
        raise SystemExit(f"the write gave {failed}, the answer {text!r}")
    return answer


class Churn:
    """A process each, not threads: a signal, SIGCHLD for one, would interrupt
    the command that another thread waits for."""

    def __init__(self, root, records, stop, answers, mounts):
        self.root, self.stager, self.stop = root, Stager(root, records), stop
        self.out = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.ways = [("command line", by_command_line, root)] + [(m, by_control, m) for m in mounts]

    def ask(self, way, verb, *options):
        name, function, where = way
        answer = function(where, verb, *options)
        os.write(self.out, (json.dumps({"by": name, "verb": verb, "answer": answer}) + "\n").encode())
        return answer

    def going(self):
        return not os.path.exists(self.stop)

    def commit(self):
        i = 0
        while self.going():
            uuid = self.stager.stage()
            # What is staged is committed, also where that is the last thing.
            while True:
                i += 1
                answer = self.ask(self.ways[i % len(self.ways)], "commit", f"uuid={uuid}", f"fingerprint={FINGERPRINT}")
                if "error" not in answer:
                    break
                if answer["error"]["errno"] != "EBUSY":
                    raise SystemExit(f"commit: {answer}")
                time.sleep(0.005)
            time.sleep(PAUSE)

    def gc(self, way, *options):
        while self.going():
            self.ask(way, "gc", *options)
            time.sleep(0.005)

    def jobs(self):
        fork = multiprocessing.get_context("fork")
        return [fork.Process(target=self.commit)] + [fork.Process(target=self.gc, args=(w,)) for w in self.ways]

    def run(self):
        jobs = self.jobs()
        for j in jobs:
            j.start()
        while self.going() and all(j.is_alive() for j in jobs):
            time.sleep(0.1)
        open(self.stop, "a").close()
        for j in jobs:
            j.join(ANSWER_SECONDS)
        status = [j.exitcode for j in jobs]
        for j in jobs:
            if j.is_alive():
                print(f"no answer within {ANSWER_SECONDS} s")
                j.kill()
        return 0 if status == [0] * len(jobs) else 1


def more(root, records, n):
    stager = Stager(root, records)
    stager.follow(max(os.listdir(records)))
    commit_some(root, stager, n)


def make(root, records, n):
    commit_some(root, Stager(root, records), n)


def commit_some(root, stager, n):
    for _ in range(int(n)):
        answer = by_command_line(root, "commit", f"uuid={stager.stage()}", f"fingerprint={FINGERPRINT}")
        if "error" in answer:
            raise SystemExit(f"commit: {answer}")


def tally(path, reasons, wrong):
    """What all answers say was removed, by whom, and how many were of which
    kind; what is none of "removed", "being read" and "busy", and a checkpoint
    that is kept for none of the reasons, is wrong."""
    counts, removed = {}, {}
    for line in open(path):
        entry = json.loads(line)
        verb, answer = entry["verb"], entry["answer"]
        if "error" in answer:
            kind = answer["error"]["errno"]
            if kind != "EBUSY":
                wrong.append(f"{verb}: {answer['error']}")
        elif verb == "commit":
            kind = "committed"
        else:
            kind = "removed" if answer["removed"] else "nothing"
            for u in answer["removed"]:
                if u in removed:
                    wrong.append(f"{u} was removed twice")
                removed[u] = entry["by"]
            for k in answer["kept"]:
                if k["why"] not in reasons:
                    wrong.append(f"kept for another reason: {k}")
                counts[k["why"]] = counts.get(k["why"], 0) + 1
            if answer["left"]:
                wrong.append(f"{verb} by {entry['by']} left {answer['left_why']}")
        counts[kind] = counts.get(kind, 0) + 1
    return removed, counts


def add_up(made, removed, root, wrong):
    """What was made and is in no answer as removed is still there."""
    with open(os.path.join(root, "checkpoints.feldera")) as f:
        there = [e["uuid"] for e in json.load(f)]
    for u in set(made) - set(removed) - set(there):
        wrong.append(f"{u} is lost")
    for u in set(removed) & set(there):
        wrong.append(f"{u} is there although it was removed")
    if len(set(there)) != len(there):
        wrong.append(f"one is there twice: {there}")
    if there[-2:] != sorted(made)[-2:]:
        wrong.append(f"the newest two are {there[-2:]}, not {sorted(made)[-2:]}")


def verdict(counts, wrong):
    print(json.dumps(counts))
    for line in wrong[:20]:
        print(line)
    return 1 if wrong else 0


def answers(records, root, path):
    wrong = []
    removed, counts = tally(path, ("newest", "being read"), wrong)
    add_up({n[:-5] for n in os.listdir(records)}, removed, root, wrong)
    return verdict(counts, wrong)


def whole(records, uuid, storage):
    with open(os.path.join(records, uuid + ".json")) as f:
        record = json.load(f)
    have = {}
    for top, _, names in os.walk(storage):
        for n in names:
            path = os.path.join(top, n)
            with open(path, "rb") as f:
                have[os.path.relpath(path, storage)] = hashlib.sha256(f.read()).hexdigest()
    made_up = {"checkpoints.feldera"} | {f"{uuid}/{n}" for n in BY_COMMIT}
    wrong = [f"{p} is missing" for p in (set(record) | made_up) - set(have)]
    wrong += [f"{p} is too much" for p in set(have) - set(record) - made_up]
    wrong += [f"{p} has other bytes" for p in record if p in have and have[p] != record[p]]
    for line in wrong:
        print(f"{uuid}: {line}")
    return 1 if wrong else 0


def run(root, records, stop, path, *mounts):
    return Churn(root, records, stop, path, mounts).run()


if __name__ == "__main__":
    commands = {"make": make, "more": more, "run": run, "answers": answers, "whole": whole}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
