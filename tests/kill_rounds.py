#!/usr/bin/env python3
"""Rounds of kill -9 under load on a file system of its own.

    kill_rounds.py TYPE DIR ROUNDS [SEED]

TYPE is ext4, xfs or btrfs; its image and mount point lie in DIR.  Each round
runs commits, gcs, removals, sweeps, pins, an archiver (to a second root on the
same image) and readers of a mounted root, all at once, and kills one, all, or
only the daemon at a random moment, with SIGKILL.  In a quarter of the rounds
the machine loses its power too: the image is copied as it is at that moment,
with what the file system had written and without what it had not, and the copy
is mounted and goes on in its place.

Then everything that was acknowledged must be there (kill_judge.py), every
command must work again, and a sweep must leave nothing that nobody names.
Prints a line a round that went wrong and a summary; exits 1 if there was any.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

from kill_judge import Judge, Ledger, command
from kill_load import Load

MKFS = {
    # No thread that goes on initializing: the image must come to rest.
    "ext4": (["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"], "96M"),
    "xfs": (["mkfs.xfs", "-q"], "300M"),
    "btrfs": (["mkfs.btrfs", "-q"], "160M"),
}
REST_TRIES = 200
# Who is killed, and whether the power goes too.
ROUNDS = [("all", False), ("one", False), ("all", True), ("daemon", False),
          ("all", False), ("one", False), ("all", True), ("all", False)]


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def until(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class World:
    def __init__(self, kind, top, rounds):
        self.kind, self.top, self.rounds = kind, top, rounds
        self.image, self.fs, self.mnt = f"{top}/image", f"{top}/fs", f"{top}/mnt"
        self.root, self.archive = f"{self.fs}/root", f"{self.fs}/archive"
        records = f"{top}/records"
        for d in (self.fs, self.mnt, records):
            os.makedirs(d, exist_ok=True)
        make, size = MKFS[kind]
        run("truncate", "-s", size, self.image)
        run(*make, self.image)
        self.mount_image()
        os.mkdir(self.root)
        self.ledger = Ledger(self.root, self.archive, records)
        self.judge = Judge(self.ledger)
        self.load = Load(self.ledger, self.root, self.archive, self.mnt, records)
        self.losses, self.kills = 0, {"all": 0, "one": 0, "daemon": 0}

    def begin(self):
        for _ in range(2):
            self.works_again("at the beginning")

    def mount_image(self):
        run("mount", "-o", "loop", self.image, self.fs)

    # --- the daemon -----------------------------------------------------------

    def daemons(self):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"mount.ckptfs") and self.mnt.encode() in words:
                found.append(int(pid))
        return found

    def start_daemon(self):
        run("mount.ckptfs", self.root, self.mnt, "-o", "lease=0,allow-empty")

    def kill_daemon(self):
        for pid in self.daemons():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # the one that unmounts goes when the other is gone

    def unmounted(self):
        with open("/proc/self/mounts") as f:
            if f" {self.mnt} " not in f.read():
                return True
        return subprocess.run(["umount", self.mnt], capture_output=True).returncode == 0

    def end_daemon(self):
        if not until(10, self.unmounted):
            said = subprocess.run(["umount", self.mnt], capture_output=True, text=True).stderr
            self.judge.wrong.append(f"the mount does not end: {said} {self.daemons()}")
        if not until(20, lambda: not self.daemons()):
            self.judge.wrong.append(f"a daemon does not end: {self.daemons()}")
            self.kill_daemon()

    # --- the moment -----------------------------------------------------------

    def kill(self, how):
        with self.load.lock:
            running = list(self.load.running)
        if how == "one":
            running = random.sample(running, min(1, len(running)))
        elif how == "daemon":
            running = []
        if how == "daemon" or how == "all" and random.random() < 0.5:
            self.kill_daemon()
        for p in running:
            p.kill()
        self.kills[how] += 1

    def copy_at_rest(self):
        """The image as it is, of one moment: nothing was written to it while it
        was copied if it is the same afterwards."""
        copy = self.image + ".copy"
        for _ in range(REST_TRIES):
            run("cp", "--sparse=always", self.image, copy)
            if subprocess.run(["cmp", "-s", self.image, copy]).returncode == 0:
                return copy
        raise SystemExit("the image never came to rest")

    def lose_power(self):
        """Everybody is dead; what was not written is lost."""
        copy = self.copy_at_rest()
        self.end_daemon()
        run("umount", self.fs)
        os.rename(copy, self.image)
        self.mount_image()
        self.losses += 1

    # --- one round ------------------------------------------------------------

    def one_round(self, n):
        how, power = ROUNDS[n % len(ROUNDS)]
        load = self.load
        load.stop.clear()
        self.start_daemon()
        threads = load.threads()
        for t in threads:
            t.start()
        time.sleep(random.uniform(0.02, 0.5))
        load.stop.set()
        self.kill(how)
        if power:
            self.kill_daemon()
        # The rest of them ends by itself, what was started meanwhile too.
        while power and load.running:
            self.kill("all")
        for t in threads:
            t.join(60)
            if t.is_alive():
                raise SystemExit(f"round {n}: {t} does not end")
        if power:
            self.kill_daemon()
            self.lose_power()
        else:
            self.end_daemon()
        what = f"{self.kind}, round {n}, {how} killed{', power lost' if power else ''}"
        self.settle(what)

    def settle(self, what):
        ledger, judge, load = self.ledger, self.judge, self.load
        judge.judge(ledger.root, what)
        if os.path.exists(self.archive):
            judge.judge(ledger.archive, what + ", archive")
        judge.pins(what)
        judge.wrong += load.wrong
        load.wrong.clear()
        if judge.wrong:
            return
        self.works_again(what)
        judge.swept(ledger.root, what)
        judge.swept(ledger.archive, what + ", archive")
        judge.judge(ledger.root, what + ", in the end")
        judge.judge(ledger.archive, what + ", archive in the end")

    def works_again(self, what):
        """Every command; what was staged and not committed can be, too."""
        ledger, load = self.ledger, self.load
        with ledger.staging():
            uuid = load.stager.stage()
            ledger.current = None
            ledger.root.begin_commit(uuid)
        status, _, said = command("commit", self.root, f"--uuid={uuid}", "--fingerprint=13306897943083404884")
        ledger.root.end_commit(uuid, status == 0, False)
        status2, answer, said2 = command("gc", self.root)
        ledger.root.gc(status2 == 0, answer, False)
        if status or status2:
            self.judge.wrong.append(f"{what}: the next commands: {said} {said2}")
        if not load.archive_once():
            self.judge.wrong.append(f"{what}: the next archive failed")

    def play(self):
        for n in range(1, self.rounds + 1):
            self.one_round(n)
            if self.judge.wrong:
                print(f"round {n}:", *self.judge.wrong[:10], sep="\n  ", flush=True)
                return 1
            if n % 50 == 0:
                print(f"{self.kind}: {n} rounds", flush=True)
        counts = self.load.counts
        if sum(counts[c] for c in counts if c.startswith("killed ")) < self.rounds // 4:
            print("hardly a command was killed", counts)
            return 1
        print(json.dumps({"file system": self.kind, "rounds": self.rounds, "power losses": self.losses,
                          "kills": self.kills, "resolved": self.judge.resolved,
                          "commands": dict(sorted(counts.items()))}), flush=True)
        return 0


def main(kind, top, rounds, seed=None):
    seed = seed or str(random.randrange(1 << 32))
    print(f"{kind}: seed {seed}", flush=True)
    random.seed(seed)
    world = World(kind, top, int(rounds))
    try:
        world.begin()
        return world.play()
    finally:
        world.end_daemon()
        subprocess.run(["umount", world.fs])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
