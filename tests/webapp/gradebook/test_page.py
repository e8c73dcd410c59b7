"""The page of the gradebook."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import event, update

from webapp.accounts.models import User
from webapp.courses.content import Library
from webapp.courses.setup import Plan
from webapp.database import now
from webapp.grades.models import Excuse
from webapp.grades.rollups import make_stale
from webapp.submissions.models import Submission
from webapp.submissions.progress import fold
from webapp.submissions.services import HandIn, accept, new_id

PAGE = "/courses/small/gradebook"
SECRET = "a secret for tests, which is long enough to be one"


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def rows_of(page):
    """The words of each row of the table, by the student's name."""
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL)
    return {words(name): [words(cell) for cell in re.findall(r"<td.*?</td>", cells, re.DOTALL)] for name, cells in rows}


@pytest.fixture
def look(browser):
    """The gradebook as tia sees it."""
    tia = browser("tia")

    def get(query=""):
        answer = tia.get(f"{PAGE}{query}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    return get


@pytest.fixture
def hand_in(database, small, number_of):
    """Puts a graded submission of somebody into the database."""

    def put(name, exercise, score, most=4):
        with database.writing() as session:
            session.add(
                Submission(
                    id=new_id(), exercise=exercise, filename="a.py", source=b"", digest="d", origin="editor",
                    course_id=small.id, user_id=number_of(name), received_at=now(), receipt="r", lane="submissions",
                    state="graded", score=Decimal(score), max_score=Decimal(most),
                )
            )  # fmt: skip
            fold(session, small.id, number_of(name), exercise)
            make_stale(session, small.id, [number_of(name)])

    return put


@pytest.fixture
def hand_in_for_real(database, small, number_of):
    """Hands a file in as a student does; it waits for its verdict."""

    def run(name, exercise="scale"):
        with database.reading() as session:
            content, user = Library().content(small.path), session.get_one(User, number_of(name))
        work = HandIn(b"x = 1\n", "a.py", "api")
        accept(database, SECRET, small, Plan(content), content.exercise(exercise), user, work)

    return run


def test_each_student_is_a_row_with_what_there_is(look, stands, hand_in):
    hand_in("ana", "scale", 4)
    hand_in("ana", "layer", 5, 5)
    stands("ana", "cnn", "5")
    rows = rows_of(look())
    # group, grade (labs 7.5 of 10 are 5.625, the exam may add 2.5), mark, labs, exercises, CNN, exam, e-mail
    assert rows["Ana Alonso"] == ["A", "5.6–8.1", "pass", "7.5", "10", "5", "missing", "ana@example.org"]
    assert rows["Ben Blanco"] == [
        "B", "0.0–10.0", "fail to pass", "missing", "missing", "missing", "missing", "ben@example.org",
    ]  # fmt: skip
    assert len(rows) == 2


def test_a_settled_grade_has_its_mark(look, stands, hand_in):
    hand_in("ana", "scale", 4)
    hand_in("ana", "layer", 5, 5)
    stands("ana", "cnn", "5")
    stands("ana", "exam", "8")
    assert rows_of(look())["Ana Alonso"][1:3] == ["7.6", "pass"]


def test_what_is_being_graded_is_not_missing(look, hand_in_for_real):
    assert rows_of(look("?show=all"))["Ana Alonso"][5] == "missing"
    hand_in_for_real("ana")
    assert rows_of(look("?show=all"))["Ana Alonso"][5] == "being graded"


def test_a_grade_is_a_range_while_a_better_attempt_may_be_on_its_way(look, hand_in, stands, hand_in_for_real):
    hand_in("ana", "scale", 3)
    hand_in("ana", "layer", 5, 5)
    stands("ana", "cnn", "10")
    stands("ana", "exam", "10")
    assert rows_of(look("?show=all"))["Ana Alonso"][1] == "9.5"
    hand_in_for_real("ana")
    ana = rows_of(look("?show=all"))["Ana Alonso"]
    assert (ana[1], ana[4], ana[5]) == ("9.5–10.0", "8.75–10", "3–4, being graded")


def test_a_file_that_is_graded_once_more_keeps_its_score(look, hand_in, database):
    hand_in("ana", "scale", 3)
    with database.writing() as session:
        session.execute(update(Submission).values(state="queued", lane="regrades"))
    assert rows_of(look("?show=all"))["Ana Alonso"][5] == "3"


def test_what_is_excused_says_so(look, database, small, number_of):
    with database.writing() as session:
        session.add(
            Excuse(course_id=small.id, user_id=number_of("ana"), component="exam", by_id=number_of("tia"), excused_at=now())
        )  # fmt: skip
    assert rows_of(look())["Ana Alonso"][6] == "excused"


def test_a_hidden_exercise_has_no_column(look, hide):
    hide("layer")
    page = look("?show=all")
    assert rows_of(page)["Ana Alonso"][3:] == ["missing"] * 5 + ["ana@example.org"]
    assert "Layer" not in page
    assert "excused" not in words(page)


def test_nor_has_a_group_of_which_all_is_hidden(look, hide):
    hide("scale", "layer")
    assert rows_of(look("?show=all"))["Ana Alonso"][3:] == ["missing"] * 3 + ["ana@example.org"]


@pytest.mark.parametrize(("depth", "count"), [("top", 6), ("summary", 8), ("all", 10), ("nonsense", 8)])
def test_the_depth_of_the_columns_is_chosen(look, depth, count):
    assert len(rows_of(look(f"?show={depth}"))["Ana Alonso"]) == count


def test_the_name_leads_to_the_students_page(look, number_of):
    assert f'href="/courses/small/class/students/{number_of("ana")}">Ana Alonso' in look()


def test_a_score_says_who_set_it_and_when(look, browser, number_of):
    ana = number_of("ana")
    tia = browser("tia")
    for was, score in (("", "6"), ("6", "7,5")):
        tia.post(f"{PAGE}/scores", {f"score.{ana}.exam": score, f"was.{ana}.exam": was})
    page = look()
    assert re.search(r'title="Set by Tia Torres on \d+ \w+ 20\d\d, \d\d:\d\d; before: 6">7\.5<', page)
    history = tia.get(f"{PAGE}/students/{ana}").get_data(as_text=True)
    assert "Exam: 7.5 of 10" in words(history)
    assert "Tia Torres 6 7.5 Entered by hand" in words(history)
    assert "Tia Torres none 6 Entered by hand" in words(history)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ana Alonso", "Ben Blanco", "Zoé Zafra"]),
        ("?order=down", ["Zoé Zafra", "Ben Blanco", "Ana Alonso"]),
        ("?sort=exam", ["Ben Blanco", "Ana Alonso", "Zoé Zafra"]),  # what is missing comes last
        ("?sort=exam&order=down", ["Ana Alonso", "Ben Blanco", "Zoé Zafra"]),
        ("?sort=grade&order=down", ["Ana Alonso", "Ben Blanco", "Zoé Zafra"]),
        ("?sort=_group", ["Zoé Zafra", "Ana Alonso", "Ben Blanco"]),
        ("?sort=_email&order=down", ["Zoé Zafra", "Ben Blanco", "Ana Alonso"]),
        ("?group=B", ["Ben Blanco"]),
        ("?find=zoe", ["Zoé Zafra"]),
        ("?find=ANA%40exam", ["Ana Alonso"]),
        ("?page=99", ["Ana Alonso", "Ben Blanco", "Zoé Zafra"]),
        ("?page=x&sort=nothing", ["Ana Alonso", "Ben Blanco", "Zoé Zafra"]),
    ],
)
def test_rows_are_sorted_and_filtered(look, enrol, stands, query, names):
    enrol(names=("Zoé Zafra",))
    stands("ana", "exam", "9")
    stands("ben", "exam", "3")
    assert list(rows_of(look(query))) == names


