"""Holding a row: who waits for whom. On SQLite every writer waits for every other."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from webapp.courses.models import Course
from webapp.database import Database, hold

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
