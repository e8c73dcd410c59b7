"""The hidden checks: each asks for values alone, so that a wrong answer earns nothing at all."""

from grader.checks import check, matches

CANARY = "RT-CANARY-5e1f0a77c0de0002"


@check(points=2)
def scales_a_vector(student, reference, rng):
    """A vector comes back three times as long, plus one"""
    x = rng.normal(size=7)
    matches(student.scale(x), reference.scale(x))


@check(points=2)
def scales_a_matrix(student, reference, rng):
    """A matrix keeps its shape, and the difference of two results is right"""
    x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    matches(student.scale(x) - student.scale(y), reference.scale(x) - reference.scale(y))
    matches(student.scale(x), reference.scale(x))


@check(points=2)
def scales_many_at_once(student, reference, rng):
    """Several calls in one go are all right"""
    inputs = [rng.normal(size=(2, 3)) for _ in range(3)]
    with student.batch():
        results = [student.scale(x) for x in inputs]
    for x, result in zip(inputs, results, strict=True):
        matches(result.value, reference.scale(x))
