"""The command of an operator: doctor, which fails closed."""

from __future__ import annotations

import json

import pytest

from grader import doctor
from grader.cli import operator
from grader.doctor import Finding


@pytest.fixture
def findings(monkeypatch):
    """Lets the doctor find this."""

    def find(*statuses, services=()):
        found = [Finding(f"wall {place}", status, f"text {place}") for place, status in enumerate(statuses)]
        monkeypatch.setattr(doctor, "examine", lambda course: iter(found))
        monkeypatch.setattr(operator, "services", lambda: iter(services))

    return find


@pytest.mark.parametrize(
    ("statuses", "code", "sentence"),
    [
        (["stands", "stands"], 0, "This machine can grade."),
        (["stands", "missing"], 0, "This machine can grade."),
        (["stands", "broken", "missing"], 3, "This machine must not grade."),
    ],
)
def test_the_exit_code_says_whether_this_machine_may_grade(chainrule, findings, statuses, code, sentence):
    findings(*statuses)
    result = chainrule("doctor")
    assert result.exit_code == code
    assert sentence in result.stdout
    assert all(f"wall {place}" in result.stdout for place in range(len(statuses)))


def test_the_findings_as_json_are_one_document(chainrule, findings):
    findings("stands", "broken")
    result = chainrule("doctor", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert document["healthy"] is False
    assert [each["status"] for each in document["findings"]] == ["stands", "broken"]


def test_a_service_that_does_not_answer_counts_as_a_wall_does(chainrule, findings):
    findings("stands", services=[Finding("Redis", "broken", "redis://cache cannot be used")])
    result = chainrule("doctor")
    assert result.exit_code == 3
    assert "redis://cache cannot be used" in result.stdout
    assert "This machine must not grade." in result.stdout
