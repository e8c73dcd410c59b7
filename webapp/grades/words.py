"""How each number of a grade came to be, in sentences: the tree's explanation for people.

Shares are told as percentages and points of the leaf or of the course's scale, exactly where up to four decimals can,
else with "about".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from webapp.grades.attempts import FULL, Counted, exact
from webapp.grades.tree import Grade, Node

POLICIES = {
    "best": "the best attempt counts",
    "last": "the last attempt counts",
    "latest_before_deadline": "the latest attempt before the due date counts",
}
ROUNDINGS = {"half-up": "half up", "half-even": "half to even", "down": "down"}
DECIMALS = 4


@dataclass(frozen=True)
class Voice:
    """Whom the sentences speak to: the student, or somebody else about the student."""

    you_are: str
    your: str


YOU: Final = Voice("You are", "your")
THE_STUDENT: Final = Voice("The student is", "the student's")


def explain(grade: Grade, key: str, voice: Voice = YOU) -> list[str]:
    """How the numbers of a node came to be. Raises KeyError for a key that is not in the tree."""
    node = grade.node(key)
    sentences = _weight(grade, node, voice)
    if node.state == "excused":
        return sentences
    if node.kind == "group":
        sentences += _mean(grade, node)
    elif node.kind == "score":
        sentences += _score(grade, node)
    else:
        sentences += _exercise(grade, node, voice)
    sentences += _free_days(grade, node) + _minimum(grade, node)
    return sentences + (_final(grade) if node is grade.root else _points(grade, node))


def number(value: Fraction | Decimal) -> str:
    """A number with the decimals it needs, at most four; "about" before one that would need more."""
    fraction = Fraction(value)
    shifted = fraction * 10**DECIMALS
    text = f"{Decimal(round(shifted)).scaleb(-DECIMALS):f}".rstrip("0").rstrip(".")
    return text if shifted.denominator == 1 else f"about {text}"


def percent(share: Fraction) -> str:
    """A share as a percentage; as a fraction where that is simpler: 25%, 1/12."""
    simple = (share * 10_000).denominator == 1 or share.denominator > 100
    return f"{number(share * 100)}%" if simple else str(share)


def _weight(grade: Grade, node: Node, voice: Voice) -> list[str]:
    parent = next((each for each in grade.root.walk() if any(child is node for child in each.children)), None)
    if parent is None:
        return []
    if node.state == "excused":
        return [f"{voice.you_are} excused from this: its weight goes to the rest of {parent.title}."]
    if node.dropped:
        return [f"It is dropped as it stands: of {parent.title} only {_the_best(parent)}."]
    sentence = f"It counts {percent(node.weight)} of {parent.title}, {percent(node.share)} of the whole grade"
    if sum(each.weight for each in parent.children) > 1:
        return [f"{sentence}, unless it is dropped: only {_the_best(parent)}."]
    return [f"{sentence}."]


def _the_best(parent: Node) -> str:
    kept = sum(child.in_low for child in parent.children)
    return "the best one counts" if kept == 1 else f"the best {kept} count"


def _mean(grade: Grade, node: Node) -> list[str]:
    if node.score is not None:
        told = [_sum(grade, node, "It is the mean by weight", "low")]
        return told if node.best == node.low else [*told, _at_best(grade, node)]
    if node.state == "missing" and node.low == 0 and node.high == 1:
        return ["Nothing in it has a score yet."]
    return [
        _sum(grade, node, "At the lowest, with zero for what is missing", "low"),
        _at_best(grade, node),
    ]


def _at_best(grade: Grade, node: Node) -> str:
    return _sum(grade, node, "At the highest, with all that is still possible", "best")


def _sum(grade: Grade, node: Node, what: str, bound: Literal["low", "best"]) -> str:
    top = Fraction(grade.tree.scheme.scale.top)
    kept = [child for child in node.children if getattr(child, f"in_{bound}")]
    # One that is dropped as it stands may be among the best: those of which some are dropped have equal weights.
    parts = [
        (child.title, getattr(child, bound), Fraction(1, len(kept)) if node.drop_lowest else child.weight)
        for child in kept
    ]
    total = f"{number(getattr(node, bound) * top)} of {number(top)}"
    if sum(weight * share for _, share, weight in parts) != getattr(node, bound):
        return f"{what}: {total}, with grace days where they then save the most."
    terms = [f"{title} {number(share * top)} × {percent(weight)}" for title, share, weight in parts]
    return f"{what}: {' + '.join(terms)} = {total}."


def _score(grade: Grade, node: Node) -> list[str]:
    top = Fraction(node.max_score or 1)
    if node.score is None:
        return [f"There is no score yet: it can become anything from 0 to {number(top)}."]
    entered = exact(grade.work.scores[node.key])
    if entered > top:
        return [f"{number(entered)} was entered, more than the maximum of {number(top)}: it counts as {number(top)}."]
    return [f"The score is {number(node.score * top)} of {number(top)}."]


def _exercise(grade: Grade, node: Node, voice: Voice) -> list[str]:
    top = Fraction(node.max_score or 1)
    due = node.timetable.due if node.timetable else None
    if node.state == "lost":
        until = f" by {_moment(grade, due)}" if due else " in time"
        return [f"Nothing that counts was handed in{until}, and nothing more can: it counts 0 of {number(top)}."]
    if node.state == "missing":
        return [f"There is no attempt that counts yet: it can become anything from 0 to {number(node.high * top)}."]
    sentences = _counted(grade, node, node.counted, top, voice) if node.counted else []
    if node.state == "waiting":
        sentences.append(
            "An attempt is still being graded: "
            f"it will be between {number(node.low * top)} and {number(node.high * top)} of {number(top)}."
        )
    return sentences


def _counted(grade: Grade, node: Node, counted: Counted, top: Fraction, voice: Voice) -> list[str]:
    tried = len(grade.work.attempts.get(node.key, ()))
    which = "The only attempt counts" if tried == 1 else f"Of {tried} attempts {POLICIES[node.rules.policy]}"
    score = f"{number(counted.raw * top)} of {number(top)}"
    sentences = [f"{which}: {score}, received {_moment(grade, counted.attempt.received_at)}."]
    if counted.attempt.reason:
        sentences.append(f"Its score was set by hand: “{counted.attempt.reason}”")
    if counted.due is not None:
        own = f"{voice.your.capitalize()} own due date, by an extension, is"
        whose = own if counted.extended else "It was due"
        sentences.append(f"{whose} {_moment(grade, counted.due)}.")
    if counted.days_late:
        sentences.append(_late(counted, top, voice))
    return sentences


def _late(counted: Counted, top: Fraction, voice: Voice) -> str:
    late = f"That is {counted.days_late} {_plural('day', counted.days_late)} late"
    if counted.grace_days:
        late += f", {counted.grace_days} of them free with {voice.your} grace days"
    if not counted.penalty:
        return f"{late}: nothing is lost."
    kept = percent(FULL - counted.penalty)
    worth = number(counted.worth * top)
    return f"{late}: {percent(counted.penalty)} is lost, {number(counted.raw * top)} × {kept} = {worth}."


def _free_days(grade: Grade, node: Node) -> list[str]:
    days = node.free_days
    if days is None:
        return []
    of_all = f"{days.given} grace {_plural('day', days.given)}"
    if not days.spent:
        return [f"None of the {of_all} is spent." if days.given > 1 else "The grace day is not spent."]
    spent = ", ".join(f"{count} on {grade.node(key).title}" for key, count in days.spent)
    return [f"{days.count} of {of_all} {'is' if days.count == 1 else 'are'} spent: {spent}."]


def _minimum(grade: Grade, node: Node) -> list[str]:
    if node.minimum is None:
        return []
    rule = node.minimum.rule
    asked = f"It must reach {number(rule.least)} of {number(grade.tree.scheme.scale.top)}"
    if node.minimum.state == "met":
        return [f"{asked}, and does."]
    if node.minimum.state == "open":
        return [f"{asked}, which is still open; below that the final grade is at most {number(rule.cap)}."]
    return [f"{asked}, and does not: the final grade is at most {number(rule.cap)}."]


def _points(grade: Grade, node: Node) -> list[str]:
    if node.dropped:
        return []
    worth = number(node.share * Fraction(grade.tree.scheme.scale.top))
    brings = "So far it brings" if node.score is None else "It brings"
    sentence = f"{brings} {number(node.earned)} of its {worth} points of the grade"
    if node.winnable:
        sentence += f"; {number(node.winnable)} {_are(node.winnable)} still open"
    if node.retrievable and node.open:
        sentence += f", {number(node.retrievable)} of them to better attempts"
    elif node.retrievable:
        sentence += ", to a better attempt"
    if node.gone:
        sentence += f"; {number(node.gone)} {_are(node.gone)} lost"
    return [f"{sentence}."]


def _final(grade: Grade) -> list[str]:
    final, scale = grade.possible, grade.tree.scheme.scale
    if final.low is None or final.high is None or final.exact_low is None or final.exact_high is None:
        return ["Nothing counts yet, so there is no grade."]
    sentences = [_holding(grade.node(key)) for key in final.capped_by]
    rounding = f"rounded once, {ROUNDINGS[scale.rounding]}, to {scale.decimals} {_plural('decimal', scale.decimals)}"
    if final.value is not None:
        mark = f", {final.mark}" if final.mark else ""
        return [*sentences, f"The grade is {final.value}{mark}: {number(final.exact_low)}, {rounding}."]
    exact = f"{number(final.exact_low)} to {number(final.exact_high)}"
    return [*sentences, f"The grade can still be {final.low} to {final.high}: {exact}, {rounding}."]


def _holding(node: Node) -> str:
    """What a minimum does that holds the whole down."""
    assert node.minimum is not None
    cap = number(node.minimum.rule.cap)
    if node.minimum.state == "open":
        return f"The minimum in {node.title} is not met yet: until it is, the grade is at most {cap}."
    return f"The minimum in {node.title} is not met: the grade is at most {cap}."


def _moment(grade: Grade, moment: datetime) -> str:
    """A moment to the second by the course's clock, which is named: pages show the reader's."""
    return f"{moment.astimezone(grade.tree.zone):%Y-%m-%d %H:%M:%S} ({grade.tree.zone})"


def _are(amount: Fraction) -> str:
    return "is" if amount == 1 else "are"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
