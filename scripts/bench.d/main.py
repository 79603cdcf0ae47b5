"""Measure the rows that are named, or all; keep the figures; write the report."""
import argparse
import json
import os
import signal
import sys
import time

import report
import rows_engine  # noqa: F401: registers its rows
import rows_read  # noqa: F401
import rows_scale  # noqa: F401
import rows_wake  # noqa: F401
from machine import machine
from place import Place
from row import ROWS, Bench, result
from tool import TOP, NotMeasured

KEPT = os.path.join(TOP, "docs", "performance.json")


def say(sentence):
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)


def load():
    try:
        return json.load(open(KEPT))
    except (OSError, ValueError):
        return {"rows": {}}


def measure(bench, name):
    r = ROWS[name]
    try:
        figures, gone = r["fn"](bench)
    except NotMeasured as e:
        figures, gone = {}, {"ckptfs": str(e)}
    except Exception as e:  # a row that fails must not cost the others
        figures, gone = {}, {"ckptfs": f"failed: {type(e).__name__}: {e}"}
    # What grows has a figure a size, and no verdict.
    return result(r, figures, gone, "ckptfs" if not name.startswith("grow-") else next(iter(figures), "ckptfs"))


def main():
    p = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    p.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    p.add_argument("--rounds", type=int, help="how often each is measured (5; --quick: 3)")
    p.add_argument("--dir", help="measure on this directory's file system")
    p.add_argument("--list", action="store_true", help="what rows there are")
    p.add_argument("--report", action="store_true", help="only write the report from the kept figures")
    p.add_argument("row", nargs="*", metavar="ROW")
    a = p.parse_args()
    if a.list:
        for name, r in ROWS.items():
            print(f"{name:22} {r['work']}")
        return 0
    unknown = [n for n in a.row if n not in ROWS]
    if unknown:
        p.error("there is no row " + " ".join(unknown))
    if a.report:
        report.write(load())
        return 0
    # Ended from outside, it unmounts like at its end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    kept, failed = load(), 0
    with Place(a.dir) as place:
        bench = Bench(place, a.quick, a.rounds, say)
        where = machine(place)
        for name in a.row or ROWS:
            say(f"--- {name}: {ROWS[name]['work']}")
            out = measure(bench, name)
            out.update(quick=a.quick, rounds=bench.rounds, date=time.strftime("%Y-%m-%d"), machine=where)
            kept["rows"][name] = out
            failed += "failed" in out["verdict"]
            say(f"{name}: {out['verdict'] or 'measured'}" + "".join(f"; {n}: {why}" for n, why in
                                                                 out["not_measured"].items()))
            with open(KEPT + ".new", "w") as f:
                json.dump(kept, f, indent=1)
                f.write("\n")
            os.rename(KEPT + ".new", KEPT)
    report.write(kept)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
