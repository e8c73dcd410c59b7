"""The office's front page and the page of the audit log."""

import pytest
from sqlalchemy import event

from webapp import audit

SETUP = "/courses/small/setup"
LOG = f"{SETUP}/log"


@pytest.fixture
def note(database, number_of):
    """Notes a change about somebody."""

    def run(kind="score", about=None, by="ines", **fields):
        with database.writing() as session:
            course_id = 1
            audit.record(
                session, course_id=course_id, by_id=number_of(by), user_id=number_of(about) if about else None,
                kind=kind, subject="exam", before=None, after={"score": "7"}, **fields,
            )  # fmt: skip

    return run


def rows(page):
    return page.count('<th scope="row">')


def test_the_front_page_leads_to_all_others(text_of):
    page = text_of("ines", SETUP)
    for place in ("roster", "exercises", "extensions", "announcements", "log"):
        assert f'href="{SETUP}/{place}"' in page
    assert "2 students, 1 assistant, 1 instructor; 2 groups." in page
    assert "5 exercises." in page


@pytest.mark.parametrize(("name", "shown"), [("ana", False), ("tia", False), ("ines", True), ("ada", True)])
def test_the_way_there_is_shown_to_who_may_go_it(name, shown, text_of):
    assert (f'href="{SETUP}"' in text_of(name, "/courses/small/")) == shown


def test_the_log_tells_who_changed_what_about_whom(note, text_of):
    note(about="ana", reason="a second look <b>")
    page = text_of("ines", LOG)
    assert "Inés Ibarra" in page
    assert "Ana Alonso" in page
    assert "Score by hand" in page
    assert "<ins>7</ins>" in page
    assert "a second look &lt;b&gt;" in page


def test_the_log_is_filtered_by_student_and_kind(note, text_of):
    note(about="ana")
    note("extension", about="ben")
    note("something")
    assert rows(text_of("ines", LOG)) == 3
    assert rows(text_of("ines", f"{LOG}?student=blanco")) == 1
    assert rows(text_of("ines", f"{LOG}?kind=score")) == 1
    assert rows(text_of("ines", f"{LOG}?kind=unknown")) == 3
    assert "No changes are found" in text_of("ines", f"{LOG}?kind=score&student=ben%00")


def test_the_log_of_another_course_is_its_own(note, text_of):
    note(about="ana")
    assert "No changes are found" in text_of("omar", "/courses/other/setup/log")


def test_the_queries_of_the_log_do_not_grow(note, browser, app):
    opened = browser("ines")

    def queries():
        asked = []

        def listen(*_):
            asked.append(1)

        engine = app.extensions["chainrule"].database.engine
        event.listen(engine, "before_cursor_execute", listen)
        assert opened.get(LOG).status_code == 200
        event.remove(engine, "before_cursor_execute", listen)
        return len(asked)

    for name in ("ana", "ben"):
        note(about=name)
    few = queries()
    for name in ("ana", "ben", "tia", "ines") * 5:
        note(about=name, by="ada")
    assert queries() == few
