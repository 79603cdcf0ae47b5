"""terminal.py COLUMNS COMMAND...: what it prints on a terminal that wide

With ERRORS in the environment only its standard error is one, and what comes
there is copied, as it is, to the file of that name.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

columns, command, errors = int(sys.argv[1]), sys.argv[2:], os.environ.get("ERRORS")
stdout = os.dup(1)
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    if errors:
        os.dup2(stdout, 1)
    os.execvp(command[0], command)
got = b""
while True:
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    got += more
if errors:
    with open(errors, "wb") as f:
        f.write(got)
else:
    sys.stdout.buffer.write(got.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
