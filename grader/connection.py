"""A connection to a process that runs a student's code, whichever it is, and how it can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from grader.wire import encode

Limit = Literal["cpu", "wall", "memory", "printed", "returned", "callbacks"]
Answer = Callable[[int, list[Any]], Any]
_CALLBACK: Final = encode(["callback", 0, []])[:-2]  # without the number and the arguments


class LimitReached(Exception):
    """A budget is used up; the child has been killed. `limit` names it."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit)
        self.limit: Limit = limit


class ChildDied(Exception):
    """The child is gone: `signal` killed it (0 if none), or it ended with `code`, or it broke the wire (`broken`)."""

    def __init__(self, *, signal: int = 0, code: int = 0, broken: str = "") -> None:
        super().__init__(broken or f"signal {signal}, code {code}")
        self.signal, self.code, self.broken = signal, code, broken


class CallbackRefused(ValueError):
    """Raised by a function given to the student when it is called with the wrong thing; the text reaches them."""


@dataclass
class Budget:
    """What is left of the processor time and the wall time of a submission, in seconds."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Usage:
    """What a child has used, as its reaper counted it."""

    cpu_s: float
    peak_memory_mb: float


def calls_back(payload: bytes) -> bool:
    """Whether a message calls a function that was given to the student, as the runner writes that."""
    return payload.startswith(_CALLBACK)


class Connection(Protocol):
    """One process with a student's code, answering messages (`grader.inside.runner` has their forms)."""

    def request(self, message: bytes, budget: Budget, answer: Answer | None = None) -> bytes:
        """Sends a frame and gives the payload of the frame that answers it, spending `budget`.

        `answer(number, arguments)` computes callbacks; what else the child says is for the caller to read. Raises
        LimitReached or ChildDied.
        """
        ...

    def cpu_time(self) -> float:
        """Seconds of processor time that the process has used."""
        ...

    def kill(self) -> Usage:
        """Ends the process and says what it used; may be called again."""
        ...
