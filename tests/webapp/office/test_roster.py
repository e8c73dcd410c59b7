"""The roster: people found, added, changed, taken out, and imported from a file."""

import base64
import io
import re
from dataclasses import replace

import pytest
from sqlalchemy import event, select

from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.database import now

ROSTER = "/courses/small/setup/roster"


@pytest.fixture
def seats(database):
    """The role and group of everybody in the course, by address."""

    def read():
        with database.reading() as session:
            query = select(User.email, Membership.role, Membership.group).join(User).join(Course)
            return {email: (role, group) for email, role, group in session.execute(query.where(Course.slug == "small"))}

    return read


@pytest.fixture
def upload(browser):
    """Sends a file to the import."""

    def send(text, **fields):
        data = {"file": (io.BytesIO(text.encode()), "roster.csv"), **fields}
        return browser("ines").post(f"{ROSTER}/import", data, content_type="multipart/form-data")

    return send


def body(answer):
    return answer.get_data(as_text=True)


def test_members_are_found_by_words_role_and_group(text_of):
    assert "Ben Blanco" in text_of("ines", ROSTER)
    found = text_of("ines", f"{ROSTER}?words=ALON+ana&role=student&group=A")
    assert "Ana Alonso" in found
    assert "Ben Blanco" not in found
    assert "Nobody is found" in text_of("ines", f"{ROSTER}?words=nobody%00")


def test_a_percent_sign_finds_itself_alone(text_of):
    assert "Nobody is found" in text_of("ines", f"{ROSTER}?words=%25")


def test_a_new_person_gets_an_account_and_a_link_that_is_shown(browser, seats, changes):
    answer = browser("ines").post(
        ROSTER, {"email": "Eva@example.org", "name": "Eva E", "role": "student", "group": "A"}
    )
    assert re.search(r"eva@example.org\thttp://localhost/welcome/\S+", body(answer))
    assert seats()["eva@example.org"] == ("student", "A")
    (change,) = changes("member")
    assert (change.subject, change.before, change.after) == ("eva@example.org", None, {"role": "student", "group": "A"})


def test_a_person_with_an_account_joins_without_a_link(browser, seats):
    answer = browser("ines").post(ROSTER, {"email": "sol@example.org", "role": "assistant", "group": ""})
    assert answer.status_code == 302
    assert seats()["sol@example.org"] == ("assistant", "")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"email": "ana@example.org", "role": "student"}, "takes part already"),
        ({"email": "nobody", "role": "student"}, "has not the form name@example.org"),
        ({"email": "", "role": "student"}, "Write in the e-mail address."),
        ({"email": "eva@example.org", "role": "student"}, "write in the name, too"),
        ({"email": "eva@example.org", "name": "Eva", "role": "king"}, "&#39;king&#39; is no role"),
        ({"email": "eva@example.org", "name": "Eva", "role": "student", "group": "x" * 99}, "use at most 80"),
    ],
)
def test_what_is_wrong_with_a_new_person_is_told(fields, told, browser, seats):
    before = seats()
    answer = browser("ines").post(ROSTER, fields)
    assert answer.status_code == 422
    assert told in body(answer)
    assert seats() == before


def test_role_and_group_of_a_member_change(browser, seats, number_of, changes):
    ben = number_of("ben")
    browser("ines").post(f"{ROSTER}/{ben}", {"role": "assistant", "group": "C"})
    assert seats()["ben@example.org"] == ("assistant", "C")
    (change,) = changes("member")
    assert change.user_id == ben
    assert change.before == {"role": "student", "group": "B"}
    assert change.after == {"role": "assistant", "group": "C"}


def test_keeping_what_was_there_is_no_change(browser, number_of, changes):
    browser("ines").post(f"{ROSTER}/{number_of('ben')}", {"role": "student", "group": "B"})
    assert changes("member") == []


def test_who_is_taken_out_keeps_all_work_and_sees_the_course_no_more(browser, seats, number_of, graded, database):
    id = graded("ben")
    assert browser("ines").post(f"{ROSTER}/{number_of('ben')}/remove").status_code == 302
    assert "ben@example.org" not in seats()
    assert browser("ben").get("/courses/small/").status_code == 404
    assert browser("ines").get(f"/submissions/{id}").status_code == 200


def test_nobody_takes_the_own_role_or_place_away(browser, number_of, seats):
    ines = number_of("ines")
    answer = browser("ines").post(f"{ROSTER}/{ines}", {"role": "student", "group": ""})
    assert answer.status_code == 422
    assert "Ask another instructor" in body(answer)
    assert browser("ines").post(f"{ROSTER}/{ines}/remove").status_code == 422
    assert seats()["ines@example.org"] == ("instructor", "")


def test_a_new_link_is_made_for_who_has_no_password(browser, number_of, text_of):
    browser("ines").post(ROSTER, {"email": "eva@example.org", "name": "Eva E", "role": "student"})
    page = f"{ROSTER}/{number_of('eva')}"
    assert "has not chosen a password yet" in text_of("ines", page)
    assert "http://localhost/welcome/" in body(browser("ines").post(f"{page}/invite"))
    answer = browser("ines").post(f"{ROSTER}/{number_of('ana')}/invite")
    assert "There is a password already" in body(answer)


