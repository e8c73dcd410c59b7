"""The local self-check: the public checks against a student's file in a plain subprocess with a time limit.

The same harness, vocabulary and wire as the server's, without walls and without anything of reference/. `fingerprint`
says where this machine differs from the grader's.
"""

from __future__ import annotations

import contextlib
import os
import platform
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, Any, Never

import numpy as np

from grader.connection import Answer, Budget, CallbackRefused, ChildDied, LimitReached, Usage
from grader.course import Course, Exercise
from grader.judging import RemoteJudge, make_report, skipped
from grader.material import load_public
from grader.remote import Remote
from grader.report import CheckResult, Report, Resources
from grader.source import UnreadableSource, read_source
from grader.wire import FrameReader, WireError, decode, encode, frame


class LocalConnection:
    """A subprocess that runs the student's file; a thread reads its frames, which works on every system."""

    def __init__(self) -> None:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "grader.inside.local"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        self._frames: queue.Queue[bytes | None] = queue.Queue()
        self._reading = threading.Thread(target=self._read, args=(self._output,), daemon=True)
        self._reading.start()
        self._started = time.monotonic()

    def _read(self, stream: IO[bytes]) -> None:
        reader = FrameReader()
        try:
            while data := os.read(stream.fileno(), 1 << 16):
                reader.feed(data)
                while (payload := reader.next()) is not None:
                    self._frames.put(payload)
        except (WireError, OSError, ValueError):
            pass  # told below as the end of the stream
        self._frames.put(None)

    def request(self, message: list[Any], budget: Budget, answer: Answer | None = None) -> list[Any]:
        started = time.monotonic()
        try:
            while True:
                self._send(message)
                reply = self._next(started + budget.wall_s)
                if reply[0] != "callback" or answer is None:
                    return reply
                try:
                    message = ["answer", answer(reply[1], reply[2])]
                except CallbackRefused as error:
                    message = ["refuse", str(error)]
        finally:
            budget.wall_s -= time.monotonic() - started

    def _send(self, message: list[Any]) -> None:
        try:
            self._input.write(frame(encode(message)))
            self._input.flush()
        except OSError:
            self._died()

    def _next(self, deadline: float) -> list[Any]:
        try:
            payload = self._frames.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self.kill()
            raise LimitReached("wall") from None
        if payload is None:
            self._died()
        try:
            reply = decode(payload)
        except WireError as error:
            self.kill()
            raise ChildDied(broken=str(error)) from error
        return list(reply)

    def _died(self) -> Never:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ChildDied(broken="the stream was closed") from None
        self.kill()
        raise ChildDied(signal=max(0, -code), code=max(0, code))

    def cpu_time(self) -> float:
        return time.monotonic() - self._started

    def kill(self) -> Usage:
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # what was not sent is lost with the process
            self._input.close()
        self._reading.join(timeout=1)  # longer only where a process that the student started holds the pipe open
        if not self._reading.is_alive():
            self._output.close()
        return Usage(0.0, 0.0)


def check_file(exercise: Exercise, data: bytes, filename: str, seed: int) -> Iterator[CheckResult | Report]:
    """The public checks' results on a file, one by one, and then the report. Raises CourseError."""
    checks = load_public(exercise)
    try:
        source = read_source(data)
    except UnreadableSource as error:
        rest = [skipped(check, "Not run.") for check in checks]
        yield make_report(exercise, seed, "invalid", rest, message=str(error))
        return
    started, name = time.monotonic(), PurePath(filename)
    backend = Remote(exercise, source, name.name, LocalConnection, limited=False)
    judge = RemoteJudge(exercise, None, backend, seed, filename=name.name)
    yield from judge.sit(checks)
    resources = Resources(wall_s=round(time.monotonic() - started, 4))
    yield make_report(exercise, seed, judge.status, judge.results, message=judge.message, resources=resources)


def fingerprint() -> dict[str, str]:
    """What the numbers of this machine depend on: Python, NumPy, BLAS."""
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
    }


def differences(course: Course) -> list[str]:
    """Where this machine differs from the grader that course.toml describes, in words."""
    here = fingerprint()
    return [
        f"the grader runs {name} {version}, this machine {here[name]}"
        for name, version in course.grader.items()
        if name in here and not f"{here[name]}.".startswith(f"{version}.")
    ]
