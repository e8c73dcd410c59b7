"""The publishing gate: a hidden exercise is shown to students only after its checks are proven, in a process of its own.

A proof holds for one version of the exercise; it is kept in the audit log, so that a version is proven once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.course import Course as Content
from grader.course import Exercise
from webapp import audit
from webapp.audit import Change

KIND: Final = "gate"
"""What the audit log calls a proof."""
SEEDS: Final = 5
LIMIT_S: Final = 25
"""How long somebody may wait for the answer of a form."""
MOST_TOLD: Final = 20
_ANSWERS: Final = (0, 1)
"""The exit codes with which the command gives a proof: passed or failed."""


@dataclass(frozen=True)
class Finding:
    """What the gate found: whether the exercise is fit, over how many seeds, and what speaks against it."""

    passed: bool
    seeds: int
    against: tuple[str, ...] = ()


def prove(content: Content, exercise: Exercise) -> Finding:
    """Runs the gate over a few seeds. It runs the exercise's hidden code: apart from the threads that serve pages."""
    command = [
        sys.executable, "-P", "-m", "grader.cli", "--course", str(content.path),
        "exercise", "test", exercise.name, "--seeds", str(SEEDS), "--jobs", "1", "--json",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return Finding(False, 0, (_by_hand(exercise, f"It took longer than {LIMIT_S} seconds"),))
    if done.returncode not in _ANSWERS:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        return Finding(False, 0, (_by_hand(exercise, f"It could not be run; it said: {said[0][:300]}"),))
    (proof,) = json.loads(done.stdout)["exercises"]
    return Finding(proof["passed"], proof["seeds"], () if proof["passed"] else _against(proof))


def keep(session: Session, course_id: int, by_id: int, exercise: Exercise, finding: Finding) -> None:
    """Keeps what was found for this version of the exercise."""
    after = {"version": exercise.version, "passed": finding.passed, "seeds": finding.seeds}
    audit.record(
        session,
        course_id=course_id,
        by_id=by_id,
        kind=KIND,
        subject=exercise.name,
        before=None,
        after=after,
        reason=" ".join(finding.against)[:1000],
    )


def proven(session: Session, course_id: int) -> dict[str, set[str]]:
    """The versions of each exercise that the gate has let through here. One query."""
    query = select(Change).where(Change.course_id == course_id, Change.kind == KIND)
    found: dict[str, set[str]] = {}
    for change in session.scalars(query):
        if change.after is not None and change.after["passed"]:
            found.setdefault(change.subject, set()).add(change.after["version"])
    return found


def _against(proof: dict[str, Any]) -> tuple[str, ...]:
    """Each thing that went otherwise than it must, once, with the first of its seeds."""
    told: dict[tuple[str, str, str], str] = {}
    for each in proof["exceptions"]:
        sentence = f"{each['kind']} {each['name']}, seed {each['seed']}: {each['what']}"
        told.setdefault((each["kind"], each["name"], each["what"].partition(":")[0]), sentence)
    return tuple(told.values())[:MOST_TOLD]


def _by_hand(exercise: Exercise, what: str) -> str:
    return f"{what}. Ask who runs the server to look: chainrule exercise test {exercise.name}"
