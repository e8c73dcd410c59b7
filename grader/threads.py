"""How many threads arithmetic may use: one, here as in the sandbox."""

from __future__ import annotations

import os


def compute_in_one_thread() -> None:
    """Keeps BLAS to one thread, in this process if NumPy is not imported yet, and in every process that it will start.

    A course's arrays are small: more threads wait for each other for longer than they compute, above all where a grader
    runs on each processor. Where the environment names another number, that holds.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
