"""Extensions and excuses: granted with a reason, seen by the student, counted at once, withdrawn."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from webapp.accounts.services import make_user
from webapp.courses.models import Course
from webapp.database import now
from webapp.grades.models import Excuse, ExtensionGrant

PAGE = "/courses/small/setup/extensions"
EXCUSES = "/courses/small/setup/excuses"
GRADE = "/courses/small/grade"
LATE = """
title = "A course with a late rule"
[[units]]
name = "sound"
title = "Sound"
exercises = ["scale", "layer"]
[grade]
late = { per_day = 0.1 }
[[grade.components]]
key = "exercises"
title = "Exercises"
unit = "sound"
[[grade.components]]
key = "exam"
title = "Exam"
max = 10
"""


@pytest.fixture
def late(rewrite_course, set_up, put):
    """Ana and ben have handed in with full marks, two days late: a fifth is lost."""
    rewrite_course(LATE)
    set_up(due=now() - timedelta(days=3))
    for name in ("ana", "ben"):
        received_at = now() - timedelta(days=1, hours=1)
        put(name, received_at=received_at, state="graded", score=4, max_score=4, status="passed")


@pytest.fixture
def grants(database):
    """All extensions, and all excuses."""

    def read():
        with database.reading() as session:
            return list(session.scalars(select(ExtensionGrant))), list(session.scalars(select(Excuse)))

    return read


def body(answer):
    return answer.get_data(as_text=True)


def test_an_extension_changes_the_grade_at_once_and_its_withdrawal_changes_it_back(
    late, browser, share_of, grants, changes
):
    assert share_of("ana") == ["4/5", "4/5"]
    fields = {"student": "Ana@example.org ", "exercise": "scale", "days": "1", "reason": "flu"}
    assert browser("ines").post(PAGE, fields).status_code == 302
    assert share_of("ana") == ["9/10", "9/10"]
    assert share_of("ben") == ["4/5", "4/5"]
    browser("ines").post(PAGE, {**fields, "days": "2"})
    assert share_of("ana") == ["1", "1"]
    for grant in grants()[0]:
        assert browser("ines").post(f"{PAGE}/{grant.id}/withdraw").status_code == 302
    assert share_of("ana") == ["4/5", "4/5"]
    first, _, third, _ = changes("extension")
    assert (first.subject, first.before, first.after, first.reason) == ("scale", None, {"days": 1}, "flu")
    assert (third.before, third.after) == ({"days": 1}, None)


def test_a_new_due_date_for_a_group_counts_for_its_members(late, browser, share_of, changes):
    due = (now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    fields = {"group": "B", "exercise": "", "due": due, "reason": "the room was closed"}
    assert browser("ines").post(PAGE, fields).status_code == 302
    assert share_of("ben") == ["1", "1"]
    assert share_of("ana") == ["4/5", "4/5"]
    (change,) = changes("extension")
    assert (change.subject, change.user_id) == ("all exercises, group B", None)


def test_who_changes_the_group_loses_its_extension(late, browser, share_of, number_of):
    browser("ines").post(PAGE, {"group": "B", "days": "2", "reason": "the room was closed"})
    assert share_of("ben") == ["1", "1"]
    browser("ines").post(f"/courses/small/setup/roster/{number_of('ben')}", {"role": "student", "group": "A"})
    assert share_of("ben") == ["4/5", "4/5"]


def test_the_student_reads_what_was_granted_and_why(late, browser, text_of):
    assert "What was granted to you" not in text_of("ana", GRADE)
    ines = browser("ines")
    ines.post(PAGE, {"student": "ana@example.org", "exercise": "scale", "days": "1", "reason": "flu <b>"})
    ines.post(PAGE, {"group": "A", "days": "2", "reason": "the room was closed"})
    ines.post(EXCUSES, {"student": "ana@example.org", "component": "exam", "reason": "on the national team"})
    page = text_of("ana", GRADE)
    assert "<strong>Scale</strong>: 1 more day." in page
    assert "flu &lt;b&gt;" in page
    assert "<strong>All exercises</strong>: 2 more days for your group, A." in page
    assert "<strong>Exam</strong>: You are excused from it." in page
    assert "on the national team" in page
    assert "What was granted to you" not in text_of("ben", GRADE)


def test_what_is_about_a_hidden_exercise_is_not_told(late, browser, set_up, text_of):
    browser("ines").post(PAGE, {"student": "ana@example.org", "exercise": "scale", "days": "1", "reason": "flu"})
    set_up(hidden=True)
    assert "flu" not in text_of("ana", GRADE)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Whose?"),
        ({"student": "sol@example.org"}, "Nobody in this course has the address"),
        ({"student": "ana@example.org", "group": "A"}, "a student or a group, not both"),
        ({"group": "Z"}, "There is no group"),
        ({"days": ""}, "one of the two"),
        ({"days": "1", "due": "2027-01-01T00:00"}, "one of the two"),
        ({"days": "0"}, "is no whole number from 1"),
        ({"exercise": "nothing"}, "There is no exercise"),
        ({"exercise": "layer"}, "has no due date"),
        ({"days": "", "due": "2020-01-01T00:00"}, "Give a later date"),
        ({"reason": " "}, "Write in the reason."),
    ],
)
def test_what_is_wrong_with_an_extension_is_told(fields, told, late, browser, grants):
    sound = {"exercise": "scale", "days": "1", "reason": "flu"}
    if fields and not {"student", "group"} & set(fields):
        sound["student"] = "ana@example.org"
    answer = browser("ines").post(PAGE, {**sound, **fields})
    assert answer.status_code == 422
    assert told in body(answer)
    assert grants()[0] == []


def test_an_excuse_takes_a_part_out_of_the_grade_and_can_be_withdrawn(late, browser, share_of, grants, changes):
    fields = {"student": "ana@example.org", "component": "exam", "reason": "ill"}
    assert share_of("ana", "exam") == ["0", "1"]
    for _ in range(2):  # the button pressed twice
        assert browser("ines").post(EXCUSES, fields).status_code == 302
    assert share_of("ana", "exam") is None
    (excuse,) = grants()[1]
    assert browser("ines").post(f"{EXCUSES}/{excuse.id}/withdraw").status_code == 302
    assert share_of("ana", "exam") == ["0", "1"]
    given, withdrawn = changes("excuse")
    assert (given.after, given.reason, withdrawn.before) == ({"excused": True}, "ill", {"excused": True})


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"component": "grade"}, "is no part of the grade"), ({"student": ""}, "Whose?"), ({"reason": ""}, "the reason")],
)
def test_what_is_wrong_with_an_excuse_is_told(fields, told, late, browser, grants):
    answer = browser("ines").post(EXCUSES, {"student": "ana@example.org", "component": "exam", "reason": "x", **fields})
    assert answer.status_code == 422
    assert told in body(answer)
    assert grants()[1] == []


def test_another_courses_grants_are_not_there(late, browser, grants):
    browser("ines").post(PAGE, {"student": "ana@example.org", "exercise": "scale", "days": "1", "reason": "flu"})
    (grant,), _ = grants()
    assert browser("omar").post(f"/courses/other/setup/extensions/{grant.id}/withdraw").status_code == 404
    assert len(grants()[0]) == 1


def test_a_link_fills_the_form(late, text_of):
    page = text_of("ines", f"{PAGE}?student=ana@example.org&exercise=scale")
    assert 'value="ana@example.org"' in page
    assert '<option value="scale" selected>' in page


def test_the_number_of_queries_does_not_grow_with_what_is_granted(browser, app, database, number_of):
    ines, engine = browser("ines"), app.extensions["chainrule"].database.engine
    counted = []
    for more in (2, 20):
        with database.writing() as session:
            users = [make_user(session, f"s{more}.{number}@example.org", "S") for number in range(more)]
            session.flush()
            course = session.scalars(select(Course.id).where(Course.slug == "small")).one()
            own = [{"course_id": course, "user_id": user.id, "by_id": user.id, "reason": "x"} for user in users]
            session.add_all(ExtensionGrant(**each, days=1, granted_at=now()) for each in own)
            session.add_all(Excuse(**each, component="scale", excused_at=now()) for each in own)
        asked = []
        note = lambda *call: asked.append(call[2])  # noqa: B023, E731
        event.listen(engine, "before_cursor_execute", note)
        assert "S</" in body(ines.get(PAGE))
        event.remove(engine, "before_cursor_execute", note)
        counted.append(len(asked))
    assert counted[0] == counted[1]
