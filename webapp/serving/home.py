"""The lock of a home: two servers never share one, and a dead server's lock is free by itself."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from webapp.serving.errors import HomeInUse, HomeRefused

PATIENCE_S: Final = 1.0
"""How long we wait for the lock: a killed server's guardian keeps it until it has ended what was left behind."""


@dataclass(frozen=True)
class Home:
    """A home that is ours, and the open lock file that makes it so."""

    path: Path
    lock: int

    def folder(self, name: str) -> Path:
        """A folder of the home that only this user may read; made when there is none."""
        folder = self.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder


@contextmanager
def hold(path: Path) -> Iterator[Home]:
    """Holds the home for as long as the block runs. Raises HomeInUse when another server has it, or HomeRefused."""
    path = path.absolute()
    with usable(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Opened for reading too: when we are refused, the number in it is what we tell.
        lock = os.open(path / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _claim(lock, path)
        with usable(path):
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield Home(path, lock)
    finally:
        os.close(lock)


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Around what is written into a home: raises HomeRefused where the system does not let us (full, read-only)."""
    try:
        yield
    except OSError as error:
        raise HomeRefused(
            f"CHAINRULE_HOME is {str(path)!r}, which cannot be used: {error.strerror}. It is to be a folder of this user's, "
            "on a disk with room"
        ) from error


def _claim(lock: int, path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(lock, 32, 0).decode().strip()
                raise HomeInUse(
                    f"{path} is in use by the server with process id {holder or '(not yet known)'}. "
                    "Stop that one, or name another home: CHAINRULE_HOME=DIR"
                ) from None
            time.sleep(0.02)
