"""Which pages of the warm process's memory its children write to, seen from outside (`grader.inside.pages` says what for).

The kernel tells of each page of a process whether another has it, too (Linux, admin-guide/mm/pagemap.rst). What a child
has alone, and the warm process has as well, the child has written to. To look leaves no trace in the child.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from grader.inside.pages import PAGE

_PRESENT, _OF_A_FILE, _ALONE = (np.uint64(1 << bit) for bit in (63, 61, 56))
_ENTRY_BYTES: Final = 8


def written_by(child: int) -> np.ndarray:
    """The numbers of the pages that a child, given by its process number, has written to, of those of its parent's.

    Ascending, uint64 of shape (n,). Raises OSError where the kernel does not let this user look.
    """
    parent = next(
        int(line.split()[1])
        for line in Path(f"/proc/{child}/status").read_text().splitlines()
        if line.startswith("PPid")
    )
    ours, theirs = _pages(child), _pages(parent)
    alone = ours[0][ours[1] & _ALONE != 0]
    return np.intersect1d(alone, theirs[0], assume_unique=True)


def of_most(found: Sequence[np.ndarray]) -> array[int]:
    """The numbers that are in more than half of these arrays."""
    numbers, often = np.unique(np.concatenate(found), return_counts=True)
    return array("Q", numbers[2 * often > len(found)].tobytes())


def _pages(process: int) -> tuple[np.ndarray, np.ndarray]:
    """The pages that a process has in memory of its own that it may write to: their numbers and the kernel's entries."""
    numbers, entries = [], []
    pagemap = os.open(f"/proc/{process}/pagemap", os.O_RDONLY)
    try:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, mode = line.split()[:2]
            if mode == "rw-p":
                first, end = (int(address, 16) // PAGE for address in span.split("-"))
                told = os.pread(pagemap, _ENTRY_BYTES * (end - first), _ENTRY_BYTES * first)
                entries.append(np.frombuffer(told, "<u8"))
                numbers.append(np.arange(first, first + len(entries[-1]), dtype=np.uint64))
    finally:
        os.close(pagemap)
    number, entry = np.concatenate(numbers), np.concatenate(entries)
    there = (entry & (_PRESENT | _OF_A_FILE)) == _PRESENT
    return number[there], entry[there]
