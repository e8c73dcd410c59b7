"""What the platform gives to the command line besides its commands: a line on each, and its services for the doctor.

The line stands here too, so that `chainrule --help` need not load the commands; a test holds the two together. Nothing
is imported before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from grader.doctor import Finding

SUMMARIES: Final = {
    "serve": "Run everything on this machine: web, worker, and a Redis of its own.",
    "web": "Serve the pages and the API, with gunicorn.",
    "worker": "Grade what is handed in, each process in a warm sandbox of its own.",
    "db": "The database.",
    "user": "The accounts on this server.",
    "roster": "Who takes part in a course.",
    "course": "The courses on this server.",
    "gradebook": "The grades of a class.",
    "demo": "Make a believable class: real submissions, really graded, and scores by hand.",
}


def services() -> Iterator[Finding]:
    """Tries each service that the settings name."""
    from webapp.probes import examine

    yield from examine()
