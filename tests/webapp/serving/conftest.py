"""A supervisor in a process of its own, and a way to see whether any of its processes lives on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PREAMBLE = """
import signal, sys
from pathlib import Path
from webapp.serving.errors import ServingError
from webapp.serving.home import hold
from webapp.serving.redis import PrivateRedis
from webapp.serving.supervisor import Part, Supervisor

home = Path({home!r})

def sh(name, script, **more):
    return Part(name, ["sh", "-c", script], **more)

def serve(*parts, **more):
    try:
        with hold(home) as held:
            sys.exit(Supervisor(parts, held, **more).run(lambda: print("all ready", flush=True)))
    except ServingError as error:
        print(error, flush=True)
        sys.exit(error.exit_code)

"""


def wait_until(condition: Callable[[], object], within_s: float = 20) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Server:
    """A script with a supervisor, running. All its descendants carry a mark in their environment."""

    def __init__(self, home: Path, script: str, environment: dict[str, str]) -> None:
        self.home = home
        self.mark = f"CHAINRULE_TEST_MARK={uuid.uuid4()}"
        self.log = home.parent / f"log-{self.mark[-12:]}.txt"
        name, _, value = self.mark.partition("=")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PREAMBLE.format(home=str(home)) + script],
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, name: value, **environment},
            )

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def shows(self, text: str, times: int = 1) -> None:
        """Waits until this text was shown so many times."""
        wait_until(lambda: self.text.count(text) >= times or self.ended)
        assert self.text.count(text) >= times, self.text

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self) -> int:
        """Waits for the end; the exit code."""
        return self.process.wait(timeout=20)

    def alive(self) -> dict[int, str]:
        """Every process that descends from it, itself included, with its command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = self.mark.encode() in (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue  # it has just ended, or is another user's
            if marked:
                found[int(folder.name)] = command.replace(b"\0", b" ").decode()
        return found

    @property
    def guardian(self) -> int:
        (pid,) = (pid for pid, command in self.alive().items() if "guardian.py" in command)
        return pid

    def leaves_nothing(self, but: int = 0) -> None:
        """Holds that no process is left over, but that one. A killed process takes a moment to disappear."""
        wait_until(lambda: set(self.alive()) <= {but}, within_s=5)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits until a condition holds."""
    return wait_until


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Server]]:
    """Starts a script that calls `serve(*parts)`; what is left of it at the end is killed."""
    servers: list[Server] = []

    def start(script: str, **environment: str) -> Server:
        servers.append(Server(home, script, environment))
        return servers[-1]

    yield start
    for server in servers:
        for pid in server.alive():
            os.kill(pid, signal.SIGKILL)
        server.process.wait()
