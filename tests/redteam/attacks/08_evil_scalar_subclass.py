"""Returns numbers, lists and strings whose arithmetic hides the error."""


def lying(base):
    def zero(self, *_):
        return 0

    def yes(self, *_):
        return True

    names = ("__sub__", "__rsub__", "__abs__", "__add__", "__radd__", "__float__")
    body = {**dict.fromkeys(names, zero), **dict.fromkeys(("__eq__", "__lt__", "__le__", "__iter__"), yes)}
    body["__hash__"] = base.__hash__ or (lambda self: 0)
    return type("Evil", (base,), body)


BASES = ((np.float64, 1.0), (float, 1.0), (int, 1), (list, [1.0]), (str, "1.0"))


def scale(x):
    base, value = BASES[VARIANT]
    return lying(base)(value)
