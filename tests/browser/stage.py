"""The stage of the browser tests: a platform that is served for real, its people, and windows that watch their pages.

`screenshots.py` plays on it too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.chromium import PATIENCE_MS, watched
from webapp.accounts.models import User
from webapp.accounts.services import (
    hash_password,
    make_link,
    make_token,
    make_user,
    new_session,
    set_password,
    user_by_email,
)
from webapp.courses.content import Library
from webapp.courses.editions import add_member
from webapp.courses.models import Course, ExerciseSetup
from webapp.courses.setup import plan_of
from webapp.database import Database, now
from webapp.settings import Settings
from webapp.submissions.models import Submission
from webapp.submissions.services import HandIn, accept

ROOT: Final = Path(__file__).resolve().parents[2]
WIDE: Final = (1280, 860)
NARROW: Final = (390, 844)
PASSWORD: Final = "a horse reads the gradient"
DAY: Final = timedelta(days=1)
NOBODY: Final = 0
"""In place of a status: nobody answers."""

_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Someone with an account; the password is PASSWORD. `cookie` is a session that has begun, `token` is for the API."""

    number: int
    email: str
    name: str
    cookie: str
    token: str


@dataclass(frozen=True)
class Platform:
    """A platform that is being served, and its database."""

    url: str
    settings: Settings
    database: Database

    @cached_property
    def _hashed(self) -> str:
        return hash_password(PASSWORD)

    def person(self, name: str = "", *, course: str | None = "demo", role: str = "student") -> Person:
        """A new person, in that course."""
        number = next(_numbers)
        with self.database.writing() as session:
            address = name.lower().replace(" ", ".") if name else f"person-{number}"
            user = make_user(session, f"{address}@example.org", name or f"Person {number}")
            set_password(session, user, self._hashed)
            if course is not None:
                add_member(session, _course(session, course), user, role, "B")
            session.flush()
            return self._of(session, user)

    def known(self, email: str) -> Person:
        """One of the people of the demo."""
        with self.database.writing() as session:
            user = user_by_email(session, email)
            assert user is not None, f"{email} has no account"
            return self._of(session, user)

    def invited(self, name: str) -> str:
        """The address of an invitation for a new student."""
        with self.database.writing() as session:
            address = f"{name.lower().replace(' ', '.')}@example.org"
            user = make_user(session, address, name)
            add_member(session, _course(session, "demo"), user, "student", "B")
            return f"{self.url}/welcome/{make_link(session, user, 'invitation', DAY)}"

    def forgetful(self, person: Person) -> str:
        """The address of a link by which that person chooses a new password."""
        with self.database.writing() as session:
            user = session.get_one(User, person.number)
            return f"{self.url}/reset/{make_link(session, user, 'reset', DAY)}"

    def closed_course(self, person: Person) -> str:
        """The slug of another edition, with the person in it, in which Adam has been closed for a day."""
        slug, moment = f"last-year-{next(_numbers)}", now()
        with self.database.writing() as session:
            demo = _course(session, "demo")
            course = Course(slug=slug, title=demo.title, edition="2025", path=demo.path, created_at=moment - 365 * DAY)
            session.add(course)
            session.flush()
            add_member(session, course, session.get_one(User, person.number), "student")
            session.add(ExerciseSetup(course_id=course.id, exercise="adam", due=moment - 2 * DAY, closes=moment - DAY))
        return slug

    def waiting(self, person: Person, source: str) -> str:
        """The id of a submission to Adam that no worker takes for a day."""
        with self.database.reading() as session:
            course = _course(session, "demo")
            plan = plan_of(session, course, Library().content(course.path))
            user = session.get_one(User, person.number)
        work = HandIn(source.encode(), "adam.py", "editor")
        secret = self.settings.require_secret()
        submission, _ = accept(self.database, secret, course, plan, plan.exercises["adam"], user, work)
        with self.database.writing() as session:
            session.get_one(Submission, submission.id).not_before = now() + DAY
        return submission.id

    def hand_in(self, person: Person, exercise: str, source: str) -> str:
        """Hands in to an exercise of the demo course, and waits for the verdict; the submission's id."""
        headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"}
        body = json.dumps({"source": source}).encode()
        address = f"{self.url}/api/v1/exercises/{exercise}/submissions?course=demo"
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60) as answer:
            number: str = json.load(answer)["id"]
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while True:
            with self.database.reading() as session:
                if session.get_one(Submission, number).state == "graded":
                    return number
            assert time.monotonic() < deadline, f"submission {number} has no verdict"
            time.sleep(0.01)

    def receipt_of(self, submission: str) -> str:
        """The receipt of a submission."""
        with self.database.reading() as session:
            return session.get_one(Submission, submission).receipt

    def _of(self, session: Session, user: User) -> Person:
        signer = Flask("signer")
        signer.secret_key = self.settings.require_secret()
        serializer = SecureCookieSessionInterface().get_signing_serializer(signer)
        assert serializer is not None
        cookie = serializer.dumps({"_permanent": True, **new_session(user.id, user.epoch)})
        _, token = make_token(session, user, "my laptop", 180 * DAY)
        return Person(user.id, user.email, user.name, str(cookie), token)


