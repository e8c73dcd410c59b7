"""Runs the parts of the server: starts them in order, forwards their lines, starts again what ends, stops all.

One loop in one thread does everything: it waits for lines, signals and the clock, then looks after each part. Parts are
started from this, the main, thread, because the kernel ties a part to the thread that started it (see tether.py).
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

from webapp.serving import guardian, tether
from webapp.serving.errors import PartFailed
from webapp.serving.home import Home
from webapp.serving.log import LogFile, Outlet, Splitter

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 10.0
STEADY_S: Final = 5.0
"""A part that ran for this long and then ended begins with the shortest pause again."""

LOG_LIMIT: Final = 10 * 2**20
_OURSELVES: Final = "supervisor"
_TICK_S: Final = 0.05
_IDLE_S: Final = 1.0
_TAIL: Final = 15
_LAST_WORDS_S: Final = 0.3
# One Ctrl-C can arrive twice, when a wrapper such as a package runner passes it on as well.
_SAME_CTRL_C_S: Final = 0.2


@dataclass(frozen=True)
class Part:
    """One process that the server needs.

    `env` is added to the supervisor's own environment. `ready` is asked again and again until it says yes, and must
    answer within a moment; without it a part counts as ready once it is started. `flag` is a file by which the part says
    that it is ready; it is removed before each start, so that none of an earlier start counts. `fds` are descriptors that
    the part inherits.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0
    deadline_s: float = 60.0
    fds: Sequence[int] = ()
    flag: Path | None = None


