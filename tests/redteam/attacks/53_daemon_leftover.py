"""Leaves a process behind: twice forked, deaf to signals, holding every channel."""

import signal
import time


def daemon():
    if os.fork() == 0:
        os.setsid()
        for number in range(1, 32):
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                signal.signal(number, signal.SIG_IGN)
        if os.fork() == 0:
            time.sleep(10)
        os._exit(0)


attempt("a daemon", daemon)
attempt("vfork", syscall, 58)
attempt("a session of its own", os.setsid)