def _course(session: Session, slug: str) -> Course:
    found: Course = session.scalars(select(Course).where(Course.slug == slug)).one()
    return found


@contextmanager
def served(*, with_class: bool = False) -> Iterator[Platform]:
    """The demo of this repository's course, in a fresh home. It ends with this process, however that ends."""
    home = Path(tempfile.mkdtemp(prefix="chainrule-"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHAINRULE")}
    environment |= {"CHAINRULE_HOME": str(home), "CHAINRULE_WORKERS": "1", "CHAINRULE_WEB_WORKERS": "1"}
    command = [sys.executable, "-P", "-m", "grader.cli", "--course", str(ROOT), "serve", "--demo", "--port", "0"]
    log = home / "stderr.log"
    with log.open("wb") as errors:
        server = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command, "--json", *([] if with_class else ["--no-class"])],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            cwd=ROOT,
            text=True,
        )
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        assert line, f"the platform did not start:\n{log.read_text()}"
        settings = Settings.from_environment(environment)
        database = Database(settings.database_url)
        try:
            yield Platform(json.loads(line)["url"], settings, database)
        finally:
            database.close()
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
            shutil.rmtree(home, ignore_errors=True)


@dataclass
class Windows:
    """The windows of one test. What goes wrong in any of them, whether one looks at it or not, is kept in `complaints`.

    `expected` are the statuses of answers that the test wants, NOBODY where none comes: Chromium and htmx tell each of
    them as an error.
    """

    browser: Browser
    platform: Platform
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        person: Person | None = None,
        address: str | None = None,
        *,
        size: tuple[int, int] = WIDE,
        dark: bool = False,
        javascript: bool = True,
    ) -> Page:
        """A window of its own, with nothing kept from others; the person, if any, is signed in."""
        context = self.browser.new_context(
            base_url=self.platform.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Madrid",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self._contexts.append(context)
        watched(context, self.platform.url, self._is_expected, self.complaints)
        if person is not None:
            context.add_cookies([{"name": "chainrule", "value": person.cookie, "url": self.platform.url}])
        page = context.new_page()
        if address is not None:
            page.goto(address)
        return page

    def close(self) -> None:
        """Closes all of them."""
        for context in self._contexts:
            context.close()

    def _is_expected(self, text: str) -> bool:
        status = re.search(r"responded with a status of (\d+)|Response Status Error Code (\d+)", text)
        nobody = re.match(r"htmx:|Failed to load resource: net::ERR_INTERNET_DISCONNECTED", text)
        return (int(status[1] or status[2]) if status else NOBODY if nobody else None) in self.expected


def write(page: Page, source: str) -> None:
    """Pastes a source into the editor, over what is there."""
    page.locator(".cm-content").click()
    page.evaluate("text => navigator.clipboard.writeText(text)", source)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+v")


def copied(page: Page, button: Locator) -> str:
    """Presses a button that copies, and waits for what it puts on the clipboard in place of what lay there."""
    page.evaluate("() => navigator.clipboard.writeText('')")
    button.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
    return page.evaluate("() => navigator.clipboard.readText()")


def exercise(name: str, course: str = "demo") -> str:
    """The address of an exercise's page."""
    return f"/courses/{course}/exercises/{name}"
