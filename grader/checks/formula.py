"""A function that a check gives to the student, as an expression: so that a failed check can show it."""

from __future__ import annotations

from typing import Any

import numpy as np


class Formula:
    """The function x -> expression, for arrays x of one shape; `values` are the names in it besides x and np.

    Calling it with another shape raises ValueError, whose text reaches the student's code.
    """

    def __init__(self, expression: str, shape: tuple[int, ...], values: dict[str, Any]) -> None:
        self.expression, self.shape, self.values = expression, shape, values
        self._code = compile(expression, "<formula>", "eval")

    def __call__(self, x: Any) -> float:
        if not _is_numeric(x):
            raise ValueError(
                f"f takes numbers, a whole array of shape {self.shape}: hand it a copy of x, slightly moved"
            )
        if np.shape(x) != self.shape:
            raise ValueError(
                f"f takes a whole array of shape {self.shape}, got shape {np.shape(x)}: "
                "hand it a copy of x in which one element has moved"
            )
        if np.iscomplexobj(x):
            raise ValueError("f takes real numbers, got complex ones: a step along the imaginary axis is no difference")
        return float(eval(self._code, {"np": np, "x": np.asarray(x, dtype=np.float64), **self.values}))


def _is_numeric(x: Any) -> bool:
    """Whether it is of numbers throughout; of texts, NumPy would make an array as wide as the longest."""
    if isinstance(x, (list, tuple)):
        return all(_is_numeric(item) for item in x)
    return isinstance(x, (np.ndarray, np.generic, int, float, complex))


def formula(expression: str, shape: tuple[int, ...], **values: Any) -> Formula:
    """The scalar function of an array x that the expression says, for whole arrays of this shape.

    `formula("np.sum(a * x**2)", (3,), a=a)` can be given to a student's function; it is called back across the wall,
    and a failed check's reproducer shows it as it stands here. Raises SyntaxError for what is no expression.
    """
    return Formula(expression, shape, values)
