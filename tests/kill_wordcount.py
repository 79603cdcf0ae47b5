#!/usr/bin/env python3
"""Run a wordcount again and again, killing it at random: kill_wordcount.py
PROGRAM ROOT TEXT KILLS.  The last run is left alone; its output is printed.

Most runs are killed after their first checkpoints, so that they get on; a run
that ends before it is killed does not count."""
import random
import subprocess
import sys
import time

program, root, text, kills = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
rng = random.Random(7)


def start():
    with open(text, "rb") as f:
        return subprocess.Popen([program, root, "3"], stdin=f, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


done = ended = 0
while done < kills and ended < kills:
    p = start()
    time.sleep(rng.expovariate(1 / 0.02))
    p.kill()
    p.stdout.read()
    if p.wait() < 0:
        done += 1
    else:
        ended += 1
if done < kills // 2:
    sys.exit(f"only {done} of {kills} runs were killed before they ended; the text is too short")
p = start()
sys.stdout.buffer.write(p.stdout.read())
print(f"killed {done} times", file=sys.stderr)
sys.exit(p.wait())
