"""Every exercise of the course: it passes the gate, says what it asks for, and is the same behind the walls."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from grader.course import load_course
from grader.gate import prove
from grader.grading import Submission, final_report, grade
from grader.judging import Judge
from grader.material import alone, load_hidden
from grader.student import InProcess

COURSE = load_course(Path(__file__).resolve().parents[2])
SEED = 20_250_101

exercises = pytest.mark.parametrize("exercise", COURSE.exercises.values(), ids=list(COURSE.exercises))


@pytest.mark.slow
@exercises
def test_it_passes_the_gate(exercise):
    *_, proof = prove(exercise, range(3))
    assert proof.exceptions == []
    assert proof.passed


@exercises
def test_it_has_mistakes_and_variants_to_be_proven_with(exercise):
    hidden = load_hidden(exercise)
    assert len(hidden.mistakes) >= 5
    assert len(hidden.variants) >= 3
    assert all(mistake.hint for mistake in hidden.mistakes)


@exercises
def test_its_statement_has_a_title_a_formula_a_source_and_a_worked_example(exercise):
    text = exercise.statement
    assert re.match(r"# \S", text)
    assert re.search(r"\$\$.+?\$\$", text, re.DOTALL)
    assert re.search(r"\b(example|by hand)\b", text, re.IGNORECASE)
    assert re.search(r"\bSources?\b", text)
    assert exercise.summary
    assert exercise.source


@exercises
def test_its_starter_says_the_shapes_and_holds_no_answer(exercise):
    tree = ast.parse(exercise.starter)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert functions.keys() == exercise.functions.keys()
    for function in functions.values():
        text = ast.get_docstring(function)
        assert re.search(r"\bshape\b|\((\w+, ?)+[\w.]*\)", text), function.name
        assert [type(node) for node in function.body[1:]] == [ast.Raise]


@exercises
def test_every_sentence_of_a_check_can_stand_alone(exercise):
    titles = [check.title for check in load_hidden(exercise).checks]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if title.endswith((".", "!")) or "\n" in title]


# --- behind the walls -------------------------------------------------------------------------------------------------


def handed_in(exercise, file=None, name=None):
    """The text of a file whose functions are an alternative's and, for the rest, the solution's."""
    solution = (exercise.hidden / "solution.py").read_text(encoding="utf-8")
    if file is None:
        return solution
    written = (exercise.hidden / file).read_text(encoding="utf-8")
    imported = [
        found
        for line in re.findall(r"^from \.solution import (.+)$", written, re.MULTILINE)
        for found in line.split(", ")
    ]
    written = re.sub(r"^from \.solution import .+$", "", written, flags=re.MULTILINE)
    written = ast.unparse(alone(ast.parse(written), name))  # every check imports it anew, which takes its time
    return "\n".join(
        [
            "solution, written = {}, {}",
            f"exec(compile({solution!r}, 'solution', 'exec'), solution)",
            *(f"written[{each!r}] = solution[{each!r}]" for each in imported),
            f"exec(compile({written!r}, 'written', 'exec'), written)",
            *(f"{each} = getattr(written[{name!r}], {each!r}, solution[{each!r}])" for each in exercise.functions),
        ]
    )


def found_in_process(exercise, load):
    hidden = load_hidden(exercise)
    judge = Judge(exercise, hidden.solution, InProcess(exercise.functions, load), SEED)
    return found(judge.judge(check) for check in hidden.checks)


def found(results):
    """The score, and which checks failed."""
    results = list(results)
    failed = [result.name for result in results if not result.passed and not result.skipped]
    return sum(result.points for result in results), failed


def same_behind_the_walls(exercise, sandbox, load, text):
    report = final_report(grade(Submission(text.encode(), exercise, "answer.py", SEED), sandbox))
    return found(report.checks) == found_in_process(exercise, load)


@exercises
def test_its_solution_passes_behind_the_walls_and_its_starter_gets_nothing(exercise, sandbox):
    solution, starter = (
        final_report(grade(Submission(text.encode(), exercise, "answer.py", SEED), sandbox))
        for text in (handed_in(exercise), exercise.starter)
    )
    assert (solution.status, solution.score) == ("passed", exercise.points)
    assert (starter.status, starter.score) == ("failed", 0)


@pytest.mark.slow
@exercises
def test_every_variant_and_mistake_is_judged_behind_the_walls_as_in_process(exercise, sandbox):
    hidden = load_hidden(exercise)
    others = [
        each.name
        for file, alternatives in (("variants.py", hidden.variants), ("mistakes.py", hidden.mistakes))
        for each in alternatives
        if not same_behind_the_walls(exercise, sandbox, each.load, handed_in(exercise, file, each.name))
    ]
    assert others == []
