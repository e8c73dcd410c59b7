"""Running one check against one backend: the draw, the redraw, and what came of it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from grader.checks import Check, Undecidable, Wrong
from grader.checks.answers import ODD_VALUES
from grader.connection import ChildDied, LimitReached
from grader.course import Exercise
from grader.student import Backend, Call, Student

DRAWS: Final = 8
"""How often inputs are drawn anew before a check that stays undecidable is given up."""


ROOM_BYTES: Final = 2**30
"""How much more memory a check may take on our side."""


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Turns a check that takes too much memory on our side into a MemoryError, on Linux.

    Two small arrays of a student's, (n, 1) and (1, n), broadcast to a huge one where a check subtracts them.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    used = int(os.read(descriptor, 64).split()[0]) * resource.getpagesize()
    os.close(descriptor)
    limit = min(used + ROOM_BYTES, *(each for each in (soft, hard) if each != resource.RLIM_INFINITY), sys.maxsize)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@dataclass
class Outcome:
    """What one check found: `wrong` is None where it passed; `draw` says which inputs it was."""

    wrong: Wrong | None
    transcript: list[Call]
    draw: int


class CutShort(Exception):
    """The student's code ended before the check did: how, and the calls until then, with those that were under way."""

    def __init__(self, ending: LimitReached | ChildDied, transcript: list[Call]) -> None:
        super().__init__(str(ending))
        self.ending, self.transcript = ending, transcript


def without_warnings() -> np.errstate:
    """The state that checks run in: what overflows in a check is for the check to see."""
    return np.errstate(all="ignore")


def run_check_silently(
    check: Check,
    exercise: Exercise,
    reference: Any,
    backend: Backend,
    seed: int,
    *,
    first_draw: int = 0,
    follow: Callable[[Call], None] | None = None,
) -> Outcome:
    """Runs a check, drawing inputs from (seed, the check's name, draw) until they decide; NumPy is `without_warnings`.

    Whatever the check raises on a student's odd value is an answer too: `Wrong` with that error as its cause. Raises
    CutShort when the student's code ends, and what `follow`, which is told of each call, raises.
    """
    for draw in range(first_draw, DRAWS):
        student = Student(exercise.functions, backend, follow)
        rng = _generator(seed, check.name, draw)
        try:
            check.function(student, reference, rng)
        except Undecidable:
            continue
        except (LimitReached, ChildDied) as ending:
            raise CutShort(ending, student.transcript) from ending
        except Wrong as wrong:
            return Outcome(wrong, student.transcript, draw)
        except AssertionError as error:
            return Outcome(Wrong(str(error) or "This does not hold for your code."), student.transcript, draw)
        except ODD_VALUES as error:
            odd = Wrong(f"Your result could not be compared ({type(error).__name__}: {error}). Look at its shape.")
            odd.__cause__ = error
            return Outcome(odd, student.transcript, draw)
        return Outcome(None, student.transcript, draw)
    jumpy = Wrong(
        f"{DRAWS} draws of the inputs proved nothing: your function seems to jump or to have kinks everywhere."
    )
    jumpy.__cause__ = Undecidable("every draw")
    return Outcome(jumpy, student.transcript, DRAWS - 1)


run_check: Final = without_warnings()(run_check_silently)
"""The same wherever NumPy warns. To change that for each check of a submission takes 3% of a grading."""


def _generator(seed: int, check: str, draw: int) -> np.random.Generator:
    """The generator for one draw of one check's inputs: PCG64, begun with the BLAKE2b digest of all three.

    NumPy's SeedSequence would mix them as well, in several times as long. Raises ValueError for a negative seed.
    """
    if seed < 0:
        raise ValueError(f"the seed {seed} is negative")
    digest = hashlib.blake2b(b"%d %d %s" % (seed, draw, check.encode()), digest_size=32).digest()
    return np.random.Generator(np.random.PCG64(_Words(digest)))  # type: ignore[arg-type]  # NumPy's stubs lack it


class _Words(ISeedSequence):
    """The 32 bytes that PCG64 begins with."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        return np.frombuffer(self._data, dtype, n_words)
