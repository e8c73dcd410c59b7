"""Is not what the runner expects."""

import functools
import inspect


class Hostile:
    @property
    def __signature__(self):
        raise SystemExit("no signature")

    def __call__(self, x):
        return x


class Bound(inspect.Signature):
    def bind(self, *_, **__):
        raise KeyboardInterrupt


if VARIANT == 0:
    del scale
elif VARIANT == 1:
    scale = np.ones(7)
elif VARIANT == 2:

    class scale:
        def __init__(self, x):
            self.x = x

elif VARIANT == 3:
    del scale

    def __getattr__(name):
        raise SystemExit(name)

elif VARIANT == 4:

    def scale(a, b, c):
        return a

elif VARIANT == 5:

    async def scale(x):
        return x

elif VARIANT == 6:

    def scale(x):
        yield x

elif VARIANT == 7:
    scale = print
elif VARIANT == 8:
    scale = Hostile()
elif VARIANT == 9:

    def scale(x):
        return x

    scale.__signature__ = Bound()
elif VARIANT == 10:
    scale = functools.partial(lambda a, x: x, 1)
elif VARIANT == 11:

    def scale(*, x):
        return x

elif VARIANT == 12:
    sys.modules["submission"] = None
    sys.modules.pop("grader.wire.codec")
elif VARIANT == 13:
    scale = type("Odd", (), {"__call__": lambda self, x: x, "__getattr__": lambda self, name: self})()
elif VARIANT == 14:
    __builtins__["getattr"] = lambda *_: exit()
elif VARIANT == 15:
    raise ImportError("RT: this file does not import", name="x" * 10**6)
