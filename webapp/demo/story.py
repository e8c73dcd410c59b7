"""Who of the demo class hands in which file at which moment. Pure: the same seed gives the same story.

Each student has an ability and habits. An exercise that somebody begins takes one sitting or a few: wrong attempts
first, of which the early ones may not even run, then one mistake after the other until it is right, or until patience
ends. Most begin in the evening, and most of all shortly before the deadline.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import accumulate
from typing import Final, NamedTuple

from grader.course import Course as Content
from webapp.demo.files import File, Files
from webapp.demo.people import Person, classmates
from webapp.submissions.models import Origin

WINDOW_DAYS: Final = 13
"""Work on an exercise begins so many days before it is due, at the earliest."""
BETWEEN_UNITS_DAYS: Final = 7
BEGUN: Final = (0.94, 0.55, 0.16, 0.04)
"""The share of the class that has begun what is past due, what is due next, and what comes after that."""
SELDOM: Final = 2.0
"""Attempts in a sitting, at the least in the mean: where fewer are handed in, fewer have begun."""
LATE: Final = 0.07
"""The share of past exercises that are handed in up to three days late."""
HOURS: Final = (3, 2, 1, 0, 0, 0, 0, 1, 2, 4, 6, 7, 6, 4, 5, 7, 9, 10, 12, 13, 14, 17, 19, 12)
"""How many begin at each hour of the day."""
PAUSE_MIN: Final = 6.0
"""Minutes between two attempts, in the middle."""
ORIGINS: Final[dict[Origin, float]] = {"editor": 0.75, "upload": 0.15, "api": 0.1}
"""What students are used to."""
RARELY: Final = {"endless loop": 0.02}
"""How much more seldom than the others a broken file is."""


class HandedIn(NamedTuple):
    """One submission: the student's number, the file, the moment, and how it came."""

    student: int
    file: File
    at: datetime
    origin: Origin


@dataclass(frozen=True)
class Story:
    """A class, its due dates by exercise, and what it has handed in until now, in the order of time."""

    people: Sequence[Person]
    due: Mapping[str, datetime]
    handed_in: Sequence[HandedIn]


@dataclass
class _Sitting:
    """One student at one exercise."""

    student: int
    exercise: str
    late: bool
    weight: float
    attempts: int = 1


