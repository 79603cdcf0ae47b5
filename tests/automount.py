"""An automounter, as systemd is one: automount.py DIR CMD...

DIR becomes a direct mount of autofs.  Somebody looks at it; CMD mounts there, in our
process group (all others who look meanwhile wait); then those who look go on.  Ends
with 0 if CMD did, within 60 s, and what was looked at is there.
"""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys

READY, FAIL = 0x9360, 0x9361  # AUTOFS_IOC_*
PACKET = "iiIIQIIIII"  # a struct autofs_v5_packet, before the name
LIMIT = 60

where, command = sys.argv[1], sys.argv[2:]
libc = ctypes.CDLL(None, use_errno=True)
os.setpgid(0, 0)
r, w = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
options = f"fd={w},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct"
if libc.mount(b"ckptfs-test", where.encode(), b"autofs", 0, options.encode()) != 0:
    print("no autofs:", os.strerror(ctypes.get_errno()))
    sys.exit(77)
control = os.open(where, os.O_RDONLY | os.O_CLOEXEC)

looker = subprocess.Popen(["ls", "-d", where + "/latest/storage"], preexec_fn=os.setsid)
status = 1
try:
    if not select.select([r], [], [], LIMIT)[0]:
        sys.exit("nobody asked for a mount")
    token = struct.unpack_from(PACKET, os.read(r, 4096))[2]
    # Not in a group of its own.
    mount = subprocess.Popen(command)
    try:
        code = mount.wait(LIMIT)
    except subprocess.TimeoutExpired:
        code = "no end"
        mount.terminate()
    fcntl.ioctl(control, FAIL if code else READY, token)
    if code:
        print("the command ended with", code)
    status = 1 if code or looker.wait(LIMIT) else 0
finally:
    os.close(control)
    # The mount, if it is there, and the autofs.
    subprocess.run(["umount", "-l", where], capture_output=True)
    subprocess.run(["umount", "-l", where], capture_output=True)
    looker.kill()
sys.exit(status)
