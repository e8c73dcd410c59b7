"""Orders: what one side of the control socket sends, the other understands."""

from __future__ import annotations

import os
import socket
from array import array

import pytest

from grader.inside import orders


@pytest.fixture
def control():
    """Both ends of a control socket: ours and the warm process's."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ends[0], ends[1]:
        yield ends


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for descriptor in ends:
        os.close(descriptor)


def test_an_order_brings_its_two_descriptors(control, pipe):
    ours, theirs = control
    orders.order(ours, 2**40, *pipe)
    number, *received = orders.next_order(theirs)
    assert number == 2**40
    assert [os.fstat(each).st_ino for each in received] == [os.fstat(each).st_ino for each in pipe]
    for descriptor in received:
        os.close(descriptor)


def test_a_child_that_is_there_comes_with_its_handle(control):
    ours, theirs = control
    pidfd = os.pidfd_open(os.getpid())
    orders.tell_spawned(theirs, 7, pidfd)
    os.close(pidfd)
    answer = orders.next_answer(ours)
    assert answer.number == 7
    os.close(answer.pidfd)


def test_a_child_that_has_ended_says_how(control):
    ours, theirs = control
    exited = orders.Exited(7, -9, 0.25, 31.5)
    orders.tell_exited(theirs, exited)
    assert orders.next_answer(ours) == exited


@pytest.mark.parametrize("pages", [[], [0], [5, 2**40]])
def test_the_pages_that_children_write_to_come_through(control, pages):
    ours, theirs = control
    orders.tell_hot_pages(ours, array("Q", pages))
    assert list(orders.hot_pages(theirs)) == pages


def test_of_more_pages_than_fit_the_first_come_through(control):
    ours, theirs = control
    orders.tell_hot_pages(ours, array("Q", range(50_000)))
    told = list(orders.hot_pages(theirs))
    assert told == list(range(len(told)))
    assert 10_000 < len(told) < 50_000


def test_the_end_of_the_other_side_is_no_message(control):
    ours, theirs = control
    theirs.shutdown(socket.SHUT_RDWR)
    assert orders.next_answer(ours) is None
    assert orders.next_order(theirs) is None
    assert orders.hot_pages(theirs) is None


@pytest.mark.parametrize("data", [b"x", b"x" * 29, bytes(29), b"x" * 64])
def test_what_is_no_answer_is_refused(control, data):
    ours, theirs = control
    theirs.send(data)
    with pytest.raises(ValueError, match="no answer"):
        orders.next_answer(ours)
