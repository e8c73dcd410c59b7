"""The report: the JSON contract, key by key."""

from __future__ import annotations

import json

import pytest

from grader import __version__
from grader.report import CheckResult, Diagnosis, ErrorFigure, Report, StudentLine

CHECK_KEYS = {
    "name", "title", "passed", "skipped", "points", "max_points", "message", "diagnosis", "error", "reproducer",
}  # fmt: skip
REPORT_KEYS = {
    "exercise", "exercise_version", "status", "score", "max_score", "seed", "checks", "diagnosis", "figures",
    "resources", "versions",
}  # fmt: skip
STATUSES = {
    "passed", "failed", "error", "timeout", "memory", "output", "forbidden", "crashed", "invalid", "platform_error",
}  # fmt: skip


@pytest.fixture(scope="module")
def failed(hand_in):
    """A report in which something failed, as JSON has it."""
    return json.loads(
        json.dumps(hand_in("def scale(x, factor=2.0):\n    return x + factor\n").as_dict(), allow_nan=False)
    )


@pytest.fixture(scope="module")
def passed(hand_in):
    """A report in which nothing failed, as JSON has it."""
    return json.loads(
        json.dumps(hand_in("def scale(x, factor=2.0):\n    return x * factor\n").as_dict(), allow_nan=False)
    )


# What the contract has may have more beside it, and never less.


def test_a_report_has_every_key_of_the_contract(passed, failed):
    assert passed.keys() == failed.keys()
    assert passed.keys() >= REPORT_KEYS


def test_a_check_has_every_key_of_the_contract(passed, failed):
    for check in (*passed["checks"], *failed["checks"]):
        assert check.keys() >= CHECK_KEYS


def test_every_value_is_of_its_kind(passed, failed):
    for report in (passed, failed):
        assert report["exercise"] == "scale"
        assert len(report["exercise_version"]) == 16
        assert report["status"] in STATUSES
        assert type(report["seed"]) is int
        assert all(type(report[key]) is float for key in ("score", "max_score"))
        assert all(type(check[key]) is float for check in report["checks"] for key in ("points", "max_points"))
        assert all(type(check[key]) is bool for check in report["checks"] for key in ("passed", "skipped"))
        assert all(type(check["message"]) is str for check in report["checks"])


def test_a_report_of_a_right_answer_has_full_marks_and_nothing_to_say(passed):
    assert (passed["status"], passed["score"], passed["max_score"]) == ("passed", 4, 4)
    assert passed["diagnosis"] is None
    assert passed["figures"] == []
    for check in passed["checks"]:
        assert (check["passed"], check["skipped"], check["points"]) == (True, False, check["max_points"])
        assert (check["message"], check["diagnosis"], check["error"], check["reproducer"]) == ("", None, None, None)


def test_a_report_of_a_wrong_answer_says_what_where_and_why(failed):
    first, second, third = failed["checks"]
    assert (failed["status"], failed["score"], failed["max_score"], failed["seed"]) == ("failed", 1, 4, 17)
    assert (first["name"], first["title"]) == ("multiplies", "The result is the factor times x")
    assert (first["passed"], first["points"], first["max_points"], first["diagnosis"]) == (
        False,
        0,
        2,
        "adds_the_factor",
    )
    assert first["message"].startswith("out at [")
    assert first["error"].keys() == {"max_relative", "at"}
    assert first["reproducer"].startswith("import numpy as np\nfrom answer import scale\n")
    assert (second["skipped"], second["passed"], third["passed"]) == (True, False, True)


def test_the_diagnosis_has_its_name_title_and_hint(failed):
    assert failed["diagnosis"] == {
        "name": "adds_the_factor",
        "title": "You add the factor to x",
        "hint": "Multiply by it.",
    }


def test_the_resources_are_measured(failed):
    assert failed["resources"].keys() == {"wall_s", "cpu_s", "peak_memory_mb"}
    assert all(value > 0 for value in failed["resources"].values())


def test_the_versions_are_told(failed):
    assert failed["versions"]["chainrule"] == __version__
    assert failed["versions"].keys() >= {"chainrule", "numpy", "python"}


def test_a_figure_is_kept_as_it_is():
    result = CheckResult("n", "t", False, 0.0, 1.0)
    figure = {"title": "A path", "spec": {"mark": "line"}}
    report = Report("adam", "0" * 16, "failed", 0.0, 1.0, 1, [result], figures=[figure])
    assert report.as_dict()["figures"] == [figure]


def test_all_parts_become_plain_data():
    check = CheckResult(
        "n", "t", False, 0.0, 1.0, error=ErrorFigure(0.5, [3, 0]), trace=[StudentLine(2, "f", "return x")]
    )
    report = Report("e", "v", "failed", 0.0, 1.0, 1, [check], diagnosis=Diagnosis("d", "t", "h"))
    data = report.as_dict()
    assert data["checks"][0]["error"] == {"max_relative": 0.5, "at": [3, 0]}
    assert data["checks"][0]["trace"] == [{"line": 2, "function": "f", "text": "return x"}]
    assert data["diagnosis"] == {"name": "d", "title": "t", "hint": "h"}
    assert json.loads(json.dumps(data)) == data
