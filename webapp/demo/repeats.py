"""A million submissions from a few hundred gradings: each distinct file is graded once, and its report is repeated.

The database itself multiplies: the files with their reports are sent once, and of each submission what is its own. So
the reports of equal files have the seed of the one that was graded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, Text, insert, literal, select, text
from sqlalchemy.orm import Session

from grader.report import Report
from webapp.accounts.models import User
from webapp.courses.models import Course
from webapp.database import Document, Points, UTCDateTime
from webapp.demo.files import File
from webapp.demo.story import HandedIn
from webapp.submissions.models import Submission, Verdict
from webapp.submissions.progress import fold_all
from webapp.submissions.receipts import Receipt, moment, sign
from webapp.submissions.services import new_id

AT_ONCE: Final = 5000
"""Rows that are sent to the database together."""
GRADED_AFTER: Final = timedelta(milliseconds=40)
WORKER: Final = "demo"

_temporary = MetaData()
_files = Table(
    "demo_files",
    _temporary,
    Column("number", Integer, primary_key=True),
    Column("exercise", String(64)),
    Column("filename", String(255)),
    Column("source", LargeBinary),
    Column("digest", String(64)),
    Column("checks", Integer),
    Column("status", String(20)),
    Column("score", Points),
    Column("max_score", Points),
    Column("diagnosis", String(80)),
    Column("version", String(16)),
    Column("report", Document),
    prefixes=["TEMPORARY"],
)
_entered = Table(
    "demo_entered",
    _temporary,
    Column("id", String(26), primary_key=True),
    Column("user_id", Integer),
    Column("file", Integer),
    Column("origin", String(20)),
    Column("received_at", UTCDateTime),
    Column("graded_at", UTCDateTime),
    Column("receipt", Text),
    prefixes=["TEMPORARY"],
)


def keep(
    session: Session,
    secret: str,
    course: Course,
    users: Sequence[User],
    handed_in: Sequence[HandedIn],
    reports: Mapping[File, Report],
    advance: Callable[[], None],
) -> None:
    """Keeps these submissions with their verdicts, in the transaction of `session`."""
    _temporary.create_all(session.connection())
    numbers = {file: number for number, file in enumerate(reports)}
    session.execute(insert(_files), [_file(numbers[file], file, report) for file, report in reports.items()])
    digests = {file: hashlib.sha256(file.source).hexdigest() for file in reports}

    def rows() -> Iterator[dict[str, Any]]:
        for student, file, at, origin in handed_in:
            id, user = new_id(at), users[student]
            receipt = Receipt(id, user.email, course.slug, file.exercise, digests[file], moment(at))
            advance()
            yield {
                "id": id,
                "user_id": user.id,
                "file": numbers[file],
                "origin": origin,
                "received_at": at,
                "graded_at": at + GRADED_AFTER,
                "receipt": sign(receipt, secret),
            }

    coming = rows()
    while some := list(islice(coming, AT_ONCE)):
        session.execute(insert(_entered), some)
    _multiply(session, course)
    _temporary.drop_all(session.connection())
    fold_all(session, course.id)
    session.execute(text("ANALYZE"))  # the database plans by what it knew of an empty table


def _file(number: int, file: File, report: Report) -> dict[str, Any]:
    return {
        "number": number,
        "exercise": file.exercise,
        "filename": f"{file.exercise}.py",
        "source": file.source,
        "digest": hashlib.sha256(file.source).hexdigest(),
        "checks": len(report.checks),
        "status": report.status,
        "score": Decimal(str(report.score)),
        "max_score": Decimal(str(report.max_score)),
        "diagnosis": report.diagnosis.name if report.diagnosis else None,
        "version": report.exercise_version,
        "report": report.as_dict(),
    }


def _multiply(session: Session, course: Course) -> None:
    """Makes the rows of submissions and verdicts out of the files and what was entered."""
    each, file = _entered.c, _files.c
    both = _entered.join(_files, each.file == file.number)
    submission = {
        "id": each.id,
        "course_id": literal(course.id),
        "user_id": each.user_id,
        "exercise": file.exercise,
        "filename": file.filename,
        "source": file.source,
        "digest": file.digest,
        "origin": each.origin,
        "received_at": each.received_at,
        "receipt": each.receipt,
        "state": literal("graded"),
        "lane": literal("submissions"),
        "sent_at": each.received_at,
        "sendings": literal(1),
        "failures": literal(0),
        "checks_done": file.checks,
        "checks_total": file.checks,
        "status": file.status,
        "score": file.score,
        "max_score": file.max_score,
        "diagnosis": file.diagnosis,
        "exercise_version": file.version,
        "graded_at": each.graded_at,
    }
    verdict = {
        "submission_id": each.id,
        "exercise_version": file.version,
        "report": file.report,
        "worker": literal(WORKER),
        "graded_at": each.graded_at,
    }
    for table, columns in ((Submission, submission), (Verdict, verdict)):
        query = select(*columns.values()).select_from(both).order_by(each.received_at, each.id)
        session.execute(insert(table).from_select(list(columns), query))
