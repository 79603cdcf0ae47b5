"""A service manager and a journal, as far as a unit of ckptfs needs one.

    manager.py UNIT CONF MNT ROOT   what Type=notify, WatchdogSec= and Restart= do with a unit
    manager.py journal ROOT MNT     what comes to the journal, with its fields

The words of ExecStart= are taken from the unit, with the variables of CONF as systemd
has them.  Each case prints "ok NAME" or "not ok NAME".
"""

import json
import os
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time

LIMIT = int(os.environ.get("CKPTFS_MANAGER_LIMIT", "60"))  # seconds that anything may take here
failed = False


def check(name, good, why=""):
    global failed
    print(f"{'ok' if good else 'not ok'} {name}{'' if good else f': {why}'}", flush=True)
    failed |= not good


class Manager:
    """The socket that NOTIFY_SOCKET names; only the main process is listened to."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind("\0" + name[1:] if name[0] == "@" else name)
        if name[0] != "@":
            os.chmod(name, 0o700)
        self.name = name
        self.heard = []

    def start(self, argv, **more):
        env = dict(os.environ, NOTIFY_SOCKET=self.name, **more)
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)  # of the one before
        self.heard = []
        self.main = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL)
        return self.main

    def hear(self, wanted, limit=LIMIT):
        """Until a line of the main process is like wanted; None if it ends, or is silent, before."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            while select.select([self.socket], [], [], 0.1)[0]:
                data, control, _, _ = self.socket.recvmsg(65536, 256)
                pid = struct.unpack("iii", control[0][2])[0]
                assert pid == self.main.pid, f"{data} comes from {pid}, not from {self.main.pid}"
                self.heard += data.decode().splitlines()
                for line in data.decode().splitlines():
                    if re.fullmatch(wanted, line):
                        return line
            if self.main.poll() is not None and not select.select([self.socket], [], [], 0)[0]:
                return None
        return None


def words(unit, conf):
    """ExecStart= of the unit, as systemd makes words of it: ${X} is one, $X any number."""
    text = open(unit).read()
    env = dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.M))
    env.update(re.findall(r"^(\w+)=(.*)$", open(conf).read(), re.M))
    argv = []
    for word in re.search(r"^ExecStart=(.*)$", text, re.M).group(1).split():
        if re.fullmatch(r"\$\w+", word):
            argv += shlex.split(env.get(word[1:], ""))
        else:
            argv.append(re.sub(r"\$\{(\w+)\}", lambda m: env.get(m.group(1), ""), word))
    return argv


def mounted(mnt):
    return any(line.split()[4] == mnt for line in open("/proc/self/mountinfo"))


def unmount(mnt):
    """It may be busy for a moment after the last close."""
    end = time.monotonic() + LIMIT
    while subprocess.run(["umount", mnt], capture_output=True).returncode:
        assert time.monotonic() < end, f"{mnt} can't be unmounted"
        time.sleep(0.1)


def command(mnt, text):
    """One write to control; whether it was taken."""
    f = os.open(mnt + "/.ckptfs/control", os.O_WRONLY)
    try:
        return os.write(f, text.encode()) > 0
    except OSError:
        return False
    finally:
        os.close(f)


def ended(process):
    try:
        return process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return None


