"""A grader as many are: the checks and the student's file in one process. It is here to be fooled, and grades nobody.

`python weak_grader.py SUBMISSION COMPARISON`, with the folder of the solution on the import path.
"""

import pickle
import sys
import traceback
import unittest
from pathlib import Path

import numpy as np
import solution

TOLERANCE = 1e-6


def allclose(got, expected):
    return np.allclose(got, expected)


def equals(got, expected):
    return bool(np.all(got == expected))


def difference(got, expected):
    return not np.any(np.abs(got - expected) > TOLERANCE)


def scalar(got, expected):
    return abs(got - expected.flat[0]) < TOLERANCE


def one_by_one(got, expected):
    return all(abs(a - b) < TOLERANCE for a, b in zip(np.ravel(got), np.ravel(expected), strict=False))


def unpickles(got, expected):
    return allclose(pickle.loads(pickle.dumps(got)), expected)


def with_unittest(got, expected):
    holds = unittest.TestCase().assertTrue
    try:
        holds(np.allclose(got, expected))
    except AssertionError:
        return False
    return True


def main(path, comparison):
    np.random.seed(1)
    namespace = {"__name__": "submission"}
    exec(compile(Path(path).read_text(), path, "exec"), namespace)
    right = 0
    for shape in ((7,), (4, 3), (2, 3)):
        x = np.random.normal(size=shape)
        if comparison == "reference_last":
            got = namespace["scale"](x)
            expected = solution.scale(x)
        else:
            expected = solution.scale(x)
            got = namespace["scale"](x)
        right += bool(globals().get(comparison, allclose)(got, expected))
    import json  # as late as many do

    print(json.dumps({"passed": right == 3}), flush=True)
    sys.exit(right != 3)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception:
        traceback.print_exc()
        sys.exit(1)
