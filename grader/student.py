"""The student's functions as a check sees them: a remote object, whatever is behind it.

`Student` turns `student.adam(w, dw, {})` into a call, hands it to a `Backend` (the sandbox, a subprocess, or this very
process), and turns what comes back into what exercise.toml promised, or fails the check with a sentence. It keeps a
transcript of all calls, from which the diagnosis and the reproducer work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from grader.checks.answers import Wrong
from grader.connection import ChildDied, LimitReached
from grader.course import FunctionSpec
from grader.inside.runner import afterwards, walk
from grader.report import StudentLine
from grader.wire import ARRAY_DTYPES, MAX_DIMENSIONS, Handle, Opaque, Seed, Unsupported

Mode = Literal["call", "observe", "walk"]
"""How a call is made: as it is; giving its arguments back too; or as an optimizer's walk of many steps."""


@dataclass
class Call:
    """One call: arguments are plain values, `Handle` for an opaque one, `Seed` for a generator, or callables.

    Of a walk the arguments are the starts and the gradients of all parameters, and the value a list of each one's w.
    """

    number: int
    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    mode: Mode = "call"
    value: Any = None
    seen: Any = None
    raised: Raised | None = None


class Returned(NamedTuple):
    """What a call gave: `length` values (-1: not as many as announced), and its arguments afterwards if observed."""

    length: int
    value: Any
    seen: Any


@dataclass(frozen=True)
class Raised:
    """An exception in the student's code; `line` 0 where it never passed the student's own file.

    `nbytes` is how much was returned, where that is what was wrong.
    """

    type: str
    message: str
    line: int = 0
    trace: list[StudentLine] = field(default_factory=list)
    nbytes: int = 0


class Backend(Protocol):
    """Runs calls on a student's code. The first `run` after `begin` starts from a freshly imported module.

    A run ends early at a call that raises, and at one that returns another number of values than announced.
    """

    def begin(self) -> None: ...

    def run(self, first: int, calls: list[Call]) -> tuple[list[Returned], Raised | None]: ...

    def clock(self) -> float: ...


class Later:
    """What a call inside a batch will return: may be passed on inside the block, has its `value` after it.

    Without a position it is a whole walk, which cannot be passed on: no such value is kept on the far side.
    """

    __slots__ = ("_call", "_position", "_ready", "_value")

    def __init__(self, call: Call, position: int | None) -> None:
        self._call, self._position, self._ready = call, position, False
        self._value: Any = None

    @property
    def value(self) -> Any:
        if not self._ready:
            raise RuntimeError("a batch's values are there after its `with` block")
        return self._value

    @property
    def handle(self) -> Handle:
        if self._position is None:
            raise RuntimeError("a walk cannot be passed on to a call: pass one of its arrays after the batch")
        return Handle(self._call.number, self._position)

    def settle(self, value: Any) -> None:
        self._value, self._ready = value, True


