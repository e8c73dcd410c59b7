"""Optimizers: whether a student's steps follow the reference's path through a problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.answers import Wrong, require
from grader.checks.compare import agrees, matches


@dataclass(frozen=True)
class Problem:
    """Something to minimise: arrays to start from, and `gradient(number of the array, w, step)`."""

    name: str
    starts: list[np.ndarray]
    gradient: Callable[[int, np.ndarray, int], np.ndarray]


def quadratic(rng: np.random.Generator) -> Problem:
    """Five bowls, from 0 to 4 dimensions, each with a curvature of its own in every direction."""
    shapes = [(), (3,), (4, 2), (2, 3, 2), (2, 1, 3, 2)]
    starts = [rng.normal(0, 2, shape) for shape in shapes]
    curvatures = [rng.uniform(0.2, 2.0, shape) for shape in shapes]
    centres = [rng.normal(size=shape) for shape in shapes]
    return Problem("quadratic", starts, lambda i, w, step: np.asarray(curvatures[i] * (w - centres[i])))


def rosenbrock(rng: np.random.Generator) -> Problem:
    """Rosenbrock's valley in four dimensions (1960): steep across, almost flat along."""

    def gradient(_: int, w: np.ndarray, step: int) -> np.ndarray:
        result = np.zeros_like(w)
        inner = w[1:] - w[:-1] ** 2
        result[:-1] = -400 * w[:-1] * inner - 2 * (1 - w[:-1])
        result[1:] += 200 * inner
        return result / 100

    return Problem("Rosenbrock", [rng.uniform(-1, 1, 4)], gradient)


def sparse(rng: np.random.Generator) -> Problem:
    """Gradients that are mostly exactly zero, as of an embedding: each row is seen once in a while."""
    rows = rng.integers(0, 4, size=200)
    target = rng.normal(size=(5, 3))  # the last row never has a gradient

    def gradient(_: int, w: np.ndarray, step: int) -> np.ndarray:
        result = np.zeros_like(w)
        result[rows[step]] = w[rows[step]] - target[rows[step]]
        return result

    return Problem("sparse", [rng.normal(0, 2, (5, 3))], gradient)


def follows(student: Any, reference: Any, optimizer: str, problem: Problem, steps: int = 20, **hyper: Any) -> None:
    """Fails the check unless the student's optimizer walks the reference's path through the problem, step by step.

    The gradients are those along the reference's path, so a right answer meets its own; every array of the problem
    has a state of its own, and their steps are interleaved as in training. Raises Wrong at the first step that
    differs.
    """
    ours = getattr(reference, optimizer)
    paths, gradients = [], []
    for number, start in enumerate(problem.starts):
        w, path, slopes = start, [start], []
        state: Any = {}
        for step in range(steps):
            slopes.append(problem.gradient(number, w, step))
            w, state = ours(w, slopes[-1], state, **hyper)
            path.append(w)
        paths.append(path)
        gradients.append(slopes)
    walks = student.walk(optimizer, problem.starts, [np.array(slopes) for slopes in gradients], **hyper)
    same = [_same_path(walk, path[1:]) for path, walk in zip(paths, walks, strict=True)]
    for step in range(steps if not all(same) else 0):
        for path, walk in zip(paths, walks, strict=True):
            _same_place(walk, path, step, problem)


def keeps_states_apart(student: Any, optimizer: str, rng: np.random.Generator, **hyper: Any) -> None:
    """Fails the check when a parameter's steps depend on another parameter of the same shape that takes turns with it.

    The student's walk in turns is held against the same walk alone, so a wrong formula is not blamed on sharing.
    Raises Wrong.
    """
    starts = [rng.normal(size=(3, 2)) for _ in range(2)]
    gradients = [rng.normal(size=(3, 3, 2)) for _ in range(2)]
    in_turns, _ = student.walk(optimizer, starts, gradients, **hyper)
    (alone,) = student.walk(optimizer, starts[:1], gradients[:1], **hyper)
    require(np.isfinite(alone[-1]).all(), "next_w is not finite after three steps: do you divide by zero?")
    matches(in_turns[-1], alone[-1], "when two parameters take turns, the next_w of the first")


def _same_path(walk: list[np.ndarray], path: list[np.ndarray]) -> bool:
    """Whether all places agree, in one comparison: the common case, for which step by step would be slow."""
    if any(
        got.shape != np.shape(expected) or got.dtype != np.float64 for got, expected in zip(walk, path, strict=True)
    ):
        return False
    return bool(agrees(np.array(walk), np.array(path), axis=tuple(range(1, np.ndim(path[0]) + 1))).all())


def _same_place(walk: list[np.ndarray], path: list[np.ndarray], step: int, problem: Problem) -> None:
    try:
        matches(walk[step], path[step + 1], f"w after step {step + 1} on the {problem.name} problem")
    except Wrong as wrong:
        wrong.figure = _figure(problem, walk, path[1:])
        raise


def _figure(problem: Problem, walk: list[np.ndarray], path: list[np.ndarray]) -> dict[str, Any]:
    rows = []
    for whose, places in (("yours", walk), ("expected", path)):
        for step, place in enumerate(places, 1):
            first = np.ravel(place)[:1]
            if first.size and np.isfinite(first[0]):
                rows.append({"step": step, "weight": float(first[0]), "path": whose})
    return {
        "title": f"The first weight on the {problem.name} problem",
        "spec": {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "data": {"values": rows},
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "step", "type": "quantitative"},
                "y": {"field": "weight", "type": "quantitative", "scale": {"zero": False}},
                "color": {"field": "path", "type": "nominal"},
            },
        },
    }
