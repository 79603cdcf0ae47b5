#!/usr/bin/env python3
"""Words from outside reach nobody's terminal as they are.

    words.py verbs ROOT        make a root of hostile names there, run every verb
    words.py log < SYSLOG      look at what came to the system's log
    words.py mounted ROOT MNT  look at what a mount of that root says

Every output must be UTF-8 without control characters (but newlines), C1, line
separators, or what turns the direction of the text.
"""
import json
import os
import pty
import select
import subprocess
import sys

HOSTILE = "\x1b[31mred\x07\r\n\t\x7f\x85\x9b5m\u202eevil\u2066x\u2069\u2028y\u00e9"
NAME = "\x1b[2J\x9b1m\u202e\n"  # also as part of a file's name
BYTES = os.fsencode(NAME) + b"\xff\xc2"
U1, U2, U3 = ("0199f0c2-25cd-786f-901a-66bdfec8ed8" + c for c in "012")
failed = False


def report(name, wrong):
    global failed
    print("not ok" if wrong else "ok", name)
    for w in wrong[:5]:
        print("  ", w)
    failed |= bool(wrong)


def harm(text):
    """What is wrong with these bytes; None: nothing."""
    try:
        s = text.decode()
    except UnicodeDecodeError as e:
        return f"not UTF-8: {text[max(e.start - 40, 0):e.end + 20]!r}"
    for i, c in enumerate(s):
        n = ord(c)
        if (n < 0x20 and c != "\n") or 0x7F <= n < 0xA0 or 0x2028 <= n <= 0x202E or 0x2066 <= n <= 0x2069:
            return f"U+{n:04X} in {s[max(i - 60, 0):i + 20]!r}"
    return None


# --- verbs ------------------------------------------------------------------

def entry(uuid, identifier):
    return {"uuid": uuid, "identifier": identifier, "fingerprint": 7, "size": 2, "steps": 1,
            "processed_records": 1, "other " + NAME: HOSTILE}


def write(path, data):
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def make(root):
    os.makedirs(root)
    write(root + "/feldera.pidlock", "")
    for uuid in (U1, U2, U3):
        d = f"{root}/{uuid}"
        os.mkdir(d)
        for name in ("CHECKPOINT", f"z1-{NAME}.dat"):
            write(f"{d}/{name}", "")
        batches = [f"w0-{NAME}{uuid}.feldera", f"w1-{NAME}.feldera", f"w2-{NAME}gone.feldera"]
        for b in batches[:2]:
            write(f"{root}/{b}", "bytes")
        write(f"{d}/dependencies.json",
              json.dumps({"batches": batches, "state_files": [f"z1-{NAME}.dat"]}))
    # Raw, where JSON lets them be raw.
    write(root + "/checkpoints.feldera",
          json.dumps([entry(u, HOSTILE) for u in (U1, U2, U3)], ensure_ascii=False).encode())
    garbage = os.fsencode(root)
    write(garbage + b"/" + BYTES + b".feldera", "garbage")
    write(garbage + b"/" + BYTES + b".mut", "garbage")
    os.mkdir(garbage + b"/" + BYTES)
    os.mkdir(garbage + b"/0199f0c2-25cd-786f-901a-66bdfec8\x1b[8m")
    os.mkdir(garbage + b"/lost+found")


