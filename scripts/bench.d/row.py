"""A row of the table: what is measured, against what, and what is to be reached."""
import os

from tool import drop_caches, interleave, ratios, spread

ROWS = {}


def row(name, work, versus, reach, unit="s", at_most=True):
    """Register a function that measures.  It gets a Bench and returns figures
    and those that could not be measured, as interleave() does."""

    def register(fn):
        ROWS[name] = {"name": name, "work": work, "versus": versus, "reach": reach, "unit": unit,
                      "at_most": at_most, "fn": fn}
        return fn

    return register


class Bench:
    """What the rows need to know."""

    def __init__(self, place, quick, rounds, say):
        self.place, self.quick, self.say = place, quick, say
        self.rounds = rounds or (3 if quick else 5)

    def size(self, quick, full):
        return quick if self.quick else full

    def interleave(self, contestants, rounds=None):
        return interleave(rounds or self.rounds, contestants, self.say)

    def destructive(self, make, commands):
        """Each command on a fresh world of its own.  make(path) makes one;
        a command is a function of its path that returns seconds."""

        def contestant(command):
            def measure():
                self.place.renew()
                path = make(self.place.path("root"))
                os.sync()
                return command(path)

            return measure

        return self.interleave({name: contestant(c) for name, c in commands.items()})


def cold(peers, work):
    """work(directory) of each peer on a cold cache: mounted afresh, and the
    kernel's caches dropped."""

    def contestant(p):
        def measure():
            p.unmount()
            directory = p.mount()
            drop_caches()
            seconds = work(directory)
            return seconds

        return measure

    return {p.name: contestant(p) for p in peers}


def warm(peers, work):
    """The same after it was done once."""
    first = set()

    def contestant(p):
        def measure():
            directory = p.mount()
            if p.name not in first:
                work(directory)
                first.add(p.name)
            return work(directory)

        return measure

    return {p.name: contestant(p) for p in peers}


def result(r, figures, gone, subject="ckptfs"):
    """What is kept of a row, as JSON."""
    out = {k: r[k] for k in ("work", "versus", "reach", "unit", "at_most")}
    out["figures"] = figures
    out["not_measured"] = gone
    if subject not in figures:
        out["verdict"] = "not measured: " + gone.get(subject, "?")
        return out
    out["spread"] = {name: spread(v) for name, v in figures.items()}
    if r["versus"]:
        out["ratios"] = {n: ratios(figures, n, r["versus"]) for n in figures if r["versus"] in figures}
        got = out["ratios"].get(subject, {}).get("median")
    else:
        got = out["spread"][subject]["median"]
    if got is None:
        out["verdict"] = f"not measured: {r['versus']}: {gone.get(r['versus'], '?')}"
    elif r["reach"] is None:
        out["verdict"] = ""
    else:
        ok = got <= r["reach"] if r["at_most"] else got >= r["reach"]
        out["verdict"] = "reached" if ok else "not reached"
    return out