class Student:
    """The student's functions, as attributes; see docs/authoring.md, "A check"."""

    def __init__(
        self,
        functions: Mapping[str, FunctionSpec],
        backend: Backend,
        follow: Callable[[Call], None] | None = None,
    ) -> None:
        """`follow` is told of each call as soon as its values are there; what it raises ends the check."""
        self._functions, self._backend, self._follow = functions, backend, follow
        self._transcript: list[Call] = []
        self._pending: list[tuple[Call, Callable[[], None]]] | None = None  # with what is to be done with the answer
        backend.begin()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._functions:
            raise AttributeError(f"the exercise has no function {name!r}; exercise.toml lists {list(self._functions)}")

        def function(*args: Any, **kwargs: Any) -> Any:
            return self._made(self._call(name, args, kwargs))

        return function

    def spec(self, name: str) -> FunctionSpec:
        """What exercise.toml and the starter say of the function."""
        return self._functions[name]

    def clock(self) -> float:
        """Seconds of processor time that the student's code has used so far."""
        return self._backend.clock()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Calls inside the block travel together, which is much faster; they return `Later` values."""
        if self._pending is not None:
            raise RuntimeError("batches do not nest")
        self._pending = []
        try:
            yield
            pending = self._pending
        finally:
            self._pending = None
        if pending:
            self._run([call for call, _ in pending])
        for _, settle in pending:
            settle()

    def observed(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        judge: Callable[[list[Any], dict[str, Any]], None],
    ) -> Any:
        """Calls the function; gives what it returned, as a call does, and hands its arguments as they are then to `judge`."""
        return self._made(self._call(name, args, kwargs, "observe"), judge)

    def walk(self, name: str, starts: list[np.ndarray], gradients: list[np.ndarray], **hyper: Any) -> Any:
        """The optimizer's steps w, state = name(w, dw, state, **hyper) for several parameters in turn, in one frame.

        `gradients[i][t]` is the gradient of parameter i at step t; gives for each parameter the array of its w after each
        step, or the list of them where they are not alike, inside a batch as one `Later`.
        """
        call = self._call(name, (starts, gradients), hyper, "walk")
        if self._pending is None:
            self._run([call])
            return self._paths(call)
        later = Later(call, None)
        self._pending.append((call, lambda: later.settle(self._paths(call))))
        return later

    def _paths(self, call: Call) -> list[np.ndarray | list[np.ndarray]]:
        name = call.function
        if isinstance(call.value, _Miscounted):
            self._values(call)  # says what was returned instead
        label = f"{name}'s {self._functions[name].returns[0]}"
        paths = [path if type(path) is np.ndarray else [_array(label, w) for w in path] for path in call.value]
        call.value = paths
        self._settled(call)
        return paths

    @property
    def transcript(self) -> list[Call]:
        """All calls so far, in order, with what they returned."""
        return self._transcript

    # --- the way of a call ------------------------------------------------------------------------------------------

    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], mode: Mode = "call") -> Call:
        number = len(self._transcript) + len(self._pending or ())
        sent = tuple(_sendable(value) for value in args)
        return Call(number, name, sent, {key: _sendable(value) for key, value in kwargs.items()}, mode)

    def _made(self, call: Call, judge: Callable[[list[Any], dict[str, Any]], None] | None = None) -> Any:
        """What the call returns: its values, or inside a batch what will have them."""
        if self._pending is None:
            self._run([call])
            return self._judged(call, judge)
        later = tuple(Later(call, position) for position in range(len(self._functions[call.function].returns)))

        def settle() -> None:
            values = self._judged(call, judge)
            for place, value in zip(later, values if len(later) > 1 else (values,), strict=True):
                place.settle(value)

        self._pending.append((call, settle))
        return later if len(later) > 1 else later[0]

    def _judged(self, call: Call, judge: Callable[[list[Any], dict[str, Any]], None] | None) -> Any:
        values = self._values(call)
        if judge is not None:
            judge(*call.seen)
        return values

    def _run(self, calls: list[Call]) -> list[Call]:
        try:
            returned, raised = self._backend.run(len(self._transcript), calls)
        except (LimitReached, ChildDied):
            self._transcript += calls  # which of them it was, nobody can tell
            raise
        for call, (count, value, seen) in zip(calls, returned, strict=False):
            self._transcript.append(call)
            call.seen = seen
            call.value = value if count == len(self._functions[call.function].returns) else _Miscounted(value)
        if raised is not None:
            failed = calls[len(returned)]
            failed.raised = raised
            self._transcript.append(failed)
            raise self._raised(failed, raised)
        if len(returned) < len(calls):
            self._values(calls[len(returned) - 1])  # the one that returned another number of values
        return calls

    def _raised(self, call: Call, raised: Raised) -> Wrong:
        name = call.function
        if raised.type == "NotImplementedError":
            return Wrong(f"{name} is not written yet.", trace=raised.trace)
        if raised.nbytes:
            message = (
                f"{name} returned {raised.nbytes >> 20} MiB, far more than this exercise needs: look at the shapes."
            )
            return Wrong(message, exhausted="output")
        where = f" in line {raised.line}" if raised.line else ""
        if raised.type == "MemoryError":
            message = f"{name} used up the memory it may have{where}."
            return Wrong(message, trace=raised.trace, exhausted="memory")
        text = f": {raised.message}" if raised.message else ""
        return Wrong(f"{name} raised {raised.type}{where}{text}", trace=raised.trace)

    def _values(self, call: Call) -> Any:
        """What the call returned, as exercise.toml has it; fails the check where it is something else."""
        spec = self._functions[call.function]
        if isinstance(call.value, _Miscounted):
            raise Wrong(_miscount(spec, call.value.value))
        values = call.value if len(spec.returns) > 1 else [call.value]
        call.value = tuple(self._value(call, position, value) for position, value in enumerate(values))
        self._settled(call)
        return call.value if len(spec.returns) > 1 else call.value[0]

    def _settled(self, call: Call) -> None:
        if self._follow is not None:
            self._follow(call)

    def _value(self, call: Call, position: int, value: Any) -> Any:
        spec = self._functions[call.function]
        label = f"{call.function}'s {spec.returns[position]}" if len(spec.returns) > 1 else call.function
        if position in spec.opaque:
            return Handle(call.number, position)
        if position in spec.mappings:
            if not isinstance(value, dict):
                raise Wrong(f"{label} is {described(value)}, expected a dict of arrays.")
            return {key: _array(f"{label}[{key!r}]", item) for key, item in value.items()}
        return _array(label, value)


class _Miscounted(NamedTuple):
    value: Any


def _miscount(spec: FunctionSpec, value: Any) -> str:
    names = ", ".join(spec.returns)
    got = f"{len(value)} values" if isinstance(value, list) else described(value)
    missing = " Is the return missing?" if value is None else ""
    return f"{spec.name} returned {got}, expected {len(spec.returns)} values: {names}.{missing}"


def _array(label: str, value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (bool, int, float)):
        return np.asarray(value)
    hint = ""
    if value is None:
        hint = " Is the return missing?"
    elif isinstance(value, list):
        hint = " Wrap it in np.array(...)."
    elif isinstance(value, Unsupported) and value.kind in ("matrix", "MaskedArray"):
        hint = " Return a plain array: np.asarray(...)."
    raise Wrong(f"{label} is {described(value)}, expected an array.{hint}")


def described(value: Any) -> str:
    """A value that came back, in words for the student."""
    if value is None:
        return "None"
    if isinstance(value, (Unsupported, Opaque)):
        kind = value.kind
        article = "an" if kind[:1] in "ai" else "a"
        return f"{article} {kind}" if " " in kind else f"a value of type {kind}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    names = {list: "a list", dict: "a dict", str: "a string", bytes: "bytes", bool: "a bool"}
    return names.get(type(value), f"a single {type(value).__name__}")


def _sendable(value: Any) -> Any:
    """An argument as it is kept and sent: generators become seeds, later values handles, arrays copies."""
    kind = type(value)
    if kind is np.ndarray:
        return value.copy()
    if isinstance(value, np.random.Generator):
        return Seed(int(value.integers(2**63)))
    if kind is Later:
        return value.handle
    if kind is dict:
        return {key: _sendable(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_sendable(item) for item in value]
    return value


# --- in this process --------------------------------------------------------------------------------------------------


class InProcess:
    """Runs functions of ours (a solution, a variant, a mistake) in this process, with the wire's manners.

    `load` gives the functions afresh: each check gets their state new, as a student's module is imported anew.
    """

    def __init__(self, functions: Mapping[str, FunctionSpec], load: Callable[[], Any]) -> None:
        self._functions, self._load = functions, load
        self._kept: dict[Handle, Any] = {}
        self._module: Any = SimpleNamespace()

    def begin(self) -> None:
        self._kept.clear()
        self._module = self._load()

    def run(self, first: int, calls: list[Call]) -> tuple[list[Returned], Raised | None]:
        results: list[Returned] = []
        for number, call in enumerate(calls, first):
            given = [self._received(value) for value in call.args]
            named = {key: self._received(value) for key, value in call.kwargs.items()}
            try:
                with np.errstate(all="ignore"):
                    function = getattr(self._module, call.function)
                    value = (
                        walk(function, given[0], given[1], named) if call.mode == "walk" else function(*given, **named)
                    )
            except Exception as error:  # whatever it is, it is the answer
                return results, Raised(type(error).__name__, str(error)[:400])
            length, value = value if call.mode == "walk" else self._kept_back(number, value, call)
            seen = afterwards(list(call.args), given, call.kwargs, named) if call.mode == "observe" else None
            results.append(Returned(length, value, plain(seen)))
            if length < 0:
                break
        return results, None

    def clock(self) -> float:
        return time.process_time()

    def _kept_back(self, number: int, value: Any, call: Call) -> tuple[int, Any]:
        spec = self._functions[call.function]
        if len(spec.returns) == 1:
            return 1, self._keep(Handle(number, 0), value, 0 in spec.opaque)
        if not isinstance(value, (tuple, list)) or len(value) != len(spec.returns):
            return -1, plain(value)
        return len(value), [
            self._keep(Handle(number, place), part, place in spec.opaque) for place, part in enumerate(value)
        ]

    def _keep(self, handle: Handle, value: Any, opaque: bool) -> Any:
        self._kept[handle] = value
        return Opaque(type(value).__name__) if opaque else plain(value)

    def _received(self, value: Any) -> Any:
        kind = type(value)
        if kind is np.ndarray:
            return value.copy()
        if kind is Handle:
            return self._kept[value]
        if kind is Seed:
            return np.random.default_rng(value.value)
        if kind is list:
            return [self._received(item) for item in value]
        if kind is dict:
            return {key: self._received(item) for key, item in value.items()}
        return value


def plain(value: Any) -> Any:
    """The value as the wire would deliver it."""
    kind = type(value)
    if kind is np.ndarray:
        if value.dtype not in ARRAY_DTYPES:
            return Unsupported(f"array of dtype {value.dtype}")
        return value.copy() if value.ndim <= MAX_DIMENSIONS else Unsupported(f"array of {value.ndim} dimensions")
    if kind is int:
        return value if -(2**63) <= value < 2**64 else Unsupported("int beyond 64 bits")
    if kind is str:
        return value.encode("utf-8", "replace").decode()
    if kind in (type(None), bool, float, bytes, Opaque):
        return value
    if isinstance(value, np.generic):
        return plain(np.asarray(value))
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            return Unsupported("dict whose keys are not all strings")
        return {plain(key): plain(item) for key, item in value.items()}
    return Unsupported(kind.__name__[:80])
