"""The runner: loads the student's file and answers calls, one frame at a time, until its stream ends.

Messages from the trusted side, each a list, and the answers:

    ["load", source, filename, functions, limits]
        -> ["loaded"] or ["problem", kind, details]
    ["run", seat, first, fresh, forms, calls]
        -> ["done", results, raised]; before it, whenever the student calls a function that was given as an argument,
           ["callback", number, args], which waits for ["answer", value] or ["refuse", message]

Each seat has a module of its own, imported anew where the run is fresh, and keeps what was returned there. A call is
[form, argument, ...]; its form, which many calls share, is [function, keyword arguments, mode]. Call i of a batch has the
number first + i, by which a later `Handle` names what it returned. A result is [length, value, arguments after the call
or None]: length is the number of values, -1 where the student did not return the announced number of them. Results are
encoded as they come, so that what a later call changes in place is not seen. A batch stops at the first call that raises
or returns another number of values.

The modes: `call`; `observe` also sends the arguments back; `walk` takes the steps of an optimizer (see `walk`).
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from grader.wire import (
    MAX_BYTES,
    Callback,
    Encoded,
    FrameReader,
    Handle,
    Opaque,
    Seed,
    TooLarge,
    WireError,
    decode,
    encode,
    frame,
)

MODULE_NAME = "submission"
MAX_TEXT = 400
MAX_TRACE = 12


class Stream(NamedTuple):
    """Two ways to the trusted side: `read(size)` gives up to size bytes, b"" at the end; `write` takes all."""

    read: Callable[[int], bytes]
    write: Callable[[bytes], object]


def serve(stream: Stream) -> None:
    """Answers messages until the stream ends."""
    channel = _Channel(stream)
    runner = _Runner(channel)
    while (message := channel.receive()) is not None:
        channel.send(runner.answer(message))


_REHEARSED = """
import numpy as np

def layer(x, w, *, scale=1.0):
    y = scale * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    state = {"y": np.maximum(y, 0.0) + np.zeros_like(y), "t": len(y)}
    return np.exp(-np.abs(y @ w)), state

def step(w, dw, state, *, lr=0.1):
    m = 0.9 * state.get("m", 0.0) + 0.1 * dw
    return w - lr * m / (np.sqrt(dw**2) + 1e-8), {"m": m, "t": state.get("t", 0) + 1}

def draw(shape, rng):
    return rng.normal(size=shape) * np.sqrt(2.0 / shape[0])
"""
_FUNCTIONS: Final = {
    "layer": {"positional": ["x", "w"], "keyword_only": ["scale"], "defaulted": ["scale"], "returns": 2, "opaque": [1]},
    "step": {"positional": ["w", "dw", "state"], "keyword_only": ["lr"], "defaulted": [], "returns": 2, "opaque": [1]},
    "draw": {"positional": ["shape", "rng"], "keyword_only": [], "defaulted": [], "returns": 1, "opaque": []},
}
_X: Final = np.ones((4, 3))
_FORMS_AND_CALLS: Final[dict[str, tuple[list[Any], list[Any]]]] = {
    "layer": ([["layer", {"scale": 0.5}, "call"], ["layer", {}, "observe"]], [[0, _X, _X.T], [1, _X, _X.T]]),
    "step": (
        [["step", {"lr": 0.2}, "call"], ["step", {}, "walk"], ["step", {}, "observe"]],
        [
            [0, _X, _X, {}],
            [0, _X, _X, Handle(0, 1)],
            [1, [_X, _X[0]], [np.ones((3, 4, 3)), np.ones((3, 3))]],
            [2, _X, _X, Handle(1, 1)],
        ],
    ),
    "draw": ([["draw", {}, "call"]], [[0, [4, 3], Seed(1)], [0, [4, 3], Seed(1)]]),
}
REHEARSALS: Final = tuple(_FORMS_AND_CALLS)
_SEATS: Final = 8
_TIMES: Final = 5


def rehearsal(name: str, limits: list[int] | None = None) -> list[bytes]:
    """The frames of a small submission of our own, which asks one function what the checks of an exercise may ask.

    `limits` are those of its loading: bytes of memory and seconds of processor time; None where it runs without.
    """
    forms, calls = _FORMS_AND_CALLS[name]
    load = ["load", _REHEARSED, "rehearsal.py", _FUNCTIONS, limits]
    return [frame(encode(each)) for each in (load, *(["run", seat, 0, True, forms, calls] for seat in range(_SEATS)))]


def rehearse() -> None:
    """Serves each rehearsal a few times over.

    Python adapts its code to what it does in its first runs (PEP 659). What the warm process has adapted, every child
    of it need not adapt once more.
    """
    pieces = iter([*(piece for name in REHEARSALS for piece in rehearsal(name) * _TIMES), b""])
    serve(Stream(lambda size: next(pieces), len))


class _Channel:
    """Values over a stream of frames."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.reader = FrameReader()

    def receive(self) -> Any:
        while (payload := self.reader.next()) is None:
            data = self.stream.read(1 << 16)
            if not data:
                return None
            self.reader.feed(data)
        return decode(payload, writable=True)

    def send(self, value: Any) -> None:
        self.stream.write(frame(encode(value)))


