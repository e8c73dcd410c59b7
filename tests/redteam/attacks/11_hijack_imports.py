"""Puts fakes of the runner's own modules in place: the codec, json, struct, and a finder that serves more."""

import importlib.abc
import types

import grader.wire
from grader.inside import runner

right = grader.wire.encode(["done", [[1, np.ones(7), None]], None])
if VARIANT == 0:
    for name in ("json", "struct", "pickle", "time", "traceback", "unittest", "pytest", "reference", "solution"):
        sys.modules[name] = types.SimpleNamespace(
            dumps=lambda *_, **__: '{"status": "passed"}', scale=lambda x: x, pack=lambda *_: b"", __spec__=None
        )
elif VARIANT == 1:
    runner.encode = grader.wire.encode = lambda value: right
elif VARIANT == 2:
    runner.frame = grader.wire.frame = lambda payload: b"\x00\x00\x00\x01\xc3"
else:

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            sys.modules[name] = types.ModuleType(name)
            return sys.modules[name].__spec__

    sys.meta_path.insert(0, Finder())
    sys.path.insert(0, "/tmp")
    runner._Runner.answer = lambda self, message: ["done", [[1, np.ones(7), None]], None]


def scale(x):
    return x
