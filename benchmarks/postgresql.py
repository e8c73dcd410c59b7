"""A PostgreSQL server of our own, on a Unix socket in a temporary folder, gone at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",  # a benchmark's data need not survive a power cut
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
}


@contextlib.contextmanager
def private_server() -> Iterator[str]:
    """Starts the newest PostgreSQL that is installed; gives the URL of an empty database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [Path(shutil.which("initdb") or "initdb").parent]
    folder = Path(tempfile.mkdtemp(prefix="chainrule-pg-"))
    unprivileged: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        unprivileged = {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": folder}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **unprivileged}
    data = folder / "data"
    create: list[str | Path] = [
        found[-1] / "initdb",
        "-D",
        data,
        "-U",
        "chainrule",
        "-A",
        "trust",
        "-N",
        "--locale=C",
        "-E",
        "UTF8",
    ]
    control: list[str | Path] = [found[-1] / "pg_ctl", "-D", data, "-w", "-l", folder / "log"]
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    try:
        subprocess.run(create, check=True, **quiet)
        subprocess.run([*control, "-o", f"{options} -c unix_socket_directories={folder}", "start"], check=True, **quiet)
        try:
            yield f"postgresql://chainrule@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
    finally:
        shutil.rmtree(folder)
