"""What is taken of a notebook."""

from __future__ import annotations

import ast
import json
import random
import time

import pytest

from grader.notebooks import code_of, python_in, python_of, where_lines_are
from grader.report import CheckResult, Report, StudentLine
from grader.source import MAX_SOURCE_BYTES, UnreadableSource


def notebook(*cells: str | list[str]) -> bytes:
    """A notebook with these code cells."""
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4}).encode()


UNTOUCHED = {
    "a remainder on a continued line": "x = (7\n     % 2)\n",
    "a remainder behind a backslash": "x = 7 \\\n  % 2\n",
    "a docstring about magics": 'def f():\n    """Run\n    %timeit f()\n    !ls\n?\n    """\n',
    "a text in single quotes": "s = '''\n%d\n!\n'''\n",
    "a text continued by a backslash": "s = 'a\\\n%b'\n",
    "an escaped quote": 's = "\\""\nt = (1,\n  5 % 2)\n',
    "a raw text": "s = r'\\\\'\nt = [1\n % 1]\n",
    "a quote in a comment": "# it's\nx = {1:\n  2 % 2}\n",
    "a remainder and an inequality behind a name": "x = 7 % 2\nx == 1 != 2\n",
    "a bracket in a text": "s = '('\nx = 1\n",
    "a bracket in a comment": "# (\nx = 1\n",
    "other ends of lines in a text": "s = 'a\u2028%b\x0c!'\n",
}


@pytest.mark.parametrize("cell", UNTOUCHED.values(), ids=UNTOUCHED)
def test_python_stays_as_it_is(cell: str) -> None:
    ast.parse(cell)
    assert python_of(cell) == cell


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("!pip install \\\n  numpy\nx = 1", "pass  # !pip install \\\n#   numpy\nx = 1"),
        ("if x:\n    %time f(\ny = 1", "if x:\n    pass  # %time f(\ny = 1"),
        ("np.sum?\nx??\n?x", "pass  # np.sum?\npass  # x??\npass  # ?x"),
        ("files = !ls\nprint(files)", "files = None  # !ls\nprint(files)"),
        ("if x:\n  self.t = %timeit -o f(\ny = 1", "if x:\n  self.t = None  # %timeit -o f(\ny = 1"),
        ("!echo it's\n%cd ..", "pass  # !echo it's\npass  # %cd .."),
        ('"""A\n%b\n"""\n%c', '"""A\n%b\n"""\npass  # %c'),
        ("f(1,\n  2)\n%c", "f(1,\n  2)\npass  # %c"),
        ("x = 1\n%%time", "x = 1\npass  # %%time"),
    ],
)
def test_a_line_of_ipython_s_becomes_a_comment(cell: str, python: str) -> None:
    assert python_of(cell) == python


@pytest.mark.parametrize(
    "magic", ["%%time", "%%timeit -n 1", "%%capture out", "%%prun", "\n\n%%time", "%%capture\n%%time"]
)
def test_a_cell_that_is_measured_or_silenced_keeps_its_python(magic: str) -> None:
    python = python_of(f"{magic}\ndef f(x):\n    return x % 2\n")
    assert python == magic.replace("%%", "# %%") + "\ndef f(x):\n    return x % 2\n"


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%writefile adam.py", "%%", "%%timeless"])
def test_a_cell_in_another_language_becomes_a_comment(magic: str) -> None:
    assert python_of(f"{magic}\nrm -r x\n\n( '") == f"# {magic}\n# rm -r x\n# \n# ( '"


def test_cells_are_joined_and_begin_afresh() -> None:
    assert code_of(notebook(["x = (1\n", ""], "%cd\r\ny = 2")) == b"x = (1\n\n\n\npass  # %cd\ny = 2"


def test_a_file_is_a_notebook_by_its_name() -> None:
    data = notebook("x = 1")
    assert python_in(data, "Adam.IPYNB") == b"x = 1"
    assert python_in(data, "adam.py") == data


def test_the_lines_that_a_report_names_are_told_as_those_of_cells() -> None:
    data = notebook("import numpy as np\n", ["%cd\n", "\n", "def f(x):\n", "    return y"], "f(1)")
    assert code_of(data).splitlines()[7] == b"    return y"
    raised = CheckResult("a", "A", False, 0, 1, message="f raised E in line 8", trace=[StudentLine(10, "g", "")])
    lines = where_lines_are(Report("e", "0", "failed", 0, 1, 1, [raised], "in line 1, line 3, line 99"), data)
    assert lines == ["line 1 is line 1 of code cell 1", "line 8 is line 4 of code cell 2"]
    lines = where_lines_are(Report("e", "0", "failed", 0, 1, 1, [], "in line 11"), data)
    assert lines == ["line 11 is line 1 of code cell 3"]


def test_half_a_character_is_told_with_its_line() -> None:
    with pytest.raises(UnreadableSource, match=r"Line 5 of the notebook's code holds half a character \(U\+D83D\)"):
        code_of(notebook("x = 1", "\ns = '\ud83d'"))


@pytest.mark.parametrize(
    "piece", ['"', '"\\\n', '"""\\"', "'''", "(\n", "\\", "\\\n", "%\\\n", "?\n", "a?", "%%time\n", "%%\n"]
)
def test_hostile_text_takes_no_more_time_than_other_text(piece: str) -> None:
    started = time.process_time()
    code_of(notebook(piece * (MAX_SOURCE_BYTES // len(piece))))
    assert time.process_time() - started < 2


def test_every_text_is_taken_without_an_error_and_keeps_its_lines() -> None:
    rng = random.Random(7)
    for _ in range(3000):
        cell = "".join(rng.choice("\"'\\\n()[{}]#%!? \tab.") for _ in range(rng.randrange(30)))
        assert python_of(cell).count("\n") == cell.count("\n")
