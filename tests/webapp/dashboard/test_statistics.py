"""The numbers of a class, on plain data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.dashboard import statistics as numbers
from webapp.dashboard.statistics import LEAST_FOR_CORRELATION, QUARTER

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("counts", "expected"), [({}, None), ({3: 1}, 3), ({1: 1, 2: 1}, 1.5), ({1: 5, 9: 4}, 1), ({2: 2, 8: 2}, 5)]
)
def test_the_median_of_counted_numbers(counts, expected):
    assert numbers.median(counts) == expected


@given(st.lists(st.integers(0, 20), min_size=1))
def test_the_median_is_that_of_the_numbers_one_by_one(many):
    import statistics

    counts = {number: many.count(number) for number in many}
    assert numbers.median(counts) == statistics.median(many)


def test_the_median_time():
    assert numbers.median_time([MINUTE, 3 * MINUTE, 90 * MINUTE]) == 3 * MINUTE
    assert numbers.median_time([]) is None


def test_an_exercise_that_only_the_strong_solve_discriminates():
    pairs = [(float(place >= 6), float(place)) for place in range(12)]
    assert numbers.discrimination(pairs) == pytest.approx(0.87, abs=0.01)
    assert numbers.discrimination([(1 - own, rest) for own, rest in pairs]) == pytest.approx(-0.87, abs=0.01)


def test_too_few_students_or_equal_results_say_nothing():
    few = [(float(place % 2), float(place)) for place in range(LEAST_FOR_CORRELATION - 1)]
    assert numbers.discrimination(few) is None
    assert numbers.discrimination([(1.0, float(place)) for place in range(20)]) is None
    assert numbers.discrimination([(float(place), 2.0) for place in range(20)]) is None


def test_full_marks_stand_for_themselves_among_the_scores():
    bins = {each.label: each.count for each in numbers.of_scores({0.0: 1, 0.7: 2, 0.99: 3, 1.0: 4})}
    assert (bins["0–10%"], bins["70–80%"], bins["90–100%"], bins["full"]) == (1, 2, 3, 4)


def test_the_best_grade_is_in_the_last_range():
    bins = {each.label: each.count for each in numbers.of_grades({0.0: 1, 4.9: 1, 5.0: 1, 10.0: 2}, 10)}
    assert (bins["0–1"], bins["4–5"], bins["5–6"], bins["9–10"]) == (1, 1, 1, 2)


def test_many_attempts_are_counted_together():
    bins = numbers.of_attempts({1: 3, 8: 1, 30: 2})
    assert [bins[0].count, bins[-1].count, bins[-1].label] == [3, 3, "8+"]


def test_a_duration_belongs_to_the_range_that_it_begins():
    bins = numbers.of_durations([timedelta(0), 10 * MINUTE, timedelta(days=30)])
    assert [each.label for each in bins if each.count] == ["< 10 min", "10–30 min", "> 7 days"]


@given(st.dictionaries(st.floats(0, 1), st.integers(1, 9)))
def test_no_student_is_lost_between_the_bars(counts):
    assert sum(each.count for each in numbers.of_scores(counts)) == sum(counts.values())


def test_days_are_those_of_the_courses_calendar():
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    quarter = int(late.timestamp()) // QUARTER
    assert numbers.by_day({quarter: 2}, ZoneInfo("Europe/Madrid")) == {date(2026, 11, 23): 2}
    assert numbers.by_day({quarter: 2}, UTC) == {date(2026, 11, 22): 2}


def test_the_running_total_begins_with_what_was_before():
    days = {date(2026, 1, 1): 2, date(2026, 1, 4): 1}
    assert numbers.running_total(days, date(2026, 1, 3), date(2026, 1, 5)) == [2, 3, 3]
