"""The progress bar: on a terminal alone, once it has taken a second, even where that second is a single step."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import sys
import threading
import time

import pytest

from grader.cli import common
from grader.cli.common import progress_bar


class Screen:
    """A terminal, and all that was written to it."""

    def __init__(self):
        self.far, self.near = pty.openpty()
        self._seen = bytearray()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self):
        try:
            while data := os.read(self.far, 1 << 16):
                self._seen += data
        except OSError:
            return  # the other end is closed

    def text(self):
        """What was written so far."""
        return self._seen.decode()

    def wait_for(self, text):
        """Waits until this has been written, at most ten seconds."""
        deadline = time.monotonic() + 10
        while text not in self.text() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert text in self.text()

    def close(self):
        """Waits for the rest."""
        os.close(self.near)
        self._reading.join(timeout=5)
        os.close(self.far)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """A terminal of a usual kind, and little patience."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(common, "BAR_AFTER_S", 0.05)


@contextlib.contextmanager
def on_a_terminal():
    """Standard error is a terminal inside the block."""
    screen = Screen()
    with os.fdopen(os.dup(screen.near), "w") as stream, contextlib.redirect_stderr(stream):
        yield screen
    screen.close()


@pytest.mark.parametrize("total", [1, 3, None])
def test_one_long_step_is_enough(total):
    with on_a_terminal() as screen, progress_bar("thinking", total):
        screen.wait_for("thinking")
    assert "\x1b[2K" in screen.text()  # the bar's line was erased


def test_nothing_is_shown_of_what_is_quick(monkeypatch):
    monkeypatch.setattr(common, "BAR_AFTER_S", 60.0)
    with on_a_terminal() as screen, progress_bar("thinking", 2) as advance:
        advance()
    assert screen.text() == ""


def test_it_moves_and_with_the_last_step_it_is_gone():
    with on_a_terminal() as screen, progress_bar("thinking", 2) as advance:
        screen.wait_for("thinking")
        advance("first [b]")
        screen.wait_for("first [b]")
        advance("last")
        sys.stderr.write("THE RESULT")
    assert screen.text().endswith("THE RESULT")
    assert "\x1b[2K" in screen.text()  # the bar's line was erased


def test_a_step_that_ends_before_the_bar_comes_keeps_it_away(monkeypatch):
    monkeypatch.setattr(common, "BAR_AFTER_S", 0.2)
    with on_a_terminal() as screen, progress_bar("thinking", 1) as advance:
        advance()
        time.sleep(0.4)
    assert screen.text() == ""


def test_it_is_quiet_when_it_is_told_to():
    with on_a_terminal() as screen, progress_bar("thinking", 1, quiet=True):
        time.sleep(0.4)
    assert screen.text() == ""


def test_a_pipe_gets_nothing():
    with contextlib.redirect_stderr(io.StringIO()) as pipe, progress_bar("thinking", 1):
        time.sleep(0.4)
    assert pipe.getvalue() == ""


def test_a_result_in_a_pipe_stays_there():
    with contextlib.redirect_stdout(io.StringIO()) as pipe, on_a_terminal() as screen, progress_bar("thinking", 2):
        screen.wait_for("thinking")
        print("THE RESULT")
    assert pipe.getvalue() == "THE RESULT\n"
    assert "THE RESULT" not in screen.text()


def test_a_name_cannot_paint_the_terminal():
    with on_a_terminal() as screen, progress_bar("thinking", 3) as advance:
        screen.wait_for("thinking")
        advance("\x1b[31mred")
        screen.wait_for("red")
    assert "\x1b[31mred" not in screen.text()


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [False, True])
def test_a_check_of_one_slow_file_shows_it_and_its_report_stays_whole(program, folder, bare, as_json):
    (folder / "slow.py").write_text(
        "import time\ntime.sleep(1)\ndef scale(x, factor=2.0):\n    time.sleep(1)\n    print('hello')\n    return x\n"
    )
    screen = Screen()
    options = ["--json"] * as_json
    done = program("check", "slow.py", "-e", "scale", *options, stderr=screen.near, CHAINRULE_COURSE=str(bare))
    screen.close()
    assert done.returncode == 1
    assert "hello" in screen.text()
    assert ("checking" in screen.text()) == (not as_json)
    if as_json:
        assert json.loads(done.stdout)["status"] == "failed"
    else:
        assert "Not yet right." in done.stdout
