"""From what a student sends to the source that is graded: a Python file as it is, or a notebook's code cells."""

from __future__ import annotations

import re

from grader.notebooks import python_in
from grader.source import UnreadableSource, read_source
from webapp.problems import Invalid


def source_of(data: bytes, filename: str) -> bytes:
    """The Python source in what was sent. Raises Invalid, with what is wrong and the way out."""
    try:
        source = python_in(data, filename)
        read_source(source)
    except UnreadableSource as error:
        raise Invalid("That cannot be handed in", str(error)) from error
    return source


def module_name(filename: str, exercise: str) -> str:
    """The name under which a source is kept: the student's own where it is a Python file's, or the exercise's."""
    base = re.split(r"[/\\]", filename)[-1]
    stem = base.removesuffix(".ipynb").removesuffix(".py")
    return f"{stem}.py" if stem.isidentifier() and len(stem) <= 100 else f"{exercise}.py"
