"""The gradient check: a student's backward pass against differences of the own forward pass and against the reference.

A backward pass is a vector-Jacobian product. With a random cotangent v and a random direction u,

    <v, (f(x + h u) - f(x - h u)) / 2h>  =  <backward(v), u> + O(h^2),

by central differences in two step sizes: where these disagree (a kink nearby), the inputs prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from grader.checks.answers import Undecidable, Wrong
from grader.checks.compare import matches

STEPS: Final = (1e-4, 1e-5)
AGREEMENT: Final = 1e-5
"""How closely a gradient and a difference must agree, relative to the sum of the absolute products in them."""


def gradient_check(
    student: Any,
    reference: Any,
    forward: str,
    backward: str,
    inputs: Mapping[str, Any],
    rng: np.random.Generator,
    wrt: list[str],
    *,
    rows_pass: bool = False,
) -> None:
    """Fails the check unless `backward` gives the gradients of `forward` with respect to the arguments `wrt`.

    `inputs` maps argument names to values in the order of the arguments; `forward` returns the output first and the
    cache last; `backward(dout, cache)` returns one gradient for each name in `wrt`, in that order, each of its
    argument's shape; with `rows_pass`, (1, D) passes for (D,). With a reference, its gradients decide, and differences
    tell why one is wrong; without one (`None`, in examples.py), the student's own forward pass decides. Raises Wrong,
    or Undecidable near a kink.
    """
    values = list(inputs.values())
    run_forward, run_backward = getattr(student, forward), getattr(student, backward)
    ours = None if reference is None else getattr(reference, forward)(*values)
    shape = np.shape(run_forward(*values)[0] if ours is None else ours[0])
    cotangent = rng.normal(size=shape)
    expected = [None] * len(wrt)
    if ours is not None:
        expected = _listed(getattr(reference, backward)(cotangent, ours[-1]), wrt)
    with student.batch():
        found = run_backward(cotangent, run_forward(*values)[-1])
    for name, later, right in zip(wrt, _listed(found, wrt), expected, strict=True):
        gradient = later.value
        if rows_pass and np.shape(gradient) == (1, *np.shape(inputs[name])):
            gradient = gradient[0]
        probe = _Probe(list(inputs).index(name), values, lambda *moved: run_forward(*moved)[0], cotangent)
        _judge(f"d{name}", gradient, right, probe, student, rng, forward)


def loss_gradient_check(
    student: Any,
    reference: Any,
    function: str,
    inputs: Mapping[str, Any],
    rng: np.random.Generator,
    wrt: list[str],
) -> None:
    """The same for a function that returns a loss and its gradients: `(loss, d_wrt[0], d_wrt[1], ...)`.

    An input named in `wrt` may be a dict of arrays; its gradient is then a dict with the same keys.
    """
    values = list(inputs.values())
    run = getattr(student, function)
    _, *gradients = run(*values)
    expected: list[Any] = [None] * len(wrt)
    if reference is not None:
        _, *expected = getattr(reference, function)(*values)
    returns = student.spec(function).returns[1:]
    for name, label, gradient, right in zip(wrt, returns, gradients, expected, strict=True):
        probe = _Probe(list(inputs).index(name), values, lambda *moved: run(*moved)[0], np.ones(()))
        _judge(label, gradient, right, probe, student, rng, function)


def _listed(gradients: Any, wrt: list[str]) -> list[Any]:
    return list(gradients) if len(wrt) > 1 else [gradients]


@dataclass
class _Probe:
    """One argument of a call, to be moved along a random direction, in both senses, by each step size."""

    position: int
    values: list[Any]
    call: Callable[..., Any]
    cotangent: np.ndarray
    direction: Any = None

    @property
    def value(self) -> Any:
        return self.values[self.position]

    def slopes(self, student: Any, rng: np.random.Generator) -> tuple[list[float], float]:
        """The call's slope along a random direction by each step size, and its scale; all calls in one batch."""
        if isinstance(self.value, dict):
            self.direction = {key: rng.normal(size=np.shape(item)) for key, item in self.value.items()}
        else:
            self.direction = rng.normal(size=np.shape(self.value))
        with student.batch():
            pairs = [(self.called(step), self.called(-step)) for step in STEPS]
        slopes, scale = [], 0.0
        for step, (upper, lower) in zip(STEPS, pairs, strict=True):
            products = self.cotangent * (upper.value - lower.value) / (2 * step)
            slopes.append(float(products.sum()))
            scale = float(np.abs(products).sum())
        return slopes, scale

    def called(self, step: float) -> Any:
        if isinstance(self.value, dict):
            moved: Any = {key: np.asarray(item) + step * self.direction[key] for key, item in self.value.items()}
        else:
            moved = np.asarray(self.value) + step * self.direction
        return self.call(*self.values[: self.position], moved, *self.values[self.position + 1 :])

    def along(self, gradient: Any) -> tuple[float, float]:
        """The gradient along the direction, and the sum of the absolute products in it."""
        if isinstance(self.value, dict):
            products = [np.ravel(gradient[key] * self.direction[key]) for key in self.value]
        else:
            products = [np.ravel(gradient * self.direction)]
        flat = np.concatenate(products)
        return float(flat.sum()), float(np.abs(flat).sum())


