"""Tells bits of a hidden input by what must be shown: the time, the exit status, the kind of failure, the memory."""

import time


def scale(x):
    bits = int(abs(x.flat[0]) * 1000) % 256
    if VARIANT == 0:
        time.sleep(bits / 2000)
    elif VARIANT == 1:
        os._exit(bits)
    elif VARIANT == 2:
        raise (ValueError, KeyError, OSError, IndexError)[bits % 4]("bits")
    else:
        np.ones(bits << 12)
    return x
