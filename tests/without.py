#!/usr/bin/env python3
"""without.py CALL[,CALL...] PROGRAM [ARG...]: run it as on a kernel that lacks
these system calls (x86-64): they fail with ENOSYS."""
import ctypes
import os
import struct
import sys

CALLS = {"seccomp": 317, "landlock_create_ruleset": 444, "unshare": 272, "chroot": 161}
# seccomp is also prctl(PR_SET_SECCOMP).
PRCTL, PR_SET_SECCOMP = 157, 22
ALLOW, ENOSYS = 0x7FFF0000, 0x00050000 | 38
LOAD, JEQ, RET = 0x20, 0x15, 0x06

names = sys.argv[1].split(",")
program = []


def step(code, k, yes=0, no=0):
    program.append(struct.pack("HBBI", code, yes, no, k))


step(LOAD, 0)  # the number
for name in names:
    step(JEQ, CALLS[name], 0, 1)
    step(RET, ENOSYS)
if "seccomp" in names:
    step(JEQ, PRCTL, 0, 3)
    step(LOAD, 16)  # its first argument
    step(JEQ, PR_SET_SECCOMP, 0, 1)
    step(RET, ENOSYS)
step(RET, ALLOW)

code = ctypes.create_string_buffer(b"".join(program))
whole = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
# Needs root, since the program may still have to get privileges.
if libc.prctl(PR_SET_SECCOMP, 2, ctypes.create_string_buffer(whole), 0, 0) != 0:
    sys.exit("no filter: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[2], sys.argv[2:])
