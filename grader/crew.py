"""Work side by side: several processes, each with a warm sandbox or an exercise of its own."""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from grader.course import Exercise
from grader.gate import Proof, prove
from grader.grading import Submission, final_report, grade
from grader.report import Report
from grader.sandbox import Sandbox

_sandbox: Sandbox | None = None


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def grade_all(submissions: Iterable[Submission], jobs: int) -> Iterator[tuple[int, Report]]:
    """Grades submissions on `jobs` processes; gives each one's place and report, as they are done."""
    numbered = enumerate(submissions)
    if jobs == 1:
        with Sandbox() as sandbox:
            for place, submission in numbered:
                yield place, final_report(grade(submission, sandbox))
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


def prove_all(exercises: list[Exercise], seeds: int, jobs: int) -> Iterator[tuple[Exercise, Proof]]:
    """Runs the gate for each exercise on `jobs` processes; gives the proofs as they are done."""
    if jobs == 1 or len(exercises) == 1:
        for exercise in exercises:
            yield exercise, _prove_one(exercise, seeds)
        return
    with _pool(min(jobs, len(exercises))) as pool:
        waiting = {pool.submit(_prove_one, exercise, seeds): exercise for exercise in exercises}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))


def _grade_one(submission: Submission) -> Report:
    global _sandbox
    if _sandbox is None:
        _sandbox = Sandbox()
        atexit.register(_sandbox.close)
    return final_report(grade(submission, _sandbox))


def _prove_one(exercise: Exercise, seeds: int) -> Proof:
    *_, proof = prove(exercise, range(seeds))
    return proof
