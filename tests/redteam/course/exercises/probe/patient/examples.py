"""The public check of the course under attack."""

import numpy as np

from grader.checks import check, matches


@check(points=0)
def knows_the_example(student, reference, rng):
    """[0, 1, 2] becomes [1, 4, 7]"""
    matches(student.scale(np.arange(3.0)), np.array([1.0, 4.0, 7.0]))
