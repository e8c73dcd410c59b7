"""When hints are shown: one rule for the pages and the API."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from grader.course import Timetable
from webapp.courses.models import ExerciseSetup
from webapp.database import now
from webapp.submissions.hints import AFTER_ATTEMPTS, AFTER_DEADLINE, AT_ONCE, Withheld, shown, withheld

MOMENT = now()
SOON = MOMENT + timedelta(hours=1)
ATTEMPTS = "/courses/small/exercises/scale/submissions"


def rule(hints, after=0):
    return ExerciseSetup(hints=hints, hints_after=after)


@pytest.mark.parametrize(
    ("setup", "times", "attempts", "expected"),
    [
        (None, Timetable(), 1, None),
        (rule(AT_ONCE), Timetable(due=SOON), 1, None),
        (rule(AFTER_ATTEMPTS, 3), Timetable(), 1, Withheld(attempts=2)),
        (rule(AFTER_ATTEMPTS, 3), Timetable(), 3, None),
        (rule(AFTER_DEADLINE), Timetable(due=SOON), 9, Withheld(until=SOON)),
        (rule(AFTER_DEADLINE), Timetable(closes=SOON), 9, Withheld(until=SOON)),
        (rule(AFTER_DEADLINE), Timetable(due=MOMENT - timedelta(1), closes=SOON), 9, None),
        (rule(AFTER_DEADLINE), Timetable(), 9, None),
    ],
)
def test_the_rule(setup, times, attempts, expected):
    assert withheld(setup, times, attempts, MOMENT) == expected


def test_it_is_told_in_words():
    zone = ZoneInfo("Europe/Madrid")
    assert Withheld(attempts=1).sentence(zone).endswith("after one more attempt.")
    assert Withheld(attempts=2).sentence(zone).endswith("after 2 more attempts.")
    assert "after the deadline, " in Withheld(until=SOON).sentence(zone)


def test_what_is_withheld_is_the_diagnosis_alone(report):
    seen = shown(report, Withheld(attempts=1)).report
    assert seen.diagnosis is None
    assert [check.diagnosis for check in seen.checks] == [None, None]
    assert [check.message for check in seen.checks] == [check.message for check in report.checks]


def test_of_a_report_without_a_hint_nothing_is_withheld(report):
    plain = shown(report, Withheld(attempts=1)).report
    assert shown(plain, Withheld(attempts=1)).withheld is None


def test_students_see_when_it_will_be_shown_and_staff_see_it(graded, set_up, text_of):
    set_up(hints=AFTER_ATTEMPTS, hints_after=2)
    id = graded()
    for path in (f"/submissions/{id}", f"/submissions/{id}/verdict", ATTEMPTS):
        page = text_of("ana", path)
        assert "You add the factor" not in page
        assert "adds_the_factor" not in page
    assert "There is a hint for this; it is shown after one more attempt." in text_of("ana", f"/submissions/{id}")
    for name in ("tia", "ines"):
        assert "You add the factor" in text_of(name, f"/submissions/{id}")
    graded()
    assert "You add the factor" in text_of("ana", f"/submissions/{id}")
    assert "You add the factor" in text_of("ana", ATTEMPTS)


def test_the_api_withholds_the_same(graded, set_up, app, bearer):
    set_up(hints=AFTER_DEADLINE, due=SOON)
    id = graded()

    def asked(name):
        return app.test_client().get(f"/api/v1/submissions/{id}", headers=bearer(name)).json

    own = asked("ana")
    assert own["report"]["diagnosis"] is None
    assert [check["diagnosis"] for check in own["report"]["checks"]] == [None, None]
    assert "after the deadline" in own["hint_withheld"]
    assert asked("tia")["report"]["diagnosis"]["name"] == "adds_the_factor"
    assert asked("tia")["hint_withheld"] is None
    set_up(due=MOMENT - timedelta(hours=1))
    assert asked("ana")["report"]["diagnosis"]["name"] == "adds_the_factor"


def test_a_students_own_deadline_counts(graded, set_up, browser, text_of):
    set_up(hints=AFTER_DEADLINE, due=MOMENT - timedelta(hours=1))
    id = graded()
    assert "You add the factor" in text_of("ana", f"/submissions/{id}")
    fields = {"student": "ana@example.org", "exercise": "scale", "days": "1", "reason": "ill"}
    assert browser("ines").post("/courses/small/setup/extensions", fields).status_code == 302
    assert "after the deadline" in text_of("ana", f"/submissions/{id}")
