"""Processes that measure: each holds its own graders, warm, and times them when told to, alone or together."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Final, Self

from benchmarks.contenders import CONTENDERS, Grade
from benchmarks.folders import Task
from grader.imports import keep_out_the_current_folder
from grader.threads import compute_in_one_thread

_HEAD_START_S: Final = 0.01
"""Workers that measure together are told this much before they begin, so that they begin at once."""


class WorkerFailed(RuntimeError):
    """A grader could not be measured; the text says which and why."""


class Workers:
    """`jobs` processes for these tasks. Use as a context manager."""

    def __init__(self, tasks: list[Task], jobs: int) -> None:
        self.jobs = jobs
        self._tasks = {task.exercise.name: task for task in tasks}
        self._pipes: list[Connection] = []
        self._processes: list[multiprocessing.process.BaseProcess] = []

    def __enter__(self) -> Self:
        compute_in_one_thread()
        keep_out_the_current_folder()
        context = multiprocessing.get_context("spawn")
        for _ in range(self.jobs):
            near, far = context.Pipe()
            process = context.Process(target=_work, args=(far, self._tasks), daemon=False)
            process.start()
            far.close()
            self._pipes.append(near)
            self._processes.append(process)
        return self

    def __exit__(self, *exception: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()

    def measure(self, contender: str, exercise: str, seconds: float, *, together: bool) -> list[list[float]]:
        """How long each grading took, one list a worker: the first worker alone, or all of them at the same time.

        Each grades at least once, and on until `seconds` are over. Raises WorkerFailed.
        """
        pipes = self._pipes if together else self._pipes[:1]
        begin = time.monotonic() + _HEAD_START_S
        for pipe in pipes:
            pipe.send((contender, exercise, begin, seconds))
        replies = []
        for pipe in pipes:
            try:
                replies.append(pipe.recv())
            except EOFError:
                replies.append("the process that measures has died")
        for reply in replies:
            if isinstance(reply, str):
                raise WorkerFailed(f"{contender} on {exercise}: {reply}")
        return replies


def _work(pipe: Connection, tasks: dict[str, Task]) -> None:
    graders: dict[tuple[str, str], Grade] = {}
    with ExitStack() as stack:
        while True:
            try:
                contender, exercise, begin, seconds = pipe.recv()
            except EOFError:
                return
            try:
                if (contender, exercise) not in graders:
                    graders[contender, exercise] = CONTENDERS[contender](tasks[exercise], stack)
                pipe.send(_durations(graders[contender, exercise], begin, seconds))
            except Exception as error:  # whatever it is, the other side has to know
                pipe.send(f"{type(error).__name__}: {error}")


def _durations(grade: Grade, begin: float, seconds: float) -> list[float]:
    time.sleep(max(0.0, begin - time.monotonic()))
    durations = []
    end = time.monotonic() + seconds
    while True:
        started = time.perf_counter()
        grade()
        durations.append(time.perf_counter() - started)
        if time.monotonic() >= end:
            return durations
