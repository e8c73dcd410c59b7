"""What somebody can ask about their grade: what is needed in a component to reach a grade, and what a score would give.

Pure: from the fields of a form to a question, and from a question to its answer in numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, cast

from webapp.grades.tree import Final, Grade, Needed, Node

Others = Literal["current", "zero", "full"]
OTHERS: Mapping[Others, str] = {
    "current": "is like what I have so far",
    "zero": "brings nothing",
    "full": "gets full marks",
}
"""What else is missing is taken as; the words complete "and what else is missing ..."."""


@dataclass(frozen=True)
class Question:
    """A leaf, a grade to reach, a score to try, and what is assumed of what else is missing; errors name a field."""

    component: Node
    target: Decimal
    score: Decimal
    others: Others
    errors: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What is needed for the target, and the grade with the score that is tried."""

    needed: Needed
    with_score: Final


def open_leaves(grade: Grade) -> list[Node]:
    """The leaves that can still change the grade, scores by hand (an exam) first."""
    leaves = [node for node in grade.root.walk() if node.kind != "group" and node.share and not node.dropped]
    open_ones = [node for node in leaves if node.open or node.retrievable]
    return sorted(open_ones, key=lambda node: node.kind != "score")


def question_of(grade: Grade, fields: Mapping[str, str]) -> Question | None:
    """The question in a form's fields, with sensible ones where they are empty; None where nothing is open."""
    leaves = open_leaves(grade)
    if not leaves:
        return None
    component = next((node for node in leaves if node.key == fields.get("in")), _heaviest(leaves))
    scale, most = grade.tree.scheme.scale, component.max_score or Decimal(1)
    target, target_error = _number(fields.get("reach", ""), _pass(grade), scale.top)
    score, score_error = _number(fields.get("with", ""), most / 2, None)
    errors = {name: error for name, error in (("reach", target_error), ("with", score_error)) if error}
    others = fields.get("others", "current")
    known = cast(Others, others) if others in OTHERS else "current"
    # Another component has another scale: what was tried for the one before is brought into this one's.
    return Question(component, target, min(score, most), known, errors)


def answer(grade: Grade, question: Question) -> Answer:
    """The answer to a question."""
    key = question.component.key
    return Answer(
        grade.needed(key, question.target, question.others), grade.what_if({key: question.score}, question.others)
    )


def _heaviest(leaves: list[Node]) -> Node:
    return max(leaves, key=lambda node: node.share)


def _pass(grade: Grade) -> Decimal:
    """The least grade of the second mark (a pass), or half the scale where there are no marks."""
    scale = grade.tree.scheme.scale
    return scale.marks[1].least if len(scale.marks) > 1 else scale.top / 2


def _number(text: str, otherwise: Decimal, most: Decimal | None) -> tuple[Decimal, str]:
    """The number in a field and what is wrong with it."""
    if not text.strip():
        return otherwise, ""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return otherwise, f"{text[:20]!r} is no number."
    if not number.is_finite() or number < 0 or (most is not None and number > most):
        return otherwise, f"Expected 0 to {most}." if most is not None else "Expected 0 or more."
    return number, ""
