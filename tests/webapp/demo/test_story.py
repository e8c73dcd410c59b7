"""The story of the demo class: the same for the same seed, in the past, and like a class."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.course import load_course
from webapp.demo.files import files_of
from webapp.demo.people import KINDS, classmates
from webapp.demo.story import Story, tell

CONTENT = load_course(Path(__file__).resolve().parents[3])
FILES = {name: files_of(exercise) for name, exercise in CONTENT.exercises.items()}
TODAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    """A class of a hundred."""
    return tell(CONTENT, FILES, 100, 2500, seed=1, today=TODAY)


def test_the_same_seed_gives_the_same_story() -> None:
    first, second, other = (tell(CONTENT, FILES, 8, 40, seed=seed, today=TODAY) for seed in (5, 5, 6))
    assert first == second
    assert first.handed_in != other.handed_in


@pytest.mark.parametrize("submissions", [0, 1, 30, 300])
def test_as_much_is_handed_in_as_was_asked_for(submissions: int) -> None:
    assert len(tell(CONTENT, FILES, 10, submissions, seed=2, today=TODAY).handed_in) == submissions


def test_everything_is_handed_in_before_today_and_in_the_order_of_time(story: Story) -> None:
    moments = [each.at for each in story.handed_in]
    assert moments == sorted(moments)
    assert moments[-1] <= TODAY


def test_the_class_is_in_the_middle_of_the_course(story: Story) -> None:
    assert min(story.due.values()) < TODAY < max(story.due.values())
    begun = Counter(each.file.exercise for each in story.handed_in)
    assert begun["affine"] > begun["batch_norm"] > begun["dropout"]


def test_more_is_handed_in_in_the_evening_than_in_the_morning(story: Story) -> None:
    hours = Counter(each.at.astimezone(CONTENT.zone).hour for each in story.handed_in)
    assert sum(hours[hour] for hour in range(17, 23)) > 3 * sum(hours[hour] for hour in range(6, 12))


def test_more_is_handed_in_on_the_last_day_than_on_any_other(story: Story) -> None:
    due = story.due["affine"]
    days = Counter((due - each.at).days for each in story.handed_in if each.file.exercise == "affine")
    assert days.most_common(1)[0][0] == 0


def test_some_pass_at_once_most_struggle_and_some_give_up(story: Story) -> None:
    sittings: dict[tuple[int, str], list[str]] = {}
    for each in story.handed_in:
        sittings.setdefault((each.student, each.file.exercise), []).append(each.file.kind)
    at_once = sum(kinds[0] == "right" for kinds in sittings.values()) / len(sittings)
    never = sum("right" not in kinds for kinds in sittings.values()) / len(sittings)
    assert 0.05 < at_once < 0.5
    assert 0.05 < never < 0.4


def test_who_is_absent_hands_in_nothing_and_who_stops_nothing_any_more(story: Story) -> None:
    kinds = [person.kind for person in story.people]
    assert "absent" in kinds
    assert not [each for each in story.handed_in if kinds[each.student] == "absent"]
    assert not [each for each in story.handed_in if kinds[each.student] == "stops" and each.file.exercise == "dropout"]


def test_a_copier_hands_in_the_friend_s_file_after_the_friend(story: Story) -> None:
    last = {(each.student, each.file.exercise): each for each in story.handed_in}
    copied = 0
    for (student, name), each in last.items():
        person = story.people[student]
        friends = last.get((person.friend, name)) if person.friend is not None else None
        if friends is not None and friends.file == each.file:
            copied += 1
            assert each.at > friends.at
    assert copied > 5


def test_every_kind_of_student_is_in_a_class_of_ten() -> None:
    assert {person.kind for person in tell(CONTENT, FILES, 10, 10, seed=1, today=TODAY).people} == KINDS.keys()


def test_nobody_shares_an_address() -> None:
    people = classmates(3000, random.Random(1))
    assert len({person.login for person in people}) == 3000
    assert all(person.login.isascii() for person in people)
