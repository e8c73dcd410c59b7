"""Stands before every attack: how they note what they got hold of, and the wrong answer that they give otherwise."""

import os
import re
import sys

import numpy as np

VARIANT = 0
CANARY = re.compile("RT-" + "CANARY-[0-9a-f]{16}")
found = sys.rt_found = getattr(sys, "rt_found", [])  # the file is imported anew for each check


def got(what):
    """Notes something that should have been out of reach."""
    found.append(str(what)[:120])


def look(data, where):
    """Notes a canary in a text or in bytes."""
    text = bytes(data).decode("latin-1") if isinstance(data, (bytes, bytearray, memoryview)) else str(data)
    hit = CANARY.search(text)
    if hit:
        got(f"{where}: {hit[0]}")


def attempt(what, action, *arguments):
    """Does what must be refused; notes it when it is not."""
    try:
        result = action(*arguments)
    except Exception:
        return None
    got(what)
    return result


def syscall(number, *arguments):
    """A raw system call. Raises OSError where the kernel refuses."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(number, *arguments)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def confess():
    """Tells what was found, in the one place that a student gets to see."""
    if found:
        raise RuntimeError("RT-" + "ESCAPE " + "; ".join(found))


def scale(x):
    """What most attacks answer."""
    confess()
    return x


PLACES = (
    "/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/run", "/home", "/root", "/etc", "/proc", "/site", "/site/grader",
    "/site/grader/inside", "/site/numpy", "/python", "/python/bin", "/python/lib", "/python/lib/python3.11", ".",
    "/python/lib/python3.11/site-packages", "/autograder", "/grade", "/results", "/output", os.path.expanduser("~"),
)  # fmt: skip
