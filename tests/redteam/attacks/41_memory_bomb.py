"""Takes memory in steps of 64 MiB up to 8 GiB, as arrays and as lists, and keeps on trying."""


def scale(x):
    kept = []
    for _ in range(128):
        try:
            kept.append(np.zeros(1 << 23))
            kept[-1][::512] = 1
        except MemoryError:
            if VARIANT == 0:
                raise
    if VARIANT == 1:
        try:
            kept.append([0] * (1 << 26))
        except MemoryError:
            pass
    if len(kept) > 12:
        got("more than the limit")
    confess()
    return x
