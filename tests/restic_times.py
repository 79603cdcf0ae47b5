"""What restic decides about snapshots of given times, for the tests of retention.

A snapshot is made in a time zone whose name is its offset, so that both of the
hours that autumn shows twice can be said; the others of the zone are decided in
the zone itself.  Times are whole seconds, as restic takes them.
"""
import json
import os
import re
import subprocess
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Auckland"]


def offset_zone(t, zone):
    hours = datetime.fromtimestamp(t, ZoneInfo(zone)).utcoffset() // timedelta(hours=1)
    return "Etc/GMT" + ("%+d" % -hours if hours else "")


class Repository:
    def __init__(self, directory):
        self.path, self.file = directory + "/repo", directory + "/file"
        self.env = dict(os.environ, RESTIC_REPOSITORY=self.path, RESTIC_PASSWORD="x",
                        RESTIC_CACHE_DIR=directory + "/cache")
        open(self.file, "w").close()
        version = re.search(r"restic (\d+)\.(\d+)", self.run("UTC", "restic", "version"))
        self.version = tuple(int(n) for n in version.groups())
        self.oldest = int(self.version >= (0, 16))  # whether it keeps the oldest of all besides
        self.run("UTC", "restic", "init", "-q")

    def run(self, zone, *words):
        return subprocess.run(words, env=dict(self.env, TZ=zone), check=True, capture_output=True, text=True).stdout

    def back_up(self, zone, host, t, tags=()):
        where = offset_zone(t, zone)
        text = datetime.fromtimestamp(t, ZoneInfo(where)).strftime("%Y-%m-%d %H:%M:%S")
        words = [w for tag in tags for w in ("--tag", tag)]
        self.run(where, "restic", "backup", "-q", "--host", host, "--time", text, "--tag", zone, *words, self.file)

    def decide(self, zone, tags, policy):
        """What it would do to those that have all these tags, by host."""
        words = [w for word, value in policy.items() for w in ("--keep-" + word, value)]
        return json.loads(self.run(zone, "restic", "forget", "--dry-run", "--no-lock", "--json", "--group-by", "host",
                                   "--tag", tags, *words) or "null") or []

    def forget(self, snapshot):
        os.unlink(f"{self.path}/snapshots/{snapshot['id']}")


def milliseconds(snapshot):
    return int(datetime.fromisoformat(snapshot["time"]).timestamp()) * 1000
