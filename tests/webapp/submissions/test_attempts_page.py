"""The list of all attempts."""

import re
from dataclasses import replace

import pytest

from webapp.submissions import history

ATTEMPTS = "/courses/small/exercises/scale/submissions"


def page_of(browser, name, path=ATTEMPTS):
    answer = browser(name).get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def rows(page):
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:]]


def test_without_attempts_it_says_how_it_fills(browser):
    page = page_of(browser, "ana")
    assert "No attempts yet" in page
    assert 'href="/courses/small/exercises/scale">Begin' in page


def test_they_are_listed_newest_first_with_what_changed(browser, put, settle, report, marked):
    settle(put(source="1"), report)
    settle(put(source="2"), marked(report, multiplies=True))
    settle(put(source="3"), report)
    put(source="4")
    waiting, third, second, first = rows(page_of(browser, "ana"))
    assert waiting.startswith("4 ")
    assert "Queued" in waiting
    assert "1 of 4 1 of 3 checks does not pass yet Not yet right 1 check broken." in third
    assert "Your best: 3 of 4" in second
    assert "1 check fixed." in second
    assert "1 of 4 1 of 3 checks does not pass yet Not yet right" in first
    assert "fixed" not in first


def test_of_equal_scores_the_first_is_the_best(browser, put, settle, report):
    for _ in range(2):
        settle(put(), report)
    second, first = rows(page_of(browser, "ana"))
    assert "Your best" in first
    assert "Your best" not in second
    assert "The file is the same." in second


def test_full_marks_are_told(browser, put, settle, report):
    settle(put(), replace(report, status="passed", score=4.0))
    assert "Full marks" in page_of(browser, "ana")


def test_they_are_ones_own(browser, put):
    put("ben")
    assert "No attempts yet" in page_of(browser, "ana")
    assert "No attempts yet" in page_of(browser, "tia")


def test_many_are_split_into_pages(browser, put, settle, report, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 2)
    for number in range(5):
        settle(put(source=str(number)), report)
    first, last = page_of(browser, "ana"), page_of(browser, "ana", f"{ATTEMPTS}?page=3")
    assert [row.split()[0] for row in rows(first)] == ["5", "4"]
    assert "The same checks pass." in rows(first)[1]
    assert "Next" in first
    assert [row.split()[0] for row in rows(last)] == ["1"]
    assert "Previous" in last
    assert ">Next<" not in last
    assert "The newest are on the first." in page_of(browser, "ana", f"{ATTEMPTS}?page=9")


@pytest.mark.parametrize("page", ["0", "-1", "x", "1" * 31, "9" * 5000])
def test_a_page_that_is_none_is_no_error(browser, page):
    assert browser("ana").get(f"{ATTEMPTS}?page={page}").status_code == 200


@pytest.mark.parametrize(("name", "status"), [("sol", 404), (None, 302)])
def test_strangers_see_none(browser, name, status):
    assert browser(name).get(ATTEMPTS).status_code == status
