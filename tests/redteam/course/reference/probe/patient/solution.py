"""The right answer, with a canary beside it."""

CANARY = "RT-CANARY-5e1f0a77c0de0001"


def scale(x):
    return 3 * x + 1
