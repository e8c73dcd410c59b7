"""Work side by side: several processes, each with a warm sandbox or an exercise of its own."""

from __future__ import annotations

import atexit
import itertools
import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, Final, TypeVar

from grader import interrupts
from grader.course import Exercise
from grader.gate import Proof, prove
from grader.grading import Submission, final_report, given_up, grade
from grader.imports import keep_out_the_current_folder
from grader.material import load_hidden
from grader.report import Report
from grader.sandbox import Sandbox

SEEDS_AT_ONCE: Final = 10

_T = TypeVar("_T")
Numbered = tuple[int, Submission]
log = logging.getLogger(__name__)

_sandbox: Sandbox | None = None


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def grade_all(submissions: Iterable[Submission], jobs: int) -> Generator[tuple[int, Report]]:
    """Grades submissions on `jobs` processes; gives each one's place and report, as they are done.

    Closed before its end, it ends the processes.
    When one of the processes dies, what was under way is graded once more, each in a process of its own.
    """
    numbered = enumerate(submissions)
    if jobs == 1:
        sandbox = Sandbox()  # `grade` starts it, and reports where it cannot
        try:
            for place, submission in numbered:
                yield place, final_report(grade(submission, sandbox))
        finally:
            sandbox.close()
        return
    while lost := (yield from _side_by_side(numbered, jobs)):
        for place, submission in lost:
            yield place, _alone(submission)


def _side_by_side(numbered: Iterator[Numbered], jobs: int) -> Generator[tuple[int, Report], None, list[Numbered]]:
    """Grades until nothing is left, or until a process of the pool dies; returns what was under way then."""
    under_way: dict[Future[Report], Numbered] = {}
    lost: list[Numbered] = []
    with _pool(jobs) as pool:
        while not lost:
            for each in itertools.islice(numbered, 2 * jobs - len(under_way)):
                try:
                    under_way[_ordered(pool, _grade_one, each[1])] = each
                except BrokenProcessPool:
                    lost.append(each)
            if not under_way:
                break
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                each = under_way.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(each)
                else:
                    yield each[0], future.result()
    return [*lost, *under_way.values()]


def _alone(submission: Submission) -> Report:
    """Grades in a process of its own, where it can take no other submission along."""
    log.warning("a process has died; grading %s again", submission.filename)
    with _pool(1) as pool:
        try:
            return _ordered(pool, _grade_one, submission).result()
        except BrokenProcessPool:
            checks = load_hidden(submission.exercise).checks
            return given_up(submission, checks, "the process that graded this file has died, twice")


def prove_all(exercises: list[Exercise], seeds: int, jobs: int) -> Generator[Proof]:
    """Runs the gate for each exercise on `jobs` processes; gives a proof of every few seeds, as they are done."""
    pieces = [(exercise, piece) for exercise in exercises for piece in pieces_of(seeds)]
    if jobs == 1:
        for exercise, piece in pieces:
            yield _prove_piece(exercise, piece)
        return
    with _pool(min(jobs, len(pieces))) as pool:
        for future in as_completed([_ordered(pool, _prove_piece, *piece) for piece in pieces]):
            yield future.result()


def pieces_of(seeds: int) -> list[range]:
    """The seeds 0, 1, ..., seeds - 1 in pieces of `SEEDS_AT_ONCE`."""
    return [range(first, min(first + SEEDS_AT_ONCE, seeds)) for first in range(0, seeds, SEEDS_AT_ONCE)]


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes. What ends this early, such as Ctrl-C, ends them at once, with what is under way."""
    keep_out_the_current_folder()  # the new processes would look there first, before anything of ours runs
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # started later, it would let Ctrl-C through
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), interrupts.ignore) as pool:
        try:
            yield pool
        except (
            BaseException
        ):  # Ctrl-C too, and it goes on being raised: the processes would work on until they are done
            for process in multiprocessing.active_children():
                process.kill()
            raise


def _ordered(pool: ProcessPoolExecutor, work: Callable[..., _T], *arguments: Any) -> Future[_T]:
    """Orders work; processes of the pool are started with it."""
    with interrupts.left_to_this_process():
        return pool.submit(work, *arguments)


def _grade_one(submission: Submission) -> Report:
    global _sandbox
    if _sandbox is None:
        _sandbox = Sandbox()
        atexit.register(_sandbox.close)
    return final_report(grade(submission, _sandbox))


def _prove_piece(exercise: Exercise, seeds: range) -> Proof:
    *_, proof = prove(exercise, seeds)
    return proof
