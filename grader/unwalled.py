"""A plain subprocess for a student's file, on the student's own machine: no walls, but the same limits as behind them.

Works on Linux, macOS and Windows. Threads read what the process sends and what it prints. Its processor time is read
from outside while it runs, where the system tells it (Linux, Windows); elsewhere it is known at the end, which is enough
to tell a loop from waiting.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any, Final, Never

from grader import interrupts
from grader.bounded import READY
from grader.connection import Answer, Budget, CallbackRefused, ChildDied, Limit, LimitReached, Usage, calls_back
from grader.course import Limits
from grader.wire import FrameReader, TooLarge, WireError, decode, encode, frame

MAX_OUTPUT: Final = 8 * 2**20
MAX_RECEIVED: Final = 256 * 2**20
MAX_CALLBACKS: Final = 20_000
"""Bytes printed, bytes returned, functions called back: as many as the grader's own children may."""
START_S: Final = 60.0
"""How long Python and NumPy may take to start."""
_TICK_S: Final = 0.05
_GRACE_S: Final = 1.0
"""How long a process whose stream has ended may take to end as well."""
_BUSY: Final = 0.2
"""Code that computed for this share of its time was in a loop, on a machine that did other things as well; other code
waited for something."""
_LIBRARIES: Final = ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM")
_PLACES: Final = frozenset(
    {
        "PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONEXECUTABLE", "PYTHONUSERBASE", "PYTHONNOUSERSITE",
        "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE",
    }
)  # fmt: skip
"""The variables that tell where Python and NumPy are and where they put things, not how code runs."""
_SWITCHES: Final = ("PYTHON", "NPY_", "NUMPY_")
if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP  # which a Ctrl-C does not reach
else:
    _FLAGS = 0
_TOLD_WHILE_RUNNING: Final = sys.platform in ("linux", "win32")

Events = queue.Queue[bytes | Limit | None]
"""Whole frames, in order; the name of a limit that was passed; None at the end of the stream."""


def _environment() -> dict[str, str]:
    """Our own environment without the switches of Python and NumPy, of which the grader sets none either.

    They change what the student's code gives: the encoding of files, whether an assertion holds, how types are promoted.
    """
    return {
        name: value for name, value in os.environ.items() if name in _PLACES or not name.upper().startswith(_SWITCHES)
    }


class NotStarted(Exception):
    """Python could not be started for the student's file."""


