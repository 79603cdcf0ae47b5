#!/usr/bin/env python3
"""A week in which a clock goes on: checkpoints come, and gcs with a retention
remove them, in a root of ours and as snapshots in a repository of restic.

usage: retention_week.py PROGRAM DIRECTORY SETS SEED

Some roots (restic's hosts) live through the same hours, each with checkpoints of
its own: an hour or less apart, jittered.  After some of the gcs that is one, after
others several have come.  What a gc leaves is what restic keeps of just those that
were there, and besides the newest two and the one that state.json names.  What
restic would forget is forgotten, so each gc decides about what those before left.
PROGRAM: tests/retention_week.
"""
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

sys.dont_write_bytecode = True
from restic_times import Repository, ZONES, milliseconds  # noqa: E402

HOUR = 3600
WEEK = 7 * 24 * HOUR
LONG = 200  # sets
# Weeks in which the clocks change, and in which a year ends.
BEGIN = ["2025-10-22T01:00", "2026-03-05T07:00", "2026-04-01T14:00", "2025-09-24T14:00", "2020-12-28T11:00"]

program, directory, n_sets, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rnd = random.Random(seed)
ROOTS = 2 if n_sets < LONG else 4
repository = Repository(directory)
pool = ThreadPoolExecutor(2)
wrong = []


def random_policy():
    policy = {"hourly": str(rnd.choice([2, 5, 12, 24])), "daily": str(rnd.choice([2, 3, 7]))}
    # "within" leaves nothing to the exceptions, and those are to be tested too.
    for word, value in ("last", "1"), ("weekly", "2"), ("within", "7h"):
        if rnd.random() < 0.25 and (word != "within" or n_sets >= LONG):
            policy[word] = value
    return policy


class Root:
    """One of ours, and its snapshots."""

    def __init__(self, week, name, zone, policy, begin):
        self.host, self.zone, self.next = f"{week}-{name}", zone, begin + rnd.randrange(HOUR)
        words = [f"{word}={value}" for word, value in policy.items()] + [f"oldest={repository.oldest}"]
        self.process = subprocess.Popen([program] + words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=dict(repository.env, TZ=zone))
        self.there, self.resumed = [], None  # in seconds

    def tell(self, verb, t):
        self.process.stdin.write(f"{verb} {t * 1000}\n")
        self.process.stdin.flush()

    def come(self, until):
        """Checkpoints, up to that moment; their times."""
        came = []
        while self.next <= until:
            came.append(self.next)
            self.tell("commit", self.next)
            self.next += rnd.choice([HOUR, rnd.randint(1, HOUR), rnd.randint(HOUR // 2, HOUR)])
        self.there += came
        if self.there and rnd.random() < 0.1:
            self.resumed = rnd.choice(self.there)
            self.tell("resume", self.resumed)
        return came

    def gc(self, now):
        self.tell("gc", now)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{program} ended: {self.process.wait()}")
        return [int(ms) // 1000 for ms in answer.split()]

    def compare(self, now, snapshots, theirs, policy):
        """Whether ours is restic's set and the two exceptions; forget the others."""
        if sorted(snapshots) != self.there:
            raise SystemExit(f"restic has {sorted(snapshots)}, not {self.there}")
        expected = sorted(theirs | set(self.there[-2:]) | {self.resumed} & set(self.there))
        left = self.gc(now)
        if left != expected:
            wrong.append(f"{self.zone} {policy} of {self.there}: restic keeps {sorted(theirs)}, "
                         f"state.json names {self.resumed}, left are {left}")
        more = len(set(left) - theirs)
        for t in set(self.there) - set(expected):
            repository.forget(snapshots[t])
        self.there = expected
        return more


def seconds(snapshot):
    return milliseconds(snapshot) // 1000


def week(number, zone, most):
    """Returns how many sets were compared, and what the exceptions added."""
    policy = random_policy()
    begin = int(datetime.fromisoformat(rnd.choice(BEGIN) + "+00:00").timestamp())
    roots = [Root(number, i, zone, policy, begin) for i in range(ROOTS)]
    compared, more, made, now = 0, 0, 0, begin
    while now < begin + WEEK and compared < most:
        now += HOUR * rnd.choice([1, 1, 1, 2, 4])
        came = [(r, t) for r in roots for t in r.come(now)]
        made += len(came)
        list(pool.map(lambda c: repository.back_up(zone, c[0].host, c[1], (f"week{number}",)), came))
        groups = {g["host"]: g for g in repository.decide(zone, f"week{number}", policy)}
        for r in roots:
            group = groups.get(r.host, {})
            keep = {seconds(s): s for s in group.get("keep") or []}
            remove = {seconds(s): s for s in group.get("remove") or []}
            more += r.compare(now, keep | remove, set(keep), policy)
            compared += 1
    for r in roots:
        r.process.stdin.close()
        if r.process.wait():
            raise SystemExit(f"{program} failed")
    print(f"{zone} {policy}: {(now - begin) // HOUR} hours, {made} checkpoints, {compared} gcs, "
          f"{sum(len(r.there) for r in roots)} left")
    return compared, more


print("restic %d.%d" % repository.version + f", seed {seed}")
total, exceptions, number = 0, 0, 0
while total < n_sets:
    number += 1
    compared, more = week(number, ZONES[(seed + number) % len(ZONES)], n_sets - total)
    total += compared
    exceptions += more
for line in wrong[:10]:
    print(line)
print(f"{total} sets compared, {len(wrong)} decided otherwise; the two exceptions kept {exceptions} more")
sys.exit(bool(wrong) or total < n_sets or not exceptions)