def run_piped(argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def run_on_terminal(argv):
    """Standard output and standard error are one terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    out = b""
    while select.select([fd], [], [], 60)[0]:
        try:
            got = os.read(fd, 65536)
        except OSError:
            break
        if not got:
            break
        out += got
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.replace(b"\r\n", b"\n"), b""


def run_verb(wrong, said, *argv, code=None):
    argv = [os.fsencode(a) if isinstance(a, str) else a for a in argv]
    first = None
    for run in (run_piped, run_on_terminal):
        status, out, err = run([b"ckptfs", *argv])
        if argv[0] == b"mount":
            assert status, "it must not mount"
        first = first or (status, out, err)
        for text in (out, err):
            h = harm(text)
            if h:
                wrong.append(f"{argv} ({run.__name__}): {h}")
            said[0] += len(text)
    if code is not None and first[0] != code:
        wrong.append(f"{argv}: exit {first[0]}, not {code}: {first[2]!r}")
    return first


def verbs(root):
    make(root)
    wrong, said = [], [0]
    reading = [["list"], ["list", "-l"], ["list", "-r", "--sort", "identifier"], ["show", U1], ["show"], ["du"], ["diff", U1, U2], ["diff", "-l", U1, U2], ["gc", "-n"],
               ["sweep", "-n"], ["pins"]]
    for verb, *rest in reading:
        run_verb(wrong, said, verb, root, *rest, code=0)
        _, out, _ = run_verb(wrong, said, verb, root, "--json", *rest, code=0)
        json.loads(out)
    run_verb(wrong, said, "list", root, "-o", "identifier,uuid,pins,marks", code=0)
    run_verb(wrong, said, "metrics", root, root, code=0)
    run_verb(wrong, said, "verify", root, code=1)
    run_verb(wrong, said, "verify", root, "--json", code=1)
    report("what the reading verbs print", wrong)

    wrong = []
    _, out, _ = run_verb(wrong, said, "list", root, "--json")
    first = json.loads(out)["checkpoints"][0]
    if first["identifier"] != HOSTILE or first["other " + NAME] != HOSTILE:
        wrong.append(f"JSON has another text: {first!r}")
    _, out, _ = run_verb(wrong, said, "sweep", root, "-n", "--json")
    if "w0-" in json.dumps(json.loads(out)["removed"]):
        wrong.append("a batch that is needed would be swept")
    report("JSON carries the very text", wrong)

    wrong = []
    write(root + "/ckptfs-pins.json", json.dumps({"pins": [{"name": HOSTILE, "uuid": U1}]}, ensure_ascii=False))
    for argv in (["pins", root], ["gc", root]):
        run_verb(wrong, said, *argv, code=1)
    os.remove(root + "/ckptfs-pins.json")
    write(root + "/state.json", '{"circuit":{"uuid":"\x1b[31m\u202e"}}')
    for argv in (["list", "-l", root], ["gc", root]):
        run_verb(wrong, said, *argv)
    os.remove(root + "/state.json")
    report("what is said of damaged files", wrong)

    wrong = []
    missing = root + BYTES.decode("utf-8", "surrogateescape")
    for argv in ([NAME], [BYTES], ["list", missing], ["list", root, "--" + NAME], ["list", root, "-" + NAME],
                 ["show", root, HOSTILE], ["show", root, BYTES], ["gc", root, "--except", HOSTILE],
                 ["gc", root, "--keep-within", HOSTILE], ["pin", root, HOSTILE, U1], ["unpin", root, HOSTILE],
                 ["pin", root, "a", U1, "--expires", HOSTILE], ["commit", root, "--steps", HOSTILE],
                 ["commit", root, "--identifier", BYTES], ["diff", root, U1, HOSTILE, U2],
                 ["archive", root, missing + "/no/such"], ["archive", root, missing, "--watch", "--every", NAME],
                 ["remove", root, HOSTILE], ["rebuild", root, NAME], ["mount", missing, missing],
                 ["mount", root, missing], ["mount", root, "/", "-o", NAME], ["mount", "-t", NAME, root, "/"],
                 ["mount", "--" + NAME]):
        status, _, err = run_verb(wrong, said, *argv)
        if not status or not err.startswith(b"ckptfs: "):
            wrong.append(f"{argv}: exit {status}: {err!r}")
    report("what is said of words that are not understood", wrong)

    wrong = []
    archive = root + "-\x1b[31march\u202e"
    run_verb(wrong, said, "archive", root, archive, "--all")
    run_verb(wrong, said, "archive", root, archive, "--all", "--json")
    os.remove(f"{root}/{U3}/dependencies.json")
    write(f"{root}/{U3}/dependencies.json", json.dumps({"batches": [NAME + ".feldera/"], "state_files": [NAME]}))
    for argv in (["list", "-l"], ["verify"], ["gc"], ["sweep"]):
        run_verb(wrong, said, argv[0], root, *argv[1:])
        run_verb(wrong, said, argv[0], root, "--json", *argv[1:])
    write(f"{root}/{U3}/dependencies.json", json.dumps({"batches": [], "state_files": [f"z1-{NAME}.dat"]}))
    run_verb(wrong, said, "commit", root, "--allow-empty", "--identifier", HOSTILE, code=0)
    run_verb(wrong, said, "commit", root, "--allow-empty", "--identifier", HOSTILE, "--json", code=0)
    run_verb(wrong, said, "gc", root, code=0)
    run_verb(wrong, said, "sweep", root, code=0)
    report("what the changing verbs print", wrong)
    print(f"{said[0]} bytes looked at")


# --- the system's log -------------------------------------------------------

def log():
    lines = [m for m in sys.stdin.buffer.read().split(b"\0") if m]
    report("what comes to the system's log", [h for h in map(harm, lines) if h])
    report("each event is one line of it", [m for m in lines if b"\n" in m])
    named = [m for m in lines if b"control: " in m]
    report("and the commands are there", [] if len(named) >= 8 else [f"{len(named)} of {len(lines)} lines: {lines[:3]}"])


# --- a mount ----------------------------------------------------------------

def command(mnt, text):
    with open(mnt + "/.ckptfs/control", "r+b", buffering=0) as f:
        try:
            f.write(os.fsencode(text) if isinstance(text, str) else text)
        except OSError:
            pass
        return f.read(1 << 20)


def mounted(root, mnt):
    wrong = []
    for c in (NAME, BYTES, "gc \x1b[31m", "gc \u202e\x9b", "show " + HOSTILE, "pin \u202e " + U1, "pin a\x9bb " + U2,
              "unpin \u2066", "gc except=\x9b", "release \u202e", "commit allow-empty identifier=\u202e\x9bevil",
              "refresh \u202e", b"\xff\xfe", "x" * 5000, '"\u202e', "verify"):
        answer = command(mnt, c)
        h = harm(answer)
        if h:
            wrong.append(f"{c!r}: {h}")
        if not isinstance(json.loads(answer), dict):
            wrong.append(f"{c!r}: no object: {answer!r}")
    report("what control answers", wrong)
    wrong = []
    for name in ("status.json", "usage.json", "metrics", "log", "gc", "sweep", "control"):
        with open(f"{mnt}/.ckptfs/{name}", "rb") as f:
            text = f.read()
        h = harm(text)
        if h or not text:
            wrong.append(f"{name}: {h or 'empty'}")
        if name.endswith(".json"):
            json.loads(text)
    for uuid in [n for n in os.listdir(mnt) if len(n) == 36]:
        with open(f"{mnt}/{uuid}/metadata.json", "rb") as f:
            text = f.read()
        if harm(text):
            wrong.append(f"metadata.json: {harm(text)}")
        with open(f"{mnt}/{uuid}/storage/checkpoints.feldera") as f:
            there = json.load(f)[0]
        if there["identifier"] != json.loads(text)["identifier"]:
            wrong.append("metadata.json names another identifier")
    for name in os.listdir(os.fsencode(mnt) + b"/.ckptfs/by-identifier"):
        if harm(name):
            wrong.append(f"by-identifier: {harm(name)}")
    report("what the files of the mount say", wrong)
    with open("/proc/self/mountinfo", "rb") as f:
        mine = [line.rstrip(b"\n") for line in f if b" " + os.fsencode(mnt) + b" " in line]
    report("what a list of mounts shows", [h for h in map(harm, mine) if h] or ([] if mine else ["it is not there"]))

    # As many bytes as a command may have, more often than the log has lines.
    for i in range(1200):
        command(mnt, f"nonsense-{i} " + "\x9b" * 1000)
    with open(f"{mnt}/.ckptfs/log", "rb") as f:
        lines = f.read().split(b"\n")[:-1]
    wrong = [h for h in map(harm, lines) if h]
    if len(lines) != 1000:
        wrong.append(f"{len(lines)} lines")
    if b"nonsense-1199 " not in lines[-1]:
        wrong.append(f"the last is {lines[-1]!r}")
    if max(map(len, lines)) > 1100:
        wrong.append(f"a line of {max(map(len, lines))} bytes")
    report("the log keeps its last 1000 lines, none of them long", wrong)


if sys.argv[1] == "verbs":
    verbs(sys.argv[2])
elif sys.argv[1] == "log":
    log()
else:
    mounted(*sys.argv[2:])
sys.exit(failed)
