"""Recurses until the stack ends, in Python and in C."""

import copy
import json
import pickle
import re

sys.setrecursionlimit(2**31 - 1)


def nest(depth=10**6):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def deep(x):
    return deep(x)


class Loop:
    def __repr__(self):
        return repr([self])


def scale(x):
    if VARIANT == 0:
        return deep(x)
    if VARIANT == 1:
        return repr(nest())
    if VARIANT == 2:
        return pickle.dumps(nest())
    if VARIANT == 3:
        return json.dumps(nest())
    if VARIANT == 4:
        return repr(Loop())
    if VARIANT == 5:
        return nest() == nest()
    if VARIANT == 6:
        return re.compile("(" * 5000 + ")" * 5000)
    return copy.deepcopy(nest())
