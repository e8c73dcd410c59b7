"""Control groups: memory and number of processes of one whole sandbox, where this machine lets us make them.

A second net below the limits of each child: it counts what RLIMIT_AS does not (sockets, pipes, kernel memory) and holds
if a limit were ever lost. Version 2 is used below /sys/fs/cgroup/chainrule (or a delegated directory named in
CHAINRULE_CGROUP), version 1 below the `memory` and `pids` hierarchies.
"""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_serial = itertools.count()


class ControlGroup:
    """One sandbox's group: `directories` of one (version 2) or two (version 1) hierarchies."""

    def __init__(self, directories: list[Path], limits: dict[Path, int]) -> None:
        self.directories = directories
        for directory in directories:
            directory.mkdir(parents=True)
        for path, limit in limits.items():
            path.write_text(str(limit))
        self._entrances = [os.open(directory / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for directory in directories]

    def enter(self) -> None:
        """Puts the calling process into the group; for use between fork and exec."""
        for entrance in self._entrances:
            os.write(entrance, b"0")

    def kills(self) -> int:
        """How many processes the kernel has killed here for want of memory."""
        for name in ("memory.events", "memory.oom_control"):
            path = self.directories[0] / name
            if path.exists():
                return sum(
                    int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith("oom_kill ")
                )
        return 0

    def remove(self) -> None:
        """Removes the group once its processes are gone; one still in use after a second is left to `_sweep`."""
        for entrance in self._entrances:
            os.close(entrance)
        deadline = time.monotonic() + 1
        for directory in self.directories:
            while not _removed(directory) and time.monotonic() < deadline:
                time.sleep(0.002)


def _removed(directory: Path) -> bool:
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _sweep(base: Path) -> None:
    """Removes the groups of processes that were killed before they could do it themselves."""
    for group in base.iterdir() if base.is_dir() else ():
        owner = group.name.partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            _removed(group)


def create(memory_bytes: int, processes: int) -> ControlGroup | None:
    """A new group with these limits, or None where this user or machine cannot make one."""
    name = f"{os.getpid()}-{next(_serial)}"
    delegated = os.environ.get("CHAINRULE_CGROUP")
    base = Path(delegated) if delegated else _ROOT / "chainrule"
    try:
        if delegated or "memory" in _controllers(_ROOT):
            base.mkdir(exist_ok=True)
            _sweep(base)
            (base / "cgroup.subtree_control").write_text("+memory +pids")
            group = base / name
            return ControlGroup([group], {group / "memory.max": memory_bytes, group / "pids.max": processes})
        if (_ROOT / "memory").is_dir() and (_ROOT / "pids").is_dir():
            memory, pids = _ROOT / "memory" / "chainrule" / name, _ROOT / "pids" / "chainrule" / name
            _sweep(memory.parent)
            _sweep(pids.parent)
            return ControlGroup(
                [memory, pids], {memory / "memory.limit_in_bytes": memory_bytes, pids / "pids.max": processes}
            )
    except OSError:
        return None  # `chainrule doctor` says so; the limits of each child hold without it
    return None


def _controllers(directory: Path) -> list[str]:
    path = directory / "cgroup.controllers"
    return path.read_text().split() if path.exists() else []
