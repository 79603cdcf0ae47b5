#!/usr/bin/env python3
"""The functions and constants that public headers declare, sorted: exports.py HEADER..."""
import re
import sys


def declared(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M).replace('extern "C" {', "")
    while True:  # bodies of structs and enums
        less = re.sub(r"\{[^{}]*\}", "", text)
        if less == text:
            break
        text = less
    for statement in text.replace("}", "").split(";"):
        if "typedef" in statement or "static inline" in statement:
            continue
        call = re.search(r"\b(ckpt_\w+)\s*\(", statement)
        if call:
            yield call.group(1)
        elif "extern const struct" in statement:
            yield from re.findall(r"\bckpt_\w+", statement.split("struct", 1)[1].split(None, 1)[1])


names = set()
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        names.update(declared(f.read()))
print("\n".join(sorted(names)))
