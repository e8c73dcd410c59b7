"""The page of the grade."""

import re

GRADE = "/courses/small/grade"


def page_of(browser, name, path=GRADE):
    answer = browser(name).get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_at_the_start_all_is_open(browser):
    page = page_of(browser, "ana")
    told = words(page)
    assert "0.0 to 10.0 of 10" in told
    assert "0.00 earned 0.00 lost 10.00 still open of 10" in told
    assert page.count('class="badge" data-state="open"') == 5
    assert "Missing" not in told


def test_what_a_better_attempt_can_win_is_open_too(browser, grade_all):
    ana = browser("ana")
    ana.post("/courses/small/exercises/scale/submissions", {"source": "def scale(x, factor=2.0):\n    return x\n"})
    grade_all()
    told = words(ana.get(GRADE).get_data(as_text=True))
    assert "0.00 lost" in told
    assert "of the open points are in exercises you have tried" in told


def test_each_number_says_how_it_came_to_be(browser, grade_all):
    source = {"source": "def scale(x, factor=2.0):\n    return x * factor\n"}
    ana = browser("ana")
    address = ana.post("/courses/small/exercises/scale/submissions", source).headers["Location"]
    grade_all()
    page = ana.get(GRADE).get_data(as_text=True)
    assert "2.0 to 10.0" in page
    assert "The only attempt counts: 4 of 4" in page
    assert f'href="{address}">The attempt that counts' in page
    assert 'id="how-scale"' in page


def test_what_is_needed_is_worked_out(browser):
    told = words(page_of(browser, "ana", f"{GRADE}?in=scale&reach=2&with=4&others=zero"))
    assert "For 2 you need at least 3.9 of 4 in Scale." in told
    assert "With 4 of 4 in Scale, the grade is 2.0" in told


def test_what_cannot_be_reached_is_told_with_what_can(browser):
    told = words(page_of(browser, "ana", f"{GRADE}?in=scale&reach=9&others=zero"))
    assert "Scale alone does not bring you to 9: with full marks in it the grade is 2.0" in told


def test_a_target_that_is_none_is_told(browser):
    page = page_of(browser, "ana", f"{GRADE}?reach=<script>")
    assert "is no number" in page
    assert "<script>&#39;" not in page
    assert "reach=<script>" not in page


def test_strangers_do_not_see_it(browser):
    assert browser("sol").get(GRADE).status_code == 404
    assert browser(None).get(GRADE).status_code == 302
