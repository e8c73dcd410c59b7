"""Numbers and changes in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from grader.report import Status
from webapp.dashboard import words


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (None, "–"),
        (timedelta(seconds=20), "under 1 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(minutes=95), "1 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2.6), "2 days"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(time, expected):
    assert words.duration(time) == expected


def test_numbers_have_no_needless_decimals():
    assert [words.number(2.0), words.number(2.5), words.number(None)] == ["2", "2.5", "–"]
    assert [words.percent(0.666), words.percent(None)] == ["67%", "–"]
    assert [words.count(1, "student"), words.count(5000, "student")] == ["1 student", "5,000 students"]


@pytest.mark.parametrize(("value", "says"), [(None, "needs more"), (-0.3, "hardly"), (0.2, "a little"), (0.5, "tells")])
def test_a_discrimination_is_told_in_words(value, says):
    assert says in words.correlation(value)


def test_a_change_tells_what_changed_only():
    before = {"component": "exam", "score": None, "is_late": True}
    after = {"component": "exam", "score": "7.5", "is_late": False}
    assert words.difference(before, after) == ["score: – → 7.5", "is late: yes → no"]
    assert words.difference(None, {"days": 2}) == ["days: – → 2"]


def test_every_status_has_its_words():
    from typing import get_args

    assert set(words.STATUSES) == set(get_args(Status))
