"""Sends every deadly signal to everybody it can name, where it is in a pid namespace of its own."""

import signal

if os.getppid() == 0:
    for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
        for pid in (-1, 0, 1, os.getppid(), *range(2, 300)):
            try:
                os.kill(pid, number)
            except OSError:
                pass
else:
    got("the parent can be named")
