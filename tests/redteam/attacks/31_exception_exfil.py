"""Carries data out in exceptions: messages beyond their limit, class names, notes, causes, warnings."""

import warnings

MARKER = "RT-" + "LEAK"


class Stubborn(Exception):
    def __str__(self):
        raise SystemExit(MARKER)

    __repr__ = __str__


def scale(x):
    if VARIANT == 0:
        raise ValueError("x" * 500 + MARKER)
    if VARIANT == 1:
        raise type("N" * 100 + MARKER, (Exception,), {})
    if VARIANT == 2:
        error = ValueError("plain")
        error.add_note(MARKER)
        raise error from RuntimeError(MARKER)
    if VARIANT == 3:
        raise Stubborn
    if VARIANT == 4:
        warnings.warn(MARKER, stacklevel=1)
        raise ValueError(*[repr(x.tolist())] * 50 + [MARKER])
    if VARIANT == 5:
        exec(compile("\n" * 2 + "raise ValueError", f"/etc/{MARKER}", "exec"))
    raise ExceptionGroup("g" * 500, [ValueError(MARKER)])
