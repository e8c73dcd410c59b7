"""Ends what a dead supervisor left behind: process groups, named line by line on standard input.

Each line holds the groups that live now, in place of those before. When the pipe closes, the supervisor has ended; what
is still named then is killed. The tether ends the parts themselves; this ends the processes that they started, such as
the children of a worker, and holds the lock of the home until they are gone.

Run by path with `python -I -S`, like the tether.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from typing import Final

_PATIENCE_S: Final = 0.5


def main(lines: Iterable[str]) -> None:
    """Reads to the end, then kills."""
    groups: list[int] = []
    for line in lines:
        groups = [int(word) for word in line.split()]
    deadline = time.monotonic() + _PATIENCE_S
    # Until the last of them is gone: their sockets and files are free then.
    while groups and time.monotonic() < deadline:
        groups = [group for group in groups if _kill(group)]
        time.sleep(0.005)


def _kill(group: int) -> bool:
    """Kills a group; says whether there was anything to kill."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    # The supervisor decides when this ends, not a signal that is meant for all.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    main(sys.stdin)
