"""A mistake for the diagnosis to try."""

CANARY = "RT-CANARY-5e1f0a77c0de0003"


class forgets_the_one:
    """Your result lacks the one

    Add 1 after the multiplication.
    """

    def scale(x):
        return 3 * x
