"""Compare what metrics say with what the other verbs say.

    metrics.py root ROOT [ARCHIVE]     ckptfs metrics ROOT [ARCHIVE]
    metrics.py mount MNT [usage]       .ckptfs/metrics, and status.json
    metrics.py get FILE FAMILY [LABEL=VALUE...]
    metrics.py families FILE
    metrics.py root-label FILE         the one value of the label root, raw
    metrics.py strict FILE             by the parsers of prometheus_client
"""
import datetime
import json
import os
import re
import subprocess
import sys

SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\} ([0-9.]+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\[\\"n])*)"')
ESCAPE = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parse(text):
    """{(sample, labels)} and the families, each line being what it must be."""
    samples, families, kinds = {}, [], {}
    lines = text.decode("utf-8").split("\n")
    assert lines[-2:] == ["# EOF", ""], f"ends in {lines[-2:]}"
    for line in lines[:-2]:
        head = re.fullmatch(r"# (TYPE|UNIT|HELP) (ckptfs_[a-z_]+) (\S.*)", line)
        if head:
            what, family, rest = head.groups()
            if not families or families[-1] != family:
                assert family not in families, f"{family} comes twice"
                families.append(family)
            kinds.setdefault(family, {})[what] = rest
            continue
        m = SAMPLE.fullmatch(line)
        assert m, f"what is this: {line!r}"
        name, labels, value = m.groups()
        family = families[-1]
        kind = kinds[family].get("TYPE")
        assert kind in ("gauge", "summary", None), kind
        assert name in ([family + "_count", family + "_sum"] if kind == "summary" else [family]), line
        assert (kind is None) == family.endswith("_total"), family
        assert "HELP" in kinds[family], family
        unit = re.search("_(bytes|seconds)$", family)
        assert kinds[family].get("UNIT") == (unit and unit[1]), family
        pairs = {k: re.sub(r'\\[\\"n]', lambda e: ESCAPE[e[0]], v) for k, v in LABEL.findall(labels)}
        key = (name.removeprefix("ckptfs_"), frozenset((k, v) for k, v in pairs.items() if k != "root"))
        assert key not in samples, f"{key} comes twice"
        samples[key] = value
        samples.setdefault("roots", set()).add(pairs["root"])
    return samples, families


def get(samples, family, **labels):
    return samples.get((family, frozenset(labels.items())))


def run(*argv):
    return json.loads(subprocess.run(["ckptfs", *argv, "--json"], check=True, capture_output=True).stdout)


def seconds(when):
    return f'{datetime.datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp():.3f}' if when else None


def newest(root):
    finished = [c for c in run("list", "-l", root)["checkpoints"] if c["finished"]]
    return seconds(finished[-1]["created_at"]) if finished else None


def differences(samples, want):
    wrong = []
    for (family, *labels), value in want.items():
        have = get(samples, family, **dict(labels))
        if have != (None if value is None else str(value)):
            wrong.append(f"{family} {labels}: {have}, not {value}")
    return wrong


def measured(du):
    kind = lambda k: ("stored_bytes", ("kind", k))
    damaged = sum(not c["readable"] for c in du["checkpoints"])
    batches = du["shared_batch_bytes"] + sum(c["batch_bytes_alone"] for c in du["checkpoints"])
    known = du["garbage_bytes"] is not None
    return {kind("state"): sum(c["state_bytes"] for c in du["checkpoints"]),
            kind("batches"): None if damaged else batches,
            kind("garbage"): du["garbage_bytes"],
            kind("other"): du["other_bytes"] if known else None,
            ("garbage_files",): du["garbage_files"],
            ("damaged_checkpoints",): damaged}


def pins(root):
    there = run("pins", root)["pins"]
    return {("pins",): len(there), ("pins_expired",): sum(p["expired"] for p in there)}


def root(path, archive=None):
    argv = ["ckptfs", "metrics", path] + ([archive] if archive else [])
    samples, families = parse(subprocess.run(argv, check=True, capture_output=True).stdout)
    want = {("root_ok",): 1, ("checkpoints",): len(run("list", path)["checkpoints"]),
            ("newest_checkpoint_timestamp_seconds",): newest(path)}
    want |= measured(run("du", path)) | pins(path)
    if archive:
        label = ("archive", archive)
        want[("archive_checkpoints", label)] = len(run("list", archive)["checkpoints"])
        want[("archive_newest_checkpoint_timestamp_seconds", label)] = newest(archive)
    wrong = differences(samples, want)
    if not archive:
        wrong += [f for f in families if "archive" in f]
    # Nothing that only a daemon knows.
    wrong += [f for f in families if re.search("_total$|leases|held|passthrough|generation|command", f)]
    if samples["roots"] != {path}:
        wrong.append(f'root is {samples["roots"]}')
    return wrong


def mount(mnt, usage=None):
    with open(mnt + "/.ckptfs/status.json") as f:
        status = json.load(f)
    with open(mnt + "/.ckptfs/metrics", "rb") as f:
        samples, _ = parse(f.read())
    top = status["root"]
    held, files, backing = status["held"], status["descriptors"], status["backing_files"]
    want = {("root_ok",): 1, ("checkpoints",): status["checkpoints"], ("generation",): status["generation"],
            ("newest_checkpoint_timestamp_seconds",): newest(top), ("leases",): len(status["leases"]),
            ("held_files",): held["files"], ("held_bytes",): held["bytes"],
            ("held_deleted_files",): held["deleted_files"], ("held_deleted_bytes",): held["deleted_bytes"],
            ("not_held_files",): held["not_held"], ("reader_files",): files["open"],
            ("reader_files_limit",): files["bound"], ("reader_files_refused_total",): files["refused"],
            ("passthrough",): int(status["passthrough"]), ("backing_files",): backing["open"],
            ("backing_files_registered_total",): backing["registered"],
            ("backing_files_refused_total",): backing["refused"]}
    want |= pins(top)
    if usage:
        with open(mnt + "/.ckptfs/usage.json") as f:
            du = json.load(f)
        with open(mnt + "/.ckptfs/metrics", "rb") as f:
            samples, _ = parse(f.read())
        want |= measured(du)
    wrong = differences(samples, want)
    if (get(samples, "usage_timestamp_seconds") is None) != (usage is None):
        wrong.append("usage is there, or not, and should not be")
    # Reading the one and the other is some requests more.
    for kind, n in status["requests"].items():
        have = int(get(samples, "requests_total", kind=kind))
        if not n <= have <= n + 20:
            wrong.append(f"{have} requests of kind {kind}, not some more than {n}")
    if samples["roots"] != {top}:
        wrong.append(f'root is {samples["roots"]}, not {top!r}')
    return wrong


def read(name):
    with open(name, "rb") as f:
        return f.read()


def strict(name):
    from prometheus_client import openmetrics, parser
    import prometheus_client.openmetrics.parser  # noqa: F401
    text = read(name).decode()
    by_new = {f.name: f for f in openmetrics.parser.text_string_to_metric_families(text)}
    by_old = {f.name: f for f in parser.text_string_to_metric_families(text)}
    ours = [f for f in parse(read(name))[1]]
    wrong = []
    for name in ours:
        a, b = by_new.get(name), by_old.get(name)
        if not a or not b:
            wrong.append(f"{name}: {a}, {b}")
            continue
        flat = [[(s.name, sorted(s.labels.items()), float(s.value)) for s in f.samples] for f in (a, b)]
        if a.type != b.type or flat[0] != flat[1] or a.documentation != b.documentation:
            wrong.append(f"{name}: {a}, but {b}")
    return wrong + sorted(set(by_new) ^ set(ours)) + sorted(set(by_old) ^ set(ours))


def main():
    verb, *args = sys.argv[1:]
    if verb in ("root", "mount", "strict"):
        wrong = globals()[verb](*args)
        print("\n".join(wrong))
        sys.exit(bool(wrong))
    samples, families = parse(read(args[0]))
    if verb == "families":
        print("\n".join(families))
    elif verb == "root-label":
        (label,) = samples["roots"]
        os.write(1, label.encode())
    else:
        print(get(samples, args[1], **dict(a.split("=", 1) for a in args[2:])) or "absent")


main()
