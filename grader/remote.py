"""A student's file behind a connection, as a backend for checks: loads it, runs calls, answers callbacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from grader.checks.answers import ODD_VALUES
from grader.connection import Budget, CallbackRefused, ChildDied, Connection
from grader.course import Exercise, FunctionSpec
from grader.report import StudentLine
from grader.student import Call, Raised, Returned
from grader.wire import Callback, Encoded, WireError, decode, encode, frame

T = TypeVar("T")
_MAX_TEXT: Final = 2000
_MAX_TRACE: Final = 20
_MAX_NAME: Final = 100
_MAX_LINE: Final = 400
_DETAILS: Final[dict[str, dict[str, type[Any]]]] = {
    "syntax": {"message": str, "line": int, "text": str},
    "unparsable": {"type": str, "message": str},
    "missing": {"function": str, "defined": list},
    "not_callable": {"function": str, "kind": str},
    "signature": {"function": str, "yours": str, "why": str},
    "import": {"type": str, "message": str, "line": int},
}
"""What the runner says of each problem of a file. The student's code may have written it, so nothing else is taken."""


class LoadFailed(Exception):
    """The student's file cannot be used; `kind` and `details` are the runner's."""

    def __init__(self, kind: str, details: dict[str, Any]) -> None:
        super().__init__(kind)
        self.kind, self.details = kind, details


class Question(NamedTuple):
    """Calls that a check asks for: as a frame, ready to be sent, and the functions that may be called back."""

    calls: list[Call]
    message: bytes
    functions: list[Callable[..., Any]]


Ran = tuple[list[Returned], Raised | None]
"""What came of such calls, up to one that raised."""


class Remote:
    """A `Backend` over connections, one after the other: a connection that died is replaced at the next check."""

    def __init__(
        self, exercise: Exercise, source: str, filename: str, connect: Callable[[], Connection], *, limited: bool
    ) -> None:
        self._exercise, self._source, self._filename = exercise, source, filename
        self._connect, self._limited = connect, limited
        self._connection: Connection | None = None
        self._fresh = True
        self.budget = Budget(exercise.limits.cpu_s, exercise.limits.wall_s)
        self.loading = Budget(0.0, 0.0)  # what loading the file took
        self.cpu_s = self.peak_memory_mb = 0.0

    def load(self) -> None:
        """Takes a connection and loads the file into it, unless that was done. Raises LoadFailed, or what it raises."""
        if self._connection is not None:
            return
        self._connection = connection = self._connect()
        limits = self._exercise.limits
        bounds = [limits.memory_mb * 2**20, round(limits.cpu_s) + 2] if self._limited else None
        functions = {name: _encoded(spec) for name, spec in self._exercise.functions.items()}
        before_cpu_s, before_wall_s = self.budget.cpu_s, self.budget.wall_s
        message = frame(encode(["load", self._source, self._filename, functions, bounds]))
        payload = connection.request(message, self.budget)
        self.loading = Budget(before_cpu_s - self.budget.cpu_s, before_wall_s - self.budget.wall_s)
        problem = self._read(payload, self._problem)
        if problem is not None:
            raise problem

    def _problem(self, reply: list[Any]) -> LoadFailed | None:
        if reply == ["loaded"]:
            return None
        kind, known = _told(reply)
        if known.get("function", "") not in ("", *self._exercise.functions):
            raise WireError("the exercise has no such function")
        return LoadFailed(kind, known)

    def begin(self) -> None:
        self._fresh = True

    def run(self, first: int, calls: list[Call]) -> Ran:
        asked = question(0, first, self._fresh, calls)
        said = self.ask(asked)
        self._fresh = False
        return self.understood(asked, said)

    def ask(self, asked: Question) -> bytes:
        """What the child says to a question, unread, after loading the file if need be. Raises what these raise."""
        self.load()
        assert self._connection is not None
        return self._connection.request(asked.message, self.budget, lambda *back: _answer(asked.functions, *back))

    def understood(self, asked: Question, said: bytes) -> Ran:
        """What the child said, read. Raises ChildDied, and ends the child, where the runner says no such thing."""
        return self._read(said, lambda reply: self._ran(asked.calls, reply))

    def _read(self, said: bytes, understand: Callable[[list[Any]], T]) -> T:
        try:
            reply = decode(said)
            if type(reply) is not list or not reply or type(reply[0]) is not str:  # no == before: an array has its own
                raise WireError("a message out of form")
            return understand(reply)
        except WireError as error:
            self.end()
            raise ChildDied(broken=str(error)) from error

    def _ran(self, calls: list[Call], reply: list[Any]) -> Ran:
        match reply:
            case ["done", list(results), raised] if len(results) <= len(calls):
                returned = [
                    _returned(call, len(self._exercise.functions[call.function].returns), result)
                    for call, result in zip(calls, results, strict=False)
                ]
                if raised is not None:
                    return returned, _raised(raised)
                if len(returned) == len(calls) or (returned and returned[-1].length < 0):
                    return returned, None
        raise WireError(f"an answer to {len(calls)} calls out of form")

    def clock(self) -> float:
        return self._connection.cpu_time() if self._connection else 0.0

    def end(self) -> None:
        """Ends the connection and adds up what it used."""
        connection, self._connection = self._connection, None
        if connection is not None:
            usage = connection.kill()
            self.cpu_s += usage.cpu_s
            self.peak_memory_mb = max(self.peak_memory_mb, usage.peak_memory_mb)


