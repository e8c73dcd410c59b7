"""Pictures of every page into docs/images: NAME-{light,dark}-{wide,narrow}.png. `make screenshots`.

python -m tests.browser.screenshots [WORD...]    only those whose name holds one of the words
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import ColumnElement, func, select

from tests.browser.stage import (
    NARROW,
    ROOT,
    WIDE,
    Person,
    Platform,
    Windows,
    exercise,
    served,
    write,
)
from tests.chromium import launched
from webapp.accounts.models import User
from webapp.courses.models import Course, Membership
from webapp.submissions.models import Submission

FOLDER: Final = ROOT / "docs" / "images"
HEAD: Final = "import numpy as np\n\n\ndef adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):\n"
MOMENTS: Final = '    m = beta1 * state.get("m", 0.0) + (1 - beta1) * dw\n    v = beta2 * state.get("v", 0.0) + (1 - beta2) * dw**2\n'
UNCORRECTED: Final = HEAD + MOMENTS + '    return w - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v}\n'
RAISES: Final = (
    HEAD + MOMENTS.replace('state.get("m", 0.0)', 'state["m"]') + '    return w - lr * m, {"m": m, "v": v}\n'
)

EXPECTED: Final = {"not-there": {404}, "gradebook-import-faults": {422}}
"""The answers of pages that tell of something wrong, which a browser notes in its console."""

Steps = Callable[[Page], None]


@dataclass(frozen=True)
class Picture:
    """One page: who looks at it, where, and what is done before it is taken. `full` takes all of its length."""

    name: str
    address: str
    person: Person | None = None
    steps: Steps | None = None
    full: bool = True


def students_pages(platform: Platform) -> Iterator[Picture]:
    """What students see, in the order in which they come to it."""
    solutions = {path.parent.name: path.read_text() for path in ROOT.glob("reference/*/*/solution.py")}
    yield Picture("sign-in", "/sign-in")
    yield Picture("welcome", platform.invited("Ines Izquierdo"))
    yield Picture("reset", "/reset")
    yield Picture("reset-asked", "/reset", steps=_ask_for_a_link)
    yield Picture("choose-password", platform.forgetful(platform.person("Mario Mora")))

    beginner = platform.person("Bruno Bravo")
    yield Picture("course-at-first", "/courses/demo/", beginner)
    yield Picture("exercise", exercise("adam"), beginner, full=False)
    yield Picture("attempts-at-first", exercise("adam") + "/submissions", beginner)
    yield Picture("no-course", "/", platform.person("Olga Olmo", course=None))

    nora = platform.person("Nora Nieto")
    for name in ("affine", "numerical_gradient", "mlp_backprop", "sgd"):
        platform.hand_in(nora, name, solutions[name])
    platform.hand_in(nora, "momentum", solutions["nesterov"].replace("def nesterov(", "def momentum("))
    raised = platform.hand_in(nora, "adam", RAISES)
    wrong = platform.hand_in(nora, "adam", UNCORRECTED)
    yield Picture("exercise-run", exercise("adam"), nora, lambda page: _run(page, UNCORRECTED), full=False)
    yield Picture("verdict-raised", f"/submissions/{raised}", nora)
    yield Picture("verdict-wrong", f"/submissions/{wrong}", nora)
    yield Picture("course", "/courses/demo/", nora)
    right = platform.hand_in(nora, "adam", solutions["adam"])
    yield Picture("verdict-right", f"/submissions/{right}", nora)
    yield Picture("attempts", exercise("adam") + "/submissions", nora)
    yield Picture("grade", "/courses/demo/grade", nora)
    yield Picture("account", "/account", nora)
    yield Picture("receipts", "/receipts", nora)
    receipt = platform.receipt_of(right)
    yield Picture("receipt-ours", "/receipts", nora, lambda page: _check(page, receipt))
    yield Picture("api", "/api", nora, full=False)
    yield Picture("keys", "/courses/demo/", nora, lambda page: page.keyboard.press("?"), full=False)
    yield Picture("not-there", "/courses/demo/exercises/none", nora)

    waiting = platform.person("Wanda Wait")
    yield Picture("verdict-waiting", f"/submissions/{platform.waiting(waiting, UNCORRECTED)}", waiting)
    late = platform.person("Leo Late")
    closed = platform.closed_course(late)
    yield Picture("courses", "/", late)
    yield Picture("exercise-closed", exercise("adam", closed), late, full=False)


def staffs_pages(platform: Platform) -> Iterator[Picture]:
    """What the teaching team sees of a class at work."""
    person, course = platform.known("instructor@example.org"), "/courses/demo"
    wrong = _graded(platform, Submission.exercise == "adam", Submission.diagnosis.is_not(None))
    yield Picture("class", f"{course}/class", person)
    yield Picture("class-exercise", f"{course}/class/exercises/adam", person)
    yield Picture("class-diagnosis", f"{course}/class/diagnoses/adam/{wrong.diagnosis}", person)
    yield Picture("class-students", f"{course}/class/students", person)
    yield Picture("class-student", f"{course}/class/students/{wrong.user_id}", person)
    yield Picture("submission-of-a-student", f"/submissions/{wrong.id}", person)
    yield Picture("gradebook", f"{course}/gradebook", person, full=False)
    yield Picture("gradebook-student", f"{course}/gradebook/students/{wrong.user_id}", person)
    yield Picture("gradebook-scores", f"{course}/gradebook/scores", person, full=False)
    yield Picture("gradebook-scores-one", f"{course}/gradebook/scores?component=exam", person, full=False)
    yield Picture("gradebook-import", f"{course}/gradebook/import", person)
    emails = _students(platform, 4)
    changes = "".join(f"{email},{6 + place},Come and see me.\n" for place, email in enumerate(emails))
    faults = f"{emails[0]},11,\nnobody@example.org,5,\n{emails[1]},seven,\n{emails[1]},7,\n"
    for name, lines in (("differences", changes), ("faults", faults)):
        steps = _uploads("exam.csv", "e-mail,Exam,Exam comment\n" + lines)
        yield Picture(f"gradebook-import-{name}", f"{course}/gradebook/import", person, steps)
    yield Picture("setup", f"{course}/setup", person)
    for page in ("roster", "exercises", "extensions", "announcements", "log"):
        yield Picture(f"setup-{page}", f"{course}/setup/{page}", person)
    yield Picture("setup-person", f"{course}/setup/roster/{wrong.user_id}", person)
    yield Picture("setup-exercise", f"{course}/setup/exercises/adam", person)


def _graded(platform: Platform, *those: ColumnElement[bool]) -> Submission:
    """The newest of those submissions, once the whole class has its verdicts."""
    waiting = select(func.count()).where(Submission.state != "graded", Submission.not_before.is_(None))
    while True:
        with platform.database.reading() as session:
            if not session.scalar(waiting):
                return session.scalars(select(Submission).where(*those).order_by(Submission.id.desc())).first()
        time.sleep(0.1)


def _students(platform: Platform, count: int) -> list[str]:
    """The addresses of some students of the class."""
    query = (
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .join(Course, Course.id == Membership.course_id)
        .where(Course.slug == "demo", Membership.role == "student")
    )
    with platform.database.reading() as session:
        return list(session.scalars(query.order_by(User.name).limit(count)))


def _uploads(name: str, text: str) -> Steps:
    """Chooses a file, and looks at what it would do."""

    def steps(page: Page) -> None:
        page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
        page.get_by_role("button", name="Show what would change").click()
        expect(page.get_by_role("heading", name="Choose another file")).to_be_visible()

    return steps


def _ask_for_a_link(page: Page) -> None:
    page.get_by_label("E-mail address").fill("nora@example.org")
    page.get_by_role("button", name="Send the link").click()


def _run(page: Page, source: str) -> None:
    tab = page.get_by_role("tab", name="Your code")
    if tab.is_visible():
        tab.click()
    write(page, source)
    expect(page.locator(".check-dot[data-state=wrong]").first).to_be_visible()
    expect(page.locator("#run-results[aria-busy]")).to_have_count(0)


def _check(page: Page, receipt: str) -> None:
    page.get_by_label("The receipt").fill(receipt)
    page.get_by_role("button", name="Check it").click()


def take(windows: Windows, picture: Picture) -> None:
    """Takes a picture in both colours and both sizes."""
    for size, width in (("wide", WIDE), ("narrow", NARROW)):
        page = windows.open(picture.person, picture.address, size=width)
        if page.locator("[data-editor]").count():
            expect(page.locator("chainrule-editor")).to_have_count(1)
        if picture.steps:
            picture.steps(page)
        page.wait_for_load_state("networkidle")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(200)  # charts are drawn anew in the other colours
            page.screenshot(path=FOLDER / f"{picture.name}-{scheme}-{size}.png", full_page=picture.full)
        page.context.close()


def take_all(
    browser: Browser, platform: Platform, pages: Callable[[Platform], Iterator[Picture]], words: list[str]
) -> list[str]:
    """Takes those whose name holds one of the words, or all; gives what the windows complained of."""
    windows = Windows(browser, platform)
    for picture in pages(platform):
        if not words or any(word in picture.name for word in words):
            print(picture.name, file=sys.stderr)
            windows.expected = EXPECTED.get(picture.name, set())
            take(windows, picture)
    return windows.complaints


def main(words: list[str]) -> None:
    """Takes the pictures; fails where a page has an error in the console."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    complaints = []
    with sync_playwright() as playwright, launched(playwright) as browser:
        for pages in (students_pages, staffs_pages):
            with served(with_class=pages is staffs_pages) as platform:
                complaints += take_all(browser, platform, pages, words)
    sys.exit("\n".join(complaints) or None)


if __name__ == "__main__":
    main(sys.argv[1:])
