"""What the API reads and answers, as pydantic models; the document shows their docstrings.

The report's schema is that of the engine's own dataclasses, so that the two cannot drift apart.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from grader.report import Report, Status

State = Literal["queued", "grading", "graded"]

LONGEST_WAIT_S: Final = 20
MOST_LISTED: Final = 100
_SLUG: Final = r"^[^\x00]*$"  # NUL is in no name; PostgreSQL could not even look for it

ExerciseName = Annotated[str, Field(description="The exercise's name.", examples=["adam"])]
SubmissionId = Annotated[str, Field(description="The submission's id.", examples=["01k6zr3v9a8m4c7t2e5x0w1qhd"])]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


# --- What is read -----------------------------------------------------------------------------------------------------


class CourseQuery(_Model):
    """Which course is meant."""

    course: str | None = Field(default=None, max_length=80, pattern=_SLUG)
    """The course's slug. Without it: the newest of your courses."""


class ListQuery(_Model):
    """Which submissions are listed."""

    exercise: str | None = Field(default=None, max_length=64, pattern=_SLUG)
    """Only this exercise's."""
    course: str | None = Field(default=None, max_length=80, pattern=_SLUG)
    """Only this course's, by its slug. Without it: those of all your courses."""
    limit: int = Field(default=20, ge=1, le=MOST_LISTED)
    """At most so many."""


class WaitQuery(_Model):
    """How long an answer may be held back."""

    wait: float = Field(default=0, ge=0, le=LONGEST_WAIT_S, allow_inf_nan=False, examples=[5])
    """Seconds to wait for the verdict. The answer may come at once all the same, when many others wait: ask again."""


class SubmitHeaders(_Model):
    """What a submission may carry besides."""

    idempotency_key: str | None = Field(
        default=None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern="^[!-~]([ -~]*[!-~])?$",
        examples=["0b6d9b0e-5f0d-4a39-8d0e-7f8f4f1a2c3b"],
    )
    """A text of your choice, new for each submission. Sent again with the same key and file, it is accepted once only:
    the answer is again 201, with the id from the first time."""


class Source(_Model):
    """A file as JSON."""

    source: str = Field(examples=["def adam(w, dw, config=None):\n    ...\n"])
    """The text of the Python file; or of the notebook, when `filename` ends in .ipynb."""
    filename: str | None = Field(default=None, max_length=255, examples=["adam.py"])
    """What the file is called at your side."""


# --- What is answered -------------------------------------------------------------------------------------------------


class Course(_Model):
    """A course that you take part in."""

    slug: str
    """What it is called in addresses."""
    title: str
    edition: str
    role: Literal["student", "assistant", "instructor"]


class Me(_Model):
    """Whose token this is."""

    name: str
    email: str
    courses: list[Course]
    """The newest comes first: it is the one that is meant where none is named."""


class Exercise(_Model):
    """An exercise, and where you stand in it."""

    name: str
    """What it is called in addresses and on the command line."""
    title: str
    course: str
    """The course's slug."""
    unit: str
    unit_title: str
    max_score: float
    best_score: float | None
    """The best of your graded submissions; null while there is none."""
    state: Literal["not_started", "tried", "passed", "waiting"]
    """`passed` is full marks; `waiting`: a submission has no verdict yet."""
    opens: datetime | None
    due: datetime | None
    closes: datetime | None
    """After `due` a submission is late, after `closes` none is accepted."""
    attempts_used: int
    attempts_allowed: int | None
    """null: as many as you like."""


class ExerciseList(_Model):
    """The exercises of a course, in its order."""

    exercises: list[Exercise]


class ExerciseDetail(Exercise):
    """An exercise with its texts."""

    summary: str
    statement: str
    """Markdown with TeX."""
    starter: str
    """The Python file to start from."""


class Submission(_Model):
    """A submission, and where it stands."""

    id: str
    exercise: str
    course: str
    """The course's slug."""
    state: State
    """`queued`, then `grading`, then `graded`."""
    position: int | None
    """The place in the queue, 1 is next; null once it is graded."""
    estimate_s: float | None
    """How many seconds it may take; null where that cannot be told."""
    received_at: datetime
    """The moment that counts for deadlines."""
    receipt: str
    """Our signature under what was received and when; keep it. /receipts reads it."""
    url: str
    """The submission's page."""


class Override(_Model):
    """A score that the teaching team has set in the place of the report's."""

    score: float
    reason: str


class SubmissionDetail(Submission):
    """A submission with its report."""

    report: Report | None
    """null until it is graded."""
    hint_withheld: str | None
    """Where the report has a diagnosis that is not shown yet: when it will be, in words."""
    override: Override | None
    """Where the score was set by hand: this one counts, whatever the report says."""


class SubmissionRow(_Model):
    """A submission in a list."""

    id: str
    exercise: str
    course: str
    state: State
    position: int | None
    received_at: datetime
    status: Status | None
    """The report's; null until it is graded."""
    score: float | None
    max_score: float | None
    url: str


class SubmissionList(_Model):
    """Your own submissions, the newest first."""

    submissions: list[SubmissionRow]


class FieldProblem(_Model):
    """One value of a request that is not as it must be."""

    field: str
    """Where it stands: `query.limit`, `body.source`, `header.Idempotency-Key`."""
    detail: str


class Scale(_Model):
    """What grades range over, as exact decimals."""

    lowest: str
    highest: str


class Grade(_Model):
    """The grade as it stands, rounded on the scale."""

    value: str | None
    """null while something that is missing can still change it."""
    low: str
    """What it will be at least ..."""
    high: str
    """... and at most."""
    mark: str | None
    """The word for it, where the scale has words and all that is possible has the same."""


class Component(_Model):
    """A part of the grade. Shares are exact decimals from 0 to 1; periodic ones are rounded to six places."""

    key: str
    title: str
    weight: str
    """Its weight among its siblings, after what is excused or dropped."""
    score: str | None
    """By what is graded so far; null where nothing is."""
    low: str
    """The score that it will have at least ..."""
    high: str
    """... and at most."""
    state: Literal["graded", "missing", "excused", "partial"]
    """`partial`: some of it is graded, or waits for its verdict."""
    components: list[Component]


class Grades(_Model):
    """Your grade in a course, and what it is made of."""

    course: str
    """The course's slug."""
    scale: Scale
    grade: Grade
    components: list[Component]


class OpenAPI(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


class Problem(_Model):
    """A problem, in the form of RFC 9457."""

    type: Literal["about:blank"]
    title: str
    """What kind of problem it is."""
    status: int
    """HTTP's status once more."""
    detail: str
    """What was wrong, and the way out: a sentence to show to people."""
    errors: list[FieldProblem] = []
    """Left out where no single value is at fault."""
