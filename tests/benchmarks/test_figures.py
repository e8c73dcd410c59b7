"""The arithmetic of the benchmark: medians, rates, ratios, targets."""

from __future__ import annotations

import pytest

from benchmarks.figures import Measured, of_exercise, percentile, rate, ratios, summary, targets


def test_a_percentile_lies_between_its_neighbours():
    assert percentile([4, 1, 3, 2], 50) == 2.5
    assert percentile([4, 1, 3, 2], 0) == 1
    assert percentile([4, 1, 3, 2], 100) == 4
    assert percentile(range(101), 95) == 95
    assert percentile([7], 95) == 7


def test_the_rates_of_workers_add_up():
    assert rate([[0.5, 0.5], [0.25, 0.25, 0.5]]) == pytest.approx(2 + 3)


def test_a_summary_counts_all_rounds():
    figures = summary(Measured(alone=[[0.001, 0.003], [0.002]], together=[300, 500, 400]))
    assert figures == {"p50_ms": 2.0, "p95_ms": 2.9, "per_second": 500.0, "per_second_parallel": 400, "runs": 3}


def test_ratios_are_taken_round_by_round():
    # The second round ran on a machine that was ten times as slow; the ratios stay.
    mine = Measured(alone=[[0.01], [0.1], [0.01]], together=[200, 20, 200])
    theirs = Measured(alone=[[0.1], [1.0], [0.1]], together=[10, 1, 10])
    assert ratios(mine, theirs) == {"latency": 0.1, "throughput": 20}


def test_without_chainrule_there_is_nothing_to_compare():
    figures = of_exercise({"floor": Measured([[0.01]], [100])})
    assert figures["ratios"] == {}
    assert targets("adam", figures) == []


@pytest.mark.parametrize(
    ("contender", "slowest", "reached"),
    [("bubblewrap", 25, True), ("bubblewrap", 26, False), ("otter", 0.75, True), ("otter", 0.76, False)],
)
def test_a_throughput_target_is_reached_at_its_multiple(contender, slowest, reached):
    figures = of_exercise({"chainrule": Measured([[0.01]], [150]), contender: Measured([[1.0]], [slowest])})
    assert targets("adam", figures)[-1]["reached"] is reached


@pytest.mark.parametrize(("latency", "reached"), [(0.0149, True), (0.0151, False)])
def test_the_latency_is_held_against_the_floor(latency, reached):
    figures = of_exercise({"chainrule": Measured([[latency]], [150]), "floor": Measured([[0.004]], [400])})
    against_floor = targets("adam", figures)[2]
    assert against_floor["target"] == 15
    assert against_floor["reached"] is reached


@pytest.mark.parametrize(("latency", "rate", "expected"), [(0.02, 150, [True, True]), (0.021, 149, [False, False])])
def test_latency_and_throughput_have_targets_of_their_own(latency, rate, expected):
    figures = of_exercise({"chainrule": Measured([[latency]], [rate])})
    assert [target["reached"] for target in targets("adam", figures)] == expected


@pytest.mark.parametrize(("starts", "there", "reached"), [(26, 100, False), (13, 200, True), (17.4, 149.4, False)])
def test_a_rate_is_also_held_against_how_often_python_starts_meanwhile(starts, there, reached):
    figures = of_exercise({"chainrule": Measured([[0.01]], [100]), "start": Measured([[0.1]], [starts])})
    by_starts = targets("adam", figures)[-1]
    assert by_starts["measured"] == pytest.approx(there, abs=0.5)
    assert by_starts["reached"] is reached
