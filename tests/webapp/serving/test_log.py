"""Lines from pieces, a descriptor that is slow, a file that is full."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from webapp.serving.log import LONGEST_LINE, LogFile, Outlet, Splitter


def test_pieces_become_lines():
    splitter = Splitter()
    assert splitter.feed(b"on") == []
    assert splitter.feed(b"e\r\n\ntwo\nthr") == ["one", "", "two"]
    assert splitter.close() == ["thr"]
    assert splitter.close() == []


def test_a_line_without_end_is_cut():
    splitter = Splitter()
    assert [len(line) for line in splitter.feed(b"x" * (LONGEST_LINE + 1))] == [LONGEST_LINE + 1]
    assert splitter.feed(b"y\n") == ["y"]


def test_what_is_no_text_and_what_steers_a_terminal_is_replaced():
    assert Splitter().feed(b"\xff \x1b[2J \x9b caf\xc3\xa9\ttab\n") == ["� �[2J � café\ttab"]


def test_lines_that_a_descriptor_cannot_take_are_counted():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    outlet = Outlet(writer)
    for _ in range(10_000):
        outlet.put("x" * 99)
    assert outlet.waiting
    received = b""
    while outlet.waiting:
        outlet.write()
        received += os.read(reader, 65536)
    outlet.put("at last")
    outlet.write()
    told = os.read(reader, 65536).decode().splitlines()
    lost = 10_000 - received.count(b"\n")
    assert lost > 0
    assert told == [f"... {lost} lines are left out here; the log files have them", "at last"]
    os.close(reader)
    os.close(writer)


def test_a_descriptor_that_is_full_keeps_its_lines_waiting():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    while select.select([], [writer], [], 0)[1]:
        os.write(writer, b"x" * 4096)
    outlet = Outlet(writer)
    outlet.put("patience")
    outlet.write()
    assert outlet.waiting
    os.close(reader)
    os.close(writer)


def test_a_descriptor_that_is_closed_gets_nothing_more():
    reader, writer = os.pipe()
    os.close(reader)
    outlet = Outlet(writer)
    outlet.put("anyone there")
    outlet.write()
    outlet.put("hello")
    assert not outlet.waiting
    os.close(writer)


def test_a_file_that_is_full_says_so():
    file = LogFile(Path("/dev/full"), 1000)
    with pytest.raises(OSError, match="No space left"):
        file.write("line")
    with pytest.raises(OSError, match="No space left"):
        file.close()
