"""The database: the declarative base with its column types, and `Database`, which hands out sessions.

Two kinds of session. `reading()` is for showing; `writing()` is one transaction that is committed at its end. On SQLite
a writing session takes the lock at once (BEGIN IMMEDIATE), because a transaction that reads first and writes later
fails when another has written in between, however long it is willing to wait.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, DateTime, Engine, Integer, MetaData, create_engine, event, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

BUSY_S: Final = 30
"""Seconds that a writer waits for another on SQLite."""
CONNECT_S: Final = 10
"""Seconds that PostgreSQL has to answer a new connection."""
CONNECTIONS: Final = 10
"""The most that a process holds which answers no requests."""


class UTCDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC on our side; SQLite, which has no time zones, keeps it without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; moments are kept in UTC")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Points(TypeDecorator[Decimal]):
    """Points, exact to a thousandth; kept as whole thousandths, so that every database sums and compares them."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * 1000).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 1000


class Document(TypeDecorator[dict[str, Any]]):
    """A JSON document; PostgreSQL keeps it parsed."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class Base(DeclarativeBase):
    """All tables. Constraints have names of one form, so that migrations can refer to them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - the form that SQLAlchemy documents
        datetime: UTCDateTime(),
        Decimal: Points(),
        dict[str, Any]: Document(),
    }


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class Database:
    """One database. `url` is SQLite's or PostgreSQL's; not to be used across a fork.

    Who wants more than `connections` at a time waits; they are made when they are wanted first. What is bound to a
    statement (hashes of passwords, sources) stands in no exception's text, because these go into logs.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self.url = make_url(url)
        options: dict[str, Any] = {"pool_size": connections, "max_overflow": 0, "hide_parameters": True}
        if self.url.get_backend_name() == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
            if "connect_timeout" not in self.url.query:
                self.url = self.url.update_query_dict({"connect_timeout": str(CONNECT_S)})
            self.engine = create_engine(self.url, pool_pre_ping=True, **options)
        elif self.url.get_backend_name() == "sqlite":
            self.engine = create_engine(self.url, connect_args={"timeout": BUSY_S}, **options)
            _prepare_sqlite(self.engine)
        else:
            raise ValueError(f"{self.url.get_backend_name()!r} is not supported: use sqlite or postgresql")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file that is the database; None where it is a server's."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    def open(self) -> Session:
        """A session for showing; whoever opens it closes it."""
        return Session(self.engine, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for showing."""
        with self.open() as session:
            yield session

    def side_by_side(self, *reads: Callable[[Session], Any]) -> list[Any]:
        """What each of these reads gives, in their order; each has a session of its own, and they run at once.

        For a page that asks several long questions: between them others may write.
        """

        def run(read: Callable[[Session], Any]) -> Any:
            with self.reading() as session:
                return read(session)

        with ThreadPoolExecutor(len(reads)) as pool:
            return list(pool.map(run, reads))

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            if self.is_sqlite:
                session.connection(execution_options={"chainrule_writes": True})
            yield session

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def reason(error: SQLAlchemyError) -> str:
    """What the driver says, on one line, or else what SQLAlchemy says."""
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    return said or type(error).__name__


def hold(session: Session, table: type[Any], id: int, *, shared: bool = False) -> None:
    """Holds a row to the end of the transaction: waits for whoever holds it, but not of `shared` holders for each other.

    On SQLite a writing transaction is alone anyway.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(table.id).where(table.id == id).with_for_update(read=shared, key_share=not shared))


class seconds_of(GenericFunction[int]):  # noqa: N801 - an SQL function
    """The whole seconds of a moment since 1970: PostgreSQL rounds to the nearest, SQLite cuts off.

    EXTRACT would make exact decimals of them on PostgreSQL, slowly, and these would be made whole numbers all the same.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(seconds_of, "postgresql")
def _date_part(element: seconds_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(date_part('epoch', {compiler.process(element.clauses, **options)}) AS BIGINT)"


@compiles(seconds_of, "sqlite")
def _strftime(element: seconds_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


class median_low(GenericFunction[int]):  # noqa: N801 - an SQL function
    """The lower median of the whole numbers of a group that are not NULL."""

    type = BigInteger()
    inherit_cache = True


@compiles(median_low, "postgresql")
def _percentile(element: median_low, compiler: SQLCompiler, **options: Any) -> str:
    return f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {compiler.process(element.clauses, **options)})"


class _MedianLow:
    """The same as an aggregate of SQLite's."""

    def __init__(self) -> None:
        self._numbers: list[int] = []

    def step(self, number: int | None) -> None:
        if number is not None:
            self._numbers.append(number)

    def finalize(self) -> int | None:
        return statistics.median_low(self._numbers) if self._numbers else None


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def make(dialect: Dialect, record: Any, arguments: list[str], options: dict[str, Any]) -> None:
        # A file that SQLite makes itself may be read by everyone; those beside it, -wal and -shm, get the rights of this.
        if not arguments[0].startswith("file:"):
            with suppress(OSError):  # it is there, or cannot be made: then SQLite says so in a moment
                os.close(os.open(arguments[0], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        connection.create_aggregate("median_low", 1, _MedianLow)
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what was accepted survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("chainrule_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
