"""Never ends, and swallows every way of being told to."""

import signal

for number in range(1, 65):
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))


def scale(x):
    while True:
        try:
            while True:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException:
            pass
