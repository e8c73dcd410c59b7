"""The worked examples of docs/grades.md: each course is read, each piece of work graded, each result compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grader.grade_scheme import exercise_leaf, read_scheme
from grader.table import Table
from grader.timetable import Timetable, read_timetable, read_zone
from webapp.grades.attempts import Attempt, Extension
from webapp.grades.tree import GradeTree, Work
from webapp.grades.words import number

TEXT = (Path(__file__).parents[3] / "docs" / "grades.md").read_text(encoding="utf-8")
LEAVES = {"optimizers": [exercise_leaf("sgd", "SGD", 10), exercise_leaf("adam", "Adam", 10)]}
NOW = datetime(2026, 12, 20, tzinfo=UTC)


@dataclass
class Example:
    """One worked example: a course, a student's work, and lines of results."""

    title: str
    course: str
    work: list[list[str]]
    results: list[tuple[str, str]]


def examples():
    for section in TEXT.partition("## Worked examples")[2].partition("\n## ")[0].split("\n### ")[1:]:
        (course,) = re.findall(r"```toml\n# example\n(.*?)```", section, re.DOTALL)
        (work,) = re.findall(r"```text\nwork\n(.*?)```", section, re.DOTALL)
        (results,) = re.findall(r"```text\nresult\n(.*?)```", section, re.DOTALL)
        pairs = [tuple(line.split(" = ")) for line in results.splitlines()]
        yield Example(section.splitlines()[0], course, [line.split() for line in work.splitlines()], pairs)


def tree_of(text, tmp_path):
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    table = Table.read(tmp_path / "course.toml")
    zone = read_zone(table)
    dates = table.table("exercise", optional=True)
    timetables = {name: read_timetable(own, zone, Timetable()) for name, own in dates.items()}
    return GradeTree(read_scheme(table.table("grade"), LEAVES), timetables, zone)


def work_of(lines, zone):
    work = Work(attempts={}, scores={}, extensions={}, excused=set())
    for what, key, *rest in lines:
        if what == "attempt":
            received_at = datetime.fromisoformat(rest[0]).replace(tzinfo=zone)
            work.attempts.setdefault(key, []).append(Attempt(received_at, Decimal(rest[1]), 10))
        elif what == "extension":
            work.extensions[key] = [Extension(days=int(rest[0]))]
        elif what == "score":
            work.scores[key] = Decimal(rest[0])
        else:
            assert what == "excused"
            work.excused.add(key)
    return work


def answer(grade, question):
    """What the program says to the left side of a line."""
    what, _, rest = question.partition(" ")
    if what == "grade":
        return span(str(grade.final.low), str(grade.final.high))
    if what == "mark":
        return span(grade.final.low_mark, grade.final.high_mark)
    if what == "needed":
        leaf, target = rest.split(" for ")
        needed = grade.needed(leaf, Decimal(target), others="zero")
        return number(needed.score) if needed.state == "possible" else needed.state
    node = grade.node(rest)
    if what == "share":
        return span(number(node.low * 10), number(node.high * 10))
    return node.minimum.state if what == "minimum" else number(getattr(node, what))


def span(low, high):
    return low if low == high else f"{low} to {high}"


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.title)
def test_the_program_gets_what_is_worked_by_hand(example, tmp_path):
    tree = tree_of(example.course, tmp_path)
    grade = tree.grade(work_of(example.work, tree.zone), NOW)
    assert [(question, answer(grade, question)) for question, _ in example.results] == example.results


def test_all_four_examples_are_found():
    assert len(list(examples())) == 4


def test_the_page_names_every_setting():
    for setting in ("timezone", "edition", "opens", "due", "closes", "attempts", "weight", "policy", "late", "per_day"):
        assert f"{setting}" in TEXT
    for setting in ("cap", "grace_days", "minimum", "drop_lowest", "scale", "decimals", "rounding", "marks"):
        assert f"{setting} = " in TEXT