def _judge(
    label: str, gradient: Any, expected: Any, probe: _Probe, student: Any, rng: np.random.Generator, forward: str
) -> None:
    shapes = {key: np.shape(item) for key, item in probe.value.items()} if isinstance(probe.value, dict) else None
    wanted = np.shape(probe.value) if shapes is None else shapes
    problem = _difference(label, gradient, expected, wanted)
    if problem is None and expected is not None:
        return
    if problem is not None and problem.error is None:
        raise problem  # the form is wrong, or not finite: nothing to compare along a direction
    slopes, scale = probe.slopes(student, rng)
    fits = _fits(probe.along(gradient), slopes, scale)
    if expected is None:
        if not fits:
            raise Wrong(
                f"{label} is not the gradient of your {forward}: along a random direction it gives "
                f"{probe.along(gradient)[0]:.6g}, central differences give {slopes[-1]:.6g}."
            )
        return
    assert problem is not None
    if fits:
        problem.message = (
            f"{problem.message} It is the gradient of your own {forward}, so your {forward} itself is wrong: mend that."
        )
    else:
        problem.message = f"{problem.message} It is not the gradient of your own {forward} either."
    raise problem


def _difference(label: str, gradient: Any, expected: Any, wanted: Any) -> Wrong | None:
    """The first difference of form, or of value where there is something to compare with."""
    try:
        if expected is not None:
            matches(gradient, expected, label)
        elif isinstance(wanted, dict):
            if not isinstance(gradient, dict) or gradient.keys() != wanted.keys():
                raise Wrong(f"{label} should be a dict with the keys {sorted(wanted)}.")
            for key, shape in wanted.items():
                _same_shape(f"{label}[{key!r}]", gradient[key], shape)
        else:
            _same_shape(label, gradient, wanted)
    except Wrong as wrong:
        return wrong
    return None


def _same_shape(label: str, gradient: Any, shape: tuple[int, ...]) -> None:
    if np.shape(gradient) != shape:
        raise Wrong(f"{label} has shape {np.shape(gradient)}, expected its argument's shape {shape}.")
    if not np.all(np.isfinite(gradient)):
        raise Wrong(f"{label} holds values that are not finite.")


def _fits(along: tuple[float, float], slopes: list[float], scale: float) -> bool:
    analytic, analytic_scale = along
    coarse, fine = slopes
    tolerance = AGREEMENT * max(scale, analytic_scale, 1e-12)
    if not abs(coarse - fine) <= tolerance:
        raise Undecidable("central differences disagree between step sizes: a kink is near")
    return abs(analytic - fine) <= tolerance
