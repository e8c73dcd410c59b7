"""A right answer written otherwise."""

CANARY = "RT-CANARY-5e1f0a77c0de0004"


class adds_first:
    """Multiplies x + 1/3."""

    def scale(x):
        return (x + 1 / 3) * 3
