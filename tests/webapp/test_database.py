"""Holding a row: who waits for whom. On SQLite every writer waits for every other. And what a database keeps to itself."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Integer, func, insert, literal, select, union_all
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import Database, hold, median_low, now
from webapp.factory import create_app
from webapp.schema import upgrade

LONG_S = 10
SHORT_S = 0.3


@pytest.mark.parametrize(
    ("first", "second", "waits"), [(True, True, False), (True, False, True), (False, True, True), (False, False, True)]
)
def test_whoever_shares_a_row_waits_only_for_whoever_holds_it_alone(database: Database, first, second, waits):
    with database.reading() as session:
        number = session.scalars(select(Course.id)).first()
    has_it = threading.Event()

    def other() -> None:
        with database.writing() as session:
            hold(session, Course, number, shared=second)
            has_it.set()

    with database.writing() as session:
        hold(session, Course, number, shared=first)
        thread = threading.Thread(target=other)
        thread.start()
        if waits or database.is_sqlite:
            assert not has_it.wait(SHORT_S)
        else:
            assert has_it.wait(LONG_S)
    thread.join(LONG_S)
    assert has_it.is_set()


def test_reads_side_by_side_answer_in_their_order_each_in_a_session_of_its_own(database: Database):
    together = threading.Barrier(3)

    def read(session: Session) -> tuple[int, int]:
        together.wait(LONG_S)
        return id(session), session.scalars(select(func.count()).select_from(Course)).one()

    answers = database.side_by_side(read, read, read)
    assert len({session for session, _ in answers}) == 3
    assert len({count for _, count in answers}) == 1


def test_what_one_of_the_reads_raises_is_raised(database: Database):
    with pytest.raises(ZeroDivisionError):
        database.side_by_side(lambda session: 1, lambda session: 1 // 0)


def test_every_thread_of_the_web_server_reads_and_writes_at_once(with_settings):
    app = create_app(with_settings(web_threads=24))
    database = app.extensions["chainrule"].database
    together = threading.Barrier(24)

    def read_and_write(_: int) -> int:
        with database.reading() as session:
            before = session.scalars(select(func.count()).select_from(Course)).one()
            together.wait(LONG_S)
            with database.writing() as second:
                return before - second.scalars(select(func.count()).select_from(Course)).one()

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(read_and_write, range(24))) == {0}
    database.close()


def test_what_is_bound_to_a_statement_stands_in_no_exception(database: Database):
    with database.writing() as session, pytest.raises(IntegrityError) as raised:
        session.execute(insert(User).values(email="ana@example.org", name="hunter2", created_at=now()))
    assert "hunter2" not in str(raised.value)


def test_a_new_file_is_its_owner_s_alone_and_so_are_those_beside_it(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    before = os.umask(0o022)
    try:
        upgrade(database)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}
    database.close()


@pytest.mark.parametrize(
    ("numbers", "median"), [([3], 3), ([5, 1, 9], 5), ([4, 1, 3, 2], 2), ([None, 7], 7), ([None], None)]
)
def test_the_lower_median_is_the_same_in_every_database(database: Database, numbers, median):
    rows = [select(literal(number, Integer).label("number")) for number in numbers]
    table = union_all(*rows).subquery()
    with database.reading() as session:
        assert session.scalar(select(median_low(table.c.number))) == median
