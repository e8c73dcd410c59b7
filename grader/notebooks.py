"""From a Jupyter notebook to the Python in its code cells: a pure function on text that anybody may have sent.

IPython's own lines become comments: magics (`%matplotlib inline`), shell commands (`!ls`), questions (`np.sum?`). A name
that one of them would have set (`files = !ls`) is set to None. They are looked for only where a statement can begin, so
that strings and continued lines, in which a `%` means what it says, stay as they are. Nothing is parsed as Python here,
and one pass over the text is all it takes.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from grader.report import Report
from grader.source import MAX_SOURCE_BYTES, UnreadableSource, read_source, size_of

MAX_NOTEBOOK_BYTES: Final = 4 * 2**20
_WRAPPERS: Final = ("time", "timeit", "capture", "prun", "memit")
"""Cell magics that run the cell as Python; what follows all others is of another language."""

_CELL_MAGIC: Final = re.compile(r"\s*%%(\w*)[^\n]*")
_FOREIGN: Final = re.compile(
    r"""
    (?P<before> [ \t]*)
    (?:
      (?P<target> [\w.]+ [ \t]* = [ \t]*) (?P<value> [%!] (?:\\\n|[^\n])*)
      | (?P<line> [%!?] (?:\\\n|[^\n])* | [\w.]+ \?{1,2} [ \t]* (?=\n|\Z))
    )
    """,
    re.VERBOSE,
)
"""A line of IPython's, to its end; the system's shell continues one behind a backslash."""
_PIECE: Final = re.compile(
    r"""
    (?P<end>\n)
    | (?P<opens>[(\[{])
    | (?P<closes>[)\]}])
    | \#[^\n]*
    | \"{3}(?:[^"\\]|\\[\s\S]|"(?!""))*(?:\"{3})?
    | '{3}(?:[^'\\]|\\[\s\S]|'(?!''))*(?:'{3})?
    | "(?:[^"\\\n]|\\[\s\S])*"?
    | '(?:[^'\\\n]|\\[\s\S])*'?
    | \\\n
    | [^\n()\[\]{}#"'\\]+
    | \\
    """,
    re.VERBOSE,
)
"""What Python's lines are made of, as far as one must know to see where a statement begins; it fits every text."""


_BETWEEN: Final = "\n\n\n"
_LINE: Final = re.compile(r"\bline (\d{1,6})\b")


def is_notebook(filename: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return filename.lower().endswith(".ipynb")


def python_in(data: bytes, filename: str) -> bytes:
    """The Python in a file: a notebook's code cells, or all of it. Raises UnreadableSource."""
    return code_of(data) if is_notebook(filename) else data


def read_submitted(data: bytes, filename: str) -> str:
    """The text that is graded of a file, which may be a notebook. Raises UnreadableSource."""
    return read_source(python_in(data, filename))


def where_lines_are(report: Report, data: bytes) -> list[str]:
    """In which code cell of the notebook each line is that its report names, in words. Raises UnreadableSource."""
    told = [report.message, *(check.message for check in report.checks)]
    lines = {int(number) for text in told for number in _LINE.findall(text)}
    lines |= {step.line for check in report.checks for step in check.trace}
    places = []
    first = 1
    for number, cell in enumerate(_cells_of(data), 1):
        last = first + cell.count("\n")
        places += [
            f"line {line} is line {line - first + 1} of code cell {number}"
            for line in sorted(lines)
            if first <= line <= last
        ]
        first = last + len(_BETWEEN)
    return places


def code_of(data: bytes) -> bytes:
    """The Python source in a notebook. Raises UnreadableSource, with what is wrong and the way out."""
    cells = _cells_of(data)
    if sum(map(len, cells)) <= MAX_SOURCE_BYTES:  # one that is longer is refused as it is
        cells = [python_of(cell) for cell in cells]
    return _encoded(_BETWEEN.join(cells))


def _cells_of(data: bytes) -> list[str]:
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise UnreadableSource(
            f"The notebook has {size_of(data)} bytes; at most {MAX_NOTEBOOK_BYTES:,} are accepted. "
            "Clear its outputs, save it, and send it again."
        )
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(
            f"The notebook is not JSON ({error}). Save it again in Jupyter, or send a .py file."
        ) from None
    cells = _code_cells(notebook)
    if not cells:
        raise UnreadableSource("The notebook has no code cell. Put your functions into code cells, or send a .py file.")
    return cells


def python_of(cell: str) -> str:
    """A code cell as Python, line for line: the lines that only IPython understands are comments in it."""
    head = _CELL_MAGIC.match(cell)
    body = 0
    while head:
        if head[1] not in _WRAPPERS:
            return "\n".join(f"# {line}" for line in cell.split("\n"))
        body = head.end()
        head = _CELL_MAGIC.match(cell, body)
    return cell[:body].replace("%%", "# %%") + _without_foreign_lines(cell[body:])


def _without_foreign_lines(text: str) -> str:
    kept: list[str] = []
    at = depth = 0
    begins = True  # whether a statement can begin here
    while at < len(text):
        foreign = _FOREIGN.match(text, at) if begins else None
        if foreign:
            comment = (foreign["value"] or foreign["line"]).replace("\n", "\n# ")
            statement = f"{foreign['target']}None" if foreign["target"] else "pass"
            kept.append(f"{foreign['before']}{statement}  # {comment}")
            at, begins = foreign.end(), False
            continue
        piece = _PIECE.match(text, at)
        assert piece is not None
        depth = max(0, depth + (piece.lastgroup == "opens") - (piece.lastgroup == "closes"))
        begins = piece.lastgroup == "end" and depth == 0
        kept.append(piece[0])
        at = piece.end()
    return "".join(kept)


def _code_cells(notebook: Any) -> list[str]:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableSource(
            "The notebook has no list of cells: it is not of nbformat 4. Save it with a current Jupyter, or send a .py file."
        )
    return [_text(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:  # JSON can name half of a pair of surrogates, which is no character
        line = text.count("\n", 0, error.start) + 1
        raise UnreadableSource(
            f"Line {line} of the notebook's code holds half a character (U+{ord(text[error.start]):04X}). Type that "
            "line anew."
        ) from None
