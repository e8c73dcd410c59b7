"""The whole way of a submission through the platform: `python -m benchmarks.platform`.

A demo is served in a home of its own, as `chainrule serve` does it, and asked over HTTP:

    one at a time   from the POST to the stored verdict, and from the click to the verdict on the page in Chromium
    side by side    submissions a second that are accepted and graded
    --deadline      a thousand students hand in within a minute while two hundred read pages
"""

from __future__ import annotations

import contextlib
import http.client
import json
import operator
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
from sqlalchemy import func, insert, select

from benchmarks.figures import percentile
from grader.cli.common import Failure, finish, json_option, print_json
from webapp.accounts.models import Token, User
from webapp.accounts.services import digest, new_session
from webapp.courses.models import Course, Membership
from webapp.database import Database, now
from webapp.demo import PASSWORD, SLUG
from webapp.factory import create_app
from webapp.settings import Settings
from webapp.submissions.models import Submission, Verdict

ROOT: Final = Path(__file__).resolve().parent.parent
EXERCISE: Final = "adam"
STUDENTS: Final = 1000
READERS: Final = 200
SPAN_S: Final = 60
READ_EVERY_S: Final = 5.0
"""A reader opens a page every so many seconds."""
PATIENCE_S: Final = 600
"""How long a student keeps trying, and waits for the verdict."""
BROKEN: Final = (OSError, http.client.HTTPException)
"""What a connection raises that does not hold."""
WATCH: Final = """
new MutationObserver((changes, observer) => {
  if (!document.querySelector(".verdict[data-outcome=right]")) return;
  observer.disconnect();
  requestAnimationFrame(() => { window.verdictShown = Date.now(); });
}).observe(document, {childList: true, subtree: true, attributes: true});
"""
"""Notes in the page itself when the verdict is drawn: asking from outside would cost a few more milliseconds."""
TARGETS: Final = {"stored_ms": 60, "page_ms": 150, "per_second": 40, "read_p99_ms": 500}


