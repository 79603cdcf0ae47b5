#!/usr/bin/env python3
"""Roots that nobody's pipeline wrote: each must get a sentence, and stay.

    hostile.py GOOD-ROOT WORK-DIRECTORY

For each case a copy of the good root is damaged, every verb is run on it, and
the answers and the files are looked at.
"""
import json
import os
import shutil
import subprocess
import sys

good, work = sys.argv[1], sys.argv[2]
with open(good + "/checkpoints.feldera") as f:
    CATALOG = json.load(f)
OLDEST, NEWEST = CATALOG[0]["uuid"], CATALOG[-1]["uuid"]
failed = False


def tree(top):
    found = {}
    for d, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(d, name)
            if name == "feldera.pidlock":
                continue
            if os.path.islink(path):
                found[path] = "-> " + os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as f:
                    found[path] = f.read()
            else:
                found[path] = None
    return found


def run(*argv):
    p = subprocess.run(["ckptfs", *argv], capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    for text in (p.stdout, p.stderr):
        assert not any(c < 32 and c not in (9, 10) for c in text), f"control characters: {text!r}"
    return p


def refused(root, *argv, say):
    p = run(*argv)
    assert p.returncode == 1, f"{argv}: exit {p.returncode}: {p.stdout!r} {p.stderr!r}"
    text = p.stderr
    if argv[0] == "verify" and not text:  # what it finds is its result
        text = b"ckptfs: " + p.stdout
    assert text.startswith(b"ckptfs: ") and b"\n" in text, f"{argv}: no sentence: {text!r}"
    assert say.encode() in text, f"{argv}: {text!r} does not name {say}"


def case(name):
    def run_case(function):
        global failed
        root = os.path.join(work, "root")
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(good, root)
        try:
            function(root)
            print("ok", name)
        except AssertionError as e:
            print("not ok", name)
            print("  ", e)
            failed = True
    return run_case


CHANGING = (["commit", "--force", "--allow-empty"], ["gc"], ["sweep"], ["remove", OLDEST])


def all_refuse(root, say, verbs=CHANGING + (["list"], ["verify"], ["gc", "-n"], ["sweep", "-n"])):
    before = tree(root)
    for verb, *rest in verbs:
        refused(root, verb, root, *rest, say=say)
    assert tree(root) == before, "something was changed"


# --- catalogs ---------------------------------------------------------------

def entry(**changes):
    e = dict(CATALOG[0])
    e.update(changes)
    return e


def text(*entries):
    return json.dumps(list(entries)).encode()


def raw(member, value):
    """A catalog whose first entry has this text as a member's value."""
    return text(entry(**{member: "@"})).replace(b'"@"', value)


CATALOGS = {
    "empty": b"",
    "truncated": text(*CATALOG)[:-20],
    "no JSON": b"hello\n",
    "not an array": b'{"a":1}',
    "nested 100,000 deep": b"[" * 100000 + b"]" * 100000,
    "invalid UTF-8": raw("identifier", b'"\xff\xfe"'),
    "with a NUL": text(*CATALOG)[:-1] + b"\0]",
    "with text after the end": text(*CATALOG) + b"x",
    "with a doubled uuid": text(CATALOG[0], CATALOG[0]),
    "with the nil uuid": raw("uuid", b'"00000000-0000-0000-0000-000000000000"'),
    "with a malformed uuid": raw("uuid", b'"1234"'),
    "with a path for a uuid": raw("uuid", b'"../../../../../../../../../../etc/pass"'),
    "with a negative integer": raw("steps", b"-1"),
    "with a fraction": raw("size", b"1.5"),
    "with an integer above 2^64-1": raw("fingerprint", b"18446744073709551616"),
    "with a string for an integer": raw("processed_records", b'"7"'),
    "without a fingerprint": json.dumps([{k: v for k, v in CATALOG[0].items() if k != "fingerprint"}]).encode(),
    "of 100 MB": b"[" + b" " * (100 << 20) + b"]",
}
for what, content in CATALOGS.items():
    @case(f"a catalog {what}")
    def _(root, content=content):
        with open(root + "/checkpoints.feldera", "wb") as f:
            f.write(content)
        all_refuse(root, "checkpoints.feldera")


@case("a catalog that is a symlink is not followed")
def _(root):
    os.rename(root + "/checkpoints.feldera", work + "/elsewhere")
    os.symlink(work + "/elsewhere", root + "/checkpoints.feldera")
    all_refuse(root, "checkpoints.feldera")


# --- dependencies -----------------------------------------------------------

BATCH = "w0-x.feldera"
NAMES = {
    "a path": "a/" + BATCH, "a path upwards": "../" + BATCH, "empty": "", ".": ".", "..": "..",
    "with NUL": "w0\0.feldera", "5,000 long": "w" * 5000 + ".feldera", "not ending in .feldera": "notes.txt",
    "the catalog": "checkpoints.feldera", "an own name": "activated.feldera", "another checkpoint": OLDEST,
    "no string": 7, "null": None,
}
for what, name in NAMES.items():
    @case(f"a batch that is {what}")
    def _(root, name=name):
        with open(f"{root}/{NEWEST}/dependencies.json", "w") as f:
            json.dump({"batches": [name], "state_files": []}, f)
        open(root + "/" + BATCH, "w").close()
        all_refuse(root, NEWEST, (["gc"], ["sweep"], ["gc", "-n"], ["sweep", "-n"], ["verify"]))
        p = run("list", root)
        assert p.returncode == 0 and OLDEST.encode() in p.stdout, "the sound ones are hidden"
        p = run("list", "-l", root)
        assert OLDEST.encode() in p.stdout and NEWEST.encode() in p.stdout, "one is hidden"


@case("a damaged oldest checkpoint does not block the gc")
def _(root):
    with open(f"{root}/{OLDEST}/dependencies.json", "w") as f:
        f.write('{"batches":')
    p = run("gc", root)
    assert p.returncode == 0, p.stderr
    assert not os.path.exists(f"{root}/{OLDEST}")
    assert run("sweep", root).returncode == 0
    assert run("verify", root).returncode == 0


# --- things in the way ------------------------------------------------------

def outside():
    path = os.path.join(work, "outside")
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    for name in ("CHECKPOINT", "secret"):
        with open(f"{path}/{name}", "w") as f:
            f.write("not yours")
    return path


@case("a symlink in place of a batch is never followed")
def _(root):
    away = outside()
    with open(f"{root}/{OLDEST}/dependencies.json") as f:
        deps = json.load(f)
    batch = (deps["batches"] if isinstance(deps, dict) else deps)[0]
    os.remove(f"{root}/{batch}")
    os.symlink(away + "/secret", f"{root}/{batch}")
    refused(root, "verify", root, say=batch)
    run("gc", root)
    run("sweep", root)
    assert os.path.exists(away + "/secret")


@case("a symlink in place of a checkpoint's directory is never followed")
def _(root):
    away = outside()
    shutil.rmtree(f"{root}/{OLDEST}")
    os.symlink(away, f"{root}/{OLDEST}")
    run("gc", root)
    run("sweep", root)
    run("remove", root, OLDEST)
    assert sorted(os.listdir(away)) == ["CHECKPOINT", "secret"]


@case("a symlink in place of an unknown directory is never followed")
def _(root):
    away = outside()
    os.symlink(away, f"{root}/unknown")
    os.symlink(away + "/secret", f"{root}/unknown.feldera")
    p = run("sweep", root)
    assert p.returncode == 0, p.stderr
    assert sorted(os.listdir(away)) == ["CHECKPOINT", "secret"]
    os.mkdir(f"{root}/dir")
    os.symlink(away, f"{root}/dir/link")
    assert run("sweep", root).returncode == 0
    assert sorted(os.listdir(away)) == ["CHECKPOINT", "secret"]
    assert not os.path.exists(f"{root}/dir")


@case("terminal escapes never reach a terminal")
def _(root):
    with open(root + "/checkpoints.feldera", "w") as f:
        json.dump([entry(identifier="\x1b[31mred\x07\r\n\x9b5m")], f)
    open(root + "/\x1b[2J.feldera", "w").close()
    for argv in (["list"], ["list", "-l"], ["show", OLDEST], ["sweep", "-n"], ["sweep"]):
        assert run(argv[0], root, *argv[1:]).returncode == 0
    assert json.loads(run("list", "--json", root).stdout)["checkpoints"][0]["identifier"] == "\x1b[31mred\x07\r\n\x9b5m"


sys.exit(failed)
