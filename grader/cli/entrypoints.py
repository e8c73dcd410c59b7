"""The entry points of what is installed, found without importlib.metadata, which takes a third of the time of `--help`.

Each installed distribution has a folder on the import path, and in it a file of sections, `[group]`, with lines such as
`name = module:attribute` (https://packaging.python.org/specifications/entry-points/).
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_FILE = "entry_points.txt"


@dataclass(frozen=True)
class EntryPoint:
    """One name of a group, and what it stands for: a module, or something in it. `folder` is its distribution's."""

    name: str
    group: str
    module: str
    attribute: str
    folder: Path

    def load(self) -> Any:
        """What it stands for, imported."""
        named = filter(None, self.attribute.split("."))
        return functools.reduce(getattr, named, importlib.import_module(self.module))

    @property
    def dist(self) -> Distribution:
        """The distribution that brought it."""
        from importlib.metadata import Distribution

        return Distribution.at(self.folder)


def entry_points() -> list[EntryPoint]:
    """All entry points; of a distribution that is there twice, those of the one that comes first."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in sys.path:
        for folder in _distributions(entry or "."):
            name = folder.name.partition("-")[0].lower()
            if name not in found:
                found[name] = list(_read(folder))
    return [each for those in found.values() for each in those]


def _distributions(directory: str) -> list[Path]:
    try:
        names = os.listdir(directory)  # noqa: PTH208 - a path for each of hundreds of names would take its time
    except OSError:
        return []  # an archive, or an entry that is not there
    return [Path(directory, name) for name in names if name.endswith((".dist-info", ".egg-info"))]


def _read(folder: Path) -> Iterator[EntryPoint]:
    try:
        lines = (folder / _FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return  # it has none
    group = ""
    for line in (each.strip() for each in lines):
        name, equals, value = line.partition("=")
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif equals and not line.startswith(("#", ";")):
            module, _, attribute = value.partition("[")[0].partition(":")
            yield EntryPoint(name.strip(), group, module.strip(), attribute.strip(), folder)
