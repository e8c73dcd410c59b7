"""Prints every hidden input by every way out."""

import warnings

MARKER = "RT-" + "LEAK "


def scale(x):
    print(MARKER, x.tolist())
    print(MARKER, x.tolist(), file=sys.stderr)
    os.write(1, (MARKER + repr(x.tolist())).encode())
    os.write(2, (MARKER + repr(x.tolist())).encode())
    warnings.warn(MARKER + repr(x.tolist()), stacklevel=1)
    sys.__stdout__.write(MARKER)
    return x
