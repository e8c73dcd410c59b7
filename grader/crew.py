"""Work side by side: several processes, each with a warm sandbox or an exercise of its own."""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from typing import Final

from grader.course import Exercise
from grader.gate import Proof, prove
from grader.grading import Submission, final_report, grade
from grader.report import Report
from grader.sandbox import Sandbox

SEEDS_AT_ONCE: Final = 10

_sandbox: Sandbox | None = None


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def grade_all(submissions: Iterable[Submission], jobs: int) -> Iterator[tuple[int, Report]]:
    """Grades submissions on `jobs` processes; gives each one's place and report, as they are done."""
    numbered = enumerate(submissions)
    if jobs == 1:
        sandbox = Sandbox()  # `grade` starts it, and reports where it cannot
        try:
            for place, submission in numbered:
                yield place, final_report(grade(submission, sandbox))
        finally:
            sandbox.close()
        return
    with _pool(jobs) as pool:
        waiting: dict[Future[Report], int] = {}
        for place, submission in itertools.islice(numbered, 2 * jobs):
            waiting[pool.submit(_grade_one, submission)] = place
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
                for place, submission in itertools.islice(numbered, 1):
                    waiting[pool.submit(_grade_one, submission)] = place


def prove_all(exercises: list[Exercise], seeds: int, jobs: int) -> Iterator[Proof]:
    """Runs the gate for each exercise on `jobs` processes; gives a proof of every few seeds, as they are done."""
    pieces = [(exercise, piece) for exercise in exercises for piece in pieces_of(seeds)]
    if jobs == 1:
        for exercise, piece in pieces:
            yield _prove_piece(exercise, piece)
        return
    with _pool(min(jobs, len(pieces))) as pool:
        for future in as_completed([pool.submit(_prove_piece, exercise, piece) for exercise, piece in pieces]):
            yield future.result()


def pieces_of(seeds: int) -> list[range]:
    """The seeds 0, 1, ..., seeds - 1 in pieces of `SEEDS_AT_ONCE`."""
    return [range(first, min(first + SEEDS_AT_ONCE, seeds)) for first in range(0, seeds, SEEDS_AT_ONCE)]


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))


def _grade_one(submission: Submission) -> Report:
    global _sandbox
    if _sandbox is None:
        _sandbox = Sandbox()
        atexit.register(_sandbox.close)
    return final_report(grade(submission, _sandbox))


def _prove_piece(exercise: Exercise, seeds: range) -> Proof:
    *_, proof = prove(exercise, seeds)
    return proof
