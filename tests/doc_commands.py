"""The commands of a document, as a script of bash for each of its sections.

    doc_commands.py DOCUMENT TOP DIR

A section begins with a heading and has its own root, unpacked by the caller:
what stands before the first heading of the second level is done first in each.
Commands are the lines of ```console blocks that begin with "$ ", with those that
continue them; other lines are what they print.  <!-- test: COMMAND --> is run
too, without being shown.  The directories of the document lie below TOP.  What
stays until it is told to end is told so when it has done something.

DIR gets one file NN.sh a section, and names.txt with a line "NN NAME" for each
that has commands.
"""
import re
import sys

PATHS = ("/data", "/mnt/ckpt", "/mnt/history", "/archive", "/backup", "/fresh")


def sections(text):
    """(name, lines) of each; the first one is what all have."""
    found = [("", [])]
    for line in text.splitlines():
        if line.startswith("## "):
            found.append((line[3:].strip(), []))
        else:
            found[-1][1].append(line)
    return found


def commands(lines):
    inside = more = False
    for line in lines:
        hidden = re.fullmatch(r"<!-- test: (.*) -->", line)
        if hidden:
            yield hidden[1]
        elif line.startswith("```"):
            inside = line == "```console" and not inside
            more = False
        elif inside and (more or line.startswith("$ ")):
            line = line if more else line[2:]
            more = line.endswith("\\")
            yield line


def below(top, command):
    """Also a path that begins anew within another one, as in a restored tree."""
    return re.sub("|".join(f"{p}(?![\\w-])" for p in PATHS), lambda m: top + m[0], command)


def run(top, command):
    command = below(top, re.sub(r"\s+# .*", "", command))
    if " --watch" in command:
        return f"stays {command}"
    return command


def main():
    document, top, out = sys.argv[1:]
    (_, first), *rest = sections(open(document, encoding="utf-8").read())
    before = list(commands(first))
    names = open(f"{out}/names.txt", "w", encoding="utf-8")
    for n, (name, lines) in enumerate(rest):
        here = list(commands(lines))
        if not here:
            continue
        with open(f"{out}/{n:02}.sh", "w", encoding="utf-8") as f:
            f.write("set -eux\n" + "".join(run(top, c) + "\n" for c in before + here))
        names.write(f"{n:02} {name}\n")


main()
