"""What the sandbox's read-only root holds, and bubblewrap's arguments for it.

The root holds the Python that runs this program (interpreter, standard library without site-packages, pip and tests),
NumPy, the shared libraries that these need, and the two packages `grader.inside` and `grader.wire`: under fixed
names, so that nothing inside tells where or for whom it runs.
"""

from __future__ import annotations

import compileall
import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy

import grader

PYTHON = "/python/bin/python3"
_HOME = "/python"
_LIBRARIES = "/python/lib"
_SITE = "/site"
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
_STANDARD_LIBRARY = f"{_LIBRARIES}/{_VERSION}"
_PACKAGES = ("inside", "wire")
_HIDDEN = ("site-packages", "dist-packages", "ensurepip", "test", "idlelib", "tkinter", "lib2to3", "turtledemo")

ENVIRONMENT = {
    "PYTHONHOME": _HOME,
    "PYTHONPATH": _SITE,
    "PYTHONHASHSEED": "0",
    "LD_LIBRARY_PATH": _LIBRARIES,
    "OPENBLAS_NUM_THREADS": "1",
    "LANG": "C.UTF-8",
}
READABLE = [_LIBRARIES, _SITE]
"""What the student's own imports may read, once the walls stand."""


def command(control: int) -> list[str]:
    """What runs inside: the warm process on the control socket with this number, and an import path of our own."""
    return [PYTHON, "-s", "-S", "-P", "-B", "-X", "utf8", "-m", "grader.inside.zygote", str(control)]


@functools.cache
def compile_ahead() -> None:
    """Compiles the packages that run inside, where that was not done and their folders can be written to.

    Inside nothing can be written. A warm process that compiles them itself scatters what it keeps over more pages, all
    of which its children copy: a grading takes 3 to 4% longer.
    """
    for package in _PACKAGES:
        folder = Path(grader.__file__).parent / package
        compileall.compile_dir(str(folder), ddir=f"{_SITE}/grader/{package}", quiet=2)


def arguments(*, as_root: bool, seccomp_descriptor: int) -> list[str]:
    """bubblewrap's arguments: every namespace, no capability, the root above, nothing writable."""
    names = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    result = [*names, "--hostname", "box", "--new-session", "--cap-drop", "ALL"]
    if as_root:  # the warm process needs these to step down, and drops them with it
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            result += ["--cap-add", capability]
    else:
        result += ["--unshare-user"]
    for directory in _directories():
        result += ["--perms", "0755", "--dir", directory]
    for source, target in _binds():
        result += ["--ro-bind", source, target]
    for name in _HIDDEN:
        if (Path(sysconfig.get_path("stdlib")) / name).is_dir():
            hidden = f"{_STANDARD_LIBRARY}/{name}"
            result += ["--perms", "0555", "--tmpfs", hidden, "--remount-ro", hidden]
    return [*result, "--remount-ro", "/", "--chdir", "/", "--seccomp", str(seccomp_descriptor)]


def _directories() -> list[str]:
    directories = {str(parent) for _, target in _binds() for parent in Path(target).parents} - {"/"}
    return sorted(directories)


@functools.cache
def _binds() -> tuple[tuple[str, str], ...]:
    packages = Path(grader.__file__).parent
    site = Path(numpy.__file__).parent.parent
    standard_library = Path(sysconfig.get_path("stdlib"))
    interpreter = os.path.realpath(sys.executable)
    pairs = {
        str(packages / "__init__.py"): f"{_SITE}/grader/__init__.py",
        **{str(packages / package): f"{_SITE}/grader/{package}" for package in _PACKAGES},
        str(site / "numpy"): f"{_SITE}/numpy",
        str(standard_library): _STANDARD_LIBRARY,
        interpreter: PYTHON,
    }
    if (site / "numpy.libs").is_dir():
        pairs[str(site / "numpy.libs")] = f"{_SITE}/numpy.libs"
    loaded = [interpreter, *_shared_objects(standard_library / "lib-dynload"), *_shared_objects(site / "numpy")]
    pairs.update(_shared_libraries(loaded))
    return tuple(pairs.items())


def _shared_objects(directory: Path) -> list[str]:
    return [str(path) for path in sorted(directory.rglob("*.so")) if "tkinter" not in path.name]


def _shared_libraries(programs: list[str]) -> dict[str, str]:
    """The system's libraries that these programs load, each with its place in the sandbox, as `ldd` tells them."""
    listing = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    result = {}
    for line in listing.splitlines():
        name, arrow, rest = line.strip().partition(" => ")
        path = (rest if arrow else name).split(" (")[0]
        if not path.startswith("/") or path.endswith(":") or "numpy.libs" in path:
            continue
        result[path] = f"{_LIBRARIES}/{Path(name).name}" if arrow else path  # the loader has a fixed place
    return result


def bubblewrap() -> str | None:
    """The path of bubblewrap, None where it is not installed."""
    return shutil.which("bwrap")
