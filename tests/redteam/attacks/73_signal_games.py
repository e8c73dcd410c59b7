"""Blocks, reroutes and raises signals, and sets timers against whoever runs it."""

import signal
import time

if VARIANT == 0:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXCPU, signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
elif VARIANT == 1:
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    time.sleep(0.1)
elif VARIANT == 2:
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
elif VARIANT == 3:
    for number in range(1, 65):
        try:
            signal.raise_signal(number)
        except (OSError, ValueError):
            pass


def scale(x):
    if VARIANT == 2:
        end = time.monotonic() + 0.02
        while time.monotonic() < end:
            pass
    return x
