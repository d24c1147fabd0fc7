"""Types a password into a program on a terminal: type_password.py PASSWORD PROGRAM ARGUMENTS...

Fails if the program fails, does not ask, or shows what is typed.
"""

import os
import pty
import select
import sys
import time

PATIENCE = 20  # seconds

password, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown, is_typed, end = b"", False, time.monotonic() + PATIENCE
while time.monotonic() < end:
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        part = os.read(terminal, 4096)
    except OSError:  # the program has gone
        break
    if not part:
        break
    shown += part
    if not is_typed and b"assword" in shown:
        # Some bytes, a correction, the end: as a person types.
        os.write(terminal, password.encode() + b"x\x7f\r")
        is_typed = True
else:
    os.kill(child, 9)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(shown.decode(errors="replace"))
if not is_typed:
    sys.exit("it did not ask for the password")
if password.encode() in shown:
    sys.exit("the password stands on the terminal")
sys.exit(status)
