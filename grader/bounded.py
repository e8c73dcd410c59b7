"""The runner on a student's own machine, held to the exercise's limits where the system keeps them.

`grader.unwalled` starts it with the limits as arguments: mebibytes of memory, seconds of processor time. Once Python and
NumPy are there it says that it is ready, and how much time they took: on a cold machine seconds that are not the student's.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from grader.inside import local
from grader.wire import encode, frame

READY: Final = "ready"
ROOM_BYTES: Final = 256 * 2**20
"""What is left at least, where Python and NumPy alone take more than on the grader."""


def main() -> None:
    """Takes the limits on, says so, and serves one submission."""
    memory_mb, cpu_s = map(int, sys.argv[1:])
    if sys.platform != "win32":
        _limit(memory_mb * 2**20, cpu_s)
    os.write(1, frame(encode([READY, time.process_time()])))
    local.main()


def _limit(memory_bytes: int, cpu_s: int) -> None:
    import resource

    memory_bytes = max(memory_bytes, _address_space() + ROOM_BYTES)
    cpu_s += round(time.process_time())
    for which, limit in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_s)):
        _, most = resource.getrlimit(which)
        try:
            resource.setrlimit(which, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))
        except (OSError, ValueError):
            continue  # macOS knows the limit of memory and keeps none; the clock outside holds without it


def _address_space() -> int:
    """The bytes that this process has mapped; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - as few modules as may be
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


if __name__ == "__main__":
    main()