class _Runner:
    """The student's module and the values it returned that stay here."""

    def __init__(self, channel: _Channel) -> None:
        self.channel = channel
        self.seats: dict[int, tuple[types.ModuleType, dict[Handle, Any]]] = {}

    def answer(self, message: list[Any]) -> list[Any]:
        kind, *body = message
        return self.load(*body) if kind == "load" else self.run(*body)

    # --- loading --------------------------------------------------------------------------------------------------

    def load(self, source: str, filename: str, functions: dict[str, Any], limits: list[int] | None) -> list[Any]:
        """Compiles and imports the student's file, and sees whether it has what the exercise asks for."""
        if limits is not None:
            from grader.inside import walls  # Linux only; a student's own machine comes without limits

            walls.limit_resources(*limits)
            walls.fix_limits()
        self.filename, self.lines, self.functions = filename, source.splitlines(), functions
        sys.argv = [filename]  # what started this process is no argument of the student's file
        try:
            self.code = compile(source, filename, "exec", dont_inherit=True)
        except SyntaxError as error:
            return ["problem", "syntax", self.syntax(error)]
        except (ValueError, MemoryError, RecursionError, OverflowError) as error:
            return ["problem", "unparsable", {"type": type(error).__name__, "message": _text(error)}]
        try:
            self.import_afresh(0)
        except BaseException as error:  # the student's code may raise anything
            return ["problem", "import", self.describe(error)]
        for name, spec in functions.items():
            problem = self.problem_of(name, spec)
            if problem:
                return problem
        return ["loaded"]

    def import_afresh(self, seat: int) -> None:
        if seat in self.seats:
            vars(self.seats[seat][0]).clear()  # its functions hold it, and it holds them, with all that is in it
        module = types.ModuleType(MODULE_NAME)
        module.__file__ = self.filename
        self.seats[seat] = module, {}
        self.take(seat)
        exec(self.code, module.__dict__)

    def take(self, seat: int) -> None:
        self.module, self.kept = self.seats[seat]
        sys.modules[MODULE_NAME] = self.module

    def syntax(self, error: SyntaxError) -> dict[str, Any]:
        line = error.lineno or 0
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return {"message": str(error.msg)[:MAX_TEXT], "line": line, "text": text[:MAX_TEXT]}

    def problem_of(self, name: str, spec: dict[str, Any]) -> list[Any] | None:
        try:
            function = getattr(self.module, name, None)
        except BaseException as error:  # the student's code may raise anything
            return ["problem", "import", self.describe(error)]
        if function is None:
            defined = [key for key, value in list(vars(self.module).items()) if inspect.isfunction(value)]
            return ["problem", "missing", {"function": name, "defined": [str(key)[:60] for key in defined[:20]]}]
        if _is_as_in_the_starter(function, spec):
            return None
        if inspect.iscoroutinefunction(function):
            return ["problem", "not_callable", {"function": name, "kind": "async function"}]
        if not callable(function):
            return ["problem", "not_callable", {"function": name, "kind": type(function).__name__[:60]}]
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return None  # a callable that does not tell its signature: the calls will show
        except BaseException as error:  # the student's code may raise anything
            return ["problem", "import", self.describe(error)]
        return _signature_problem(name, signature, spec)

    # --- calling --------------------------------------------------------------------------------------------------

    def run(self, seat: int, first: int, fresh: bool, forms: list[Any], calls: list[Any]) -> list[Any]:
        """Runs the calls in turn, up to the first that raises."""
        results: list[Encoded] = []
        size = 0
        raised = None
        try:
            if fresh:
                self.import_afresh(seat)
            else:
                self.take(seat)
            for number, (form, *args) in enumerate(calls, first):
                count, result = self.call(number, args, *forms[form])
                results.append(Encoded(result))
                size += len(result)
                if size > MAX_BYTES - 2**16:
                    raise TooLarge(size)
                if count < 0:
                    break  # what later calls build on is not there
        except TooLarge as error:
            raised = {"type": TooLarge.__name__, "message": "", "line": 0, "trace": [], "nbytes": error.nbytes}
            results = results[:-1] if size > MAX_BYTES - 2**16 else results
        except BaseException as error:  # the student's code may raise anything
            raised = self.describe(error)
        _flush()
        return ["done", results, raised]

    def call(self, number: int, args: list[Any], name: str, kwargs: dict[str, Any], mode: str) -> tuple[int, bytes]:
        function = getattr(self.module, name)
        spec = self.functions[name]
        given = [self.received(value) for value in args]
        named = {key: self.received(value) for key, value in kwargs.items()}
        if mode == "walk":
            length, value = walk(function, given[0], given[1], named)
        else:
            length, value = self.kept_back(number, function(*given, **named), spec["returns"], spec["opaque"])
        try:
            return length, encode(
                [length, value, afterwards(args, given, kwargs, named) if mode == "observe" else None]
            )
        except TooLarge:
            raise
        except WireError as error:
            raise TypeError(f"{name} returned something that is nested too deep to be read") from error

    def kept_back(self, number: int, value: Any, returns: int, opaque: list[int]) -> tuple[int, Any]:
        """The value as it may leave; every part is kept here for later calls, and the opaque ones leave as `Opaque`."""
        if returns == 1:
            return 1, self.keep(Handle(number, 0), value, 0 in opaque)
        if not isinstance(value, (tuple, list)) or len(value) != returns:
            if isinstance(value, (tuple, list)) and len(value) < 20:
                value = _kinds(value)
            return -1, value
        return returns, [self.keep(Handle(number, place), part, place in opaque) for place, part in enumerate(value)]

    def keep(self, handle: Handle, value: Any, opaque: bool) -> Any:
        self.kept[handle] = value
        return Opaque(type(value).__name__) if opaque else value

    def received(self, value: Any) -> Any:
        """An argument as the student's function gets it."""
        kind = type(value)
        if kind is Handle:
            return self.kept[value]
        if kind is Seed:
            return np.random.default_rng(value.value)
        if kind is Callback:
            return self.callback(value.number)
        if kind is list:
            return [self.received(item) for item in value]
        if kind is dict:
            return {key: self.received(item) for key, item in value.items()}
        return value

    def callback(self, number: int) -> Callable[..., Any]:
        def function(*args: Any) -> Any:
            self.channel.send(["callback", number, list(args)])
            kind, value = self.channel.receive()
            if kind == "refuse":
                raise ValueError(value)
            return value

        return function

    # --- exceptions -----------------------------------------------------------------------------------------------

    def describe(self, error: BaseException) -> dict[str, Any]:
        """An exception in words: its type, message, and the lines of the student's own file that it came through."""
        if isinstance(error, SyntaxError) and error.filename == self.filename:
            details = self.syntax(error)
            return {**details, "type": _name_of(error), "trace": []}
        trace = []
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            if code.co_filename == self.filename:
                line = step.tb_lineno
                text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
                trace.append([line, code.co_name[:60], text[:MAX_TEXT]])
            step = step.tb_next
        return {
            "type": _name_of(error),
            "message": _text(error),
            "line": trace[-1][0] if trace else 0,
            "trace": trace[-MAX_TRACE:],
        }


