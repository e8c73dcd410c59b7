"""Ctrl-C: what is started is spared it, and it reaches us all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from grader import interrupts


def test_it_reaches_us_once_what_had_to_be_started_is():
    done = []

    def start():
        with interrupts.left_to_this_process():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("to the end")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["to the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_started_never_sees_it():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('still here')"
    with interrupts.left_to_this_process():
        spared = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert spared.communicate(timeout=30)[0] == b"still here\n"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=30).returncode != 0


def test_where_it_is_ignored_already_it_stays_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.left_to_this_process():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
