"""Announcements: written, looked at first, shown on the course page, taken down."""

import pytest
from sqlalchemy import select

from webapp.courses.models import Announcement

PAGE = "/courses/small/setup/announcements"
COURSE = "/courses/small/"


def body(answer):
    return answer.get_data(as_text=True)


def write(browser, title="The exam", text="It is on **Monday**, at $t=9$.", **fields):
    return browser("ines").post(PAGE, {"title": title, "text": text, **fields})


def test_everybody_in_the_course_reads_them_newest_first(browser, text_of):
    assert "Announcements" not in text_of("ana", COURSE)
    write(browser)
    write(browser, title="The room", text="# Another heading\n\n<script>alert(1)</script>")
    page = text_of("ana", COURSE)
    assert page.index("The room") < page.index("The exam")
    assert "<strong>Monday</strong>" in page
    assert 'class="math inline"' in page
    assert "<script>alert" not in page
    assert "Inés Ibarra" in page
    assert "The exam" not in text_of("sol", "/courses/other/")


def test_headings_stand_below_the_title_and_have_ids_of_their_own(browser, text_of):
    for _ in range(2):
        write(browser, text="Read this.\n\n## When\n\nNow.")
    page = text_of("ana", COURSE)
    assert page.count("<h4 id=") == 2
    assert len({part.split('"')[0] for part in page.split('<h4 id="')[1:]}) == 2


def test_one_can_look_at_it_first(browser, text_of):
    answer = write(browser, look="yes")
    assert "<strong>Monday</strong>" in body(answer)
    assert "It is on **Monday**" in body(answer)
    assert "The exam" not in text_of("ana", COURSE)


@pytest.mark.parametrize(
    ("title", "text", "told"),
    [("", "x", "Write in the title."), ("x", " ", "Write in the text."), ("x", "a" * 20_001, "20,000 characters")],
)
def test_what_is_wrong_is_told(title, text, told, browser):
    answer = write(browser, title=title, text=text)
    assert answer.status_code == 422
    assert told in body(answer)


def test_one_is_taken_down_and_its_text_kept_in_the_log(browser, database, text_of, changes):
    write(browser)
    with database.reading() as session:
        number = session.scalars(select(Announcement.id)).one()
    assert browser("omar").post(f"/courses/other/setup/announcements/{number}/delete").status_code == 404
    assert browser("ines").post(f"{PAGE}/{number}/delete").status_code == 302
    assert "The exam" not in text_of("ana", COURSE)
    _, deleted = changes("announcement")
    assert deleted.before == {"text": "It is on **Monday**, at $t=9$."}
