"""Returns what breaks converters: endless nesting, lists that hold themselves, objects that lie about their length."""


class Endless:
    __len__ = lambda self: 2**40
    __getitem__ = lambda self, key: self
    __iter__ = lambda self: iter([self])


class Sly(list):
    __len__ = lambda self: 2**31
    __iter__ = lambda self: iter([1.0] * 10)


class Keys(dict):
    items = lambda self: [("a", np.ones(7))] * 100
    __iter__ = lambda self: iter(["a"])


def scale(x):
    if VARIANT == 0:
        nested = []
        for _ in range(100_000):
            nested = [nested]
        return nested
    if VARIANT == 1:
        own = []
        own.append(own)
        return own
    if VARIANT == 2:
        return {2**61 * number: x for number in range(1000)}
    return (Endless, Sly, Keys)[VARIANT - 3]()
