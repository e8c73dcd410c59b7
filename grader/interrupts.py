"""Ctrl-C, which a terminal sends to every process of a command: one of them decides, and ends the others."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_to_this_process() -> Iterator[None]:
    """What is started meanwhile never sees a Ctrl-C, not even while it starts; one that comes reaches us afterwards.

    On Windows, which can block no signal, it takes a process group of its own besides.
    """
    handler = signal.getsignal(signal.SIGINT)
    waits = callable(handler) and threading.current_thread() is threading.main_thread()
    came: list[int] = []
    with _blocked():
        if waits:  # another thread of ours may be told of it, whatever this one blocks
            signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
        try:
            yield
        finally:
            if waits:
                signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def _blocked() -> Iterator[None]:
    """In this thread, and in the processes that it starts, for ever."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore() -> None:
    """Ignores it in this process, which the one that started it will end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
