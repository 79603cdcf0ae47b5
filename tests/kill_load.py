"""The load of kill_rounds.py: threads that run commands until they are told to
stop, and write down what was acknowledged.

What is on the image is written by ckptfs alone, but for what a pipeline stages.
A command's acknowledgement is its exit status 0, or the success of a write to
the control file; the ledger (kill_judge.py) is kept in this process, outside
the image.
"""
import contextlib
import errno
import json
import os
import random
import subprocess
import threading
import time

import churn
from kill_judge import sha

# A session's end while somebody reads; ESTALE: it left meanwhile.
DEAD = {errno.ENOTCONN, errno.ECONNABORTED, errno.EINTR}
LEFT = {errno.ESTALE, errno.ENOENT}
# What a command may say when another one was first; nothing is done then.
REFUSED = ("is in use by process", "is in use by another process", "is being read", "stays: ", "is not in the catalog",
           "is in the catalog already", "just being removed", "there is no pin",
           "there is a pin")


class Stager(churn.Stager):
    """Shares batches with the newest checkpoint that is committed."""

    def stage(self):
        newest = self.newest()
        self.batches = {}
        self.n = 0
        if newest:
            self.follow(newest + ".json")
        return super().stage()

    def newest(self):
        try:
            with open(os.path.join(self.root, "checkpoints.feldera")) as f:
                entries = json.load(f)
            return entries[-1]["uuid"] if entries else None
        except FileNotFoundError:
            return None


