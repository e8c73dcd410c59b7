"""Optimizers: whether a student's steps follow the reference's path through a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np

from grader.checks.answers import Wrong, require
from grader.checks.behaviour import leaves_inputs_alone
from grader.checks.compare import ATOL, agree, matches

PATH_RTOL: Final = 1.5e-5
"""Of a whole path: hyper-parameters and moments that are kept in float32 shift it by 1e-7 to 1e-6, seldom by more."""


@dataclass(frozen=True)
class Problem:
    """Something to minimise: arrays to start from, and the gradient of all of them, end to end in one flat array.

    `gradient(places, step)` takes the arrays in the same form. Problems may be added: they are then walked through at
    once, and `names` has for each array the problem that it belongs to.
    """

    names: list[str]
    starts: list[np.ndarray]
    gradient: Callable[[np.ndarray, int], np.ndarray]

    @property
    def start(self) -> np.ndarray:
        """All arrays to start from, end to end."""
        return np.concatenate([each.ravel() for each in self.starts])

    def cut(self, flat: np.ndarray) -> list[np.ndarray]:
        """Rows of flat places, or of their gradients, as one array of rows for each array of the problem."""
        ends = accumulate(each.size for each in self.starts)
        return [
            flat[:, end - each.size : end].reshape(len(flat), *each.shape)
            for each, end in zip(self.starts, ends, strict=True)
        ]

    def __add__(self, other: Problem) -> Problem:
        size = sum(each.size for each in self.starts)

        def gradient(places: np.ndarray, step: int) -> np.ndarray:
            return np.concatenate([self.gradient(places[:size], step), other.gradient(places[size:], step)])

        return Problem(self.names + other.names, self.starts + other.starts, gradient)


def quadratic(rng: np.random.Generator) -> Problem:
    """Three bowls, with 0, 3 and 4 dimensions, each with a curvature of its own in every direction."""
    shapes = [(), (2, 3, 2), (2, 1, 3, 2)]
    starts = [np.asarray(2 * rng.standard_normal(shape)) for shape in shapes]
    size = sum(start.size for start in starts)
    curvatures, centres = rng.uniform(0.2, 2.0, size), rng.normal(size=size)
    return Problem(["quadratic"] * len(shapes), starts, lambda places, _: curvatures * (places - centres))


def rosenbrock(rng: np.random.Generator) -> Problem:
    """Rosenbrock's valley in one vector of four weights (1960): steep across, almost flat along."""

    def gradient(places: np.ndarray, _: int) -> np.ndarray:
        w = places.tolist()  # so few are quicker as numbers than in an array
        inner = [second - first * first for first, second in pairwise(w)]
        of_first = [-4 * first * each - (1 - first) / 50 for first, each in zip(w, inner, strict=False)]
        return np.array([a + b for a, b in zip([*of_first, 0.0], [0.0, *(2 * each for each in inner)], strict=True)])

    return Problem(["Rosenbrock"], [rng.uniform(-1, 1, 4)], gradient)


def sparse(rng: np.random.Generator) -> Problem:
    """Gradients of a matrix that are mostly exactly zero, as of an embedding: each row is seen once in a while."""
    rows = rng.integers(0, 4, size=200).tolist()
    target = rng.normal(size=(5, 3))  # the last row never has a gradient

    def gradient(w: np.ndarray, step: int) -> np.ndarray:
        result = np.zeros((5, 3))
        result[rows[step]] = w.reshape(5, 3)[rows[step]] - target[rows[step]]
        return result.ravel()

    return Problem(["sparse"], [rng.normal(0, 2, (5, 3))], gradient)


def follows(student: Any, reference: Any, optimizer: str, problem: Problem, steps: int = 20, **hyper: Any) -> None:
    """Fails the check unless the student's optimizer walks the reference's path through the problem, step by step.

    The gradients are those along the reference's path, so a right answer meets its own; every array of the problem
    has a state of its own, and their steps are interleaved as in training. The reference must work element by element,
    as all optimizers of the course do: it walks with all arrays end to end. Raises Wrong at the first step that
    differs.
    """
    w, path, gradients = problem.start, [], []
    state: Any = {}
    for step in range(steps):
        gradients.append(problem.gradient(w, step))
        w, state = getattr(reference, optimizer)(w, gradients[-1], state, **hyper)
        path.append(w)
    walks = student.walk(optimizer, problem.starts, problem.cut(np.array(gradients)), **hyper)
    paths = problem.cut(np.array(path))
    scales = [max(float(np.sqrt(np.vdot(path, path) / path.size)), ATOL) for path in paths]
    if not _same_paths(walks, paths, scales):
        _require_same_places(walks, paths, scales, problem)