@functools.lru_cache(maxsize=1024)
def _encoded(spec: FunctionSpec) -> Encoded:
    return Encoded(encode(spec.on_the_wire))


def question(seat: int, first: int, fresh: bool, calls: list[Call]) -> Question:
    """The question whether the calls, the first of them with the number `first`, may be made in a seat.

    A seat has the student's module of its own, which is imported anew where it is fresh. Raises TooLarge.
    """
    functions: list[Callable[..., Any]] = []
    forms: list[list[Any]] = []
    wired = []
    for call in calls:
        form = [call.function, call.kwargs, call.mode]
        if not forms or not _alike(forms[-1], form):
            forms.append(
                [call.function, {key: _wired(item, functions) for key, item in call.kwargs.items()}, call.mode]
            )
        wired.append([len(forms) - 1, *[_wired(value, functions) for value in call.args]])
    return Question(calls, frame(encode(["run", seat, first, fresh, forms, wired])), functions)


def _alike(a: list[Any], b: list[Any]) -> bool:
    """Whether two calls differ in their positional arguments alone; arrays among the keywords are not looked into."""
    if a[0] != b[0] or a[2] != b[2] or a[1].keys() != b[1].keys():
        return False
    return all(
        type(a[1][key]) in _SIMPLE and type(a[1][key]) is type(item) and a[1][key] == item for key, item in b[1].items()
    )


_SIMPLE = (int, float, bool, str, type(None))


def _wired(value: Any, functions: list[Callable[..., Any]]) -> Any:
    if not callable(value):
        return value
    functions.append(value)
    return Callback(len(functions) - 1)


def _answer(functions: list[Callable[..., Any]], number: int, args: list[Any]) -> Any:
    """Calls a function that was given to the student; what it says of bad arguments goes back to the student."""
    if not 0 <= number < len(functions):
        raise CallbackRefused("there is no such function")
    try:
        with np.errstate(all="ignore"):  # as in a check
            return functions[number](*(np.array(value) if isinstance(value, np.ndarray) else value for value in args))
    except ODD_VALUES as error:
        raise CallbackRefused(f"the given function was called wrongly: {error}") from error


def _told(reply: list[Any]) -> tuple[str, dict[str, Any]]:
    """A problem's kind and details. Raises WireError where the runner does not write such."""
    match reply:
        case ["problem", str(kind), dict(details)] if kind in _DETAILS and _DETAILS[kind].keys() <= details.keys():
            return kind, {name: _of_type(details[name], wanted) for name, wanted in _DETAILS[kind].items()}
    raise WireError("a problem out of form")


def _returned(call: Call, announced: int, result: Any) -> Returned:
    """What a call of a function with so many values gave. Raises WireError where the runner does not write such.

    Otherwise the student's code could choose how long our own loops over the values are.
    """
    match result:
        case [length, value, None] if call.mode != "observe":
            seen = None
        case [length, value, [list(), dict()] as seen] if call.mode == "observe":
            pass
        case _:
            raise WireError(f"a result of {call.function} out of form")
    if _of_type(length, int) == announced:
        if call.mode == "walk":
            starts, gradients = call.args
            _require_lists(value, len(starts), len(gradients[0]), call.function)
        elif announced > 1 and (type(value) is not list or len(value) != announced):
            raise WireError(f"a result of {call.function} out of form")
    return Returned(length, value, seen)


def _require_lists(value: Any, number: int, length: int, function: str) -> None:
    if type(value) is not list or len(value) != number:
        raise WireError(f"a walk of {function} out of form")
    for path in value:
        if (path.shape[:1] if type(path) is np.ndarray else (len(path),) if type(path) is list else ()) != (length,):
            raise WireError(f"a walk of {function} with another number of steps")


def _raised(details: Any) -> Raised:
    match details:
        case {"type": kind, "message": message, "line": line, "trace": list(trace)}:
            return Raised(
                _of_type(kind, str),
                _of_type(message, str),
                _of_type(line, int),
                [_line(each) for each in trace[:_MAX_TRACE]],
                _of_type(details.get("nbytes", 0), int),
            )
    raise WireError("an exception out of form")


def _line(details: Any) -> StudentLine:
    match details:
        case [line, function, text]:
            return StudentLine(
                _of_type(line, int), _of_type(function, str)[:_MAX_NAME], _of_type(text, str)[:_MAX_LINE]
            )
    raise WireError("a line of a traceback out of form")


def _of_type(value: Any, wanted: type[Any]) -> Any:
    """The value, in bounds. Raises WireError when it is of another type: the runner does not write such."""
    if type(value) is not wanted:
        raise WireError(f"a {type(value).__name__} where a {wanted.__name__} belongs")
    if wanted is list:
        return [_of_type(item, str)[:_MAX_NAME] for item in value[:_MAX_TRACE]]
    return _plain_text(value)[:_MAX_TEXT] if wanted is str else value


def _plain_text(text: str) -> str:
    """The text without what no database and no UTF-8 can hold: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()