@dataclass(frozen=True)
class Platform:
    """A platform that is being served, and its database."""

    url: str
    token: str
    settings: Settings
    database: Database

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept open between requests."""
        parts = urlsplit(self.url)
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)


@contextlib.contextmanager
def served() -> Iterator[Platform]:
    """A demo in a fresh home; its log is told when it does not start."""
    home = Path(tempfile.mkdtemp(prefix="chainrule-benchmark-"))
    environment = {**os.environ, "CHAINRULE_HOME": str(home), "CHAINRULE_RATE_SUBMIT": "1000000 per minute"}
    log = (home / "stderr.log").open("w")
    command = [sys.executable, "-P", "-m", "grader.cli", "serve", "--demo", "--no-class", "--port", "0", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment, text=True, cwd=ROOT)
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        if not line:
            raise Failure(f"the platform did not start:\n{(home / 'stderr.log').read_text()}", 3)
        ready = json.loads(line)
        settings = Settings.from_environment(environment)
        database = Database(settings.database_url)
        yield Platform(ready["url"], ready["accounts"][0]["token"], settings, database)
        database.close()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
        log.close()
        shutil.rmtree(home)


def hand_in(
    connection: http.client.HTTPConnection, token: str, source: str, key: str = ""
) -> tuple[int, dict[str, Any]]:
    """Posts a submission; the status and the document of the answer."""
    body = json.dumps({"source": source})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    connection.request("POST", f"/api/v1/exercises/{EXERCISE}/submissions", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def stored(platform: Platform, source: str, runs: int) -> list[float]:
    """Milliseconds from the POST to the stored verdict, one at a time."""
    connection, durations = platform.connect(), []
    for _ in range(runs):
        began = time.time()
        status, document = hand_in(connection, platform.token, source)
        assert status == 201, document
        while (graded_at := graded_moment(platform.database, document["id"])) is None:
            time.sleep(0.002)
        durations.append(1000 * (graded_at - began))
    connection.close()
    return durations


def graded_moment(database: Database, id: str) -> float | None:
    """When a submission got its verdict, or None."""
    with database.reading() as session:
        moment = session.scalar(select(Submission.graded_at).where(Submission.id == id))
    return moment.timestamp() if moment is not None else None


def on_the_page(platform: Platform, source: str, runs: int) -> list[float]:
    """Milliseconds from the click on Submit to the verdict on the page, in Chromium."""
    from playwright.sync_api import sync_playwright

    durations = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{platform.url}/sign-in")
        page.fill("#email", "student@example.org")
        page.fill("#password", PASSWORD)
        page.click("form[action='/sign-in'] button")
        for run in range(runs):
            page.goto(f"{platform.url}/courses/{SLUG}/exercises/{EXERCISE}")
            editor = page.locator(".cm-content")
            editor.wait_for()
            page.locator(".cm-editor").click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(f"{source}\n# {run}\n")
            page.wait_for_timeout(1200)  # the live run of the public checks is over
            page.evaluate(
                "document.querySelector('[data-key=submit]').addEventListener('click', "
                "() => sessionStorage.setItem('clicked', String(Date.now())), {capture: true})"
            )
            page.locator("[data-key=submit]").click()
            page.locator(".verdict[data-outcome=right]").wait_for()
            page.wait_for_function("window.verdictShown")
            durations.append(page.evaluate("window.verdictShown - Number(sessionStorage.getItem('clicked'))"))
        chromium.close()
    return durations


def side_by_side(platform: Platform, source: str, count: int, clients: int = 4) -> float:
    """Submissions a second that are accepted and graded, when more come than can be graded: two of each student."""
    tokens = [token for _, token in enrol(platform, max(1, count // 2))]
    before = graded_count(platform.database)
    began = time.perf_counter()

    def client(first: int) -> None:
        connection = platform.connect()
        for number in range(first, count, clients):
            status, document = hand_in(connection, tokens[number % len(tokens)], source)
            assert status == 201, document
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    while graded_count(platform.database) < before + count:
        time.sleep(0.02)
    return count / (time.perf_counter() - began)


def graded_count(database: Database) -> int:
    """How many submissions are graded."""
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Submission.state == "graded")) or 0


@dataclass
class Deadline:
    """What came of a deadline."""

    accepted: list[str] = field(default_factory=list)
    told_to_retry: int = 0
    sent_again: int = 0
    """After a connection that broke, with the same key."""
    refused: list[str] = field(default_factory=list)
    reading_ms: list[float] = field(default_factory=list)
    accepting_ms: list[float] = field(default_factory=list)
    failed_reads: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Of our own threads: whoever ended so has measured nothing."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def enrol(platform: Platform, count: int) -> list[tuple[int, str]]:
    """Makes students with a token each; their numbers and tokens."""
    group = f"{random.getrandbits(64):x}"
    tokens = [f"chr_benchmark_{number}_{random.getrandbits(128):x}" for number in range(count)]
    with platform.database.writing() as session:
        course = session.scalars(select(Course).where(Course.slug == SLUG)).one()
        people = [
            {"email": f"s{number}.{group}@example.org", "name": f"Student {number}", "is_admin": False, "is_active": True,
             "epoch": 0, "created_at": now()}
            for number in range(count)
        ]  # fmt: skip
        ids = list(session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), people))
        session.execute(
            insert(Membership),
            [
                {"course_id": course.id, "user_id": id, "role": "student", "group": "", "created_at": now()}
                for id in ids
            ],
        )
        session.execute(
            insert(Token),
            [
                {"user_id": id, "name": "benchmark", "digest": digest(token), "hint": token[:8], "created_at": now()}
                for id, token in zip(ids, tokens, strict=True)
            ],
        )
    return list(zip(ids, tokens, strict=True))


def deadline(platform: Platform, sources: Sequence[str], students: int, readers: int, span_s: float) -> dict[str, Any]:
    """Students hand in at random moments of the span and wait for their verdict, while others read pages."""
    people, found = enrol(platform, students + readers), Deadline()
    cookies = _cookies(platform, [number for number, _ in people])
    ended = threading.Event()
    began = time.monotonic()

    def student(person: tuple[int, str]) -> None:
        time.sleep(random.uniform(0, span_s))
        connection = platform.connect()
        id = hand_in_patiently(connection, person[1], random.choice(sources), found)
        if id is not None:
            _wait_politely(connection, person[1], id)
        connection.close()

    def reader(person: tuple[int, str]) -> None:
        connection = platform.connect()
        while not ended.wait(random.uniform(0, 2 * READ_EVERY_S)):
            _read(connection, cookies[person[0]], found)
        connection.close()

    handing_in = start(student, people[:students], found)
    reading = start(reader, people[students:], found)
    for thread in handing_in:
        thread.join()
    ended.set()
    for thread in reading:
        thread.join()
    return _told(platform, found, [number for number, _ in people[:students]], time.monotonic() - began)


def start(
    work: Callable[[tuple[int, str]], None], people: Sequence[tuple[int, str]], found: Deadline
) -> list[threading.Thread]:
    """Starts a thread for each person; an error in one is counted, which a thread alone would lose."""

    def counted(person: tuple[int, str]) -> None:
        try:
            work(person)
        except Exception as error:  # whatever it is, it is counted: a thread that ends so has measured nothing
            with found.lock:
                found.errors.append(repr(error))

    threads = [threading.Thread(target=counted, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    return threads


def _read(connection: http.client.HTTPConnection, cookie: str, found: Deadline) -> None:
    path = random.choice(["", f"exercises/{EXERCISE}", f"exercises/{EXERCISE}/submissions", "grade"])
    started = time.perf_counter()
    connection.close()  # the server has closed it long ago: a browser opens a new one too
    try:
        connection.request("GET", f"/courses/{SLUG}/{path}", headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        failure = f"{answer.status} {path}" if answer.status != 200 else ""
    except BROKEN as error:
        failure = f"{error!r} {path}"
    with found.lock:
        found.reading_ms.append(1000 * (time.perf_counter() - started))
        if failure:
            found.failed_reads.append(failure)


def hand_in_patiently(
    connection: http.client.HTTPConnection, token: str, source: str, found: Deadline, pause_s: float = 1.0
) -> str | None:
    """Hands in, again and again with the same key, until it is accepted; None where it is refused."""
    key, until = uuid.uuid4().hex, time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        connection.close()
        started = time.perf_counter()
        try:
            status, document = hand_in(connection, token, source, key)
        except BROKEN:  # whether it has arrived nobody knows; the key sees to it that it counts once
            with found.lock:
                found.sent_again += 1
            time.sleep(pause_s)
            continue
        with found.lock:
            if status == 201:
                found.accepting_ms.append(1000 * (time.perf_counter() - started))
                found.accepted.append(document["id"])
                return str(document["id"])
            if status not in (429, 503):
                found.refused.append(f"{status} {document}")
                return None
            found.told_to_retry += 1
        time.sleep(pause_s)
    raise TimeoutError(f"nothing was accepted within {PATIENCE_S} s")


def _wait_politely(connection: http.client.HTTPConnection, token: str, id: str) -> None:
    pause, until = 0.5, time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        connection.close()  # the server may have closed it during the pause
        with contextlib.suppress(*BROKEN):  # asked again below
            connection.request("GET", f"/api/v1/submissions/{id}", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            document = json.loads(answer.read())
            if answer.status == 200 and document["state"] == "graded":
                return
        time.sleep(pause)
        pause = min(4.0, 1.5 * pause)
    raise TimeoutError(f"{id} was not graded within {PATIENCE_S} s")


def _cookies(platform: Platform, people: Sequence[int]) -> dict[int, str]:
    """Signed-in people's cookies, as the application would set them."""
    app = create_app(platform.settings)
    # Flask declares the interface of any session; ours is that of the signed cookie, which alone has a serializer.
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    name = app.config["SESSION_COOKIE_NAME"]
    return {number: f"{name}={serializer.dumps({'_permanent': True, **new_session(number, 0)})}" for number in people}


