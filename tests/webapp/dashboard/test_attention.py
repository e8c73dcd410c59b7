"""Who needs help, and why: the rules on plain data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from webapp.dashboard.attention import SOON, STUCK_AFTER, Position, Task, needs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OVER = Task("adam", "Adam", NOW - HOUR)
COMING = Task("sgd", "SGD", NOW + SOON - HOUR)
FAR = Task("dropout", "Dropout", NOW + SOON + HOUR)


def position(user_id: int = 1, tried: str = "", passed: str = "", **since_best: int) -> Position:
    done = passed.split()
    return Position(
        user_id, f"Student {user_id}", frozenset(tried.split() + done), len(done), tuple(since_best.items())
    )


def reasons(of: Position, *tasks: Task) -> list[str]:
    return [reason.text for need in needs([of], tasks, {}, NOW) for reason in need.reasons]


def test_what_was_due_and_is_not_started() -> None:
    assert reasons(position(tried="momentum"), OVER) == ["Has not started Adam, which was due."]


def test_nothing_handed_in_at_all_is_said() -> None:
    assert reasons(position(), OVER) == ["Has handed in nothing yet; Adam was due."]


def test_what_is_due_soon_and_is_not_started() -> None:
    assert reasons(position(), COMING, FAR) == ["Has not started SGD, due within 2 days."]


def test_what_has_been_tried_is_no_reason() -> None:
    assert reasons(position(tried="adam sgd"), OVER, COMING, FAR) == []


def test_the_moment_of_the_due_date_is_not_over() -> None:
    assert reasons(position(), Task("adam", "Adam", NOW)) == ["Has not started Adam, due within 2 days."]


def test_many_attempts_since_the_best_one_are_stuck() -> None:
    stuck = position(tried="adam", adam=STUCK_AFTER)
    assert reasons(stuck, OVER) == [f"Is stuck at Adam ({STUCK_AFTER} attempts since the best one)."]
    assert reasons(position(tried="adam", adam=STUCK_AFTER - 1), OVER) == []


def test_nobody_is_stuck_where_nothing_is_taken_any_more() -> None:
    assert reasons(position(tried="adam", adam=9), Task("adam", "Adam", NOW - HOUR, is_closed=True)) == []


def test_more_than_three_exercises_are_counted() -> None:
    tasks = [Task(name, name.upper(), NOW - HOUR) for name in "abcde"]
    assert reasons(position(tried="x"), *tasks) == ["Has not started 5 exercises that were due: A; B; C and 2 more."]
    assert reasons(position(tried="x"), *tasks[:3]) == ["Has not started 3 exercises that were due: A; B; C."]


def test_who_has_passed_fewer_than_most_of_the_class_falls_behind() -> None:
    positions = [position(number, passed="a b c") for number in range(9)] + [position(9, passed="a")]
    found = needs(positions, [], {}, NOW)
    assert [need.position.user_id for need in found] == [9]
    assert found[0].reasons[0].text == (
        "Falls behind: full marks in 1 exercise, half of the class has them in 3 or more."
    )


def test_one_exercise_less_is_not_behind() -> None:
    positions = [position(number, passed="a b c") for number in range(9)] + [position(9, passed="a b")]
    assert needs(positions, [], {}, NOW) == []


def test_half_of_the_class_is_not_behind_the_other_half() -> None:
    positions = [position(number, passed="a b c d" if number % 2 else "") for number in range(10)]
    assert needs(positions, [], {}, NOW) == []


def test_an_extension_takes_the_reason_away() -> None:
    own = {1: [Task("adam", "Adam", NOW + 5 * SOON)]}
    found = needs([position(1), position(2)], [OVER], own, NOW)
    assert [need.position.user_id for need in found] == [2]


def test_what_can_still_be_rescued_comes_first() -> None:
    overdue, stuck = position(1, tried="sgd"), position(2, tried="adam sgd", adam=7)
    found = needs([overdue, stuck], [OVER, COMING], {}, NOW)
    assert [need.position.user_id for need in found] == [2, 1]


def test_equals_are_in_the_order_of_their_names() -> None:
    found = needs([position(2), position(1)], [OVER], {}, NOW)
    assert [need.position.user_id for need in found] == [1, 2]


def test_an_empty_class_needs_nobody() -> None:
    assert needs([], [OVER], {}, NOW) == []