def keeps_states_apart(student: Any, optimizer: str, rng: np.random.Generator, **hyper: Any) -> None:
    """Fails the check when a parameter's steps depend on another parameter of the same shape that takes turns with it.

    The student's walk in turns is held against the same walk alone, so a wrong formula is not blamed on sharing.
    Raises Wrong.
    """
    starts, gradients = rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 3, 2))
    with student.batch():
        both = student.walk(optimizer, list(starts), list(gradients), **hyper)
        one = student.walk(optimizer, [starts[0]], [gradients[0]], **hyper)
    (in_turns, _), (alone,) = both.value, one.value
    require(np.isfinite(alone[-1]).all(), "next_w is not finite after three steps: do you divide by zero?")
    matches(in_turns[-1], alone[-1], "when two parameters take turns, the next_w of the first")


def takes_pure_steps(
    student: Any, optimizer: str, rng: np.random.Generator, at_rest: Mapping[str, float], **hyper: Any
) -> np.ndarray:
    """Fails the check when a step modifies its w or dw, or a later step does, or when next_w has another dtype.

    Gives the next_w of the second step.

    An array that is sent is a new one at each call. So the optimizer gets one that it returned itself as its first w
    and dw, and after a second step is asked for it once more: `at_rest` are hyper-parameters with which a step leaves
    any w where it is, such as a vanishing learning rate. Raises Wrong.
    """
    step, still = getattr(student, optimizer), {**hyper, **at_rest}
    w, dw = rng.normal(size=(2, 4, 2))
    with student.batch():
        _, state = step(w, dw, {}, **hyper)
        next_w, _ = leaves_inputs_alone(student, optimizer, w, dw, state, **hyper)
        _, state = step(next_w, next_w, {}, **hyper)
        step(w, dw, state, **hyper)
        left, _ = step(next_w, dw, {}, **still)
    result: np.ndarray = next_w.value
    if left.value.shape != result.shape or not agree(left.value, result, rtol=PATH_RTOL):
        raise Wrong(
            f"{optimizer} changes the w or the dw of the first step in place, at that step or at the second one; the "
            f"caller still needs it. If the state keeps an array that the caller gave, let it keep a copy: dw.copy()."
        )
    if result.dtype != w.dtype:
        raise Wrong(f"next_w has dtype {result.dtype}, expected {w.dtype}, that of w and dw.")
    return result


def _same_paths(walks: list[Any], paths: list[np.ndarray], scales: list[float]) -> bool:
    """Whether all places agree, in one comparison: the common case, for which step by step would be slow.

    The scale of a place is that of its whole path: a single weight may come near zero on its way.
    """
    got, expected = [], []
    for walk, path, scale in zip(walks, paths, scales, strict=True):
        if type(walk) is not np.ndarray or walk.shape != path.shape or walk.dtype.kind != "f":
            return False
        got.append(walk.ravel() / scale)
        expected.append(path.ravel() / scale)
    return agree(np.concatenate(got), np.concatenate(expected), rtol=0.0, atol=PATH_RTOL)


def _require_same_places(walks: list[Any], paths: list[np.ndarray], scales: list[float], problem: Problem) -> None:
    for step in range(len(paths[0])):
        for walk, path, scale, name in zip(walks, paths, scales, problem.names, strict=True):
            label = f"w after step {step + 1} on the {name} problem"
            place = walk[step, ...] if isinstance(walk, np.ndarray) else walk[step]
            try:
                matches(place, path[step], label, rtol=PATH_RTOL, atol=PATH_RTOL * scale)
            except Wrong as wrong:
                wrong.figure = _figure(name, walk, path)
                raise


def _figure(problem: str, walk: Any, path: np.ndarray) -> dict[str, Any]:
    rows = []
    for whose, places in (("yours", walk), ("expected", path)):
        for step, place in enumerate(places, 1):
            first = np.ravel(place)[:1]
            if first.size and np.isfinite(first[0]):
                rows.append({"step": step, "weight": float(first[0]), "path": whose})
    return {
        "title": f"The first weight on the {problem} problem",
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