def _told(platform: Platform, found: Deadline, students: Sequence[int], took_s: float) -> dict[str, Any]:
    with platform.database.reading() as session:
        ids = select(Submission.id).where(Submission.id.in_(found.accepted))
        graded = session.scalar(select(func.count()).where(Submission.id.in_(ids), Submission.state == "graded")) or 0
        verdicts = session.scalar(select(func.count()).where(Verdict.submission_id.in_(ids))) or 0
        kept = session.scalar(select(func.count()).where(Submission.user_id.in_(students))) or 0
    return {
        "students": len(students),
        "accepted": len(set(found.accepted)),
        "kept": kept,
        "told_to_retry": found.told_to_retry,
        "sent_again": found.sent_again,
        "refused": len(found.refused),
        "lost": len(set(found.accepted)) - graded,
        "doubled": verdicts - graded,
        "took_s": round(took_s, 1),
        "accepting_p50_ms": _percentile(found.accepting_ms, 50),
        "accepting_p99_ms": _percentile(found.accepting_ms, 99),
        "reads": len(found.reading_ms),
        "failed_reads": len(found.failed_reads),
        "read_p50_ms": _percentile(found.reading_ms, 50),
        "read_p99_ms": _percentile(found.reading_ms, 99),
        "errors": len(found.errors),
        "examples": [*found.refused[:5], *found.failed_reads[:5], *found.errors[:5]],
    }


