#!/usr/bin/env python3
"""Let restic decide about random sets of times, and compare with ours.

usage: retention_restic.py PROBE DIRECTORY SETS SEED

In one repository each snapshot has a host (a set of its own) and random tags;
"forget --tag T --group-by host" then decides about a random part of each of
the sets at once.  Nothing is really forgotten.
"""
import os, random, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

sys.dont_write_bytecode = True
from restic_times import Repository, ZONES, milliseconds  # noqa: E402

probe, directory, n_sets, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rnd = random.Random(seed)
# Changes of the clocks in each zone, weeks 53 and 1, ends of years and months.
NEAR = {
    "Europe/Berlin": ["2025-10-26T01:00", "2026-03-29T01:00", "2020-12-31T23:00"],
    "America/New_York": ["2025-11-02T06:00", "2026-03-08T07:00", "2016-01-01T05:00"],
    "Pacific/Auckland": ["2026-04-04T14:00", "2025-09-27T14:00", "2024-02-29T11:00"],
}
SPREAD = [3 * 3600, 2 * 86400, 12 * 86400, 90 * 86400, 1500 * 86400]
SNAPSHOTS = 10  # of one host
TAGS = 6
HOSTS = 2 if n_sets < 200 else 4


def snapshots():
    for zone in ZONES:
        for host in range(HOSTS):
            middle = datetime.fromisoformat(rnd.choice(NEAR[zone]) + "+00:00").timestamp()
            spread, times = rnd.choice(SPREAD), set()
            while len(times) < SNAPSHOTS:
                t = int(middle + rnd.uniform(-spread, spread))
                # On the hour, some exactly so long before another.
                if rnd.random() < 0.3:
                    t -= t % 3600
                if times and rnd.random() < 0.2:
                    t = rnd.choice(sorted(times)) - rnd.choice([3600, 86400, 14 * 86400])
                times.add(t)
            if rnd.random() < 0.3:
                times.add(int(datetime(2090, 1, 1, tzinfo=timezone.utc).timestamp()))
            for t in sorted(times):
                yield zone, f"h{host}", t, [f"t{k}" for k in range(TAGS) if rnd.random() < 0.7]


def random_policy():
    policy = {}
    for word in "last", "hourly", "daily", "weekly", "monthly", "yearly":
        if rnd.random() < 0.35:
            policy[word] = str(rnd.choice([1, 2, 3, 5, 9, 50]))
    if rnd.random() < 0.4:
        span = [(rnd.randint(1, most), unit) for unit, most in (("y", 3), ("m", 13), ("d", 40), ("h", 60))]
        policy["within"] = "".join(f"{n}{unit}" for n, unit in span if rnd.random() < 0.5) or "14d"
    return policy or {"last": "2"}


def ours(zone, policy, oldest, times):
    rules = " ".join(f"{word}={value}" for word, value in policy.items())
    text = f"rules {rules} oldest={oldest} now={int(time.time() * 1000)}\n"
    text += "".join(f"at {t}\n" for t in times) + "decide\n"
    kept = subprocess.run([probe], input=text, env=dict(os.environ, TZ=zone), check=True, capture_output=True, text=True).stdout
    return {times[int(i)] for i in kept.split()}


repository = Repository(directory)
oldest = repository.oldest
print("restic %d.%d" % repository.version + f", seed {seed}")
compared, wrong, jobs = 0, 0, []
# restic spends its time on the key of the repository; two at once.
with ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda s: repository.back_up(*s), list(snapshots())))
    while compared < n_sets:
        jobs = [(rnd.choice(ZONES), f"t{rnd.randrange(TAGS)}", random_policy()) for _ in range(16)]
        decided = pool.map(lambda j: repository.decide(j[0], f"{j[0]},{j[1]}", j[2]), jobs)
        for (zone, tag, policy), groups in zip(jobs, decided):
            for group in groups:
                theirs = {milliseconds(s) for s in group["keep"] or []}
                times = sorted(theirs | {milliseconds(s) for s in group["remove"] or []})
                mine = ours(zone, policy, oldest, times)
                compared += 1
                if mine != theirs:
                    wrong += 1
                    print(f"{zone} {policy} {times}: restic keeps {sorted(theirs)}, we {sorted(mine)}")
print(f"{compared} sets compared, {wrong} decided otherwise")
sys.exit(wrong != 0 or compared < n_sets)
