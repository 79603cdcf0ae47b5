"""Rows of the engine: gc, sweep, commit, archive."""
import os
import shutil

import world
from row import row
from tool import BUILD, CKPTFS, run, stopwatch

FLOOR, COMMITS = os.path.join(BUILD, "bench", "floor"), os.path.join(BUILD, "bench", "commits")
FLOOR_ARCHIVE = os.path.join(BUILD, "bench", "floor_archive")
STAGE = os.path.join(BUILD, "bench", "stage")


@row("gc", "gc of 998 of 1,000 checkpoints of 1,000 batches", "rm -rf", 1.3)
def gc(bench):
    n = bench.size(300, 1000)

    def remove(path):
        """What the gc removes, and no more."""
        r = bench.place.path("kept")
        os.mkdir(r)
        keep = {world.batch(i) for i in range(20 * (n - 2), 20 * (n - 1) + 1000)}
        keep |= {world.uuid(n - 1), world.uuid(n - 2), "checkpoints.feldera", "feldera.pidlock"}
        for name in keep:
            os.rename(os.path.join(path, name), os.path.join(r, name))
        return stopwatch("rm", "-rf", path)

    return bench.destructive(lambda p: world.window(p, n, 1000, 20),
                             {"rm -rf": remove, "ckptfs": lambda p: stopwatch(CKPTFS, "gc", p, "--json")})


@row("sweep", "sweep of 200,000 of 201,000 files", "rm -rf", 1.0)
def sweep(bench):
    n = bench.size(40000, 200000)

    def make(path):
        r = world.Root(path)
        r.checkpoint(0, r.batches(0, 1000, 100))
        r.batches(10**7, n, 100)
        return r.finish()

    def remove(path):
        rest = bench.place.path("kept")
        os.mkdir(rest)
        for i in range(1000):
            os.rename(os.path.join(path, world.batch(i)), os.path.join(rest, world.batch(i)))
        return stopwatch("rm", "-rf", path)

    return bench.destructive(make, {"rm -rf": remove,
                                    "ckptfs": lambda p: stopwatch(CKPTFS, "sweep", p, "--json")})


def fresh(path):
    os.mkdir(path)
    with open(path + "/checkpoints.feldera", "w") as f:
        f.write("[]")
    return path


@row("commits", "200 small commits, durable, by the library", "floor", 1.5)
def commits(bench):
    return bench.destructive(fresh, {"floor": lambda p: stopwatch(FLOOR, "commits", p, 200),
                                     "ckptfs": lambda p: stopwatch(COMMITS, p, 200)})


@row("commit-durable", "commit of 10,000 batches that are durable", "floor", 1.5)
def commit_durable(bench):
    def make(path):
        r = world.Root(path)
        names = r.batches(0, 10000, 4096)
        r.checkpoint(0, names)
        r.catalog = []
        with open(bench.place.path("names"), "w") as f:
            f.write("".join(n + "\n" for n in names))
        return r.finish()

    return bench.destructive(
        make, {"floor": lambda p: stopwatch(FLOOR, "durable", p, bench.place.path("names")),
               "ckptfs": lambda p: stopwatch(CKPTFS, "commit", p, "--uuid", world.uuid(0), "--fingerprint", 1)})


@row("stage", "a stage of 10,000 states and 10,000 batches, by the library", "floor", 1.5)
def stage(bench):
    n = bench.size(2000, 10000)
    return bench.destructive(fresh, {"floor": lambda p: stopwatch(FLOOR, "stage", p, n),
                                     "ckptfs": lambda p: stopwatch(STAGE, p, n, n)})


@row("archive", "archive of a checkpoint of 10,000 batches by links", "cp -al", 1.2)
def archive(bench):
    def make(path):
        os.mkdir(bench.place.path("archive"))
        return world.one(path, 10000, 4096)

    return bench.destructive(
        make, {"cp -al": lambda p: stopwatch("cp", "-al", p, bench.place.path("copy")),
               "ckptfs": lambda p: stopwatch(CKPTFS, "archive", p, bench.place.path("archive"))})


@row("archive-more", "one more checkpoint, that shares 9,900 of them", "cp -al", 0.1)
def archive_more(bench):
    def make(path):
        os.mkdir(bench.place.path("archive"))
        r = world.Root(path)
        names = r.batches(0, 10100, 4096)
        r.checkpoint(0, names[:10000])
        r.checkpoint(1, names[100:])
        r.finish()
        return path

    def first(path):
        run(CKPTFS, "archive", path, bench.place.path("archive"), world.uuid(0))
        with open(bench.place.path("new"), "w") as f:
            f.write("".join(world.batch(i) + "\n" for i in range(10000, 10100)))
        os.sync()

    def more(path):
        first(path)
        return stopwatch(CKPTFS, "archive", path, bench.place.path("archive"))

    def floor(path):
        first(path)
        return stopwatch(FLOOR_ARCHIVE, path, bench.place.path("archive"), world.uuid(1), bench.place.path("new"))

    return bench.destructive(make, {"cp -al": lambda p: stopwatch("cp", "-al", p, bench.place.path("copy")),
                                    "ckptfs": more, "floor": floor})
