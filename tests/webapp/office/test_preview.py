"""The preview as a student: staff see the course as students do, and never more than before."""

import pytest

PREVIEW = "/courses/small/setup/preview"
COURSE = "/courses/small/"
BANNER = "You see this course as its students do."


@pytest.mark.parametrize("name", ["tia", "ines", "ada"])
def test_staff_see_what_students_see_until_they_leave(name, browser, set_up, graded):
    set_up(hidden=True)
    id, opened = graded("ana", exercise="layer"), browser(name)
    assert opened.get("/courses/small/exercises/scale").status_code == 200
    assert opened.post(PREVIEW, {"as": "student"}).status_code == 302
    page = opened.get(COURSE).get_data(as_text=True)
    assert BANNER in page
    assert "Set-up" not in page
    assert opened.get("/courses/small/exercises/scale").status_code == 404
    assert opened.get("/courses/small/setup").status_code == 403
    assert opened.get(f"/submissions/{id}").status_code == 403
    opened.post(PREVIEW)
    assert BANNER not in opened.get(COURSE).get_data(as_text=True)
    assert opened.get("/courses/small/exercises/scale").status_code == 200
    assert opened.get(f"/submissions/{id}").status_code == 200


def test_it_is_for_one_course(browser):
    opened = browser("ada")
    opened.post(PREVIEW, {"as": "student"})
    assert opened.get("/courses/small/setup").status_code == 403
    assert opened.get("/courses/other/setup").status_code == 200


@pytest.mark.parametrize("fields", [{"as": "student"}, {"as": "instructor"}, {}])
def test_it_gives_a_student_nothing(fields, browser):
    opened = browser("ana")
    opened.post(PREVIEW, fields)
    assert BANNER not in opened.get(COURSE).get_data(as_text=True)
    assert opened.get("/courses/small/setup").status_code == 403


def test_the_api_knows_no_preview(browser, bearer, set_up):
    set_up(hidden=True)
    opened = browser("ines")
    opened.post(PREVIEW, {"as": "student"})
    assert opened.get("/api/v1/exercises/scale", headers=bearer("ines")).status_code == 200


def test_signing_out_ends_it(browser):
    opened = browser("ines")
    opened.post(PREVIEW, {"as": "student"})
    opened.post("/sign-out")
    opened.post("/sign-in", {"email": "ines@example.org", "password": "correct horse battery"})
    assert BANNER not in opened.get(COURSE).get_data(as_text=True)