def test_nobody_who_fits_is_told_with_the_way_back(look):
    page = look("?find=nobody+at+all")
    assert "No student has “nobody at all” in the name" in words(page)
    assert f'href="{PAGE}"' in page


def test_a_large_class_comes_in_pages(look, enrol):
    enrol(103)
    first, second = look(), look("?page=2")
    assert "1–100 of 105 students" in words(first)
    assert "101–105 of 105 students" in words(second)
    assert len(rows_of(first)) == 100
    assert len(rows_of(look("?rows=all"))) == 105


def test_an_empty_class_says_how_it_fills(look, database, small):
    from webapp.courses.models import Membership

    with database.writing() as session:
        session.query(Membership).filter_by(course_id=small.id, role="student").delete()
    assert "There are no students yet" in look()


def test_the_number_of_queries_does_not_grow_with_the_class(look, enrol, app, number_of):
    def count(address):
        look(address)  # computes the roll-ups
        asked = []
        engine = app.extensions["chainrule"].database.engine

        def note(*call):
            asked.append(call[2])

        event.listen(engine, "before_cursor_execute", note)
        look(address)
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    addresses = ["", "/scores", "/export?format=csv", f"/students/{number_of('ana')}"]
    few = [count(address) for address in addresses]
    enrol(30)
    assert [count(address) for address in addresses] == few


