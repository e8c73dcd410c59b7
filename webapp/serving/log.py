"""Where the lines of the parts go: into a file of each part, and to a descriptor that may be slow or closed."""

from __future__ import annotations

import logging
import os
import re
import select
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

LONGEST_LINE: Final = 16 * 1024
_WAITING: Final = 256 * 1024
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Splitter:
    """Makes lines of bytes that arrive in pieces; a line without end is cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [_clean(line) for line in lines]

    def close(self) -> list[str]:
        """The last line, when it had no end."""
        rest, self._rest = self._rest, b""
        return [_clean(rest)] if rest else []


def _clean(line: bytes) -> str:
    # A line may quote what a stranger sent; it must not command the operator's terminal.
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", line.decode("utf-8", "replace").rstrip("\r"))


class LogFile(RotatingFileHandler):
    """The lines of one part on disk: NAME.log, and the three files before it."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__(path, maxBytes=limit, backupCount=3, encoding="utf-8", delay=True)

    def write(self, line: str) -> None:
        """Appends a line. Raises OSError, for instance when the disk is full."""
        self.emit(logging.makeLogRecord({"msg": line}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """The library calls this while it handles an exception, and would print it; we pass it on."""
        raise


class Outlet:
    """Lines on their way to a descriptor. Nobody waits for it: when it is slow they are kept, when it is stuck lost.

    A program that starts the server with its standard error in a pipe, and reads only standard output, must not bring
    the server to a stop.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._waiting = bytearray()
        self._lost = 0
        self._closed = False

    @property
    def waiting(self) -> bool:
        """Whether there is something to write."""
        return bool(self._waiting)

    def put(self, line: str) -> None:
        """Takes a line; it is written when the descriptor is ready for it."""
        if self._closed:
            return
        if len(self._waiting) > _WAITING:
            self._lost += 1
            return
        if self._lost:
            self._waiting += f"... {self._lost} lines are left out here; the log files have them\n".encode()
            self._lost = 0
        self._waiting += f"{line}\n".encode()

    def write(self) -> None:
        """Writes some of it. Call it when the descriptor is ready: a piece of this size does not block then."""
        try:
            written = os.write(self.descriptor, self._waiting[: select.PIPE_BUF])
        except BlockingIOError:
            return
        except OSError:
            # The reader or the terminal is gone. The files keep the lines; the server lives on.
            self._closed = True
            self._waiting.clear()
        else:
            del self._waiting[:written]
