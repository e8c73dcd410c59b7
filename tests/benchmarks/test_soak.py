"""The soak: what it counts of a process, and that it grades every kind of submission."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks.soak import Footprint, descendants, footprint, growth, soak


def test_it_counts_a_descriptor_that_stays_open():
    before = footprint(os.getpid())
    left_open = os.open(os.devnull, os.O_RDONLY)
    after = footprint(os.getpid())
    os.close(left_open)
    assert after.descriptors == before.descriptors + 1


def test_it_counts_a_process_that_stays():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in descendants(os.getpid())
        child.communicate(b"\n")
    assert child.pid not in descendants(os.getpid())


def test_growth_is_between_the_medians_of_the_first_and_the_last():
    footprints = [Footprint(10, 5, 1), Footprint(90, 5, 1), Footprint(10, 5, 1)]
    footprints += [Footprint(50, 5, 2), Footprint(14, 6, 2), Footprint(14, 6, 2), Footprint(14, 6, 2)]
    assert growth(footprints, 3) == {
        "memory_mb": {"first": 10, "last": 14, "growth": 4},
        "descriptors": {"first": 5, "last": 6, "growth": 1},
        "processes": {"first": 1, "last": 2, "growth": 1},
    }


@pytest.mark.slow
def test_a_short_soak_grades_every_kind_and_leaves_nothing_behind():
    document = soak(10)
    assert document["statuses"] == {"passed": 2, "failed": 4, "timeout": 2, "crashed": 2}
    assert document["same_warm_process"]
    for process in ("worker", "warm"):
        assert document[process]["descriptors"]["growth"] == 0
        assert document[process]["processes"]["growth"] == 0
