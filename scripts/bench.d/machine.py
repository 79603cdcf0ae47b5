"""What it was measured on, and with which versions."""
import os
import platform
import re
import shutil
import subprocess

from tool import CKPTFS


def version(*cmd):
    if not shutil.which(cmd[0]):
        return None
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", p.stdout)
    return found.group(0) if found else None


def machine(place):
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    memory = re.search(r"MemTotal:\s*(\d+)", open("/proc/meminfo").read())
    versions = {
        "ckptfs": version(CKPTFS, "--version"),
        "libfuse of the system": version("pkg-config", "--modversion", "fuse3"),
        "bindfs": version("bindfs", "--version"),
        "mergerfs": version("mergerfs", "--version"),
        "fuse-overlayfs": version("fuse-overlayfs", "--version"),
        "fio": version("fio", "--version"),
        "hyperfine": version("hyperfine", "--version"),
        "rsync": version("rsync", "--version"),
        "restic": version("restic", "version"),
    }
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory.group(1)) / 1e6) if memory else None,
        "kernel": platform.release(),
        "place": place.what(),
        "load": round(os.getloadavg()[0], 1),
        "versions": {k: v for k, v in versions.items() if v},
    }
