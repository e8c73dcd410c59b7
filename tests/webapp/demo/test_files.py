"""The files of the demo class: whole, as a student would hand them in, and wrong in just the way that they are named."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from grader.course import CourseError, Exercise, load_course
from grader.grading import Submission, final_report, grade
from grader.report import Report
from grader.sandbox import Sandbox
from webapp.demo.files import File, Material, files_of

ROOT = Path(__file__).resolve().parents[3]
EXERCISES = load_course(ROOT).exercises


def graded(file: File, exercise: Exercise, sandbox: Sandbox) -> Report:
    return final_report(grade(Submission(file.source, exercise, f"{exercise.name}.py", 17), sandbox))


def mistake(exercise: str, name: str) -> str:
    (found,) = (each for each in files_of(EXERCISES[exercise]).mistakes if each.name == name)
    return found.source.decode()


@pytest.mark.parametrize("name", EXERCISES)
def test_every_file_defines_the_exercise_s_functions_and_imports_numpy_alone(name: str) -> None:
    files = files_of(EXERCISES[name])
    assert files.mistakes
    for each in (*files.right, *files.mistakes):
        tree = ast.parse(each.source)
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        defined |= {
            node.targets[0].id
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        assert defined >= EXERCISES[name].functions.keys(), each.name
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert imported <= {"numpy"}, each.name


def test_a_function_that_is_replaced_and_yet_called_becomes_a_helper() -> None:
    text = mistake("mlp_backprop", "batch_summed")
    assert "def _mlp_loss(" in text
    assert "loss, grads = _mlp_loss(x, y, params)" in text


def test_a_function_that_is_not_replaced_is_called_by_its_name() -> None:
    assert "_affine_backward" not in mistake("affine", "bias_forgotten")


def test_what_stands_beside_the_functions_of_a_mistake_becomes_a_global() -> None:
    text = mistake("dropout", "randomness_not_from_rng")
    assert "_own = np.random.default_rng(2014)" in text
    assert "randomness_not_from_rng" not in text


def test_a_statement_that_defines_two_names_is_written_once() -> None:
    assert mistake("mlp_backprop", "gate_reversed").count("WEIGHTS, BIASES = ") == 1


def test_nothing_of_what_the_authors_explain_is_in_a_file() -> None:
    for each in files_of(EXERCISES["adam"]).mistakes:
        assert "The right m, v and t after this step" not in each.source.decode()


@pytest.mark.parametrize(
    ("kind", "status"), [("syntax error", "invalid"), ("starter", "failed"), ("another library", "error")]
)
def test_a_broken_file_is_broken_as_it_says(kind: str, status: str, sandbox: Sandbox) -> None:
    (file,) = (each for each in files_of(EXERCISES["sgd"]).broken if each.name == kind)
    report = graded(file, EXERCISES["sgd"], sandbox)
    assert (report.status, report.score) == (status, 0)


def test_a_file_of_the_course_that_is_no_python_is_named(tmp_path: Path) -> None:
    (tmp_path / "mistakes.py").write_text("class :")
    with pytest.raises(CourseError, match=r"mistakes\.py: cannot be read as Python"):
        Material(tmp_path / "mistakes.py")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["affine", "sgd", "mlp_backprop"])
def test_right_files_pass_and_each_mistake_is_named_by_its_name(name: str, sandbox: Sandbox) -> None:
    exercise, files = EXERCISES[name], files_of(EXERCISES[name])
    assert {each.name for each in files.right if graded(each, exercise, sandbox).status != "passed"} == set()
    for each in files.mistakes:
        report = graded(each, exercise, sandbox)
        assert report.diagnosis is not None, each.name
        assert report.diagnosis.name == each.name
