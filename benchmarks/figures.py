"""From measured durations to the figures that are printed: medians, ratios, targets. Pure functions.

Everything is compared round by round: in a round all graders ran one after the other, so a machine that was slow for a
minute was slow for all of them, and the median of the rounds' ratios does not see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

TIMES: Final = {"bubblewrap": 6, "pytest": 20, "otter": 200}
"""How many times their throughput we want to have."""
LATENCY_MS: Final = 20
PER_SECOND: Final = 150
STARTS_PER_SECOND: Final = 26
"""How often a second Python started and imported NumPy behind bubblewrap, two at once, where `PER_SECOND` was set. By the
starts, the gradings of another machine, or of the same one in a slower hour, are what they would be there."""
FLOORS: Final = 2.5
ABOVE_FLOORS_MS: Final = 5
"""By the floor, the latency may be 2.5 times the floor's plus 5 ms."""


@dataclass
class Measured:
    """One grader on one exercise, one item a round: durations in seconds one at a time, and gradings a second together."""

    alone: list[list[float]] = field(default_factory=list)
    together: list[float] = field(default_factory=list)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the values lie, interpolated between neighbours."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def rate(durations: Sequence[Sequence[float]]) -> float:
    """Gradings a second of workers that ran side by side, each with the durations of its own gradings."""
    return sum(len(each) / sum(each) for each in durations)


def summary(measured: Measured) -> dict[str, Any]:
    """The figures of one grader on one exercise."""
    durations = [duration for each in measured.alone for duration in each]
    return {
        "p50_ms": round(1000 * percentile(durations, 50), 3),
        "p95_ms": round(1000 * percentile(durations, 95), 3),
        "per_second": round(len(durations) / sum(durations), 3),
        "per_second_parallel": round(median(measured.together), 3),
        "runs": len(durations),
    }


def ratios(mine: Measured, theirs: Measured) -> dict[str, float]:
    """My median latency and my throughput, in multiples of theirs: the median over the rounds."""
    latencies = [median(a) / median(b) for a, b in zip(mine.alone, theirs.alone, strict=True)]
    throughputs = [a / b for a, b in zip(mine.together, theirs.together, strict=True)]
    return {"latency": round(median(latencies), 4), "throughput": round(median(throughputs), 2)}


def of_exercise(measured: Mapping[str, Measured]) -> dict[str, Any]:
    """Everything about one exercise, by grader, with Chainrule's ratios to the others."""
    result: dict[str, Any] = {name: summary(each) for name, each in measured.items()}
    mine = measured.get("chainrule")
    others = {name: each for name, each in measured.items() if name != "chainrule"}
    result["ratios"] = {name: ratios(mine, each) for name, each in others.items()} if mine else {}
    return result


def targets(exercise: str, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What we promise of one exercise, as far as it was measured: latency one at a time, throughput of all together."""
    if "chainrule" not in figures:
        return []
    mine = figures["chainrule"]
    result = [
        _at_most(f"{exercise}: median latency in ms", LATENCY_MS, mine["p50_ms"]),
        _at_least(f"{exercise}: gradings a second", PER_SECOND, mine["per_second_parallel"]),
    ]
    if "start" in figures:
        there = round(STARTS_PER_SECOND * figures["ratios"]["start"]["throughput"], 1)
        result.append(_at_least(f"{exercise}: gradings a second, by the starts", PER_SECOND, there))
    if "floor" in figures:
        allowed = round(FLOORS * figures["floor"]["p50_ms"] + ABOVE_FLOORS_MS, 3)
        result.append(_at_most(f"{exercise}: median latency in ms, by the floor", allowed, mine["p50_ms"]))
    for name, times in TIMES.items():
        if name in figures["ratios"]:
            measured = figures["ratios"][name]["throughput"]
            result.append(_at_least(f"{exercise}: throughput in that of {name}", times, measured))
    return result


def _at_most(name: str, target: float, measured: float) -> dict[str, Any]:
    return {"name": f"{name}, at most", "target": target, "measured": measured, "reached": measured <= target}


def _at_least(name: str, target: float, measured: float) -> dict[str, Any]:
    return {"name": f"{name}, at least", "target": target, "measured": measured, "reached": measured >= target}