class Load:
    def __init__(self, ledger, root, archive, mnt, records):
        self.ledger, self.root, self.archive, self.mnt = ledger, root, archive, mnt
        self.stager = Stager(root, records)
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.running = {}  # Popen: verb
        self.wrong, self.counts = [], {}

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    # --- commands -------------------------------------------------------------

    def command(self, verb, *args):
        """(acknowledged, answer, whether it may have done anything)."""
        p = subprocess.Popen(["ckptfs", verb, *args, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True)
        with self.lock:
            self.running[p] = verb
        out, said = p.communicate()
        with self.lock:
            del self.running[p]
        if p.returncode == 0:
            self.count(verb)
            return True, json.loads(out), True
        if p.returncode < 0:
            self.count("killed " + verb)
            if p.returncode != -9:
                self.wrong.append(f"{verb}: signal {-p.returncode}")
            return False, None, True
        # An archiver that found a checkpoint just leaving has added the others.
        skipped = [s["why"] for s in json.loads(out)["skipped"]] if out.startswith("{") else []
        # One that is gone is no failure, so what made it one is another, or what is said.
        for why in [why for why in skipped if why != "gone meanwhile"] or [said or f"nothing but {skipped}"]:
            if not any(r in why for r in REFUSED) and not self.missing(verb, why):
                self.wrong.append(f"{verb} {args[1:]}: {why.strip()}")
        self.count("refused " + verb)
        return False, None, bool(skipped)

    def died(self, e):
        """Whether the daemon's end is why.  What it had read or not yet read then
        ends with ECONNABORTED, what comes later with ENOTCONN.  EIO is what a
        request has that was just being copied, to the daemon or back: a thread
        that is to die gets no page of its buffer any more that is not there
        yet, so the copy fails, and fuse_dev_do_read() or _write() says EIO of
        it (Linux 6.18), before the connection ends.  So it has to end soon."""
        end = time.monotonic() + 2
        while e.errno == errno.EIO and time.monotonic() < end:
            try:
                os.statvfs(self.mnt)
            except OSError as dead:
                return dead.errno in DEAD
            time.sleep(0.01)
        return e.errno in DEAD

    @staticmethod
    def missing(verb, said):
        """A commit of what a sweep took, an archiver's source that left."""
        return verb in ("commit", "archive") and ("No such file" in said or "has no state file" in said)

    def by_control(self, line):
        """The same by the control file of the mount."""
        try:
            fd = os.open(self.mnt + "/.ckptfs/control", os.O_RDWR)
        except OSError as e:
            return self.refused_by_mount(line, e, False)
        try:
            try:
                os.write(fd, line.encode())
                self.count("control " + line.split()[0])
            except OSError as e:
                said = self.answer(fd, line) if not self.died(e) else None
                return self.refused_by_mount(line, e, True, said)
            return True, self.answer(fd, line), True
        finally:
            with contextlib.suppress(OSError):  # a dead daemon takes no flush
                os.close(fd)

    def answer(self, fd, line):
        """None: the daemon died before all of it was read."""
        try:
            text = b""
            while part := os.read(fd, 65536):
                text += part
            return json.loads(text)
        except OSError as e:
            if not self.died(e):
                self.wrong.append(f"{line}: its answer: {e}")

    def refused_by_mount(self, line, e, may, said=None):
        if self.died(e):
            return False, None, may
        # Without an answer the daemon died right after it.
        said = said["error"]["message"] if said else str(e)
        known = e.errno in {errno.EBUSY, errno.EEXIST, errno.ENOENT, errno.EINVAL}
        if known and said == str(e):
            return False, None, False
        if not any(r in said for r in REFUSED) and not self.missing(line.split()[0], said):
            self.wrong.append(f"{line} by the mount: {e}: {said}")
        return False, None, False

    def run(self, verb, where, *options):
        """By the command line, or sometimes by the mount where that can do it."""
        if where == self.root and random.random() < 0.3:
            return self.by_control(" ".join((verb,) + options))
        return self.command(verb, where, *("--" + o if "=" in o else o for o in options))

    # --- who runs them --------------------------------------------------------

    def commit(self):
        while not self.stop.is_set():
            with self.ledger.staging():
                try:
                    uuid = self.stager.stage()
                except OSError:  # a sweep was quicker
                    continue
                self.ledger.staged(uuid)
                self.commit_one(uuid)

    def commit_one(self, uuid):
        for _ in range(20):
            self.ledger.root.begin_commit(uuid)
            acknowledged, _, may = self.run("commit", self.root, f"uuid={uuid}", f"fingerprint={churn.FINGERPRINT}")
            self.ledger.root.end_commit(uuid, acknowledged, may)
            if acknowledged or may or self.stop.is_set():
                return
            time.sleep(0.003)

    def prune(self, place, weights):
        while not self.stop.is_set():
            what = random.choices(("gc", "remove", "sweep"), weights)[0]
            if what == "gc":
                with place.removal():
                    place.gc(*self.run("gc", place.path))
            elif what == "remove":
                uuid = place.any_old()
                if not uuid:
                    continue
                with place.removal():
                    acknowledged, _, may = self.run("remove", place.path, uuid)
                    place.removed([uuid], acknowledged, may)
            else:
                with place.sweeping():
                    self.run("sweep", place.path)
            time.sleep(random.random() * 0.02)

    def pin(self):
        while not self.stop.is_set():
            name, uuid = f"p{random.randrange(3)}", self.ledger.root.any_old(newest=True)
            if random.random() < 0.4:
                self.ledger.pin(name, None, *self.run("unpin", self.root, name))
            elif uuid:
                self.ledger.pin(name, uuid, *self.run("pin", self.root, name, uuid))
            time.sleep(random.random() * 0.03)

    def archive_all(self):
        arch = self.ledger.archive
        while not self.stop.is_set():
            if random.random() < 0.7:
                self.archive_once()
            else:
                what = random.choice(("gc", "sweep"))
                acknowledged, answer, may = self.command(what, arch.path)
                if what == "gc":
                    arch.gc(acknowledged, answer, may)
            time.sleep(random.random() * 0.1)

    def archive_once(self):
        before = self.ledger.root.steady()
        acknowledged, answer, may = self.command("archive", self.root, self.archive, "--all")
        self.ledger.archive.added(before, acknowledged, answer, may)
        return acknowledged

    def read(self):
        while not self.stop.is_set():
            try:
                uuids = [u for u in os.listdir(self.mnt) if u != "latest"]
                if uuids:
                    self.read_one(random.choice(uuids))
            except OSError as e:
                if self.died(e):
                    return
                if e.errno not in LEFT:
                    self.wrong.append(f"a reader: {e}")
            self.count("reads")

    def read_one(self, uuid):
        top = f"{self.mnt}/{uuid}/storage"
        record = self.ledger.record(uuid)
        names = [n for n in os.listdir(top) if n.startswith("w")] + [f"{uuid}/{n}" for n in os.listdir(f"{top}/{uuid}")]
        for n in random.sample(names, min(6, len(names))):
            got = sha(f"{top}/{n}")
            if n in record and got != record[n]:
                self.wrong.append(f"a reader got other bytes of {uuid}: {n}")

    def threads(self):
        l = self.ledger
        jobs = [(self.commit,), (self.prune, l.root, (6, 1, 3)), (self.pin,), (self.archive_all,),
                (self.read,), (self.read,)]
        return [threading.Thread(target=self.guarded, args=j) for j in jobs]

    def guarded(self, function, *args):
        try:
            function(*args)
        except Exception as e:  # a thread that dies must not look like peace
            self.wrong.append(f"{function.__name__}: {type(e).__name__}: {e}")
