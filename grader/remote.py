"""A student's file behind a connection, as a backend for checks: loads it, runs calls, answers callbacks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from grader.connection import Budget, CallbackRefused, ChildDied, Connection
from grader.course import Exercise, FunctionSpec
from grader.report import StudentLine
from grader.student import Call, Raised, Returned
from grader.wire import Callback, Encoded, WireError, encode

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
    """Calls that a check asks for: as a message, ready to be sent, and the functions that may be called back."""

    calls: list[Call]
    message: Encoded
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
        self.cpu_s = self.peak_memory_mb = 0.0

    def load(self) -> None:
        """Takes a connection and loads the file into it, unless that was done. Raises LoadFailed, or what it raises."""
        if self._connection is not None:
            return
        self._connection = self._connect()
        limits = self._exercise.limits
        bounds = [limits.memory_mb * 2**20, round(limits.cpu_s) + 2] if self._limited else None
        functions = {name: _encoded(spec) for name, spec in self._exercise.functions.items()}
        reply = self._request(["load", self._source, self._filename, functions, bounds], self.budget)
        if reply[0] == "problem":
            raise self._problem(reply)

    def _problem(self, reply: list[Any]) -> LoadFailed:
        try:
            _, kind, details = reply
            known = {name: _of_type(details[name], wanted) for name, wanted in _DETAILS[kind].items()}
            if known.get("function", "") not in ("", *self._exercise.functions):
                raise WireError("the exercise has no such function")
        except (WireError, TypeError, ValueError, KeyError) as error:
            self.end()
            raise ChildDied(broken=str(error)) from error
        return LoadFailed(kind, known)

    def begin(self) -> None:
        self._fresh = True

    def run(self, first: int, calls: list[Call]) -> Ran:
        asked = question(0, first, self._fresh, calls)
        reply = self.ask(asked)
        self._fresh = False
        return self.understood(asked, reply)

    def ask(self, asked: Question) -> list[Any]:
        """What the child says to a question, after loading the file if need be. Raises what these raise."""
        self.load()
        return self._request(asked.message, self.budget, lambda *back: _answer(asked.functions, *back))

    def understood(self, asked: Question, reply: list[Any]) -> Ran:
        """What the child said, in form. Raises ChildDied, and ends the child, where the form is not the runner's."""
        try:
            _, results, raised = reply
            returned = [_returned(*result) for result in results]
            whole = len(returned) == len(asked.calls) or (len(returned) > 0 and returned[-1].length < 0)
            if len(returned) > len(asked.calls) or (raised is None and not whole):
                raise WireError(f"{len(returned)} results for {len(asked.calls)} calls")
            return returned, None if raised is None else _raised(raised)
        except (WireError, TypeError, ValueError, KeyError, OverflowError) as error:
            self.end()
            raise ChildDied(broken=str(error)) from error

    def clock(self) -> float:
        return self._connection.cpu_time() if self._connection else 0.0

    def end(self) -> None:
        """Ends the connection and adds up what it used."""
        connection, self._connection = self._connection, None
        if connection is not None:
            usage = connection.kill()
            self.cpu_s += usage.cpu_s
            self.peak_memory_mb = max(self.peak_memory_mb, usage.peak_memory_mb)

    def _request(
        self, message: list[Any] | Encoded, budget: Budget, answer: Callable[..., Any] | None = None
    ) -> list[Any]:
        assert self._connection is not None
        reply = self._connection.request(message, budget, answer)
        if reply[0] not in ("loaded", "problem", "done"):
            self.end()
            raise ChildDied(broken=f"a message {reply[0]!r}")
        return reply


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
    return Question(calls, Encoded(encode(["run", seat, first, fresh, forms, wired])), functions)


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
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise CallbackRefused(f"the given function was called wrongly: {error}") from error


def _returned(length: Any, value: Any, seen: Any) -> Returned:
    return Returned(_of_type(length, int), value, seen)


def _raised(details: dict[str, Any]) -> Raised:
    trace = [
        StudentLine(_of_type(line, int), _of_type(function, str)[:_MAX_NAME], _of_type(text, str)[:_MAX_LINE])
        for line, function, text in details["trace"][:_MAX_TRACE]
    ]
    return Raised(
        _of_type(details["type"], str), _of_type(details["message"], str), _of_type(details["line"], int), trace
    )


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
