"""Ctrl-C: what is started is spared it, and it reaches us all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from grader import interrupts


def test_it_reaches_us_once_what_had_to_be_started_is():
    """In a process of its own: where there are other threads, one of them may take the signal, and late."""
    code = """
import os, signal
from grader import interrupts

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with interrupts.left_to_this_process():
        os.kill(os.getpid(), signal.SIGINT)
        print("to the end")
except KeyboardInterrupt:
    print("then it comes", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "to the end\nthen it comes True\n"


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
