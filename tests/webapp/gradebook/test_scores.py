"""Scores entered by hand: the form, all or nothing, nobody's work overwritten, the history."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

from webapp.audit import Change
from webapp.gradebook.scores import NOTHING, Changed, Entry, Held, NotAScore, read_score, save
from webapp.grades.models import Rollup

SCORES = "/courses/small/gradebook/scores"


@pytest.fixture
def send(browser, number_of):
    """Sends scores as somebody: {(name, component): (score, was)} or (score, was, comment, noted)."""

    def post(who, entered, query=""):
        form = {}
        for (name, component), values in entered.items():
            place = f"{number_of(name)}.{component}"
            for kind, value in zip(("score", "was", "comment", "noted"), values, strict=False):
                form[f"{kind}.{place}"] = value
        return browser(who).post(f"{SCORES}{query}", form)

    return post


@pytest.fixture
def changes(database):
    """The audit log of scores, oldest first."""

    def read():
        with database.reading() as session:
            return list(session.scalars(select(Change).where(Change.kind == "score").order_by(Change.id)))

    return read


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("7.5", "7.5"),
        (" 7,5 ", "7.5"),
        ("10", "10"),
        ("0", "0"),
        (",5", "0.5"),
        ("7.", "7"),
        ("+3", "3"),
        ("6.1250", "6.125"),
    ],
)
def test_a_number_is_understood_with_comma_and_point(text, score):
    assert read_score(text, Decimal(10)) == Decimal(score)


def test_an_empty_cell_is_no_score():
    assert read_score("  ", Decimal(10)) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("11", "11 is more than 10."),
        ("-1", "-1 is less than 0."),
        ("ten", "“ten” is no number."),
        ("NaN", "“NaN” is no number."),
        ("1e1", "“1e1” is no number."),
        ("1.000,5", "“1.000,5” is no number."),
        ("７", "“７” is no number."),
        ("=1+1", "“=1+1” is no number."),
        ("7.1234", "7.1234 has more than three decimals."),
    ],
)
def test_what_is_no_score_says_why(text, told):
    with pytest.raises(NotAScore, match=r".") as caught:
        read_score(text, Decimal(10))
    assert str(caught.value) == told


def test_scores_are_saved_with_one_post(send, score_of):
    entered = {("ana", "exam"): ("7,5", ""), ("ben", "exam"): ("3", ""), ("ana", "cnn"): ("10", "")}
    answer = send("tia", entered, "?group=A")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{SCORES}?group=A")
    assert score_of("ana", "exam") == (Decimal("7.5"), "")
    assert score_of("ben", "exam") == (Decimal(3), "")
    assert score_of("ana", "cnn") == (Decimal(10), "")


def test_with_one_wrong_cell_nothing_is_saved(send, score_of, number_of, changes):
    answer = send("tia", {("ana", "exam"): ("7", ""), ("ben", "exam"): ("11", "")})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="error.{number_of("ben")}.exam">11 is more than 10.</span>' in page
    assert f'name="score.{number_of("ana")}.exam" value="7"' in page, "what was typed is still there"
    assert score_of("ana", "exam") is None
    assert changes() == []


def test_what_somebody_else_changed_meanwhile_is_told_and_kept(send, score_of, number_of):
    send("ines", {("ana", "exam"): ("6", "")})
    answer = send("tia", {("ana", "exam"): ("9", ""), ("ben", "exam"): ("5", "")})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody else has set it to 6 meanwhile. Save again to replace that." in page
    assert (score_of("ana", "exam"), score_of("ben", "exam")) == ((Decimal(6), ""), None)
    assert f'name="was.{number_of("ana")}.exam" value="6"' in page
    assert send("tia", {("ana", "exam"): ("9", "6"), ("ben", "exam"): ("5", "")}).status_code == 303
    assert (score_of("ana", "exam"), score_of("ben", "exam")) == ((Decimal(9), ""), (Decimal(5), ""))


@pytest.mark.parametrize(("stood", "was"), [(None, NOTHING), ("5", Held(Decimal(5)))])
def test_of_two_who_enter_a_score_at_the_same_moment_the_second_is_told(
    database, small, sheet, number_of, stands, score_of, stood, was
):
    if stood is not None:
        stands("ana", "exam", stood)
    columns, place, told = sheet().columns, (number_of("ana"), "exam"), []
    with database.writing() as session:  # nobody's grade was computed yet, so there is no roll-up to wait at
        session.execute(delete(Rollup))

    def enter(session, score):
        return save(session, small.id, columns, [Entry(place, was, Held(Decimal(score)))], by_id=number_of("tia"))

    def second():
        try:
            with database.writing() as session:
                enter(session, 7)
        except Exception as error:  # whatever it is, the test looks at it
            told.append(error)

    late = threading.Thread(target=second)
    with database.writing() as session:
        enter(session, 3)
        late.start()
        late.join(timeout=0.5)
    late.join()
    assert [(type(error), getattr(error, "found", None)) for error in told] == [(Changed, {place: Held(Decimal(3))})]
    assert score_of("ana", "exam") == (Decimal(3), "")


def test_cells_that_nobody_touched_do_not_undo_the_work_of_others(send, score_of):
    send("ines", {("ana", "exam"): ("6", "")})
    assert send("tia", {("ana", "exam"): ("", ""), ("ben", "exam"): ("5", "")}).status_code == 303
    assert score_of("ana", "exam") == (Decimal(6), "")


def test_two_who_enter_the_same_agree(send, changes):
    for who in ("ines", "tia"):
        assert send(who, {("ana", "exam"): ("6", "")}).status_code == 303
    assert len(changes()) == 1


def test_a_score_is_cleared(send, score_of):
    send("tia", {("ana", "exam"): ("6", "")})
    send("tia", {("ana", "exam"): ("", "6")})
    assert score_of("ana", "exam") == (None, "")


def test_a_comment_goes_with_its_score(send, score_of):
    send("tia", {("ana", "exam"): ("6", "", "Well argued.", "")}, "?component=exam")
    assert score_of("ana", "exam") == (Decimal(6), "Well argued.")
    send("tia", {("ana", "exam"): ("7", "6")})
    assert score_of("ana", "exam") == (Decimal(7), "Well argued."), "a form without comments leaves them"


def test_a_comment_that_is_too_long_or_unprintable_is_told(send, score_of):
    for comment, told in (("x" * 1001, "too long"), ("a\x00b", "control character")):
        answer = send("tia", {("ana", "exam"): ("6", "", comment, "")}, "?component=exam")
        assert answer.status_code == 422
        assert told in answer.get_data(as_text=True)
    assert score_of("ana", "exam") is None


def test_history_is_kept_and_never_overwritten(send, changes, number_of):
    for score, was in (("6", ""), ("7", "6"), ("", "7")):
        send("tia", {("ana", "exam"): (score, was)})
    steps = changes()
    assert [(step.before["score"], step.after["score"]) for step in steps] == [(None, "6"), ("6", "7"), ("7", None)]
    assert {(step.by_id, step.user_id, step.subject) for step in steps} == {
        (number_of("tia"), number_of("ana"), "Exam"),
    }


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("score.{sol}.exam", "Somebody has left the class"),
        ("score.{tia}.exam", "Somebody has left the class"),
        ("score.{ana}.scale", "That form does not fit the gradebook"),
        ("score.{ana}.nothing", "That form does not fit the gradebook"),
        ("score.x.exam", "That form does not fit the gradebook"),
    ],
)
def test_a_score_for_nobody_or_nothing_is_refused(browser, number_of, changes, field, told):
    name = field.format(sol=number_of("sol"), tia=number_of("tia"), ana=number_of("ana"))
    answer = browser("tia").post(SCORES, {name: "5", f"score.{number_of('ana')}.exam": "5"})
    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert changes() == []


def test_a_student_enters_nothing(send, score_of):
    assert send("ana", {("ana", "exam"): ("10", "")}).status_code == 403
    assert send("omar", {("ana", "exam"): ("10", "")}).status_code == 404
    assert score_of("ana", "exam") is None


def test_the_page_has_a_field_for_each_student_and_score(browser, number_of, stands):
    stands("ana", "exam", "7.5", "Fine.")
    page = browser("tia").get(SCORES).get_data(as_text=True)
    for name in ("ana", "ben"):
        for component in ("cnn", "exam"):
            assert f'name="score.{number_of(name)}.{component}"' in page
    assert f'name="comment.{number_of("ana")}.exam"' not in page
    page = browser("tia").get(f"{SCORES}?component=exam").get_data(as_text=True)
    assert f'name="score.{number_of("ana")}.cnn"' not in page
    assert f'name="comment.{number_of("ana")}.exam" value="Fine."' in page


def test_a_score_that_is_none_is_not_there(browser):
    assert browser("tia").get(f"{SCORES}?component=scale").status_code == 404


def test_a_course_without_scores_by_hand_says_so(browser, database, small):
    from webapp.courses.models import Course

    with database.writing() as session:
        other = session.scalars(select(Course.path).where(Course.slug == "other")).one()
        session.get(Course, small.id).path = other
    for page in (SCORES, "/courses/small/gradebook/import"):
        assert "No score is entered by hand" in browser("tia").get(page).get_data(as_text=True)