def afterwards(args: list[Any], given: list[Any], kwargs: dict[str, Any], named: dict[str, Any]) -> list[Any]:
    """The arguments `given` and `named` as they are after a call; what stays on this side, only by its type.

    `args` and `kwargs` are the same as they were sent.
    """
    return [_without_handles(args, given), _without_handles(kwargs, named)]


def _without_handles(sent: Any, given: Any) -> Any:
    kind = type(sent)
    if kind is Handle:
        return Opaque(type(given).__name__)
    if kind is list and len(sent) == len(given):
        return [_without_handles(*each) for each in zip(sent, given, strict=True)]
    if kind is dict and sent.keys() == given.keys():
        return {key: _without_handles(sent[key], item) for key, item in given.items()}
    return given


def walk(
    function: Callable[..., Any], starts: list[Any], gradients: list[np.ndarray], kwargs: dict[str, Any]
) -> tuple[int, Any]:
    """The steps w, state = function(w, dw, state) of several parameters in turn, each from {} and its own start.

    `gradients[i][t]` is parameter i's gradient at step t. Gives 2 and for each parameter the array of all its w,
    stacked where they are alike; or -1 and what was returned, where that was no pair.
    """
    places: list[Any] = [(start, {}) for start in starts]
    paths: list[list[Any]] = [[] for _ in starts]
    for step in range(len(gradients[0])):
        for path, place, gradient in zip(paths, range(len(starts)), gradients, strict=True):
            w, state = places[place]
            value = function(w, gradient[step, ...], state, **kwargs)
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                return -1, _kinds(value) if isinstance(value, (tuple, list)) and len(value) < 20 else value
            places[place] = value
            path.append(value[0].copy() if type(value[0]) is np.ndarray else value[0])
    return 2, [_stacked(path) for path in paths]


