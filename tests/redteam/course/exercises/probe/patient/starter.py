"""Three times x, and one."""


def scale(x):
    """x : array of any shape, float64. Returns 3 x + 1, of the same shape."""
    raise NotImplementedError("scale")
