"""The log of `web` and `worker`: a line for each event, and a traceback only where the code may be at fault."""

from __future__ import annotations

import copy
import logging
import warnings
from typing import Final

import redis
from celery.exceptions import CPendingDeprecationWarning
from kombu.exceptions import OperationalError as NoBroker
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from webapp.database import reason

FORM: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_SERVER_AWAY: Final = ("08", "53", "57P")
"""How PostgreSQL's codes begin that say: no connection, no room, shutting down or starting."""


class Lines(logging.Formatter):
    """Where a database or a Redis is away, every thread notices it somewhere else: the reason is all there is to know."""

    def __init__(self) -> None:
        super().__init__(FORM)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        why = _away(record.exc_info[1]) if record.exc_info else ""
        if not why:
            return super().format(record)
        plain = copy.copy(record)
        plain.exc_info = plain.exc_text = plain.stack_info = None
        return " ".join(f"{super().format(plain)}: {why}".split())


def write() -> None:
    """Sends what this process logs to its standard error.

    Celery says in eight lines, each time that it loses its Redis, what a setting of ours will mean in its next version.
    """
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _away(error: BaseException | None) -> str:
    """Why a service cannot be used; empty for every other exception."""
    match error:
        case OperationalError(orig=cause):
            of_sqlite, of_postgresql = getattr(cause, "sqlite_errorname", None), getattr(cause, "sqlstate", None)
            # SQLITE_ERROR is a statement that cannot be run; without a code there was no connection.
            is_away = of_sqlite != "SQLITE_ERROR" if of_sqlite else (of_postgresql or "08").startswith(_SERVER_AWAY)
            return reason(error) if is_away else ""
        case NoConnection():
            return reason(error)
        case NoBroker() | redis.ConnectionError() | redis.TimeoutError():
            return str(error) or type(error).__name__
    return ""
