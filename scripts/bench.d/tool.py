"""Running things, and the stopwatch."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
CKPTFS = os.path.join(BUILD, "ckptfs")
MOUNT = os.path.join(BUILD, "mount.ckptfs")
LIMIT = 600  # seconds that one command may take


class NotMeasured(Exception):
    """A row, or a peer, that can't be measured here, and why."""


def have(program):
    if not shutil.which(program):
        raise NotMeasured(program + " is not installed")


def run(*cmd, **more):
    p = subprocess.run([str(c) for c in cmd], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT,
                       stdin=subprocess.DEVNULL, text=True, **more)
    if p.returncode:
        raise RuntimeError(f"{' '.join(map(str, cmd))[:200]}: {(p.stderr or p.stdout).strip()[-400:]}")
    return p.stdout


def unmount(point):
    """Also one that is busy for a moment, or whose reader was just ended."""
    for tries in range(50):
        if not os.path.ismount(point):
            return
        try:
            run("umount", *(["-l"] if tries == 49 else []), point)
        except RuntimeError:
            time.sleep(0.1)


def stopwatch(*cmd):
    """Seconds that a command takes, by hyperfine without a shell."""
    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        try:
            run("hyperfine", "--shell=none", "--runs=1", "--style=none", "--export-json", f.name,
                " ".join("'" + str(c).replace("'", "'\\''") + "'" for c in cmd))
        except RuntimeError as e:
            # hyperfine does not say what the command said.
            raise RuntimeError(f"{os.path.basename(str(cmd[0]))} fails on it") from e
        return json.load(open(f.name))["results"][0]["times"][0]


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")


def interleave(rounds, contestants, say=lambda s: None):
    """Each contestant once, in every round: A B C A B C.  A contestant is a
    function that returns one measurement; one that can't go on drops out."""
    figures = {name: [] for name in contestants}
    gone = {}
    for r in range(rounds):
        for name, measure in contestants.items():
            if name in gone:
                continue
            say(f"round {r + 1} of {rounds}: {name}")
            try:
                figures[name].append(measure())
            except NotMeasured as e:
                gone[name] = str(e)
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
                gone[name] = "failed: " + str(e)
    for name in gone:
        del figures[name]
    return figures, gone


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratios(figures, name, to):
    """Of each round, so that what slows a whole round down cancels out."""
    return spread([a / b for a, b in zip(figures[name], figures[to])])
