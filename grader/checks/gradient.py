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
) -> None:
    """Fails the check unless `backward` gives the gradients of `forward` with respect to the arguments `wrt`.

    `inputs` maps argument names to values in the order of the arguments; `forward` returns the output first and the
    cache last; `backward(dout, cache)` returns one gradient for each name in `wrt`, in that order, each of its
    argument's shape. With a reference, its gradients decide; without one (`None`, in examples.py), the student's own
    forward pass does. Raises Wrong, or Undecidable near a kink.
    """
    names, values = list(inputs), list(inputs.values())
    run_forward, run_backward = getattr(student, forward), getattr(student, backward)
    if reference is None:
        shape = run_forward(*values)[0].shape
        expected = None
    else:
        ours = getattr(reference, forward)(*values)
        shape = np.shape(ours[0])
    cotangent = rng.normal(size=shape)
    if reference is not None:
        expected = _listed(getattr(reference, backward)(cotangent, ours[-1]), wrt)
    probes = [_Probe.draw(names.index(name), values, rng) for name in wrt]
    with student.batch():
        cache = run_forward(*values)[-1]
        found = run_backward(cotangent, cache)
        for probe in probes:
            probe.send(lambda *moved: run_forward(*moved)[0], values)
    for place, (name, probe) in enumerate(zip(wrt, probes, strict=True)):
        gradient = (found[place] if len(wrt) > 1 else found).value
        _judge(f"d{name}", gradient, expected[place] if expected else None, probe, cotangent, forward)


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
    names, values = list(inputs), list(inputs.values())
    run = getattr(student, function)
    probes = [_Probe.draw(names.index(name), values, rng) for name in wrt]
    with student.batch():
        found = run(*values)
        for probe in probes:
            probe.send(lambda *moved: run(*moved)[0], values)
    expected = getattr(reference, function)(*values) if reference is not None else None
    for place, probe in enumerate(probes, 1):
        ours = expected[place] if expected is not None else None
        _judge(student.spec(function).returns[place], found[place].value, ours, probe, np.ones(()), function)


def _listed(gradients: Any, wrt: list[str]) -> list[Any]:
    return list(gradients) if len(wrt) > 1 else [gradients]


@dataclass
class _Probe:
    """One argument moved along a random direction, in both senses, by each step size."""

    position: int
    value: Any
    direction: Any
    pairs: list[tuple[Any, Any]]

    @classmethod
    def draw(cls, position: int, values: list[Any], rng: np.random.Generator) -> _Probe:
        value = values[position]
        if isinstance(value, Mapping):
            direction: Any = {key: rng.normal(size=np.shape(item)) for key, item in value.items()}
        else:
            direction = rng.normal(size=np.shape(value))
        return cls(position, value, direction, [])

    def send(self, call: Callable[..., Any], values: list[Any]) -> None:
        for step in STEPS:
            forwards, backwards = list(values), list(values)
            forwards[self.position] = self.moved(step)
            backwards[self.position] = self.moved(-step)
            self.pairs.append((call(*forwards), call(*backwards)))

    def moved(self, step: float) -> Any:
        if isinstance(self.value, Mapping):
            return {key: np.asarray(item) + step * self.direction[key] for key, item in self.value.items()}
        return np.asarray(self.value) + step * self.direction

    def along(self, gradient: Any) -> tuple[float, float]:
        """The gradient along the direction, and the sum of the absolute products in it."""
        if isinstance(self.value, Mapping):
            products = [np.ravel(gradient[key] * self.direction[key]) for key in self.value]
        else:
            products = [np.ravel(gradient * self.direction)]
        flat = np.concatenate(products)
        return float(flat.sum()), float(np.abs(flat).sum())

    def differences(self, cotangent: np.ndarray) -> tuple[list[float], float]:
        """The forward pass's slope along the direction by each step size, and its scale. Raises Undecidable."""
        slopes, scale = [], 0.0
        for step, (upper, lower) in zip(STEPS, self.pairs, strict=True):
            products = cotangent * (upper.value - lower.value) / (2 * step)
            slopes.append(float(products.sum()))
            scale = float(np.abs(products).sum())
        return slopes, scale


def _judge(label: str, gradient: Any, expected: Any, probe: _Probe, cotangent: np.ndarray, forward: str) -> None:
    shapes = {key: np.shape(item) for key, item in probe.value.items()} if isinstance(probe.value, Mapping) else None
    wanted = np.shape(probe.value) if shapes is None else shapes
    problem = _difference(label, gradient, expected, wanted)
    if problem is None and expected is not None:
        return
    if problem is not None and problem.error is None:
        raise problem  # the form is wrong, or not finite: nothing to compare along a direction
    fits = _fits_forward(gradient, probe, cotangent)
    if expected is None:
        if not fits:
            raise Wrong(
                f"{label} is not the gradient of your {forward}: along a random direction it gives "
                f"{probe.along(gradient)[0]:.6g}, central differences give {probe.differences(cotangent)[0][-1]:.6g}."
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
            if not isinstance(gradient, Mapping) or gradient.keys() != wanted.keys():
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


def _fits_forward(gradient: Any, probe: _Probe, cotangent: np.ndarray) -> bool:
    analytic, analytic_scale = probe.along(gradient)
    (coarse, fine), scale = probe.differences(cotangent)
    tolerance = AGREEMENT * max(scale, analytic_scale, 1e-12)
    if not abs(coarse - fine) <= tolerance:
        raise Undecidable("central differences disagree between step sizes: a kink is near")
    return abs(analytic - fine) <= tolerance
