"""Where modules come from: never from the current folder, which is full of students' files.

Python puts that folder first on its import path when it is started with `-c` or `-m`, and the processes that
multiprocessing starts begin so. A hand-in called socket.py would then run as the grader's own user, outside of every
wall.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_HOME = Path(__file__).resolve().parents[1]


def keep_out_the_current_folder() -> None:
    """Takes the current folder off the import path of this process, and of every Python that it will start."""
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        here = Path.cwd().resolve()
    except FileNotFoundError:
        return  # the folder is gone, and with it all that could be imported
    if here == _HOME:
        return  # our own checkout: the modules there are ours
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)  # an empty one means the current folder
    if entries != [""]:
        os.environ["PYTHONPATH"] = os.pathsep.join(entry for entry in entries if Path(entry).resolve() != here)
