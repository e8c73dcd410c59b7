"""Running one check against one backend: the draw, the redraw, and what came of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grader.checks import Check, Undecidable, Wrong
from grader.course import Exercise
from grader.student import Backend, Call, Student

DRAWS: Final = 8
"""How often inputs are drawn anew before a check that stays undecidable is given up."""


@dataclass
class Outcome:
    """What one check found: `wrong` is None where it passed; `draw` says which inputs it was."""

    wrong: Wrong | None
    transcript: list[Call]
    draw: int


def run_check(
    check: Check, exercise: Exercise, reference: Any, backend: Backend, seed: int, *, first_draw: int = 0
) -> Outcome:
    """Runs a check, drawing inputs from (seed, the check's name, draw) until they decide.

    Whatever the check raises on a student's odd value is an answer too: `Wrong` with that error as its cause. Raises
    what the backend raises (limits, deaths).
    """
    for draw in range(first_draw, DRAWS):
        student = Student(exercise.functions, backend)
        rng = np.random.default_rng([seed, zlib.crc32(check.name.encode()), draw])
        try:
            with np.errstate(all="ignore"):
                check.function(student, reference, rng)
        except Undecidable:
            continue
        except Wrong as wrong:
            return Outcome(wrong, student.transcript, draw)
        except AssertionError as error:
            return Outcome(Wrong(str(error) or "This does not hold for your code."), student.transcript, draw)
        except _ODD_VALUES as error:
            odd = Wrong(f"Your result could not be compared ({type(error).__name__}: {error}). Look at its shape.")
            odd.__cause__ = error
            return Outcome(odd, student.transcript, draw)
        return Outcome(None, student.transcript, draw)
    return Outcome(
        Wrong(f"{DRAWS} draws of the inputs proved nothing: your function seems to jump or to have kinks everywhere."),
        student.transcript,
        DRAWS - 1,
    )


_ODD_VALUES: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)
