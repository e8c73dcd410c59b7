"""What the attempts at one exercise are worth: days late, extensions, policies, and when nothing more can come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from grader.grade_scheme import LateRule
from grader.timetable import Timetable
from webapp.grades.attempts import Attempt, Extension, Rules, counted, days_late, extended, ratio, standing

MADRID = ZoneInfo("Europe/Madrid")
TENTH = LateRule(Decimal("0.1"), Decimal("0.5"))


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


DUE = local("2026-12-01T23:59:59")
DATES = Timetable(due=DUE)


def at(text, score, top=10):
    return Attempt(local(text), score, top)


def rules(policy="best", late=TENTH):
    return Rules(policy, late, MADRID)


def stand(attempts, dates=DATES, how=None, grace=0, now=DUE):
    return standing(attempts, dates, how or rules(), grace, now)


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "days"),
    [
        ("2026-12-01T23:59:59", 0),
        ("2026-12-02T00:00:00", 1),
        ("2026-12-02T23:59:59", 1),
        ("2026-12-03T00:00:00", 2),
        ("2026-12-31T12:00:00", 30),
    ],
)
def test_a_day_that_has_begun_is_a_day_late(received, days):
    assert days_late(local(received), DUE, MADRID) == days


@pytest.mark.parametrize(
    ("due", "last_moment_of_the_first_day", "hours"),
    [("2027-03-27T23:59:59", "2027-03-28T23:59:59", 23), ("2027-10-30T23:59:59", "2027-10-31T23:59:59", 25)],
)
def test_a_day_late_lasts_until_the_same_time_of_day_when_the_clocks_change(due, last_moment_of_the_first_day, hours):
    due, last = local(due), local(last_moment_of_the_first_day)
    assert last - due == timedelta(hours=hours)
    assert days_late(last, due, MADRID) == 1
    assert days_late(last + timedelta(seconds=1), due, MADRID) == 2


def test_a_week_over_the_change_of_clocks_is_counted_by_the_calendar():
    due = local("2027-10-28T12:00:00")
    assert days_late(local("2027-11-04T12:00:00"), due, MADRID) == 7
    assert days_late(local("2027-11-04T12:00:01"), due, MADRID) == 8


def test_a_microsecond_late_is_late():
    assert days_late(DUE + timedelta(microseconds=1), DUE, MADRID) == 1


def test_later_is_never_fewer_days():
    due = local("2027-10-29T02:30:00")
    moments = [due + timedelta(minutes=10 * step) for step in range(600)]
    days = [days_late(moment, due, MADRID) for moment in moments]
    assert days == sorted(days)


# --- extensions -------------------------------------------------------------------------------------------------------


def test_days_of_an_extension_keep_the_time_of_day_when_the_clocks_change():
    dates = Timetable(due=local("2027-03-27T23:59:59"), closes=local("2027-03-27T23:59:59"))
    own = extended(dates, [Extension(days=2)], MADRID)
    assert own.due == own.closes == local("2027-03-29T23:59:59")


def test_a_new_due_date_moves_closing_along():
    dates = Timetable(due=DUE, closes=DUE + timedelta(days=7))
    own = extended(dates, [Extension(due=DUE + timedelta(days=3))], MADRID)
    assert (own.due, own.closes) == (DUE + timedelta(days=3), DUE + timedelta(days=10))


@pytest.mark.parametrize(
    ("due", "closes", "extended_to", "then_closes"),
    [
        ("2027-03-20T23:59:59", "2027-03-31T23:59:59", "2027-03-29T23:59:59", "2027-04-09T23:59:59"),
        ("2027-03-20T23:59:59", "2027-03-25T23:59:59", "2027-03-24T23:59:59", "2027-03-29T23:59:59"),
        ("2027-10-25T23:59:59", "2027-10-28T23:59:59", "2027-11-02T23:59:59", "2027-11-05T23:59:59"),
        ("2027-10-25T23:59:59", "2027-10-29T23:59:59", "2027-10-28T23:59:59", "2027-11-01T23:59:59"),
        ("2027-03-27T20:00:00", "2027-03-30T20:00:00", "2027-03-28T21:30:00", "2027-03-31T21:30:00"),
    ],
)
def test_closing_moves_with_a_new_due_date_by_the_calendar_when_the_clocks_change(
    due, closes, extended_to, then_closes
):
    own = extended(Timetable(due=local(due), closes=local(closes)), [Extension(due=local(extended_to))], MADRID)
    assert own == Timetable(due=local(extended_to), closes=local(then_closes))


def test_an_exercise_never_closes_before_it_is_due_or_sooner_than_it_did():
    first = local("2027-10-31T02:30:00")  # this time of day comes twice
    second = first + timedelta(hours=1)
    strict = extended(Timetable(due=first, closes=first), [Extension(due=second)], MADRID)
    assert (strict.due, strict.closes) == (second, second)
    dates = Timetable(due=first, closes=local("2027-11-05T12:00:00"))
    assert extended(dates, [Extension(due=second - timedelta(minutes=15))], MADRID).closes == dates.closes


def test_of_several_extensions_the_latest_counts_and_none_shortens():
    several = [Extension(days=1), Extension(days=4), Extension(due=DUE - timedelta(days=9))]
    assert extended(DATES, several, MADRID).due == DUE + timedelta(days=4)
    assert extended(DATES, several[2:], MADRID) == DATES


@pytest.mark.parametrize(
    ("extension", "closes"),
    [
        (Extension(days=2), local("2026-12-03T23:59:59")),
        (Extension(due=DUE + timedelta(hours=5)), DUE + timedelta(hours=5)),
        (Extension(due=DUE - timedelta(hours=5)), DUE),
    ],
)
def test_an_exercise_that_closes_without_being_due_closes_later(extension, closes):
    assert extended(Timetable(closes=DUE), [extension], MADRID) == Timetable(closes=closes)


def test_an_exercise_without_a_due_date_needs_no_extension():
    assert extended(Timetable(), [Extension(days=3)], MADRID) == Timetable()


# --- which attempt counts ---------------------------------------------------------------------------------------------


def test_the_best_attempt_is_the_best_after_its_penalty():
    attempts = [at("2026-12-01T12:00:00", 7), at("2026-12-04T12:00:00", 9)]  # 9 less 30% is 6.3
    chosen = counted(attempts, DATES, DATES, rules(), 0)
    assert (chosen.attempt, chosen.worth, chosen.days_late) == (attempts[0], Fraction(7, 10), 0)
    assert counted(attempts, DATES, DATES, rules(), 2).attempt == attempts[1]  # 9 less 10% is 8.1


def test_the_last_attempt_counts_though_it_is_worse():
    attempts = [at("2026-12-02T12:00:00", 5), at("2026-12-01T12:00:00", 9)]
    assert counted(attempts, DATES, DATES, rules("last"), 0).worth == Fraction(45, 100)


def test_the_latest_before_the_deadline_ignores_late_ones():
    attempts = [at("2026-11-30T12:00:00", 9), at("2026-12-01T12:00:00", 6), at("2026-12-02T12:00:00", 10)]
    assert counted(attempts, DATES, DATES, rules("latest_before_deadline"), 0).worth == Fraction(6, 10)


def test_late_attempts_do_not_count_without_a_late_rule():
    attempts = [at("2026-12-01T12:00:00", 3), at("2026-12-02T12:00:00", 10)]
    assert stand(attempts, how=rules(late=None)).low == (Fraction(3, 10),)


def test_what_came_after_closing_does_not_count():
    dates = Timetable(due=DUE, closes=DUE + timedelta(days=1))
    assert counted([at("2026-12-03T12:00:00", 10)], dates, dates, rules(), 0) is None


def test_a_penalty_has_its_cap():
    (worth,) = stand([at("2027-02-01T12:00:00", 8)]).low
    assert worth == Fraction(4, 10)


def test_grace_days_make_a_curve_that_ends_where_they_no_longer_help():
    curve = stand([at("2026-12-03T12:00:00", 10)], grace=5).low
    assert curve == (Fraction(8, 10), Fraction(9, 10), Fraction(1))


def test_attempts_out_of_different_points_are_compared_by_their_share():
    assert stand([at("2026-12-01T12:00:00", 5, 5), at("2026-12-01T13:00:00", 9, 10)]).low == (Fraction(1),)


def test_floats_are_taken_as_they_are_written():
    assert ratio(0.1, 1.0) == Fraction(1, 10)
    assert ratio(Decimal("3.3"), 10) == ratio(3.3, 10.0) == Fraction(33, 100)


@pytest.mark.parametrize(("score", "top"), [(11, 10), (-1, 10), (1, 0), (float("nan"), 10), (1.0, float("inf"))])
def test_a_score_out_of_range_is_refused_with_its_value(score, top):
    with pytest.raises(ValueError, match=f"a score of {score} out of {top}"):
        ratio(score, top)


# --- missing, waiting, lost -------------------------------------------------------------------------------------------


def test_nothing_yet_is_missing_until_nothing_can_be_earned():
    closing = Timetable(due=DUE, closes=DUE + timedelta(days=2))
    assert stand([], closing, now=DUE).high == (Fraction(1),)
    assert stand([], closing, now=DUE + timedelta(days=2)).high == (Fraction(8, 10),)
    assert stand([], closing, now=DUE + timedelta(days=2, seconds=1)).state == "lost"


def test_an_exercise_that_closes_without_being_due_is_lost_after_that():
    assert stand([], Timetable(closes=DUE), now=DUE).state == "missing"
    assert stand([], Timetable(closes=DUE), now=DUE + timedelta(seconds=1)).state == "lost"


def test_without_a_late_rule_it_is_lost_once_it_is_due():
    assert stand([], how=rules(late=None), now=DUE).state == "missing"
    assert stand([], how=rules(late=None), now=DUE + timedelta(seconds=1)).state == "lost"


def test_an_exercise_that_was_never_due_stays_open():
    assert stand([], Timetable(), now=DUE + timedelta(days=9999)).state == "missing"


def test_it_is_lost_when_the_attempts_are_used_up_and_none_counts():
    dates = Timetable(due=DUE, attempts=1)
    late = [at("2026-12-02T12:00:00", 10)]
    assert stand(late, dates, rules("latest_before_deadline"), now=DUE).state == "lost"
    assert stand(late, Timetable(due=DUE, attempts=2), rules("latest_before_deadline"), now=DUE).state == "missing"


def test_an_attempt_that_waits_for_its_verdict_is_no_zero():
    waiting = at("2026-12-01T12:00:00", None)
    alone = stand([waiting], now=DUE + timedelta(days=99))
    assert (alone.state, alone.low, alone.high, alone.so_far) == ("waiting", (Fraction(0),), (Fraction(1),), None)
    after_another = stand([at("2026-12-01T11:00:00", 6), waiting])
    assert (after_another.low, after_another.high) == ((Fraction(6, 10),), (Fraction(1),))
