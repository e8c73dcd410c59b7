"""Rounds: checks run side by side, each until it asks something of the student; what all ask then travels in one frame.

To go to the child and back costs more than most calls, and the checks of an exercise know nothing of each other. So
each is a greenlet of its own, with a seat in the child: its own fresh module of the student's. It is the quick way for
code that behaves. Where it does not, nobody could tell whose calls it was: the rounds are abandoned, and their caller
runs the checks one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from greenlet import getcurrent, greenlet

from grader.checking import Outcome
from grader.checks import Check
from grader.remote import Asked, Ran
from grader.student import Backend, Call
from grader.wire import TooLarge


class Abandoned(Exception):
    """The answers of all checks together do not fit into one frame."""


class _Alone(Exception):
    """A check looks at the clock: nothing else may run between its calls."""


class _Seat:
    """A check's `Backend`: hands what it asks to the hub, which comes back with the answer."""

    def __init__(self, number: int, hub: greenlet) -> None:
        self._number, self._hub = number, hub
        self._fresh = True

    def begin(self) -> None:
        self._fresh = True

    def run(self, first: int, calls: list[Call]) -> Ran:
        ran: Ran = self._hub.switch(Asked(self._number, first, self._fresh, calls))
        self._fresh = False
        return ran

    def clock(self) -> float:
        raise _Alone


def side_by_side(
    checks: Iterable[Check],
    run: Callable[[Check, Backend], Outcome],
    ask: Callable[[list[Asked]], list[Ran]],
) -> dict[str, Outcome]:
    """What each check found, by name; those that must run alone, because they measure time, are left out.

    `run` runs a check against a backend, `ask` gets the answers to one round. Raises Abandoned, and what `ask` raises.
    """
    hub = getcurrent()
    running = {
        check.name: greenlet(partial(run, check, _Seat(number, hub))) for number, check in enumerate(checks, start=1)
    }
    found: dict[str, Outcome] = {}
    answers: dict[str, tuple[Ran, ...]] = dict.fromkeys(running, ())
    try:
        while answers:
            asked: dict[str, Asked] = {}
            for name, answer in answers.items():
                try:
                    said = running[name].switch(*answer)
                except _Alone:
                    continue
                if running[name].dead:
                    found[name] = said
                else:
                    asked[name] = said
            answers = {name: (ran,) for name, ran in zip(asked, _round(ask, list(asked.values())), strict=True)}
    finally:
        for each in running.values():
            if not each.dead:
                each.throw()
    return found


def _round(ask: Callable[[list[Asked]], list[Ran]], asked: list[Asked]) -> list[Ran]:
    if not asked:
        return []
    try:
        answers = ask(asked)
    except TooLarge as error:
        raise Abandoned from error
    if any(raised is not None and raised.type == TooLarge.__name__ for _, raised in answers):
        raise Abandoned
    return answers