def test_the_link_of_an_account_that_another_course_shares_is_not_shown(browser, number_of, database):
    browser("ines").post(ROSTER, {"email": "eva@example.org", "name": "Eva E", "role": "student"})
    with database.writing() as session:
        other = session.scalars(select(Course.id).where(Course.slug == "other")).one()
        session.add(
            Membership(course_id=other, user_id=number_of("eva"), role="instructor", group="", created_at=now())
        )
    answer = browser("ines").post(f"{ROSTER}/{number_of('eva')}/invite")
    assert answer.status_code == 422
    assert "/welcome/" not in body(answer)


def test_a_bad_file_is_told_line_by_line_and_changes_nothing(upload, seats, changes):
    before = seats()
    text = "name,e-mail,role,group\nEva E,eva@example.org,student,A\nFay,no-address,student,A\nGil,gil@example.org,king,A\n"
    answer = upload(text, apply="yes")
    assert answer.status_code == 422
    rows = re.findall(r'<th scope="row" class="number">(\d+)</th><td>(.*?)</td>', body(answer))
    assert [line for line, _ in rows] == ["3", "4"]
    assert "has not the form" in rows[0][1]
    assert "is not known" in rows[1][1]
    assert seats() == before
    assert changes("member") == []


def test_a_file_is_shown_first_and_imported_as_it_was_shown(upload, browser, seats, changes):
    text = "name,e-mail,role,group\nEva E,eva@example.org,student,A\nBen,ben@example.org,student,C\nSol,sol@example.org,student,\n"
    shown = body(upload(text))
    assert "student, group B → student, group C" in shown
    assert "eva@example.org" not in seats()
    content = re.search(r'name="content" value="([^"]+)"', shown)[1]
    assert base64.b64decode(content).decode() == text
    answer = browser("ines").post(f"{ROSTER}/import", {"content": content, "apply": "yes"})
    assert "eva@example.org\thttp://localhost/welcome/" in body(answer)
    assert seats()["ben@example.org"] == ("student", "C")
    assert {change.subject for change in changes("member")} == {"eva@example.org", "ben@example.org", "sol@example.org"}


def test_a_file_that_says_what_is_so_changes_nothing(upload):
    assert "Nothing would change" in body(upload("name,e-mail\nAna,ana@example.org\n"))


def test_a_file_cannot_take_the_own_role_away(upload, seats):
    answer = upload("name,e-mail,role\nInes,ines@example.org,student\nEva,eva@example.org,student\n", apply="yes")
    assert answer.status_code == 422
    assert "eva@example.org" not in seats()
    assert seats()["ines@example.org"] == ("instructor", "")


def test_a_file_that_would_take_the_own_role_away_is_not_offered_to_be_imported(upload):
    page = body(upload("name,e-mail,role\nInes,ines@example.org,student\nEva,eva@example.org,student\n"))
    assert "By the file your own role is student." in page
    assert "eva@example.org" in page
    assert "Import it" not in page


def test_an_address_that_is_there_twice_is_told_as_it_is(upload):
    page = body(upload("name,e-mail\nX,x1@example.org\nX,x1@example.org\n"))
    assert "The address x1@example.org stands in line 2 already." in page


@pytest.mark.parametrize("words", ["NÚÑEZ", "nunez", "Núñez nuria", "NURIA@"])
def test_members_are_found_without_regard_to_capitals_and_accents(words, browser, text_of):
    browser("ines").post(ROSTER, {"name": "Nuria Núñez", "email": "nuria@example.org", "role": "student", "group": ""})
    found = text_of("ines", f"{ROSTER}?words={words}")
    assert "nuria@example.org" in found
    assert "ben@example.org" not in found
    assert "nuria@example.org" in text_of("ines", f"/courses/small/class/students?q={words}")
    assert "Nuria Núñez" in text_of("ines", f"/courses/small/setup/log?student={words}")


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({}, 422, "Choose a CSV file"),
        ({"content": "%%%"}, 422, "Choose the file once more"),
        ({"content": base64.b64encode(b"x" * (2**20 + 1)).decode()}, 413, "1 MiB"),
    ],
)
def test_what_is_no_roster_is_told(fields, status, told, browser):
    answer = browser("ines").post(f"{ROSTER}/import", fields)
    assert answer.status_code == status
    assert told in body(answer)


def test_invitations_are_sent_where_a_mail_server_is_set(app, browser, monkeypatch):
    sent = []
    services = app.extensions["chainrule"]

    class Server:
        leaves = True

        def send(self, to, subject, text):
            sent.append((to, text))

    app.extensions["chainrule"] = replace(services, mail=Server())
    answer = browser("ines").post(ROSTER, {"email": "eva@example.org", "name": "E", "role": "student", "send": "yes"})
    assert [to for to, _ in sent] == ["eva@example.org"]
    assert "/welcome/" in sent[0][1]
    assert "/welcome/" not in body(answer)
    assert "1 invitation is sent by e-mail." in body(answer)


def test_the_queries_of_the_page_do_not_grow_with_the_class(browser, database, app):
    opened = browser("ines")

    def queries():
        count = 0

        def note(*_):
            nonlocal count
            count += 1

        engine = app.extensions["chainrule"].database.engine
        event.listen(engine, "before_cursor_execute", note)
        assert opened.get(ROSTER).status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        return count

    few = queries()
    with database.writing() as session:
        course = session.scalars(select(Course.id).where(Course.slug == "small")).one()
        users = [User(email=f"u{n}@example.org", name=f"U {n}", created_at=now()) for n in range(150)]
        session.add_all(users)
        session.flush()
        session.add_all(
            Membership(course_id=course, user_id=user.id, role="student", group="A", created_at=now()) for user in users
        )
    assert queries() == few
    assert "Page 2 of 2" in body(opened.get(f"{ROSTER}?page=2"))