def _percentile(durations: Sequence[float], percent: float) -> float | None:
    """None where nothing was measured."""
    return round(percentile(durations, percent), 1) if durations else None


def targets_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What a deadline has to reach."""
    return [
        _target("accepted at a deadline", document["students"], document["accepted"], operator.eq),
        _target("kept for those accepted", document["students"], document["kept"], operator.eq),
        _target("refused", 0, document["refused"]),
        _target("lost", 0, document["lost"]),
        _target("doubled", 0, document["doubled"]),
        _target("reading at a deadline, p99 ms", TARGETS["read_p99_ms"], document["read_p99_ms"]),
        _target("failed reads", 0, document["failed_reads"]),
        _target("errors while measuring", 0, document["errors"]),
    ]


def _target(
    name: str, target: float, measured: float | None, reached: Callable[[float, float], bool] = operator.le
) -> dict[str, Any]:
    met = measured is not None and reached(measured, target)
    return {"name": name, "target": target, "measured": measured, "reached": met}


@click.command()
@click.option("--runs", default=100, show_default=True, help="Submissions one at a time.")
@click.option("--clicks", default=20, show_default=True, help="Submissions in the browser; 0 leaves it out.")
@click.option("--load", default=400, show_default=True, help="Submissions side by side.")
@click.option("--deadline", "with_deadline", is_flag=True, help="With a thousand students within a minute.")
@json_option
def main(runs: int, clicks: int, load: int, with_deadline: bool, as_json: bool) -> None:
    """Measure the whole way of a submission, from the click to the verdict.

    Example: python -m benchmarks.platform --deadline
    """
    right = next((ROOT / "reference").glob(f"*/{EXERCISE}/solution.py")).read_text(encoding="utf-8")
    wrong = next((ROOT / "exercises").glob(f"*/{EXERCISE}/starter.py")).read_text(encoding="utf-8")
    document: dict[str, Any] = {"exercise": EXERCISE}
    targets = []
    with served() as platform:
        stored(platform, right, 10)
        durations = stored(platform, right, runs)
        document["stored"] = {
            "p50_ms": round(percentile(durations, 50), 1),
            "p95_ms": round(percentile(durations, 95), 1),
        }
        targets.append(_target("POST to stored verdict, median ms", TARGETS["stored_ms"], document["stored"]["p50_ms"]))
        if clicks:
            durations = on_the_page(platform, right, clicks + 2)[2:]
            document["page"] = {"p50_ms": round(percentile(durations, 50)), "p95_ms": round(percentile(durations, 95))}
            targets.append(_target("click to verdict, median ms", TARGETS["page_ms"], document["page"]["p50_ms"]))
        if load:
            document["per_second"] = round(side_by_side(platform, right, load), 1)
            targets.append(
                _target("accepted and graded a second", TARGETS["per_second"], document["per_second"], operator.ge)
            )
        if with_deadline:
            document["deadline"] = deadline(platform, [right, wrong], STUDENTS, READERS, SPAN_S)
            targets += targets_of(document["deadline"])
    document["targets"] = targets
    if as_json:
        print_json(document)
    else:
        for each in targets:
            click.echo(
                f"{each['name']:40} {each['measured']!s:>10} (target {each['target']}) {'reached' if each['reached'] else 'MISSED'}"
            )
        if with_deadline:
            click.echo(json.dumps(document["deadline"], indent=2))
    finish(0 if all(each["reached"] for each in targets) else 1)


if __name__ == "__main__":
    main()
