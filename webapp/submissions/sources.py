"""From what a student sends to the source that is graded: a Python file as it is, or a notebook's code cells."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from grader.source import UnreadableSource, read_source
from webapp.problems import Invalid

MAX_NOTEBOOK_BYTES: Final = 4 * 2**20
_MAGIC: Final = re.compile(r"^(\s*)([%!?].*|.*\?)$")
"""Lines that IPython understands and Python does not."""


def source_of(data: bytes, filename: str) -> bytes:
    """The Python source in what was sent. Raises Invalid, with what is wrong and the way out."""
    try:
        source = _code_of_notebook(data) if filename.lower().endswith(".ipynb") else data
        read_source(source)
    except UnreadableSource as error:
        raise Invalid("That cannot be handed in", str(error)) from error
    return source


def module_name(filename: str, exercise: str) -> str:
    """The name under which a source is kept: the student's own where it is a Python file's, or the exercise's."""
    base = re.split(r"[/\\]", filename)[-1]
    stem = base.removesuffix(".ipynb").removesuffix(".py")
    return f"{stem}.py" if stem.isidentifier() and len(stem) <= 100 else f"{exercise}.py"


def _code_of_notebook(data: bytes) -> bytes:
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise UnreadableSource(
            f"The notebook has {len(data):,} bytes; at most {MAX_NOTEBOOK_BYTES:,} are accepted. "
            "Clear its outputs, save it, and send it again."
        )
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(
            f"The notebook is not JSON ({error}). Save it again in Jupyter, or send a .py file."
        ) from None
    cells = _cells(notebook)
    if not cells:
        raise UnreadableSource("The notebook has no code cell. Put your functions into code cells, or send a .py file.")
    return "\n\n\n".join(cells).encode()


def _cells(notebook: Any) -> list[str]:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableSource(
            "The notebook has no list of cells: it is not of nbformat 4. Save it with a current Jupyter, or send a .py file."
        )
    return [_python(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _python(cell: dict[str, Any]) -> str:
    """A code cell as Python: cell magics make it a comment whole, line magics their line."""
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    if text.lstrip().startswith("%%"):
        return "\n".join(f"# {line}" for line in text.splitlines())
    return "\n".join(_MAGIC.sub(r"\1pass  # \2", line) if _is_magic(line) else line for line in text.splitlines())


def _is_magic(line: str) -> bool:
    stripped = line.strip()
    return stripped.startswith(("%", "!", "?")) or (stripped.endswith("?") and stripped.rstrip("?").isidentifier())
