"""The content of courses: the engine's view of each course's folder, read again when its files change."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.course import Course, CourseError, load_course

LOOK_S: Final = 2
"""Seconds for which a folder is not looked at again."""

log = logging.getLogger(__name__)


@dataclass
class _Known:
    """A course as it was last read, when its folder was last looked at, and the stamp that it had then."""

    course: Course
    looked: float
    stamp: int


class Library:
    """Loads courses by their folders and keeps them until a file in them changes.

    While a changed folder cannot be read, as when somebody is in the middle of saving it, the course stays as it was
    last read: its pages go on. Not so with `strict`, for workers: a verdict belongs to the files as they are.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def content(self, path: str) -> Course:
        """The course in this folder. Raises CourseError when it cannot be used."""
        with self._lock:
            known = self._known.get(path)
            if known is not None and time.monotonic() - known.looked < LOOK_S:
                return known.course
            stamp = _stamp(Path(path))
            course = self._load(path, known) if known is None or stamp != known.stamp else known.course
            self._known[path] = _Known(course, time.monotonic(), stamp)
            return course

    def _load(self, path: str, known: _Known | None) -> Course:
        try:
            return load_course(Path(path))
        except (CourseError, OSError) as error:  # OSError: a file that vanishes while it is read
            if self._strict or known is None:
                raise CourseError(str(error)) from error
            log.error("the course in %s stays as it was until its files can be read again: %s", path, error)
            return known.course


def _stamp(folder: Path) -> int:
    """Changes with every change of a file of the course."""
    files = [folder / "course.toml", *(folder / "exercises").glob("*/*/*"), *(folder / "reference").glob("*/*/*.py")]
    return hash(tuple((str(file), *_state(file)) for file in sorted(files)))


def _state(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
