"""Nothing that was accepted is lost or doubled, whatever is killed at whatever moment.

The platform is served for real, under load, and its processes get SIGKILL at random: the worker's main process and its
children, their warm processes, Redis, gunicorn and its workers. `--kills 100` makes it a hundred (the suite: a few), and
half as many on PostgreSQL.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from benchmarks.postgresql import private_server
from webapp.database import Database
from webapp.submissions.models import Submission, Verdict

ROOT: Final = Path(__file__).resolve().parents[2]
COURSE: Final = ROOT / "tests" / "fixtures" / "course"
SERVE: Final = ("serve", "--demo", "--no-class", "--port", "0", "--json")
RIGHT: Final = "def scale(x, factor=2.0):\n    return factor * x\n"
PATIENCE_S: Final = 240
BETWEEN_S: Final = (0.2, 1.2)


def children_of(pid: int) -> list[int]:
    """All processes below this one."""
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        direct = [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return []  # it has ended meanwhile
    for each in direct:
        found += [each, *children_of(each)]
    return found


def role_of(pid: int) -> str | None:
    """What a process of the platform is; None for what is not to be killed on its own."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    if b"worker" in words:
        return "worker"
    if b"web" in words:
        return "web"
    program = Path(words[0].decode()).name
    if program.startswith("redis-server"):
        return "redis"
    return "warm process" if program in ("bwrap", "python", "python3", "setpriv") else None


class Students(threading.Thread):
    """Hands in without end, each submission with a key of its own, and again when the connection breaks."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__()
        self.url, self.token = f"{url}/api/v1/exercises/scale/submissions", token
        self.accepted: dict[str, str] = {}
        self.unexpected: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            self.hand_in(uuid.uuid4().hex)
            time.sleep(0.02)

    def hand_in(self, key: str) -> None:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        body = json.dumps({"source": RIGHT}).encode()
        for _ in range(600):
            try:
                with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=10) as answer:
                    self.accepted[key] = json.load(answer)["id"]
                    return
            except urllib.error.HTTPError as error:
                if error.code not in (429, 502, 503):
                    self.unexpected.append(f"{error.code} {error.read()!r}")
                    return
            except (OSError, ValueError, http.client.HTTPException):
                pass  # killed on the way: the same key again
            time.sleep(0.1)
        self.unexpected.append(f"{key} was never accepted")


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The URL of an empty database, and how many processes are killed on it."""
    kills = request.config.getoption("--kills")
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'chainrule.db'}", kills
        return
    with private_server() as url:
        yield url, -(-kills // 2)


@pytest.mark.slow
def test_every_accepted_submission_has_exactly_one_verdict(tmp_path: Path, stage: tuple[str, int]) -> None:
    (url, kills), dice = stage, random.Random(17)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAINRULE")}
    environment |= {
        "CHAINRULE_HOME": str(tmp_path),
        "CHAINRULE_DATABASE_URL": url,
        "CHAINRULE_RATE_SUBMIT": "100000 per minute",
    }
    log = (tmp_path / "stderr").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "grader.cli", "--course", str(COURSE), *SERVE],
        stdout=subprocess.PIPE,
        stderr=log,
        env=environment,
        text=True,
    )
    assert server.stdout is not None
    ready: dict[str, Any] = json.loads(server.stdout.readline())
    students = [Students(ready["url"], account["token"]) for account in ready["accounts"][:2]]
    killed: Counter[str] = Counter()
    try:
        for each in students:
            each.start()
        while killed.total() < kills:
            time.sleep(dice.uniform(*BETWEEN_S))
            role = dice.choice(["worker", "warm process", "redis", "web"])
            victims = [pid for pid in children_of(server.pid) if role_of(pid) == role]
            if victims:
                os.kill(dice.choice(victims), signal.SIGKILL)
                killed[role] += 1
        for each in students:
            each.enough.set()
            each.join()
        database = Database(url)
        accepted = [id for each in students for id in each.accepted.values()]
        waiting = wait_for_all(database, time.monotonic() + PATIENCE_S)
        with database.reading() as session:
            kept = list(session.scalars(select(Submission.id)))
            doubled = session.scalar(select(func.count()).select_from(Verdict)) or 0
            statuses = set(session.scalars(select(Submission.status)))
        database.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)
        server.stdout.close()
        log.close()
    assert [each.unexpected for each in students] == [[], []]
    assert waiting == 0, f"{waiting} of {len(kept)} still wait; killed: {killed}"
    assert sorted(kept) == sorted(accepted), "what was accepted is kept, once"
    assert doubled == len(kept)
    assert statuses == {"passed"}
    assert len(accepted) > kills


def wait_for_all(database: Database, deadline: float) -> int:
    """Waits until nothing waits for its verdict any more; gives how many still do at the deadline."""
    while True:
        with database.reading() as session:
            waiting = session.scalar(select(func.count()).where(Submission.state != "graded")) or 0
        if waiting == 0 or time.monotonic() > deadline:
            return waiting
        time.sleep(0.2)
