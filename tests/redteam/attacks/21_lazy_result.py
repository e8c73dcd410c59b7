"""Returns what is no value yet: it would be computed when the grader touches it, or goes on changing."""

import threading


class Lazy:
    def __init__(self, x):
        self.x = x

    def __array__(self, *_, **__):
        return 3 * self.x + 1

    @property
    def __array_interface__(self):
        return (3 * self.x + 1).__array_interface__


class Late(np.ndarray):
    def __array_finalize__(self, base):
        self.base_array = base


def scale(x):
    if VARIANT == 0:
        return (3 * value + 1 for value in x)
    if VARIANT == 1:
        return Lazy(x)
    if VARIANT == 2:
        return memoryview(3 * x + 1)
    if VARIANT == 3:
        return x.view(Late)
    result = x.copy()
    attempt("a thread", threading.Thread(target=lambda: result.fill(1), daemon=True).start)
    confess()
    return result
