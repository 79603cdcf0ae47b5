"""docs/performance.md and .svg, from the kept figures and notes.md."""
import os
import re

import plot
from row import ROWS
from tool import TOP

PAGE = os.path.join(TOP, "docs", "performance.md")
NOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes.md")

HEAD = """# As fast as the disk

Written by `scripts/bench` from `docs/performance.json`; what stands below a table is from
`scripts/bench.d/notes.md`. All contestants of a row are measured in turns, round after round, and a ratio
is the median of the rounds' ratios (in brackets the smallest and the largest), so that what slows the
whole machine down cancels out. Cold: mounted afresh, and the kernel's caches dropped. CI doesn't time: it
counts system calls and requests (`tests/counts-engine.sh`).

"""


def number(x, unit):
    if unit == "reads/s":
        return f"{x:,.0f}"
    return f"{x:.3g}" if x < 1000 else f"{x:,.0f}"


def bracketed(s, unit=""):
    return f"{number(s['median'], unit)} ({number(s['min'], unit)}..{number(s['max'], unit)})"


def reach(r):
    if r["reach"] is None:
        return ""
    return f"{'at most' if r['at_most'] else 'at least'} {r['reach']:g}{'' if r['versus'] else ' ' + r['unit']}"


def main_table(rows):
    yield "| work | to | ckptfs | reach | |"
    yield "|---|---|---|---|---|"
    for name, r in rows:
        if name.startswith("grow-"):
            continue
        if "ratios" in r and "ckptfs" in r["ratios"]:
            got = bracketed(r["ratios"]["ckptfs"])
        elif "spread" in r:
            got = bracketed(r["spread"]["ckptfs"], r["unit"]) + " " + r["unit"]
        else:
            got = ""
        quick = ", quick sizes" if r.get("quick") else ""
        yield f"| {r['work']}{quick} | {r['versus'] or ''} | {got} | {reach(r)} | {r['verdict']} |"


def peer_table(rows):
    """Each row's contestants beside native, those that could not be measured too."""
    names = []
    for _, r in rows:
        names += [n for n in list(r["figures"]) + list(r["not_measured"]) if n not in names and n != "native"]
    yield "| to native | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * len(names)
    for _, r in rows:
        base = r["figures"].get("native")
        cells = []
        for n in names:
            if base and n in r["figures"]:
                pairs = sorted(a / b for a, b in zip(r["figures"][n], base))
                cells.append(number(pairs[len(pairs) // 2], ""))
            else:
                cells.append("-")
        yield f"| {r['work']} | " + " | ".join(cells) + " |"
    gone = {n: why for _, r in rows for n, why in r["not_measured"].items()}
    if gone:
        yield ""
        for n, why in gone.items():
            yield f"{n} was not measured: {' '.join(why.split())}"


def growth_table(rows):
    yield "| work | " + "what it took, by size |"
    yield "|---|---|"
    for _, r in rows:
        cells = ", ".join(f"{int(n):,}: {number(s['median'], '')} s" for n, s in r.get("spread", {}).items())
        yield f"| {r['work']} | {cells or r['verdict']} |"


def machine_text(rows):
    seen = {}
    for name, r in rows:
        m = r["machine"]
        key = (m["cpu"], m["cores"], m["memory_gb"], m["kernel"], m["place"])
        seen.setdefault(key, (m, [], []))
        seen[key][1].append(name)
        seen[key][2].append(m["load"])
    for (cpu, cores, memory, kernel, place), (m, names, load) in seen.items():
        which = "All rows" if len(seen) == 1 else ", ".join(names)
        yield (f"{which}: {cpu}, {cores} cores, {memory} GB, Linux {kernel}, {place}; load average when it "
               f"began {min(load)} to {max(load)}.")
        yield ""
        yield "Versions: " + ", ".join(f"{k} {v}" for k, v in m["versions"].items()) + "."


def notes():
    """Sections of notes.md by the row that they are about."""
    text = open(NOTES).read() if os.path.exists(NOTES) else ""
    parts = re.split(r"^## (.*)\n", text, flags=re.M)[1:]
    return dict(zip(parts[::2], (p.strip() for p in parts[1::2])))


def write(kept):
    rows = [(n, kept["rows"][n]) for n in ROWS if n in kept["rows"]]
    peers = [(n, r) for n, r in rows if len(r["figures"]) + len(r["not_measured"]) > 2 and "native" in r["figures"]
             and r["reach"] is not None]
    growth = [(n, r) for n, r in rows if n.startswith("grow-")]
    lines = list(main_table(rows))
    said = notes()
    if peers:
        lines += ["", "## Beside other FUSE file systems", "",
                  "All of them show the same directory. Times (less is better), but for random reads, which are reads a "
                  "second (more is better).", ""] + list(peer_table(peers))
    if growth:
        lines += ["", "## How cost grows", ""] + list(growth_table(growth))
        if plot.draw(growth):
            lines += ["", "![how cost grows](performance.svg)"]
    for title, text in said.items():
        lines += ["", "## " + title, "", text]
    lines += ["", "## Measured on", ""] + list(machine_text(rows))
    with open(PAGE, "w") as f:
        f.write(HEAD + "\n".join(lines) + "\n")
