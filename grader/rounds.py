"""Rounds: checks run side by side, each until it asks something of the student; then all that they ask is asked in turn.

To cross the wall costs more than most calls, because both sides find the processor's caches full of the other's data.
So our side makes ready what all checks ask before it sends the first question, and looks at the answers after the last.
A check is a greenlet of its own meanwhile, with a seat in the child: its own fresh module of the student's. It is the
quick way for code that behaves. Where it does not, nobody could tell whose calls it was: the caller then runs the checks
one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from greenlet import getcurrent, greenlet

from grader.checking import Outcome, without_warnings
from grader.checks import Check
from grader.remote import Question, Ran, Remote, question
from grader.student import Backend, Call


class Abandoned(Exception):
    """One check met with trouble that may be of another's making: they must be run one after the other."""


class _Alone(Exception):
    """A check looks at the clock: nothing else may run between its calls."""


class _Seat:
    """A check's `Backend`: hands what it asks to the hub, which comes back with the child's reply."""

    def __init__(self, number: int, remote: Remote, hub: greenlet) -> None:
        self._number, self._remote, self._hub = number, remote, hub
        self._fresh = True

    def begin(self) -> None:
        self._fresh = True

    def run(self, first: int, calls: list[Call]) -> Ran:
        asked = question(self._number, first, self._fresh, calls)
        returned, raised = self._remote.understood(asked, self._hub.switch(asked))
        self._fresh = False
        if raised is not None and raised.type == MemoryError.__name__:
            raise Abandoned  # all seats share the memory
        return returned, raised

    def clock(self) -> float:
        raise _Alone


class _Idle(threading.local):
    """Greenlets that wait for a check to run. To make and end one maps memory and gives it back, which takes longer."""

    def __init__(self) -> None:
        self.greenlets: list[greenlet] = []

    def take(self) -> greenlet:
        """A greenlet that runs what it is sent, and then says what came of it."""
        if self.greenlets:
            taken = self.greenlets.pop()
            taken.parent = getcurrent()
        else:
            taken = greenlet(_run_one_after_the_other)
            taken.switch()
        return taken

    def give_back(self, done: greenlet) -> None:
        done.switch()  # it lets go of what it has said
        self.greenlets.append(done)


_idle: Final = _Idle()


def _run_one_after_the_other() -> None:
    """The life of a greenlet, which holds nothing of a check any more while it waits for the next."""
    with without_warnings():  # in the greenlet's own context: that of its hub is another
        while True:
            _said_to_the_hub(_result_of(_said_to_the_hub(None)))


def _said_to_the_hub(value: Outcome | None) -> Any:
    hub = getcurrent().parent
    assert hub is not None
    return hub.switch(value)


def _result_of(job: Callable[[], Outcome]) -> Outcome:
    return job()


def side_by_side(
    checks: Iterable[Check], run: Callable[[Check, Backend], Outcome], remote: Remote
) -> dict[str, Outcome]:
    """What each check found, by name; those that must run alone, because they measure time, are left out.

    `run` runs a check against a backend; NumPy is `without_warnings` then. Raises what it raises, what `remote` raises,
    and Abandoned.
    """
    hub = getcurrent()
    running: dict[str, greenlet] = {}
    found: dict[str, Outcome] = {}
    messages: dict[str, Any] = {  # to each check's greenlet: first what it is to run, then the child's replies
        check.name: partial(run, check, _Seat(number, remote, hub)) for number, check in enumerate(checks, start=1)
    }
    try:
        while messages:
            asked: dict[str, Question] = {}
            for name, message in messages.items():
                if name not in running:
                    running[name] = _idle.take()
                try:
                    said = running[name].switch(message)
                except _Alone:
                    continue
                if isinstance(said, Question):
                    asked[name] = said
                else:
                    found[name] = said
                    _idle.give_back(running.pop(name))
            messages = {name: remote.ask(each) for name, each in asked.items()}
    finally:
        for each in running.values():
            if not each.dead:
                each.throw()
    return found
