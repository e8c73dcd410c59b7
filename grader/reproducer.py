"""A failed check as a few lines of runnable NumPy: the calls that led to the wrong value, with their inputs."""

from __future__ import annotations

import keyword
import pprint
import sys
import textwrap
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from grader.checks.formula import Formula
from grader.course import FunctionSpec
from grader.student import Call
from grader.wire import Handle, Seed

MAX_CHARACTERS: Final = 12_000
MAX_ELEMENTS: Final = 600


def module_of(filename: str, exercise: str) -> str:
    """The module by which a reproducer imports the student's file: the exercise's name, where the file's is none.

    That is no word of Python's own, and not the name of a module that NumPy will look for.
    """
    stem = PurePath(filename).stem
    taken = keyword.iskeyword(stem) or stem in sys.stdlib_module_names or stem == "numpy"
    return stem if stem.isidentifier() and not taken else exercise


def reproducer(
    module: str, calls: list[Call], got: Any, expected: Any, specs: Mapping[str, FunctionSpec]
) -> str | None:
    """Python that repeats the calls behind the value `got`, or all of them where it was computed from several.

    `module` is what the student's file is imported as, `specs` are the exercise's functions. None where the inputs are
    too large to be written out, or where a function other than a `formula` was given.
    """
    if not calls:
        return None
    source = next((call for call in calls if _name_of(call, got, specs)), None)
    chosen = _needed(calls, source) if source is not None else calls
    writer = _Writer(specs, calls)
    lines = [writer.walk(call, got) if call.mode == "walk" else writer.call(call) for call in chosen]
    shown = _name_of(source, got, specs) if source is not None else _results(chosen[-1], specs)
    lines.append(f"print({shown})")
    if source is not None and isinstance(expected, (np.ndarray, np.generic, float, int)):
        lines.append(f"expected = {writer.literal(np.asarray(expected))}")
        if np.shape(got) == np.shape(expected):
            lines.append(f"print(np.abs({shown} - expected).max())")
    names = ", ".join(sorted({call.function for call in chosen}))
    given = [f"{name} = {value}" for name, value in writer.definitions.items()]
    text = "\n".join(["import numpy as np", f"from {module} import {names}", "", *given, *lines]) + "\n"
    if "nan" in text or "inf" in text:
        text = "from numpy import inf, nan\n" + text
    return text if writer.possible and len(text) <= MAX_CHARACTERS else None


def _results(call: Call, specs: Mapping[str, FunctionSpec]) -> str:
    if call.mode == "walk":
        w, _, state = specs[call.function].positional[:3]
        return f"{w}, {state}"
    return ", ".join(f"{name}_{call.number}" for name in specs[call.function].returns)


def _name_of(call: Call, got: Any, specs: Mapping[str, FunctionSpec]) -> str | None:
    """How the reproducer calls the very value `got`, where this call returned it."""
    if call.mode == "walk":
        return specs[call.function].positional[0] if _step_of(call, got) else None
    if got is None or not isinstance(call.value, tuple):
        return None
    for name, part in zip(specs[call.function].returns, call.value, strict=True):
        if part is got:
            return f"{name}_{call.number}"
        for key, item in part.items() if isinstance(part, dict) else ():
            if item is got:
                return f"{name}_{call.number}[{key!r}]"
    return None


def _step_of(call: Call, got: Any) -> tuple[int, int] | None:
    """Which parameter's w, after which number of steps, this very value is."""
    for parameter, path in enumerate(call.value if isinstance(call.value, list) else ()):
        for step in range(len(path)):
            w = path[step, ...] if isinstance(path, np.ndarray) else path[step]
            if w is got or (isinstance(got, np.ndarray) and np.may_share_memory(w, got)):
                return parameter, step + 1
    return None


def _needed(calls: list[Call], last: Call) -> list[Call]:
    """The calls whose opaque values `last` was given, directly or not, and itself, in order."""
    by_number = {call.number: call for call in calls}
    needed, todo = {last.number}, [last]
    while todo:
        call = todo.pop()
        for handle in _handles([*call.args, *call.kwargs.values()]):
            if handle.call not in needed:
                needed.add(handle.call)
                todo.append(by_number[handle.call])
    return [call for call in calls if call.number in needed]


def _handles(value: Any) -> list[Handle]:
    if isinstance(value, Handle):
        return [value]
    items = value.values() if isinstance(value, dict) else value if type(value) is list else ()
    return [handle for item in items for handle in _handles(item)]


class _Writer:
    """Writes values and calls as source; `possible` turns false at a value that cannot be written."""

    def __init__(self, specs: Mapping[str, FunctionSpec], calls: list[Call]) -> None:
        self.specs = specs
        self.functions = {call.number: call.function for call in calls}
        self.possible = True
        self.definitions: dict[str, str] = {}

    def call(self, call: Call) -> str:
        arguments = [self.literal(value) for value in call.args]
        arguments += [f"{key}={self.literal(value)}" for key, value in call.kwargs.items()]
        body = ", ".join(arguments)
        if len(body) > 90:
            body = "\n" + textwrap.indent(",\n".join(arguments), "    ") + ",\n"
        return f"{_results(call, self.specs)} = {call.function}({body})"

    def walk(self, call: Call, got: Any) -> str:
        """A loop over the gradients of one parameter, up to the step that gave `got`."""
        spec = self.specs[call.function]
        w, dw, state = spec.positional[:3]
        parameter, steps = _step_of(call, got) or (0, None)
        starts, gradients = call.args
        hyper = "".join(f", {key}={self.literal(value)}" for key, value in call.kwargs.items())
        return (
            f"{w}, {state} = {self.literal(starts[parameter])}, {{}}\n"
            f"for {dw} in {self.literal(gradients[parameter][:steps])}:\n"
            f"    {w}, {state} = {call.function}({w}, {dw}, {state}{hyper})"
        )

    def literal(self, value: Any) -> str:
        if isinstance(value, Handle):
            returns = self.specs[self.functions[value.call]].returns
            return f"{returns[value.position]}_{value.call}"
        if isinstance(value, Seed):
            return f"np.random.default_rng({value.value})"
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(np.asarray(value))
        if isinstance(value, Formula):
            for name, item in value.values.items():
                literal = self.literal(item)
                self.possible = self.possible and self.definitions.setdefault(name, literal) == literal
            return f"lambda x: {value.expression}"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {self.literal(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.literal(item) for item in value) + "]"
        self.possible = self.possible and not callable(value)
        return repr(value)

    def _array(self, array: np.ndarray) -> str:
        if array.size == 0:
            return f"np.zeros({array.shape}, dtype={str(array.dtype)!r})"
        dtype = "" if array.dtype in (np.float64, np.int64, np.bool_) else f", dtype={str(array.dtype)!r}"
        if array.size > 8 and np.all(array == array.flat[0]):
            return f"np.full({array.shape}, {array.flat[0].item()!r}{dtype})"
        self.possible = self.possible and array.size <= MAX_ELEMENTS
        return f"np.array({pprint.pformat(array.tolist(), width=96) if self.possible else '...'}{dtype})"
