"""The doctor finds every wall standing here, for root and for an ordinary user, and notices when one is gone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader import doctor
from grader.course import load_course
from grader.sandbox import filters, layout

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 54_321

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def public_python() -> Iterator[dict[str, str]]:
    """A copy of this Python and of what `chainrule` needs, in a place that every user may enter; its environment."""
    home = Path(tempfile.mkdtemp(prefix="chainrule-", dir="/tmp"))
    home.chmod(0o755)
    standard_library = Path(sysconfig.get_path("stdlib"))
    version = standard_library.name
    ignored = shutil.ignore_patterns("site-packages", "dist-packages", "test", "idlelib", "__pycache__", "config-*")
    shutil.copytree(standard_library, home / "lib" / version, ignore=ignored, symlinks=False)
    (home / "bin").mkdir()
    shutil.copy(os.path.realpath(sys.executable), home / "bin" / "python3")
    for library in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
        shutil.copy(library, home / "lib" / library.name)
    site = Path(np.__file__).parent.parent
    for package in ("numpy", "numpy.libs", "greenlet", "click", "rich", "markdown_it", "mdurl", "pygments"):
        if (site / package).is_dir():
            shutil.copytree(
                site / package, home / "site" / package, ignore=shutil.ignore_patterns("tests", "__pycache__")
            )
    for part in ("grader", "exercises", "reference"):
        shutil.copytree(ROOT / part, home / "site" / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "course.toml", home / "site")
    yield {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "PYTHONHOME": str(home),
        "PYTHONPATH": str(home / "site"),
        "LD_LIBRARY_PATH": str(home / "lib"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    shutil.rmtree(home)


def test_every_wall_stands_here() -> None:
    findings = list(doctor.examine(load_course(ROOT)))
    assert [finding for finding in findings if finding.status == "broken"] == []
    tried = {"bubblewrap", "warm process", "namespaces", "capabilities", "Landlock", "opens sockets", "grading"}
    assert tried <= {finding.name for finding in findings}


def test_every_wall_stands_for_an_ordinary_user(public_python: dict[str, str]) -> None:
    user = NOBODY if os.geteuid() == 0 else None
    command = [f"{public_python['HOME']}/bin/python3", "-c", "from grader.cli import main; main()", "doctor", "--json"]
    done = subprocess.run(
        command, env=public_python, user=user, group=user, extra_groups=None if user is None else [],
        capture_output=True, text=True, cwd="/", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert [name for name, finding in findings.items() if finding["status"] == "broken"] == []
    assert "ordinary user" in findings["bubblewrap"]["text"]
    assert findings["grading"]["status"] == "stands"


def test_it_notices_an_open_door(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = (*filters.START_UP, "socket", "memfd_create")
    monkeypatch.setitem(filters._NUMBERS, "socket", 41)
    monkeypatch.setitem(filters._NUMBERS, "memfd_create", 319)
    monkeypatch.setattr(filters, "child_program", lambda: filters._program(allowed, (), {}))
    monkeypatch.setattr(filters, "START_UP", allowed)
    monkeypatch.setattr(filters, "WARM", allowed)
    findings = {finding.name: finding.status for finding in doctor.examine(load_course(ROOT))}
    assert findings["opens sockets"] == "broken"
    assert findings["makes memory files"] == "broken"
    assert findings["writes files"] == "stands"


def test_it_says_what_is_needed_where_hot_pages_cannot_be_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = tuple(name for name in filters.START_UP if not name.startswith("io_uring"))
    monkeypatch.setattr(filters, "start_up_program", lambda: filters._program(allowed, (), {}))
    findings = {finding.name: finding for finding in doctor.examine(load_course(ROOT))}
    assert findings["hot pages"].status == "missing"
    assert "io_uring_setup: EPERM" in findings["hot pages"].text
    assert "ulimit -l" in findings["hot pages"].text
    assert findings["grading"].status == "stands"


def test_it_says_what_to_install_where_bubblewrap_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "bubblewrap", lambda: None)
    (finding,) = doctor.examine(load_course(ROOT))
    assert finding.status == "broken"
    assert "apt-get install bubblewrap" in finding.text
