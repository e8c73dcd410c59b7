"""What the operator reads in the log."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import pytest
import redis
from celery.exceptions import CPendingDeprecationWarning
from kombu.exceptions import OperationalError as NoBroker
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from webapp import logs
from webapp.database import Database
from webapp.logs import Lines


def logged(error: Exception) -> str:
    """What stands in the log about an exception."""
    try:
        raise error
    except Exception as raised:
        exc_info = (type(raised), raised, raised.__traceback__)
        return Lines().format(logging.makeLogRecord({"msg": "sweeping failed", "exc_info": exc_info}))


def refused(url: str, statement: str) -> OperationalError:
    """How the database refuses that statement."""
    database = Database(url)
    with pytest.raises(OperationalError) as told, database.writing() as session:
        session.execute(text(statement))
    database.close()
    return told.value


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u@/x?host={}", "No such file or directory"),
        ("sqlite:///{}/nowhere/x.db", "unable to open database file"),
    ],
)
def test_a_database_that_is_away_is_one_line(tmp_path: Path, url: str, words: str):
    line = logged(refused(url.format(tmp_path), "SELECT 1"))
    assert line.count("sweeping failed: ") == line.count(words) == 1
    assert "\n" not in line


@pytest.mark.parametrize("kind", [redis.ConnectionError, redis.TimeoutError, NoBroker])
def test_a_redis_that_is_away_is_one_line(kind: type[Exception]):
    assert logged(kind("no answer\nfrom /x.sock")).endswith("sweeping failed: no answer from /x.sock")


def test_what_celery_has_in_mind_for_its_next_version_is_not_said_each_time_that_redis_is_away():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        logs.write()
        warnings.warn("In Celery 5.1 we introduced", CPendingDeprecationWarning, stacklevel=1)
        warnings.warn("something else", DeprecationWarning, stacklevel=1)
    assert [str(each.message) for each in told] == ["something else"]


def test_what_may_be_our_fault_keeps_its_traceback(database: Database):
    fault = (
        "SELECT x FROM nowhere" if database.is_sqlite else "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"
    )  # a deadlock
    for error in (ZeroDivisionError("x"), refused(database.url.render_as_string(hide_password=False), fault)):
        assert "\nTraceback (most recent call last)" in logged(error)
