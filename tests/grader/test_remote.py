"""What a child says is read on our side: whatever the runner never says ends the child, and nothing else happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.connection import ChildDied, Usage
from grader.remote import LoadFailed, Remote
from grader.student import Call
from grader.wire import encode


class Saying:
    """A connection to a child that says these payloads, one after the other."""

    def __init__(self, *payloads: bytes) -> None:
        self._payloads = iter(payloads)
        self.kills = 0

    def request(self, *_: Any) -> bytes:
        return next(self._payloads)

    def cpu_time(self) -> float:
        return 0.0

    def kill(self) -> Usage:
        self.kills += 1
        return Usage(0.25, 31.0)


def remote_to(child: Saying, course: Any) -> Remote:
    return Remote(course.exercise("scale"), "", "answer.py", lambda: child, limited=True)


NEVER_SAID = {
    "no value": b"\xc1",
    "no list": encode(7),
    "an empty list": encode([]),
    "an array for a kind": encode([np.ones(2)]),
    "an array for a kind, in form else": encode([np.ones(2), [], None]),
    "a kind that does not exist": encode(["broken", [], None]),
}


@pytest.mark.parametrize("payload", NEVER_SAID.values(), ids=NEVER_SAID)
def test_what_is_never_said_to_a_file_ends_the_child(course: Any, payload: bytes) -> None:
    child = Saying(payload)
    remote = remote_to(child, course)
    with pytest.raises(ChildDied) as death:
        remote.load()
    assert death.value.broken
    assert (child.kills, remote.cpu_s) == (1, 0.25)


@pytest.mark.parametrize(
    "payload",
    [
        *NEVER_SAID.values(),
        encode(["loaded"]),
        encode(["done", 3, None]),
        encode(["done", [], None]),
        encode(["done", [[1, 2.0, None]] * 2, None]),
        encode(["callback", 0, []]),
    ],
)
def test_what_is_never_said_to_a_question_ends_the_child(course: Any, payload: bytes) -> None:
    child = Saying(encode(["loaded"]), payload)
    with pytest.raises(ChildDied) as death:
        remote_to(child, course).run(0, [Call(0, "scale", (1.0,), {})])
    assert death.value.broken
    assert child.kills == 1


def test_what_a_call_returned_comes_through(course: Any) -> None:
    child = Saying(encode(["loaded"]), encode(["done", [[1, 2.0, None]], None]))
    returned, raised = remote_to(child, course).run(0, [Call(0, "scale", (1.0,), {})])
    assert ([(each.length, each.value) for each in returned], raised) == ([(1, 2.0)], None)


def test_a_problem_of_the_file_is_told_with_its_details(course: Any) -> None:
    details = {"message": "invalid syntax", "line": 3, "text": "def"}
    with pytest.raises(LoadFailed) as failure:
        remote_to(Saying(encode(["problem", "syntax", details])), course).load()
    assert (failure.value.kind, failure.value.details) == ("syntax", details)
