"""Ties a process to the life of its parent: `python tether.py PARENT COMMAND...` becomes COMMAND.

Linux kills the process when its parent is gone, even where the parent was killed by SIGKILL and could do nothing. It is
a program of its own and not a `preexec_fn`, because Python must not run between fork and exec where other threads
live. The kernel looks at the parent's *thread*: a process must be started from the main thread, or it ends with the
thread that started it.

Run by path with `python -I -S`: it starts in a few milliseconds and needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with_parent() -> None:
    """From now on the kernel kills this process when its parent is gone. Other systems than Linux cannot."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def main(arguments: Sequence[str]) -> None:
    """Becomes the command; ends with 127 when there is none of that name, like a shell."""
    parent, *command = arguments
    die_with_parent()
    if os.getppid() != int(parent):
        sys.exit(1)  # the parent was gone before the tie was made
    # Python ignores these two; an ignored signal would stay ignored in the command.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot start {command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