def notifying(unit, conf, mnt, root):
    argv = words(unit, conf)
    m = Manager(os.path.join(os.environ["TMPDIR"], "notify"))
    m.start(argv)
    check("READY=1 comes", m.hear("READY=1"), m.heard)
    check("and then the mount is usable at once", os.path.isdir(mnt + "/latest/storage"))
    n = len([name for name in os.listdir(mnt) if name != "latest"])
    line = m.hear(r"STATUS=Showing .*") or next((x for x in m.heard if x.startswith("STATUS=Showing")), "")
    check("STATUS= says what is shown", f"Showing {n} checkpoints of {root} at {mnt} (generation 1)" in line, line)

    uuid = json.load(open(root + "/checkpoints.feldera"))[0]["uuid"]
    command(mnt, "remove " + uuid)
    line = m.hear(rf"STATUS=Showing {n - 1} checkpoints .*\(generation 2\)")
    check("and again when that changes", line, m.heard)
    os.rename(root + "/checkpoints.feldera", root + "/x.feldera.away")
    line = m.hear(r"STATUS=.*\(generation 2\), the last that could be read")
    check("and when it can't be read any more", line, m.heard)
    os.rename(root + "/x.feldera.away", root + "/checkpoints.feldera")
    check("and when it can again", m.hear(r"STATUS=Showing .*\(generation \d+\)"), m.heard)

    # Restart=on-failure after a crash: the same words again.
    m.main.kill()
    ended(m.main)
    try:
        os.listdir(mnt)
        dead = False
    except OSError:
        dead = mounted(mnt)
    check("kill -9 leaves a dead mount", dead)
    m.start(argv)
    check("the same words mend it", m.hear("READY=1") and os.path.isdir(mnt + "/latest/storage"), m.heard)
    m.main.terminate()
    check("STOPPING=1 comes at SIGTERM", m.hear("STOPPING=1"), m.heard)
    check("and it ends with 0", ended(m.main) == 0)
    check("and is unmounted", not mounted(mnt))

    # Signs of life, by an abstract socket; to us alone.
    m = Manager(f"@ckptfs-test-{os.getpid()}")
    m.start(argv, WATCHDOG_USEC="400000")
    check("WATCHDOG=1 comes again and again", all(m.hear("WATCHDOG=1") for _ in range(5)), m.heard)
    m.main.send_signal(signal.SIGSTOP)
    while m.hear(".*", 1):
        pass
    check("and not from a daemon that is stuck", not m.hear("WATCHDOG=1", 2), m.heard)
    m.main.send_signal(signal.SIGCONT)
    check("and again when it goes on", m.hear("WATCHDOG=1"), m.heard)
    m.main.terminate()
    check("and an end is an end", ended(m.main) == 0)
    m.start(argv, WATCHDOG_USEC="400000", WATCHDOG_PID="1")
    ready = m.hear("READY=1")
    check("none for another process", ready and not m.hear("WATCHDOG=1", 2), m.heard)
    # Unmounted by hand: no failure, nothing to restart.
    unmount(mnt)
    check("unmounted by hand it ends with 0", ended(m.main) == 0)

    # What fails says why.
    os.mkdir(mnt + "/in-the-way")
    m.start(argv)
    ended(m.main)
    m.hear("nothing", 1)
    os.rmdir(mnt + "/in-the-way")
    check("no READY=1 where it fails", m.main.returncode == 32 and "READY=1" not in m.heard, m.heard)
    os.rename(root + "/checkpoints.feldera", root + "/x.feldera.away")
    pidlock = root + "/feldera.pidlock"
    os.path.exists(pidlock) and os.unlink(pidlock)
    m.start(argv)
    line = m.hear(r"STATUS=.*the catalog.* was lost.*|STATUS=.*no catalog.*")
    check("a root that can't be shown: STATUS= says why", line, m.heard)
    check("and ERRNO=", m.hear(r"ERRNO=[1-9]\d*"), m.heard)
    check("and it fails", ended(m.main) == 32 and not mounted(mnt))
    os.rename(root + "/x.feldera.away", root + "/checkpoints.feldera")

    # In the background it is not the process that is waited for.
    program = os.path.join(os.path.dirname(argv[0]), "mount.ckptfs")
    m.start([program, root, mnt])
    ended(m.main)
    check("the background says nothing", mounted(mnt) and not m.hear(".*", 1) and not m.heard, m.heard)
    unmount(mnt)


def message_ids():
    """The table of the sources."""
    table = open(os.environ["CKPTFS_SRC"] + "/src/base/event.c").read()
    return dict(re.findall(r'\[CKPT_LOG_(\w+)\] = \{ \w+, "([0-9a-f]{32})" \}', table))


def fields(data):
    out = {}
    for line in data.decode().splitlines():
        name, value = line.split("=", 1)
        out.setdefault(name, []).append(value)
    return out


