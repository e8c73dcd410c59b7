"""The roster: reading a file, planning, applying."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from webapp.accounts.models import Link, User
from webapp.accounts.services import find_link, make_user
from webapp.courses.editions import course_by_slug
from webapp.courses.models import Course, Membership
from webapp.courses.roster import Entry, Roster, Row, Seat, apply, plan, read_roster
from webapp.database import Database
from webapp.problems import Invalid
from webapp.settings import Settings

HEADER = "name,e-mail,role,group\n"


def rows(text: str) -> list[tuple[str, str, str | None, str | None]]:
    roster = read_roster(text.encode())
    assert roster.faults == ()
    return [(row.name, row.email, row.role, row.group) for row in roster.rows]


def faults(data: str | bytes) -> list[str]:
    roster = read_roster(data.encode() if isinstance(data, str) else data)
    assert roster.rows == ()
    return [str(fault) for fault in roster.faults]


def test_it_reads_name_address_role_and_group():
    text = HEADER + 'Ana Alonso, Ana@Example.org ,student,A\n"Ibarra, Inés",ines@example.org,instructor,\n'
    assert rows(text) == [
        ("Ana Alonso", "ana@example.org", "student", "A"),
        ("Ibarra, Inés", "ines@example.org", "instructor", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "name;email\nAna Alonso;ana@example.org\n",
        "E-MAIL\tName\r\nana@example.org\tAna Alonso\r\n",
        "Nombre;Apellidos;Correo electrónico\nAna;Alonso;ana@example.org",
        '"Full name","E-mail address"\n\n"Ana  Alonso ","ana@example.org"\n\n',
        "\n;;\nnombre completo ; correo\n Ana Alonso ; ana@example.org \n ; \n",
        "\ufeffNombre,Correo\nAna Alonso,ana@example.org\n",
    ],
)
def test_it_knows_the_headers_and_delimiters_that_people_use(text):
    assert rows(text) == [("Ana Alonso", "ana@example.org", None, None)]


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("", None),
        ("Student", "student"),
        ("Alumno/a", "student"),
        ("AYUDANTE", "assistant"),
        ("Profesora", "instructor"),
    ],
)
def test_it_knows_roles_in_two_languages_and_none_where_nothing_is_said(word, role):
    assert rows(f"{HEADER}Ana,ana@example.org,{word},")[0][2] == role


def test_latin_1_is_read_and_told():
    roster = read_roster("nombre;correo\nÍñigo Núñez;inigo@example.org\n".encode("cp1252"))
    assert roster.rows[0].name == "Íñigo Núñez"
    assert roster.notes == ("The file is not in UTF-8 and was read as Latin-1: look at the accents.",)


def test_utf_16_as_excel_writes_it_is_read():
    assert read_roster("name\temail\nÍñigo\tinigo@example.org\n".encode("utf-16")).rows[0].name == "Íñigo"


def test_decomposed_accents_are_composed():
    assert rows("name,email\nIn\u0065\u0301s,ines@example.org\n")[0][0] == "Inés"


def test_a_column_that_is_not_used_is_told():
    assert read_roster(b"name,email,DNI\nAna,ana@example.org,1\n").notes == ("The column 'DNI' is not used.",)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "line 1: the file is empty. Its first line names the columns, such as: name,e-mail,role,group."),
        (
            "Ana,ana@example.org\n",
            "line 1: there is no column name (or nombre) and e-mail (or correo); the first line names: 'Ana', 'ana@example.org'.",
        ),
        ("email,group\n", "line 1: there is no column name (or nombre); the first line names: 'email', 'group'."),
        (
            "name,email,correo\n",
            "line 1: 'email' and 'correo' both mean the email. Take one of the two columns away.",
        ),
        (
            HEADER + "Ana,ana@example,,\n",
            "line 2: 'ana@example' has not the form name@example.org. Look at its spelling.",
        ),
        (HEADER + "Ana,,,\n", "line 2: the e-mail address is empty. Write it in, or take the line away."),
        (HEADER + ",ana@example.org,,\n", "line 2: the name of ana@example.org is empty. Write it in, or take the line away."),
        (
            HEADER + "Ana,ana@example.org,boss,\n",
            "line 2: the role 'boss' is not known. Roles are: student, assistant, instructor.",
        ),
        (
            HEADER + "Ana,ana@example.org,,\n\nAna A,ANA@example.org,,\n",
            "line 4: the address ana@example.org stands in line 2 already. Keep one of the two lines.",
        ),
        (
            HEADER + "Alonso, Ana,ana@example.org,student,A\n",
            "line 2: there are 5 values for 4 columns. Put a value that holds the delimiter in quotes: \"Alonso, Ana\".",
        ),
        (
            HEADER + 'Ana,ana@example.org,,"A"B\n',
            "line 2: the quotes are not in order (',' expected after '\"'). A quote within a value is doubled.",
        ),
        (
            HEADER + f"Ana,ana@example.org,,{'x' * 81}\n",
            f"line 2: the group '{'x' * 40}' cannot be used. It has 81 characters; use at most 80.",
        ),
        (b"PK\x03\x04...", "line 1: this is a spreadsheet, not a CSV file. Open it, and save it as CSV (UTF-8)."),
        (b"name,email\n\x81,\x00", "line 1: this is no text that can be read. Save the file as CSV in UTF-8."),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_the_value_and_the_way_out(data, told):
    assert faults(data) == [told]


def test_all_faults_are_told_at_once():
    told = faults(HEADER + "Ana,ana,,\nBen,ben@example.org,boss,\nCleo,cleo@example.org,,\n")
    assert [each.partition(":")[0] for each in told] == ["line 2", "line 3"]


def test_a_fault_in_one_line_does_not_hide_another_in_it():
    assert len(faults(HEADER + "Ana,ana,boss,\n")) == 2


def small(session) -> Course:
    course = course_by_slug(session, "small")
    assert course is not None
    return course


def roster_of(*lines: Row) -> Roster:
    return Roster(lines)


CLASS = roster_of(
    Row(2, "ana@example.org", "Ana Alonso", "student", "A"),
    Row(3, "ben@example.org", "Ben Blanco", "assistant", "A"),
    Row(4, "sol@example.org", "Sol Soto", "student", "B"),
    Row(5, "nuria@example.org", "Nuria Núñez", "student", "B"),
)


def test_a_plan_says_who_is_new_who_joins_who_changes_and_who_is_missing(database: Database):
    with database.reading() as session:
        made = plan(session, small(session), CLASS)
    assert made.new_accounts == (Entry("nuria@example.org", "Nuria Núñez", Seat("student", "B")),)
    assert made.new_members == (Entry("sol@example.org", "Sol Soto", Seat("student", "B")),)
    assert made.changes == (Entry("ben@example.org", "Ben Blanco", Seat("assistant", "A"), Seat("student", "B")),)
    assert [entry.email for entry in made.unchanged] == ["ana@example.org"]
    assert [entry.email for entry in made.absent] == ["tia@example.org", "ines@example.org"]


def test_what_the_file_does_not_say_stays_as_it_is(database: Database):
    silent = roster_of(Row(2, "ines@example.org", "Inés"), Row(3, "ben@example.org", "Ben"))
    with database.reading() as session:
        made = plan(session, small(session), silent)
    assert [entry.email for entry in made.unchanged] == ["ines@example.org", "ben@example.org"]


def test_a_plan_for_a_large_class_is_made(database: Database):
    many = roster_of(*(Row(n, f"s{n}@example.org", f"S {n}") for n in range(1200)))
    with database.reading() as session:
        assert len(plan(session, small(session), many).new_accounts) == 1200


def test_applying_does_what_the_plan_says_and_invites_the_new(database: Database, settings: Settings):
    with database.writing() as session:
        applied = apply(session, small(session).id, CLASS, settings)
    (invitation,) = applied.invitations
    assert invitation.email == "nuria@example.org"
    with database.reading() as session:
        assert plan(session, small(session), CLASS).unchanged == tuple(
            Entry(row.email, row.name, Seat(row.role or "", row.group or ""), Seat(row.role or "", row.group or ""))
            for row in CLASS.rows
        )
        assert find_link(session, "invitation", invitation.link.rpartition("/")[2]).user.name == "Nuria Núñez"
        assert session.scalar(select(func.count()).select_from(Membership)) == 8
        ana = session.scalars(select(User).where(User.email == "ana@example.org")).one()
        assert ana.password is not None


def test_a_line_without_a_role_leaves_the_role_and_makes_a_new_person_a_student(database: Database):
    said = read_roster(f"{HEADER}Tia,tia@example.org,,B\nInés,ines@example.org\nEva,eva@example.org,,\n".encode())
    with database.reading() as session:
        made = plan(session, small(session), said)
    assert [(entry.email, entry.seat) for entry in made.changes] == [("tia@example.org", Seat("assistant", "B"))]
    assert [entry.email for entry in made.unchanged] == ["ines@example.org"]
    assert [entry.seat for entry in made.new_accounts] == [Seat("student", "")]


def test_applying_twice_changes_nothing_more(database: Database, settings: Settings):
    for expected in (1, 0):
        with database.writing() as session:
            assert len(apply(session, small(session).id, CLASS, settings).invitations) == expected


def test_a_failure_on_the_way_leaves_nothing_behind(database: Database, settings: Settings):
    twice = roster_of(*CLASS.rows, Row(6, "nuria@example.org", "Nuria again"))
    with pytest.raises(Exception, match="has one"), database.writing() as session:
        apply(session, small(session).id, twice, settings)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 0
        assert [entry.email for entry in plan(session, small(session), CLASS).changes] == ["ben@example.org"]


def test_of_two_courses_with_the_same_new_person_at_the_same_moment_the_second_is_told_to_try_again(
    database: Database, settings: Settings
):
    new = roster_of(Row(2, "nuria@example.org", "Nuria Núñez"))
    told: list[BaseException] = []

    def import_into_the_other() -> None:
        try:
            with database.writing() as session:
                apply(session, other_id, new, settings)
        except Exception as error:  # whatever it is, the test looks at it
            told.append(error)

    second = threading.Thread(target=import_into_the_other)
    with database.writing() as session:
        other_id = session.scalars(select(Course.id).where(Course.slug == "other")).one()
        apply(session, small(session).id, new, settings)
        second.start()
        second.join(timeout=0.5)
    second.join()
    if not database.is_sqlite:  # where writers wait for each other from the start
        assert [type(error) for error in told] == [Invalid]
        assert "nuria@example.org was given one at this very moment. Send this again" in str(told.pop())
        import_into_the_other()
    assert told == []
    with database.reading() as session:
        nuria = select(Membership).join(User).where(User.email == "nuria@example.org")
        assert len(session.scalars(nuria).all()) == 2


def test_a_roster_with_faults_is_never_applied(database: Database, settings: Settings):
    with database.writing() as session, pytest.raises(ValueError, match="line 2"):
        apply(session, small(session).id, read_roster((HEADER + "Ana,ana,,").encode()), settings)


def test_the_name_of_an_account_is_its_owners(database: Database, settings: Settings):
    with database.writing() as session:
        make_user(session, "nuria@example.org", "Nuria Núñez")
    with database.writing() as session:
        applied = apply(session, small(session).id, roster_of(Row(2, "nuria@example.org", "NUNEZ NURIA")), settings)
    assert applied.plan.new_members[0].name == "Nuria Núñez"
    assert applied.invitations == ()