def test_the_number_of_queries_does_not_grow_with_what_has_changed(look, app, browser, number_of):
    ana, tia, before = number_of("ana"), browser("tia"), ""
    address = f"/students/{ana}"

    def change(*scores):
        nonlocal before
        for score in scores:
            tia.post(f"{PAGE}/scores", {f"score.{ana}.exam": score, f"was.{ana}.exam": before})
            before = score

    def count():
        asked = []
        engine = app.extensions["chainrule"].database.engine
        note = lambda *call: asked.append(call[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        look(address)
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    change("1")
    few = count()
    change("2", "3", "4", "5")
    assert count() == few


def test_a_score_above_a_lowered_maximum_counts_at_most_and_can_be_mended(browser, look, stands, score_of, number_of):
    stands("ana", "exam", "12")  # entered when the exam was out of 20
    stands("ana", "cnn", "10")
    assert rows_of(look())["Ana Alonso"][6] == "10 12 entered: more than the maximum"
    for address in ("", "/export?format=canvas", f"/students/{number_of('ana')}", "/scores", "/scores?component=exam"):
        assert browser("tia").get(f"{PAGE}{address}").status_code == 200, address
    page = look("/scores")
    assert "More than 10: it counts as 10." in words(page)
    assert "aria-invalid" not in page
    for address in ("/courses/small/class", f"/courses/small/class/students/{number_of('ana')}"):
        assert browser("tia").get(address).status_code == 200, address
    assert browser("ana").get("/courses/small/").status_code == 200
    told = words(browser("ana").get("/courses/small/grade").get_data(as_text=True))
    assert "12 was entered, more than the maximum of 10: it counts as 10." in told
    ana = number_of("ana")
    browser("tia").post(f"{PAGE}/scores", {f"score.{ana}.exam": "9", f"was.{ana}.exam": "12"})
    assert score_of("ana", "exam") == (Decimal(9), "")
    assert "more than the maximum" not in words(look())


def test_a_new_score_is_in_the_next_page(look, browser, number_of):
    assert rows_of(look())["Ana Alonso"][6] == "missing"
    ana = number_of("ana")
    browser("ines").post(f"{PAGE}/scores", {f"score.{ana}.exam": "10", f"was.{ana}.exam": ""})
    assert rows_of(look())["Ana Alonso"][6] == "10"


def test_a_name_is_text_and_never_a_tag(look, enrol):
    enrol(names=("<b>Bold</b>",))
    assert "&lt;b&gt;Bold&lt;/b&gt;" in look()


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}/scores", f"{PAGE}/import", f"{PAGE}/export"])
def test_staff_see_it_and_students_do_not(browser, address):
    found = {name: browser(name).get(address).status_code for name in ("tia", "ines", "ada", "ana", "omar", "sol")}
    assert found == {"tia": 200, "ines": 200, "ada": 200, "ana": 403, "omar": 404, "sol": 404}


def test_only_staff_have_the_link(browser):
    assert f'href="{PAGE}"' in browser("tia").get("/courses/small/").get_data(as_text=True)
    assert f'href="{PAGE}"' not in browser("ana").get("/courses/small/").get_data(as_text=True)


def test_the_student_reads_the_score_and_the_comment(browser, stands):
    stands("ana", "exam", "7.5", "Look at exercise 3 again.")
    page = words(browser("ana").get("/courses/small/grade").get_data(as_text=True))
    assert "The score is 7.5 of 10." in page
    assert "Your teachers write: “Look at exercise 3 again.”" in page
    assert "Look at exercise 3" not in browser("ben").get("/courses/small/grade").get_data(as_text=True)


def test_a_history_of_nobody_is_not_there(browser, number_of):
    tia = browser("tia")
    assert tia.get(f"{PAGE}/students/{number_of('sol')}").status_code == 404
    assert tia.get(f"{PAGE}/students/{number_of('ines')}").status_code == 404
    assert tia.get(f"{PAGE}/students/{2**31}").status_code == 404