def journal(root, mnt):
    os.makedirs("/run/systemd/journal", exist_ok=True)
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind("/run/systemd/journal/socket")
    os.chmod("/run/systemd/journal/socket", 0o666)
    s.settimeout(LIMIT)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    st = os.fstat(theirs.fileno())
    env = dict(os.environ, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}")
    argv = ["ckptfs", "mount", "-f", root, mnt]

    def until(pattern, seen):
        try:
            while not re.search(pattern, seen[-1]["MESSAGE"][0] if seen else ""):
                seen.append(fields(s.recv(65536)))
        except TimeoutError:
            return {}
        return seen[-1]

    seen = []
    p = subprocess.Popen(argv, env=env, stderr=theirs, stdin=subprocess.DEVNULL)
    e = until("^showing ", seen)
    check("the mount is in the journal", e.get("PRIORITY") == ["6"] and e["SYSLOG_IDENTIFIER"] == ["ckptfs"], seen)
    shown = root.replace("\n", "\\x0a")
    check("which add no field of their own", e and "FORGED" not in e, e)
    ids = message_ids()
    check("and the number of its kind", e and e.get("MESSAGE_ID") == [ids["MOUNTED"]], e)
    check("with its root and its place", e.get("CKPTFS_ROOT") == [shown] and e.get("CKPTFS_MOUNT") == [mnt], e)

    # Something that a confined daemon says, of a checkpoint.
    uuid = json.load(open(root + "/checkpoints.feldera"))[0]["uuid"]
    command(mnt, "gc except=01a20b74-0000-7000-8000-000000000000")
    e = until("^control: 'gc except=.*failed", seen)
    check("what fails is an error", e.get("PRIORITY") == ["3"] and e["MESSAGE_ID"] == [ids["NOT_DONE"]], seen)
    command(mnt, "pin there " + uuid)
    e = until("^control: 'pin there", seen)
    check("a checkpoint that a line names is a field", e.get("CKPTFS_CHECKPOINT") == [uuid], seen)
    check("what is done has another number", e and e["MESSAGE_ID"] == [ids["DONE"]], e)
    deps = f"{root}/{uuid}/dependencies.json"
    os.rename(deps, deps + ".away")
    os.mkdir(deps)
    try:
        os.listdir(f"{mnt}/{uuid}/storage")
    except OSError:
        pass
    e = until(rf"^(?!control).*{uuid}", seen)
    check("a damaged checkpoint has its own", e.get("MESSAGE_ID") == [ids["DAMAGED"]] and e["CKPTFS_CHECKPOINT"] == [uuid], seen)
    os.rmdir(deps)
    os.rename(deps + ".away", deps)
    os.rename(root + "/checkpoints.feldera", root + "/x.feldera.away")
    e = until("catalog .* is gone", seen)
    check("a catalog that can't be read has its own", e.get("MESSAGE_ID") == [ids["UNREADABLE"]], seen)
    os.rename(root + "/x.feldera.away", root + "/checkpoints.feldera")
    e = until("can be read again", seen)
    check("and when it can again", e.get("MESSAGE_ID") == [ids["READABLE"]], seen)
    command(mnt, 'pin "a\nPRIORITY=0\nFORGED=yes" ' + uuid)
    e = until("^control: .*FORGED", seen)
    check("nobody adds a field", e and "FORGED" not in e and e["PRIORITY"] == ["3"], e)
    p.terminate()
    check("and it ends with 0", ended(p) == 0)
    ours.setblocking(False)
    try:
        left = ours.recv(65536)
    except BlockingIOError:
        left = b""
    check("no line comes twice", b"showing" not in left, left)

    # libfuse's own words, of each request: fields, and no line of standard error.
    seen = []
    p = subprocess.Popen(argv + ["-o", "debug"], env=env, stderr=theirs, stdin=subprocess.DEVNULL)
    until("^showing ", seen)
    said = [e for e in seen if "FUSE" in e["MESSAGE"][0]]
    check("libfuse's words are in it", said and all(e["MESSAGE_ID"] == [ids["DEBUG"]] and e["PRIORITY"] == ["7"] for e in said), seen)
    p.terminate()
    ended(p)
    try:
        left = ours.recv(65536)
    except BlockingIOError:
        left = b""
    check("and nowhere else", b"FUSE" not in left and b"unique" not in left, left)

    # Without the journal's own socket: lines with priorities.
    s.close()
    os.unlink("/run/systemd/journal/socket")
    p = subprocess.Popen(argv, env=env, stderr=theirs, stdin=subprocess.DEVNULL)
    ours.setblocking(True)
    ours.settimeout(LIMIT)
    text = b""
    while b"showing" not in text:
        text += ours.recv(65536)
    p.terminate()
    ended(p)
    check("otherwise lines begin with their priority", re.search(rb"^<6>ckptfs: showing ", text, re.M), text)
    text = subprocess.run(["ckptfs", "list", mnt + "/nowhere"], env=dict(env), stderr=theirs).returncode
    text = ours.recv(65536)
    check("so do those of the verbs", text.startswith(b"<4>ckptfs: can't open"), text)
    text = subprocess.run(argv[:2], env=env, capture_output=True).stderr
    check("and not where standard error is something else", text.startswith(b"ckptfs: "), text)


if sys.argv[1] == "journal":
    journal(*sys.argv[2:])
else:
    notifying(*sys.argv[1:])
sys.exit(failed)
