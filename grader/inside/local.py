"""The runner as a plain subprocess on a student's own machine: no walls, the same harness.

Frames come on standard input and leave on what was standard output; what the student prints goes to standard error.
Works on Linux, macOS and Windows.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from grader.inside import runner


def main() -> None:
    """Serves one submission on the standard streams."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    outgoing = os.fdopen(os.dup(1), "wb")
    incoming = os.fdopen(os.dup(0), "rb", buffering=0)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    runner.serve(runner.Stream(lambda size: incoming.read(size) or b"", lambda data: _write(outgoing, data)))


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()


if __name__ == "__main__":
    main()
