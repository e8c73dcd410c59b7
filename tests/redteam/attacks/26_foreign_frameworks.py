"""Lets a finished library do the exercise."""

import importlib

for name in (
    "torch", "tensorflow", "jax", "scipy", "sklearn", "numba", "cupy", "sympy", "pandas", "onnxruntime", "autograd",
    "pip", "setuptools", "msgpack", "click", "rich", "pytest", "hypothesis", "ensurepip.__main__", "test.support",
    "idlelib.help", "tkinter.ttk", "lib2to3.main",
):  # fmt: skip
    attempt(f"import {name}", importlib.import_module, name)
