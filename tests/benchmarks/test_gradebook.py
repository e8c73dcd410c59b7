"""The gradebook's benchmark: which pages it asks for, what it promises, and a small run of all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from benchmarks.gradebook import addresses, measure, targets
from grader.cli.common import Failure
from webapp.factory import create_app
from webapp.settings import Settings

VALUES = {"slug": "demo", "name": "sgd", "exercise": "sgd", "diagnosis": "ascent", "number": 1, "id": "x"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An application over nothing."""
    return create_app(Settings(home=tmp_path, secret="x" * 40, database_url=f"sqlite:///{tmp_path / 'x.db'}"))


def figures(page_ms: float, export_ms: float, verdict_ms: float, is_in: bool, anew_s: float = 1) -> dict[str, object]:
    return {
        "pages": {"quick": {"p50_ms": 1}, "slow": {"p50_ms": page_ms}},
        "export": {"csv": {"p50_ms": export_ms}},
        "verdict": {"page_ms": verdict_ms, "is_in": is_in},
        "all_anew_s": anew_s,
    }


def test_it_asks_for_every_page_of_the_instructors_part(app: Flask) -> None:
    found = addresses(app, VALUES)
    assert found["dashboard.diagnosis"] == "/courses/demo/class/diagnoses/sgd/ascent"
    assert {"dashboard.overview", "gradebook.gradebook", "gradebook.scores", "setup.roster"} <= found.keys()
    assert "gradebook.export" not in found
    assert "gradebook.save_scores" not in found


def test_a_page_whose_address_it_cannot_make_is_named(app: Flask) -> None:
    values = {name: value for name, value in VALUES.items() if name != "diagnosis"}
    with pytest.raises(Failure, match=r"dashboard\.diagnosis needs diagnosis"):
        addresses(app, values)


def test_the_slowest_page_is_held_against_the_target() -> None:
    page, *_ = targets("postgresql", figures(301, 1000, 10, True))
    assert (page["name"], page["measured"], page["reached"]) == (
        "postgresql: slowest page, median ms (slow)",
        301,
        False,
    )


@pytest.mark.parametrize(
    ("export_ms", "verdict_ms", "is_in", "reached"),
    [(5000, 300, True, [True, True]), (5010, 301, True, [False, False]), (1, 1, False, [True, False])],
)
def test_exports_and_the_verdict_have_targets_of_their_own(
    export_ms: float, verdict_ms: float, is_in: bool, reached: list[bool]
) -> None:
    _, *others, _ = targets("sqlite", figures(1, export_ms, verdict_ms, is_in))
    assert [each["reached"] for each in others] == reached


@pytest.mark.parametrize(("anew_s", "reached"), [(10, True), (10.1, False)])
def test_all_grades_anew_have_a_target(anew_s: float, reached: bool) -> None:
    *_, last = targets("postgresql", figures(1, 1, 1, True, anew_s))
    assert (last["name"], last["reached"]) == ("postgresql: gradebook with all grades anew, s", reached)


@pytest.mark.slow
def test_a_small_class_is_measured() -> None:
    found = measure("", students=12, submissions=40, runs=1)
    assert found["verdict"]["is_in"]
    assert found["pages"]["gradebook.gradebook"]["p50_ms"] > 0
    assert set(found["export"]) >= {"csv", "xlsx"}