def _stacked(path: list[Any]) -> Any:
    first = np.asarray(path[0]) if isinstance(path[0], (np.ndarray, np.generic)) else None
    for value in path:
        if (
            first is None
            or type(value) is not type(path[0])
            or value.shape != first.shape
            or value.dtype != first.dtype
        ):
            return path
    return np.array(path) if type(path[0]) is np.ndarray or isinstance(path[0], np.generic) else path


def _flush() -> None:
    """Lets out what was printed before the answer goes."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:  # the student's code may have closed or replaced them
        return


def _kinds(values: Any) -> list[Opaque]:
    return [Opaque(type(value).__name__) for value in values]


def _name_of(error: BaseException) -> str:
    """The name of its class, as Python keeps it: a metaclass of the student's may answer anything for `__name__`."""
    name: str = type.__dict__["__name__"].__get__(type(error))
    return str.__getitem__(name, slice(40))


def _text(error: BaseException) -> str:
    try:
        return str.__getitem__(str(error), slice(MAX_TEXT))  # what `__str__` gives may be of a class of the student's
    except BaseException:  # the student's own __str__ may do anything
        return ""


def _is_as_in_the_starter(function: Any, spec: dict[str, Any]) -> bool:
    """Whether it is a plain function with the very parameters of the starter.

    Nearly all are; to ask `inspect` in a fresh child takes as long as a small check.
    """
    if type(function) is not types.FunctionType or function.__dict__:
        return False
    code, positional = function.__code__, len(spec["positional"])
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return (
        parameters == (*spec["positional"], *spec["keyword_only"])
        and code.co_posonlyargcount <= positional <= code.co_argcount
        and not code.co_flags & inspect.CO_COROUTINE
    )


def _signature_problem(name: str, signature: inspect.Signature, spec: dict[str, Any]) -> list[Any] | None:
    """None where the exercise's calls fit the student's signature; names of required arguments are free."""
    try:
        signature.bind(*spec["positional"], **dict.fromkeys(spec["keyword_only"]))
        missing = [argument for argument in spec["defaulted"] if not _takes(signature, argument)]
    except TypeError as error:
        return ["problem", "signature", {"function": name, "yours": str(signature)[:MAX_TEXT], "why": str(error)}]
    if missing:
        why = f"it has no argument named {missing[0]!r}"
        return ["problem", "signature", {"function": name, "yours": str(signature)[:MAX_TEXT], "why": why}]
    return None


def _takes(signature: inspect.Signature, argument: str) -> bool:
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    return argument in signature.parameters or bool(
        kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    )
