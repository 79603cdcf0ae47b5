"""What kill_rounds.py knows was acknowledged, and whether a root keeps it.

A checkpoint of a place (the root, the archive) is IN (a commit of it was
acknowledged), OUT (its removal was), or MAYBE: a command that was killed may
have done either.  A judgement resolves every MAYBE by what is there, and what
is there must be whole in any case.  The command that follows a judgement is
acknowledged, and makes what was found there durable.
"""
import collections
import contextlib
import hashlib
import json
import os
import random
import subprocess
import threading
import time

IN, OUT, MAYBE = "in", "out", "maybe"
OWN = {"checkpoints.feldera", "feldera.pidlock", "ckptfs-pins.json"}
BY_COMMIT = {"CHECKPOINT", "dependencies.json"}


def sha(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


class Place:
    def __init__(self, path, lock, ledger):
        self.path, self.lock, self.ledger = path, lock, ledger
        self.state = {}
        self.removals, self.removing = 0, 0  # begun so far, and running now

    @contextlib.contextmanager
    def removal(self):
        """Around a command that may remove: what it did is known at its end
        only, and others see it before."""
        with self.lock:
            self.removals, self.removing = self.removals + 1, self.removing + 1
        try:
            yield
        finally:
            with self.lock:
                self.removing -= 1

    def steady(self):
        """What is in it; with a number that tells whether that may have changed
        since, None if it is changing."""
        with self.lock:
            return self.all_in(), None if self.removing else self.removals

    def all_in(self):
        with self.lock:
            return {u for u, s in self.state.items() if s == IN}

    def any_old(self, newest=False):
        uuids = sorted(self.all_in())
        if not newest:
            uuids = uuids[:-2]
        return random.choice(uuids) if uuids else None

    def begin_commit(self, uuid):
        with self.lock:
            self.state[uuid] = MAYBE
            self.ledger.remember(self, "commit begins", [uuid])

    def end_commit(self, uuid, acknowledged, may):
        with self.lock:
            self.state[uuid] = IN if acknowledged else MAYBE if may else OUT
            self.ledger.remember(self, "commit " + self.state[uuid], [uuid])

    def removed(self, uuids, acknowledged, may):
        with self.lock:
            self.ledger.remember(self, "removed" if acknowledged else "perhaps removed" if may else "refused", uuids)
            for u in uuids:
                if acknowledged:
                    self.state[u] = OUT
                elif may and self.state.get(u) == IN:
                    self.state[u] = MAYBE

    def gc(self, acknowledged, answer, may):
        if acknowledged and answer:
            self.removed(answer["removed"], True, True)
        elif may:
            # Never the newest two, and not what is pinned.
            with self.lock:
                there = sorted(u for u, s in self.state.items() if s != OUT)
                pinned = set(self.ledger.pins.values()) if self is self.ledger.root else set()
            self.removed([u for u in there[:-2] if u not in pinned], False, True)

    def added(self, source, acknowledged, answer, may):
        with self.lock:
            self.ledger.remember(self, f"archived {acknowledged} {may}", (answer or {}).get("added", []), answer)
            if acknowledged:
                for u in answer["added"]:
                    self.state[u] = IN
                # Also what was in its source, before and after.
                uuids, steady = source
                if steady is not None and self.ledger.root.steady()[1] == steady:
                    for u in uuids - {s["uuid"] for s in answer["skipped"]}:
                        self.state[u] = IN
            elif may:
                for u, s in self.ledger.root.state.items():
                    if self.state.get(u, OUT) == OUT:
                        self.state[u] = MAYBE

    @contextlib.contextmanager
    def sweeping(self):
        self.ledger.sweeps(1)
        try:
            yield
        finally:
            self.ledger.sweeps(-1)


class Ledger:
    def __init__(self, root, archive, records):
        self.lock = threading.RLock()
        self.records = records
        self.root, self.archive = Place(root, self.lock, self), Place(archive, self.lock, self)
        self.pins = {}  # name: uuid, acknowledged
        self.pins_maybe = set()
        self.tainted = set()  # a sweep may have taken a part of it before its commit
        self.history = collections.deque(maxlen=2000)  # told where something is lost
        self.n_sweeps, self.stage_open, self.stage_tainted = 0, False, False

    def remember(self, place, what, uuids, more=""):
        self.history.append((f"{time.time():.3f} {os.path.basename(place.path)}: {what} {' '.join(uuids)} {more}"))

    def history_of(self, uuid):
        return "".join(f"\n      {h}" for h in list(self.history)[-150:] if uuid in h or "archived" in h or "gc" in h)

    def record(self, uuid):
        with open(os.path.join(self.records, uuid + ".json")) as f:
            return json.load(f)

    # What is staged and not committed yet is garbage for a sweep, and one that
    # is killed takes a part of it.  A pipeline has the lock meanwhile.
    @contextlib.contextmanager
    def staging(self):
        with self.lock:
            self.stage_open, self.stage_tainted = True, self.n_sweeps > 0
        try:
            yield
        finally:
            with self.lock:
                self.stage_open = False

    def staged(self, uuid):
        self.current = uuid
        with self.lock:
            if self.stage_tainted:
                self.tainted.add(uuid)

    def sweeps(self, n):
        with self.lock:
            self.n_sweeps += n
            if n > 0 and self.stage_open:
                self.stage_tainted = True
                if getattr(self, "current", None):
                    self.tainted.add(self.current)

    def pin(self, name, uuid, acknowledged, _, may):
        with self.lock:
            if acknowledged:
                self.pins_maybe.discard(name)
                self.pins.pop(name, None)
                if uuid:
                    self.pins[name] = uuid
            elif may:
                self.pins_maybe.add(name)
                self.pins.pop(name, None)


def command(*words):
    p = subprocess.run(["ckptfs", *words, "--json"], capture_output=True, text=True, timeout=120)
    return p.returncode, json.loads(p.stdout) if p.returncode == 0 or p.stdout.startswith("{") else {}, p.stderr.strip()


class Judge:
    def __init__(self, ledger):
        self.ledger, self.wrong = ledger, []
        self.resolved = {"in": 0, "out": 0}

    def judge(self, place, what):
        status, listed, said = command("list", place.path)
        if status:
            if place.state and any(s == IN for s in place.state.values()) or "No such file" not in said:
                self.wrong.append(f"{what}: list: {said}")
            return []
        there = [e["uuid"] for e in listed["checkpoints"]]
        for u, s in place.state.items():
            if s == IN and u not in there:
                self.wrong.append(f"{what}: {u} was acknowledged and is lost; there are {there}"
                                  + self.ledger.history_of(u))
            elif s == OUT and u in there:
                self.wrong.append(f"{what}: {u} was removed and is back")
            elif s == MAYBE:
                self.resolved["in" if u in there else "out"] += 1
            place.state[u] = IN if u in there else OUT
        for u in there:
            if place.state.setdefault(u, IN) != IN:
                self.wrong.append(f"{what}: {u} came from nowhere")
            self.whole(place, u, what)
        status, answer, said = command("verify", place.path)
        if status or not answer.get("ok"):
            self.wrong.append(f"{what}: verify: {answer} {said}")
        return there

    def whole(self, place, uuid, what):
        record = self.ledger.record(uuid)
        try:
            with open(f"{place.path}/{uuid}/dependencies.json") as f:
                batches = set(json.load(f)["batches"])
        except (OSError, ValueError) as e:
            self.wrong.append(f"{what}: {uuid}: {e}")
            return
        for p, digest in record.items():
            path = os.path.join(place.path, p)
            if not os.path.exists(path):
                if uuid not in self.ledger.tainted:
                    self.wrong.append(f"{what}: {uuid} lacks {p}")
            elif sha(path) != digest:
                self.wrong.append(f"{what}: {uuid} has other bytes in {p}")
        if batches != {p for p in record if p.startswith("w")} and uuid not in self.ledger.tainted:
            self.wrong.append(f"{what}: {uuid} names {batches}")

    def pins(self, what):
        status, answer, said = command("pins", self.ledger.root.path)
        if status:
            self.wrong.append(f"{what}: pins: {said}")
            return
        there = {p["name"]: p["uuid"] for p in answer["pins"]}
        for name, uuid in self.ledger.pins.items():
            if there.get(name) != uuid:
                self.wrong.append(f"{what}: pin {name} of {uuid} was acknowledged and is lost")
            if self.ledger.root.state.get(uuid) != IN:
                self.wrong.append(f"{what}: {uuid} is pinned and gone")
        for name in set(there) - set(self.ledger.pins) - self.ledger.pins_maybe:
            self.wrong.append(f"{what}: pin {name} was taken away and is back")
        # An acknowledged end for those of which nobody knows.
        for name in sorted(self.ledger.pins_maybe):
            status, _, said = command("unpin", self.ledger.root.path, name)
            if status and name in there:
                self.wrong.append(f"{what}: unpin {name}: {said}")
        self.ledger.pins_maybe.clear()

    def swept(self, place, what):
        """After a sweep nothing is left that nobody names."""
        status, answer, said = command("sweep", place.path)
        if status or answer.get("missing") or answer.get("left"):
            self.wrong.append(f"{what}: sweep: {answer} {said}")
            return
        want = set()
        for u in (u for u, s in place.state.items() if s == IN):
            want |= {f"{u}/{n}" for n in BY_COMMIT} | set(self.ledger.record(u))
        have = set()
        for top, dirs, names in os.walk(place.path):
            have |= {os.path.relpath(os.path.join(top, n), place.path) for n in names}
            have |= {os.path.relpath(os.path.join(top, d), place.path) + "/" for d in dirs if not os.listdir(f"{top}/{d}")}
        if extra := have - want - OWN:
            self.wrong.append(f"{what}: a sweep left {sorted(extra)}")
