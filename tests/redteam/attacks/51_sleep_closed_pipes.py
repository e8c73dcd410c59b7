"""Lets go of every channel, or stops itself, and then does nothing for a minute."""

import signal
import time

if VARIANT == 0:
    os.closerange(0, 64)
    time.sleep(60)
if VARIANT == 1:
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)
if VARIANT == 2:
    os.close(1)
    os.close(2)
    time.sleep(60)


def scale(x):
    os.close(3)
    time.sleep(60)