def pause_after(failures: int) -> float:
    """Seconds to wait before the next start, after so many failures in a row."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 16))


class Supervisor:
    """Keeps the parts of one home running. `log` is the descriptor that shows their lines."""

    def __init__(self, parts: Sequence[Part], home: Home, log: int = 2, log_limit: int = LOG_LIMIT) -> None:
        folder = home.folder("log")
        names = [part.name for part in parts]
        self._children = [_Child(part, folder / f"{part.name}.log") for part in parts]
        self._files = {name: LogFile(folder / f"{name}.log", log_limit) for name in [*names, _OURSELVES]}
        self._width = max(map(len, self._files))
        self._outlet = Outlet(log)
        self._home = home
        self._guardian: subprocess.Popen[bytes] | None = None
        self._selector = selectors.PollSelector()  # unlike epoll, it takes a regular file as the log
        self._stopping_since: float | None = None
        self._killed = False

    def run(self, on_ready: Callable[[], None]) -> int:
        """Runs until a signal; returns the exit code, which is 0 after an ordered stop.

        `on_ready` is called once, when every part is ready. Raises PartFailed when one cannot be started at first;
        whatever is raised, no part is left running.
        """
        with _signals(self._selector, self._on_signal):
            try:
                self._post_guardian()
                self._start_all()
                self._flush()  # what `on_ready` prints comes after our lines, not into the middle of one
                if self._stopping_since is None:
                    on_ready()
                while self._stopping_since is None:
                    self._turn()
            finally:
                self._stop_all()
        return 128 + signal.SIGINT if self._killed else 0

    def _start_all(self) -> None:
        for child in self._children:
            self._start(child)
            while not child.was_ready and self._stopping_since is None:
                self._turn()

    def _stop_all(self) -> None:
        self._stopping_since = self._stopping_since or time.monotonic()
        for child in reversed(self._children):
            if child.process is not None:
                self._say(f"stops {child.part.name}")
                # Only its first process: it knows how to stop those that it started. (Popen.send_signal would collect
                # a process that has just ended, and with it the number that _bury needs.)
                os.kill(child.process.pid, child.part.stop_signal)
                child.kill_at = min(child.kill_at, time.monotonic() + child.part.grace_s)
            while child.process is not None:
                self._turn()
        self._dismiss_guardian()
        self._flush()
        for file in self._files.values():
            file.close()
        self._selector.close()

    def _turn(self) -> None:
        """One turn of the loop."""
        calm = all(child.is_calm for child in self._children) and self._stopping_since is None
        self._exchange(_IDLE_S if calm else _TICK_S)
        for child in self._children:
            self._look_after(child)
        if self._guardian is not None and self._guardian.poll() is not None:
            self._say("the guardian has ended; posts a new one")
            self._post_guardian()

    def _exchange(self, timeout: float) -> None:
        """Takes in lines and signals, and writes out what waits."""
        if self._outlet.waiting:
            self._selector.register(self._outlet.descriptor, selectors.EVENT_WRITE, self._outlet.write)
        try:
            for key, _ in self._selector.select(timeout):
                key.data()
        finally:
            if self._outlet.descriptor in self._selector.get_map():
                self._selector.unregister(self._outlet.descriptor)

    def _flush(self) -> None:
        """Writes out all that waits. A reader that is stuck is not waited for; the files have every line."""
        deadline = time.monotonic() + _LAST_WORDS_S
        while self._outlet.waiting and time.monotonic() < deadline:
            self._exchange(_TICK_S)

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at and self._stopping_since is None:
                self._start(child)
        elif child.has_ended():
            self._bury(child, child.process)
        elif now >= child.kill_at:
            self._say(f"{child.part.name} still runs; kills it")
            os.killpg(child.process.pid, signal.SIGKILL)
            child.kill_at = now + _IDLE_S
        elif not child.is_ready and self._stopping_since is None:
            self._ask(child, now)

    def _start(self, child: _Child) -> None:
        if child.part.flag is not None:
            child.part.flag.unlink(missing_ok=True)
        command = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *child.part.argv]
        try:
            process = subprocess.Popen(
                command,
                # Unbuffered, so that the lines of a Python program arrive when it writes them.
                env={**os.environ, "PYTHONUNBUFFERED": "1", **child.part.env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=child.part.fds,
                start_new_session=True,
            )
        except OSError as error:
            self._fail(child, f"cannot be started: {error.strerror}")
            return
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, lambda: self._read(child))
        child.begins(process)
        self._tell_guardian()

    def _ask(self, child: _Child, now: float) -> None:
        """Whether it is ready now, or will never be."""
        if child.part.ready is None or child.part.ready():
            took = time.monotonic() - child.started_at
            self._say(f"{child.part.name} is ready{' again' if child.was_ready else ''} after {took:.1f} s")
            child.is_ready = child.was_ready = True
        elif now - child.started_at > child.part.deadline_s:
            assert child.process is not None
            if not child.was_ready:
                raise PartFailed(child.obituary(f"was not ready within {child.part.deadline_s:g} s"))
            self._say(f"{child.part.name} was not ready within {child.part.deadline_s:g} s; kills it")
            os.killpg(child.process.pid, signal.SIGKILL)

    def _bury(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        """Ends what a part that has ended left behind, and decides what comes next."""
        # Before the ended process is collected: until then its number, which is the group's, cannot be another's.
        os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        deadline = time.monotonic() + _TICK_S
        # What a pipe can hold, and no more: a process that has left the group may keep it open and write on.
        while self._read(child) and time.monotonic() < deadline:
            pass
        assert process.stdout is not None
        self._deafen(process.stdout)
        process.stdout.close()
        self._tell(child, child.splitter.close())
        ran_for = time.monotonic() - child.started_at
        child.ends()
        self._tell_guardian()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        if self._stopping_since is not None:
            self._say(f"{child.part.name} {how}")
        else:
            if ran_for >= STEADY_S:
                child.failures = 0
            self._fail(child, how)

    def _fail(self, child: _Child, how: str) -> None:
        """Plans the next start of a part that has ended; at the very first start, gives up."""
        if not child.was_ready:
            raise PartFailed(child.obituary(f"{how} before it was ready"))
        child.failures += 1
        pause = pause_after(child.failures)
        child.start_at = time.monotonic() + pause
        self._say(f"{child.part.name} {how}; starts again in {pause:g} s")

    def _read(self, child: _Child) -> bool:
        """Forwards some of what a part has written; says whether there was any."""
        assert child.process is not None
        assert child.process.stdout is not None
        try:
            data = os.read(child.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return False
        if not data:
            self._deafen(child.process.stdout)
        self._tell(child, child.splitter.feed(data))
        return bool(data)

    def _deafen(self, stream: IO[bytes]) -> None:
        """Waits for it no more: a pipe that has ended would wake the loop for ever."""
        if stream.fileno() in self._selector.get_map():
            self._selector.unregister(stream)

    def _tell(self, child: _Child, lines: list[str]) -> None:
        for line in lines:
            child.tail.append(line)
            self._record(child.part.name, line, line)

    def _say(self, text: str) -> None:
        self._record(_OURSELVES, text, f"{time.strftime('%Y-%m-%d %H:%M:%S%z')} {text}")

    def _record(self, name: str, shown: str, kept: str) -> None:
        self._outlet.put(f"{name:{self._width}} | {shown}")
        file = self._files.get(name)
        if file is None:
            return
        try:
            file.write(kept)
        except OSError as error:
            # A full disk stops the file, not the server.
            del self._files[name]
            told = f"cannot write {file.baseFilename}: {error.strerror}; the lines of {name} are only shown from now on"
            self._outlet.put(f"{_OURSELVES:{self._width}} | {told}")

    def _post_guardian(self) -> None:
        self._dismiss_guardian()
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__],
            bufsize=0,
            stdin=subprocess.PIPE,
            pass_fds=[self._home.lock],  # the home is not free before the guardian has done its work
            start_new_session=True,
        )
        self._tell_guardian()

    def _dismiss_guardian(self) -> None:
        if self._guardian is not None:
            self._guardian.communicate()
            self._guardian = None

    def _tell_guardian(self) -> None:
        assert self._guardian is not None
        assert self._guardian.stdin is not None
        groups = [str(child.process.pid) for child in self._children if child.process is not None]
        try:
            self._guardian.stdin.write(f"{' '.join(groups)}\n".encode())
        except BrokenPipeError:
            self._post_guardian()

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGCHLD:
            return  # it has woken the loop, which looks after every part
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
            self._say(f"{signal.Signals(number).name}: stops everything; a second Ctrl-C kills")
        elif number == signal.SIGINT and now - self._stopping_since > _SAME_CTRL_C_S:
            # Only this one: a terminal that closes, or a service manager, sends its signals more than once.
            self._killed = True
            for child in self._children:
                child.kill_at = now


class _Child:
    """A part, and what is known of its process."""

    def __init__(self, part: Part, log: Path) -> None:
        self.part = part
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.splitter = Splitter()
        self.tail: deque[str] = deque(maxlen=_TAIL)
        self.failures = 0
        self.started_at = 0.0
        self.start_at = self.kill_at = float("inf")
        self.is_ready = self.was_ready = False

    @property
    def is_calm(self) -> bool:
        """Whether there is nothing to wait for but lines and signals."""
        return self.process is not None and self.is_ready

    def has_ended(self) -> bool:
        """Whether its process has; the process stays uncollected."""
        assert self.process is not None
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def begins(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.started_at = time.monotonic()
        self.is_ready = False

    def ends(self) -> None:
        self.process = None

    def obituary(self, how: str) -> str:
        """What to tell when it cannot be started."""
        lines = "".join(f"\n  {line}" for line in self.tail)
        said = f"Its last lines:{lines}" if lines else "It wrote nothing."
        return f"{self.part.name} {how}. {said}\nThe whole log: {self.log}"


@contextmanager
def _signals(selector: selectors.BaseSelector, on_signal: Callable[[int], None]) -> Iterator[None]:
    """Turns signals into calls from the loop; everything is as before at the end."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)

    def receive() -> None:
        for number in reader.recv(64):
            on_signal(number)

    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup means it
        numbers.append(signal.SIGHUP)
    selector.register(reader, selectors.EVENT_READ, receive)
    before = {number: signal.signal(number, _wake) for number in numbers}
    descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        reader.close()
        writer.close()


def _wake(number: int, frame: FrameType | None) -> None:
    """Python writes the number into the wake-up descriptor; there is nothing else to do."""