class UnwalledConnection:
    """One process with a student's file: a `grader.connection.Connection`."""

    def __init__(self, limits: Limits) -> None:
        """Starts the process and waits until it is ready. Raises NotStarted."""
        threads = {f"{library}_THREADS": "1" for library in _LIBRARIES}
        bounds = [str(limits.memory_mb), str(round(limits.cpu_s) + 2)]
        self._counted_from = time.monotonic()
        with interrupts.left_to_this_process():
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-X", "utf8", "-m", "grader.bounded", *bounds],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**_environment(), **threads, "PYTHONHASHSEED": "0"},
                creationflags=_FLAGS,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._input = self._process.stdin
        self._events: Events = queue.Queue()
        self._readers = [
            _Reader(self._process.stdout, _Frames(self._events), self._events, tells_end=True),
            _Reader(self._process.stderr, _Echo(), self._events, tells_end=False),
        ]
        self._usage: Usage | None = None
        self._before_s, self._callbacks = 0.0, 0
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        try:
            said = self._decoded(self._next(self._counted_from, START_S, float("inf")))
        except (ChildDied, LimitReached) as error:
            raise NotStarted(f"Python could not be started for your file: {error}") from error
        if said[0] != READY:
            raise NotStarted(f"Python could not be started for your file: it said {said!r}")
        self._counted_from, self._before_s = time.monotonic(), said[1]

    # --- one request --------------------------------------------------------------------------------------------------

    def request(self, message: bytes, budget: Budget, answer: Answer | None = None) -> bytes:
        started, cpu_started = time.monotonic(), self.cpu_time()
        try:
            while True:
                self._send(message)
                reply = self._next(started, budget.wall_s, cpu_started + budget.cpu_s)
                if answer is None or not calls_back(reply):
                    return reply
                message = frame(encode(self._answered(answer, self._decoded(reply))))
        finally:
            budget.wall_s -= time.monotonic() - started
            if _TOLD_WHILE_RUNNING:
                budget.cpu_s -= self.cpu_time() - cpu_started

    def _answered(self, answer: Answer, reply: list[Any]) -> list[Any]:
        self._callbacks += 1
        if self._callbacks > MAX_CALLBACKS:
            self._give_up("callbacks")
        try:
            return ["answer", answer(reply[1], reply[2])]
        except CallbackRefused as error:
            return ["refuse", str(error)]

    def _send(self, message: bytes) -> None:
        try:
            self._input.write(message)
            self._input.flush()
        except OSError:
            self._died()

    def _next(self, started: float, wall_s: float, cpu_limit: float) -> bytes:
        """The next frame's payload, until `wall_s` after `started` or until the processor's clock shows `cpu_limit`."""
        while True:
            left = started + wall_s - time.monotonic()
            if left <= 0:
                self._out_of_time()
            if _TOLD_WHILE_RUNNING and self.cpu_time() >= cpu_limit:
                self._give_up("cpu")
            try:
                event = self._events.get(timeout=min(left, _TICK_S))
            except queue.Empty:
                continue
            if event is None:
                self._died()
            if isinstance(event, str):
                self._give_up(event)
            return event

    def _decoded(self, payload: bytes) -> list[Any]:
        try:
            return list(decode(payload))
        except (WireError, TypeError) as error:
            self.kill()
            raise ChildDied(broken=str(error)) from error

    # --- the end ------------------------------------------------------------------------------------------------------

    def _out_of_time(self) -> Never:
        """The time on the wall is over: a loop, where most of it was spent computing."""
        passed_s = time.monotonic() - self._counted_from
        raise LimitReached("cpu" if self.kill().cpu_s > _BUSY * passed_s else "wall")

    def _give_up(self, limit: Limit) -> Never:
        self.kill()
        raise LimitReached(limit)

    def _died(self) -> Never:
        if not self._has_ended(within_s=_GRACE_S):
            self.kill()
            raise ChildDied(broken="the stream was closed")
        self.kill()
        raise ChildDied(signal=max(0, -self._process.returncode), code=max(0, self._process.returncode))

    def cpu_time(self) -> float:
        """Seconds of processor time since the process was ready; on the wall where the system does not tell them."""
        if self._usage is not None:
            return self._usage.cpu_s
        if not _TOLD_WHILE_RUNNING:
            return time.monotonic() - self._counted_from
        return max(0.0, _processor_time(self._process) - self._before_s)

    def kill(self) -> Usage:
        if self._usage is None:
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.kill(self._process.pid, signal.SIGKILL)  # Popen's own might reap it, and lose what it used
            self._has_ended(within_s=float("inf"))
        assert self._usage is not None
        with contextlib.suppress(OSError):  # what was not sent is lost with the process
            self._input.close()
        for reader in self._readers:
            reader.close()
        return self._usage

    def _has_ended(self, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while self._usage is None:
            used_s = _used_by(self._process)
            if used_s is not None:
                self._usage = Usage(max(0.0, used_s - self._before_s), 0.0)
            elif time.monotonic() > deadline:
                return False
            else:
                time.sleep(0.002)
        return True


# --- its two streams --------------------------------------------------------------------------------------------------


class _Reader(threading.Thread):
    """Reads a stream to its end, in pieces that `take` gets; what `take` raises goes to the events."""

    def __init__(self, stream: IO[bytes], take: Callable[[bytes], None], events: Events, *, tells_end: bool) -> None:
        super().__init__(daemon=True)
        self._stream, self._take, self._events, self._tells_end = stream, take, events, tells_end
        self.start()

    def run(self) -> None:
        try:
            while data := os.read(self._stream.fileno(), 1 << 16):
                self._take(data)
        except LimitReached as reached:
            self._events.put(reached.limit)
        except (OSError, ValueError):
            pass  # closed from our side: told below as its end
        if self._tells_end:
            self._events.put(None)

    def close(self) -> None:
        """Waits for what is under way; longer only where a process that the student started holds the stream open."""
        self.join(timeout=1)
        if not self.is_alive():
            self._stream.close()


class _Frames:
    """Cuts what the process sends into frames."""

    def __init__(self, events: Events) -> None:
        self._events, self._reader, self._received = events, FrameReader(), 0

    def __call__(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > MAX_RECEIVED:
            raise LimitReached("returned")
        self._reader.feed(data)
        try:
            while (payload := self._reader.next()) is not None:
                self._events.put(payload)
        except TooLarge:
            raise LimitReached("returned") from None


class _Echo:
    """Shows what the process prints on our standard error, as far as anybody may print."""

    def __init__(self) -> None:
        self._printed = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def __call__(self, data: bytes) -> None:
        self._printed += len(data)
        if self._printed > MAX_OUTPUT:
            raise LimitReached("printed")
        if sys.stderr is not None:  # it is closed
            sys.stderr.write(self._decoder.decode(data))
            sys.stderr.flush()


# --- what it uses -----------------------------------------------------------------------------------------------------


def _processor_time(process: subprocess.Popen[bytes]) -> float:
    """The processor time of a process, in seconds since its start; 0 where the system does not tell it."""
    if sys.platform == "linux":
        try:
            return time.clock_gettime((~process.pid << 3) | 2)  # the kernel's name for that process's clock
        except OSError:
            return 0.0  # it has just ended
    if sys.platform == "win32":
        import ctypes

        times = [ctypes.c_uint64() for _ in range(4)]  # created, ended, in the kernel, as a user: in 100 ns
        ctypes.windll.kernel32.GetProcessTimes(int(process._handle), *map(ctypes.byref, times))
        return (times[2].value + times[3].value) / 1e7
    return 0.0


def _used_by(process: subprocess.Popen[bytes]) -> float | None:
    """The processor time of a process that has ended, which is reaped; None while it has not."""
    if sys.platform == "win32":
        return None if process.poll() is None else _processor_time(process)
    try:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
    except ChildProcessError:  # the system reaps children by itself here, and keeps no account
        process.returncode = 0
        return 0.0
    if pid == 0:
        return None
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime
