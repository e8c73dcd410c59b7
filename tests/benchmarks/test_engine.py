"""The benchmark of the engine: its document has the form that docs and scripts rely on."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import engine, folders
from benchmarks.contenders import CONTENDERS, Failed
from benchmarks.plain import holds
from benchmarks.workers import WorkerFailed
from grader.checks import Wrong
from grader.course import load_course
from grader.material import load_hidden

CHOSEN = ("floor", "chainrule", "start")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    chosen = [option for name in CHOSEN for option in ("--only", name)]
    options = ["--json", "--runs", "1", "--jobs", "1", "--exercise", "adam", *chosen]
    result = CliRunner().invoke(engine.main, options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_it_says_what_it_ran_on(document):
    assert {"cores", "jobs", "python", "numpy"} <= document["machine"].keys()


def test_it_gives_the_figures_of_each_grader(document):
    graders = document["exercises"]["adam"]
    assert graders.keys() == {*CHOSEN, "ratios"}
    for grader in CHOSEN:
        assert graders[grader].keys() == {"p50_ms", "p95_ms", "per_second", "per_second_parallel", "runs"}
        assert graders[grader]["runs"] == 1
        assert graders[grader]["p50_ms"] > 0


def test_it_compares_chainrule_with_the_others(document):
    ratios = document["exercises"]["adam"]["ratios"]
    assert ratios.keys() == {"floor", "start"}
    for ratio in ratios.values():
        assert ratio.keys() == {"latency", "throughput"}
        assert ratio["latency"] > 0


def test_it_holds_the_figures_against_the_targets(document):
    assert len(document["targets"]) == 4
    for target in document["targets"]:
        assert target.keys() == {"name", "target", "measured", "reached"}
        assert isinstance(target["reached"], bool)


def test_it_draws_a_table_for_people():
    options = ["--runs", "1", "--jobs", "1", "--exercise", "adam", "--only", "floor"]
    result = CliRunner().invoke(engine.main, options)
    assert result.exit_code == 0, result.output
    assert "floor" in result.stdout
    assert "p50 ms" in result.stdout


class Stumbling:
    """Workers whose first measurements fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def measure(self, contender: str, exercise: str, seconds: float, *, together: bool) -> list[list[float]]:
        self.failures -= 1
        if self.failures >= 0:
            raise WorkerFailed(f"{contender} on {exercise}: the kernel did not start")
        return [[1.0]]


def test_otter_is_tried_again_where_its_kernel_does_not_start(capsys):
    assert engine._tried(Stumbling(2), "otter", "adam", 0, together=True) == [[1.0]]
    assert capsys.readouterr().err.count("the kernel did not start ... Once more.") == 2
    with pytest.raises(WorkerFailed, match="did not start"):
        engine._tried(Stumbling(3), "otter", "adam", 0, together=True)


def test_chainrule_may_not_fail_even_once():
    with pytest.raises(WorkerFailed, match="chainrule on adam"):
        engine._tried(Stumbling(1), "chainrule", "adam", 0, together=True)


def test_it_ends_with_a_reason_when_a_grader_does_not_give_full_marks(tmp_path):
    task = folders.write(load_course().exercise("adam"), tmp_path / "adam")
    wrong = folders.Task(task.exercise, task.folder, task.source.replace(b"+ 1\n", b"+ 2\n"))
    grade = CONTENDERS["floor"](wrong, ExitStack())
    with pytest.raises(Failed, match="next_w"):
        grade()


def test_a_plain_grader_runs_the_hidden_checks_themselves():
    exercise = load_course().exercise("adam")
    hidden = load_hidden(exercise)
    mistake = next(each for each in hidden.mistakes if each.name == "no_bias_correction").load()
    outcomes = []
    for check in hidden.checks:
        holds(check, exercise.functions, hidden.solution, hidden.solution)
        try:
            holds(check, exercise.functions, hidden.solution, mistake)
        except Wrong:
            outcomes.append(check.name)
    assert "makes_steps_of_length_lr" in outcomes


@pytest.mark.parametrize("name", engine.EXERCISES)
def test_a_folder_asks_every_check_of_pytest_and_of_otter(name, tmp_path):
    exercise = load_course().exercise(name)
    folders.write(exercise, tmp_path / name)
    for file in (tmp_path / name / "test_submission.py", tmp_path / name / "tests" / f"{name}.py"):
        text = file.read_text(encoding="utf-8")
        compile(text, str(file), "exec")
        assert all(f"holds(checks.{check.name}, " in text for check in load_hidden(exercise).checks)


def test_a_folder_says_of_the_functions_what_the_course_says(tmp_path):
    exercise = load_course().exercise("batch_norm")
    folders.write(exercise, tmp_path / "batch_norm")
    names: dict[str, Any] = {}
    exec((tmp_path / "batch_norm" / "hidden" / "functions.py").read_text(encoding="utf-8"), names)
    assert names["FUNCTIONS"] == dict(exercise.functions)