def due_dates(content: Content, today: datetime) -> dict[str, datetime]:
    """Due dates by exercise, a week between units, such that the class is in the middle of the course today."""
    zone = content.zone or UTC
    first = today.astimezone(zone).date() + timedelta(days=3 - BETWEEN_UNITS_DAYS * (len(content.units) // 2))
    dates: dict[str, datetime] = {}
    for number, unit in enumerate(content.units):
        day = first + timedelta(days=number * BETWEEN_UNITS_DAYS)
        at = datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
        dates |= {exercise.name: at for exercise in unit.exercises}
    return dates


def tell(
    content: Content, files: Mapping[str, Files], students: int, submissions: int, seed: int, today: datetime
) -> Story:
    """The story of so many students, who have handed in so many files until today.

    Exercises without files are left alone. Where nothing is due yet that anybody would have begun, fewer are handed in.
    """
    dice = random.Random(seed)
    people, due = classmates(students, dice), due_dates(content, today)
    sittings = _sittings(people, {name: due[name] for name in files}, content, today, dice)
    _share_out(sittings, submissions, dice)
    zone = content.zone or UTC
    popular = {name: _ranks(len(each.mistakes), dice) for name, each in files.items()}
    origins = dice.choices([*ORIGINS], [*ORIGINS.values()], k=students)
    handed_in: list[HandedIn] = []
    last: dict[tuple[int, str], HandedIn] = {}
    for sitting in sittings:
        if not sitting.attempts:
            continue
        name, person = sitting.exercise, people[sitting.student]
        chosen = _files(sitting.attempts, files[name], popular[name], person.ability, dice)
        moments = _moments(sitting, person, due[name], today, zone, dice)
        friends = last.get((person.friend, name)) if person.friend is not None else None
        if friends is not None and friends.at < today - timedelta(hours=2):
            chosen[-1] = friends.file
            by = friends.at + timedelta(minutes=dice.uniform(5, 90)) - moments[-1]
            moments = [moment + by for moment in moments]
        origin = origins[sitting.student]
        done = [HandedIn(sitting.student, *each, origin) for each in zip(chosen, moments, strict=True)]
        last[sitting.student, name] = done[-1]
        handed_in += done
    handed_in.sort(key=lambda each: each.at)
    return Story(people, due, handed_in)


def _sittings(
    people: Sequence[Person], due: Mapping[str, datetime], content: Content, today: datetime, dice: random.Random
) -> list[_Sitting]:
    """Who has begun what, with how long it takes in proportion; whoever copies comes after the others."""
    coming = sorted({each for each in due.values() if each > today})
    stops = {number: dice.randrange(1, 3) for number, person in enumerate(people) if person.kind == "stops"}
    weeks = sorted(set(due.values()))
    found = []
    for number, person in enumerate(people):
        for name, at in due.items():
            stage = bisect_left(coming, at) + 1 if at > today else 0
            share = BEGUN[min(stage, len(BEGUN) - 1)] * (0.5 if person.kind == "late" and stage else 1)
            begins = dice.random() < share and person.kind != "absent"
            if begins and weeks.index(at) < stops.get(number, len(weeks)):
                struggle = content.exercises[name].difficulty * math.exp(-0.5 * person.ability)
                late = stage == 0 and dice.random() < LATE * (3 if person.kind == "late" else 1)
                found.append(_Sitting(number, name, late, struggle * dice.expovariate(1)))
    return sorted(found, key=lambda each: people[each.student].kind == "copies")


def _share_out(sittings: Sequence[_Sitting], submissions: int, dice: random.Random) -> None:
    """Gives every sitting its number of attempts: one, and of the rest as many as it takes in proportion."""
    most = math.ceil(submissions / SELDOM)
    for sitting in dice.sample(sittings, max(0, len(sittings) - most)):
        sitting.attempts, sitting.weight = 0, 0.0
    rest = submissions - sum(sitting.attempts for sitting in sittings)
    total = sum(sitting.weight for sitting in sittings) or 1.0
    given = 0
    for sitting, so_far in zip(sittings, accumulate(each.weight for each in sittings), strict=True):
        until = round(rest * so_far / total)
        sitting.attempts += until - given
        given = until


def _ranks(count: int, dice: random.Random) -> list[float]:
    """Weights of so many mistakes: a few are made by many, most by few."""
    weights = [1 / (rank + 1) ** 1.1 for rank in range(count)]
    dice.shuffle(weights)
    return weights


def _files(count: int, files: Files, popular: Sequence[float], ability: float, dice: random.Random) -> list[File]:
    """What a student hands in at so many attempts: worse at the beginning than at the end."""
    passes = dice.random() < 1 / (1 + math.exp(-1.8 - ability))
    checks_again = passes and count > 3 and dice.random() < 0.15
    wrong = count - passes - checks_again
    mistaken = []
    if files.mistakes:
        kinds = min(wrong, 1 + int(dice.expovariate(0.6)))
        mistaken = dice.choices(files.mistakes, popular, k=kinds)
    unlikely = [RARELY.get(each.name, 1) for each in files.broken]
    chosen = []
    for number in range(wrong):
        early = 3 * number < wrong
        if not mistaken or dice.random() < (0.3 if early else 0.05):
            chosen += dice.choices(files.broken, unlikely)
        else:
            chosen.append(mistaken[number * len(mistaken) // wrong])
    # Half of the right answers are much like the solution.
    right = [len(files.right) - 2 if number < 2 else 2 for number in range(len(files.right))]
    return chosen + dice.choices(files.right, right if sum(right) else None, k=passes + checks_again)


def _moments(
    sitting: _Sitting, person: Person, due: datetime, today: datetime, zone: tzinfo, dice: random.Random
) -> list[datetime]:
    """When the attempts of a sitting are handed in, in order; the last at the deadline, unless this one is late."""
    end = min(today, due)
    day = end.astimezone(zone).date() - timedelta(days=_days_before(person, dice))
    moments = [_in_the_evening(day, zone, dice)]
    while len(moments) < sitting.attempts:
        if dice.random() < 0.04:
            following = moments[-1].astimezone(zone).date() + timedelta(days=1)
            moments.append(max(_in_the_evening(following, zone, dice), moments[-1] + timedelta(hours=2)))
        else:
            moments.append(moments[-1] + timedelta(minutes=dice.lognormvariate(math.log(PAUSE_MIN), 0.9)))
    latest = min(today, due + timedelta(days=3 * dice.random())) if sitting.late else end
    if sitting.late or moments[-1] > latest:
        by = latest - timedelta(minutes=dice.expovariate(1 / 45)) - moments[-1]
        moments = [moment + by for moment in moments]
    return moments


def _days_before(person: Person, dice: random.Random) -> int:
    skew = 4.0 if person.kind in ("late", "copies") else 1.8
    return int(WINDOW_DAYS * dice.betavariate(0.8, skew))


def _in_the_evening(day: date, zone: tzinfo, dice: random.Random) -> datetime:
    (hour,) = dice.choices(range(24), HOURS)
    seconds = dice.uniform(0, 3600)
    return datetime.combine(day, time(hour), zone).astimezone(UTC) + timedelta(seconds=seconds)
