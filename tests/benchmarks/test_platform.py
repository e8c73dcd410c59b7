"""What the benchmark of the platform counts: everything that goes wrong at a deadline."""

from __future__ import annotations

import io
import json
from http.client import RemoteDisconnected
from typing import Any

import pytest

from benchmarks.platform import Deadline, hand_in_patiently, start, targets_of

GOOD = {
    "students": 3, "accepted": 3, "kept": 3, "refused": 0, "lost": 0, "doubled": 0, "read_p99_ms": 200.0,
    "failed_reads": 0, "errors": 0,
}  # fmt: skip


class Answer(io.BytesIO):
    """An answer of the server."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(json.dumps(document).encode())
        self.status = status


class Line:
    """A connection whose answers are known: one after the other, an exception is raised."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers, self.keys = list(answers), list[str]()

    def close(self) -> None:
        """Does nothing."""

    def request(self, method: str, path: str, body: str, headers: dict[str, str]) -> None:
        """Notes the key."""
        self.keys.append(headers["Idempotency-Key"])

    def getresponse(self) -> Answer:
        """The next answer."""
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def hand_in(line: Line) -> tuple[str | None, Deadline]:
    found = Deadline()
    return hand_in_patiently(line, "token", "x = 1", found, pause_s=0), found  # type: ignore[arg-type]


def test_after_a_broken_connection_it_is_sent_again_with_the_same_key() -> None:
    line = Line(RemoteDisconnected("gone"), ConnectionResetError(), Answer(201, {"id": "s1"}))
    id, found = hand_in(line)
    assert (id, found.sent_again, found.accepted) == ("s1", 2, ["s1"])
    assert len(line.keys) == 3
    assert len(set(line.keys)) == 1


def test_who_is_told_to_retry_does_so() -> None:
    id, found = hand_in(Line(Answer(503, {}), Answer(429, {}), Answer(201, {"id": "s1"})))
    assert (id, found.told_to_retry, found.refused) == ("s1", 2, [])


def test_a_refusal_ends_the_trying_and_is_counted() -> None:
    id, found = hand_in(Line(Answer(500, {"title": "broken"})))
    assert (id, found.accepted, len(found.refused)) == (None, [], 1)


def test_an_error_in_a_thread_is_counted() -> None:
    def work(person: tuple[int, str]) -> None:
        raise RuntimeError(person)

    found = Deadline()
    for thread in start(work, [(1, "a"), (2, "b")], found):
        thread.join()
    assert len(found.errors) == 2


def test_a_good_deadline_reaches_all_its_targets() -> None:
    assert all(each["reached"] for each in targets_of(GOOD))


@pytest.mark.parametrize(
    "change",
    [
        {"accepted": 2}, {"kept": 4}, {"refused": 1}, {"lost": 1}, {"doubled": 1}, {"read_p99_ms": 501.0},
        {"read_p99_ms": None}, {"failed_reads": 1}, {"errors": 1},
    ],
)  # fmt: skip
def test_each_thing_that_goes_wrong_misses_a_target(change: dict[str, Any]) -> None:
    assert [each["reached"] for each in targets_of(GOOD | change)].count(False) == 1
