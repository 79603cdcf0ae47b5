"""How cost grows, as an SVG.

By gnuplot: kept for forty years, one small package in every distribution, and
its input is text; matplotlib would bring a hundred packages of Python along.
"""
import os
import shutil
import subprocess

from tool import TOP

SVG = os.path.join(TOP, "docs", "performance.svg")

SCRIPT = """set terminal svg size 800,500 dynamic background "white" font "sans-serif,12"
set output "{svg}"
set logscale xy
set xlabel "N"
set ylabel "seconds"
set grid
set key outside bottom center horizontal maxcols 2
plot {plots}
{data}
"""


def draw(rows):
    """True if there is a plot."""
    if not shutil.which("gnuplot"):
        return False
    plots, data = [], []
    for _, r in rows:
        if not r.get("spread"):
            continue
        title = r["work"].replace("`", "").replace('"', "")
        plots.append(f'"-" using 1:2:3:4 with yerrorlines linewidth 2 title "{title}"')
        data += [f"{n} {s['median']:.6g} {s['min']:.6g} {s['max']:.6g}" for n, s in r["spread"].items()] + ["e"]
    if not plots:
        return False
    text = SCRIPT.format(svg=SVG, plots=", \\\n     ".join(plots), data="\n".join(data))
    return subprocess.run(["gnuplot"], input=text, text=True, check=False, capture_output=True).returncode == 0
