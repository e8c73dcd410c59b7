"""The assets: what is bundled is recorded, nothing comes from elsewhere, and the style guide holds up in a real browser."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, Page, expect

from tests.chromium import window
from webapp import assets
from webapp.security import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "webapp" / "static"
TEMPLATES = ROOT / "webapp" / "templates"
VENDOR = STATIC / "vendor"

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# ----------------------------------------------------------------------------------------------------------------------
# What is bundled


def bundled():
    return [path.relative_to(VENDOR).as_posix() for path in sorted(VENDOR.rglob("*")) if path.is_file()]


def test_every_bundled_file_is_recorded_with_its_licence():
    record = (VENDOR / "LICENCES.md").read_text(encoding="utf-8")
    for name in bundled():
        assert name == "LICENCES.md" or f"| {name} |" in record or f"({name})" in record, name


def test_every_recorded_licence_and_file_is_there():
    record = (VENDOR / "LICENCES.md").read_text(encoding="utf-8")
    packages = re.findall(r"^\| (\S+) \| ([\d.]+) \| (\S+) \| \[text\]\((\S+)\) \|$", record, re.MULTILINE)
    files = re.findall(r"^\| ([\w/.-]+\.\w+) \| [^|]+ \|$", record, re.MULTILINE)
    assert {name for name, *_ in packages} >= {"htmx.org", "katex", "vega", "@codemirror/view"}
    for name, _, licence, text in packages:
        assert licence in {"MIT", "ISC", "BSD-3-Clause", "0BSD", "OFL-1.1"}, name
        assert (VENDOR / text).stat().st_size > 200, name
    assert len(files) > 20
    assert all((VENDOR / name).is_file() for name in files)


def test_the_record_has_the_versions_of_the_lock_file():
    record = (VENDOR / "LICENCES.md").read_text(encoding="utf-8")
    lock = json.loads((ROOT / "assets" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked = {(path.rpartition("node_modules/")[2], package.get("version")) for path, package in lock.items()}
    recorded = set(re.findall(r"^\| (\S+) \| ([\d.]+) \| \S+ \| \[text\]", record, re.MULTILINE))
    assert recorded
    assert recorded <= locked


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (ROOT / "assets" / "package-lock.json").read_text(encoding="utf-8")


# ----------------------------------------------------------------------------------------------------------------------
# What the policy asks of our files

NAMES_ONLY = {
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/2000/xmlns/",
    # What Vega writes into a message, or needs only for its menu, which charts.js switches off.
    "https://vega.github.io/schema/vega/v6.json",
    "https://vega.github.io/editor/",
    "https://github.com/vega/vega-lite/issues/2415",
}
TEXTS = {".js", ".css", ".svg", ".html"}


@pytest.mark.parametrize(
    "path",
    [path for folder in (STATIC, TEMPLATES) for path in sorted(folder.rglob("*")) if path.suffix in TEXTS],
    ids=lambda path: path.relative_to(ROOT / "webapp").as_posix(),
)
def test_no_file_names_another_host(path):
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[\w./-]+", text)) <= NAMES_ONLY
    assert not re.search(r"""(?:src|href|url|import)\s*[=(]?\s*["']?//\w""", text)


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_template_has_inline_style_or_script(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|hx-on|hx-vals\s*=\s*[\"']js:", text, re.I
    )
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert 'type="application/json"' in attributes or not body.strip()


def test_every_template_compiles():
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.globals.update(asset=str, csrf_token=str, get_flashed_messages=list, url_for=str)
    for name in ("base.html", "styleguide.html", *(f"macros/{path.name}" for path in (TEMPLATES / "macros").iterdir())):
        environment.get_template(name)


def test_every_colour_of_a_component_is_a_token():
    defined = set(re.findall(r"^\s*(--[\w-]+):", (STATIC / "css" / "tokens.css").read_text("utf-8"), re.MULTILINE))
    for path in [*(STATIC / "css").rglob("*.css"), STATIC / "js" / "editor.js"]:
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"^\s*(--[\w-]+):", text, re.MULTILINE))
        assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined | own, path.name
        if path.parent.name == "components":
            assert not re.search(r"#[0-9a-f]{3}\b", text), f"{path.name} has a colour of its own"


def one_sheet() -> str:
    """The style sheet as the application serves it."""
    app = Flask("webapp", static_folder=str(STATIC))
    assets.init_app(app)
    return app.test_client().get(f"/static/{assets.SHEET}").text


def test_every_style_sheet_is_part_of_the_one_that_a_template_links():
    sheet, base = one_sheet(), (TEMPLATES / "base.html").read_text(encoding="utf-8")
    assert f"asset('{assets.SHEET}')" in base
    for path in (STATIC / "css").rglob("*.css"):
        assert path.read_text(encoding="utf-8") in sheet, path.name


def test_every_script_is_linked_by_a_template_or_imported():
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    texts += [path.read_text(encoding="utf-8") for path in (STATIC / "js").glob("*.js")]
    for path in (STATIC / "js").glob("*.js"):
        names = f'"{path.stem}"', path.relative_to(STATIC).as_posix(), f"./{path.name}"
        assert any(name in text for name in names for text in texts), path.name


# ----------------------------------------------------------------------------------------------------------------------
# The style guide, served as the application would

ADAM = """import numpy as np


def adam(w, dw, state, *, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    \"\"\"One step of Adam.\"\"\"
    m = beta1 * state.get("m", 0) + (1 - beta1) * dw  # β₁
    v = beta2 * state.get("v", 0) + (1 - beta2) * dw**2
    return w - lr * m / (np.sqrt(v) + eps), {"m": m, "v": v}
"""


def check(name, title, **other):
    empty: dict[str, Any] = {"message": "", "error": None, "trace": [], "reproducer": None}
    return SimpleNamespace(
        **{"name": name, "title": title, "points": 0, "max_points": 1, "skipped": False} | empty | other
    )


def sample() -> dict[str, Any]:
    """What the style guide shows."""
    now = datetime.now(UTC)
    soon, later, past = now + timedelta(hours=3, minutes=20), now + timedelta(days=9), now - timedelta(minutes=25)
    wrong = check(
        "length",
        "With a constant gradient every step has the length lr: t is 1 at the first, then 2, 3, 4",
        passed=False,
        message="At step 1, next_w at [2, 0] is 0.00538959, expected 0.013798 (6 of 6 elements differ).",
        error={"max_relative": 0.0158, "at": [2, 0]},
        reproducer=f"import numpy as np\nfrom my_adam import adam\n\nw = np.array([{', '.join(['-0.6411'] * 24)}])\n",
    )
    raised = check(
        "sparse",
        "A weight that has never seen a gradient stays where it is",
        passed=False,
        message="Your function raised KeyError: 'm'.",
        trace=[{"line": 5, "function": "adam", "text": 'm = beta1 * state["m"] + (1 - beta1) * dw'}],
    )
    skipped = check("eps", "eps is added outside the root", passed=False, skipped=True, message="Not run, because ...")
    right = check("pure", "The step is pure: w and dw are not modified", passed=True, points=1)
    values = [{"step": n, "weight": round(f(n), 4), "path": p} for p, f in PATHS.items() for n in range(1, 21)]
    line = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values},
        "mark": "line",
        "encoding": {
            "x": {"field": "step", "type": "quantitative"},
            "y": {"field": "weight", "type": "quantitative", "scale": {"zero": False}},
            "color": {"field": "path", "type": "nominal", "title": None},
            "tooltip": [{"field": "step"}, {"field": "weight"}],
        },
    }
    return {
        "me": SimpleNamespace(name="Ada Lovelace", email="student@example.org"),
        "course": SimpleNamespace(title="Deep Learning", edition="2026", slug="deep-learning"),
        "role": "assistant",
        "preview": False,
        "nav": [("Course", "/", True), ("Grade", "#grade-title", False), ("Class", "#tables-title", False)],
        "zone": ZoneInfo("Asia/Tokyo"),
        "soon": soon,
        "past": past,
        "source": ADAM,
        "checks": [wrong, raised, skipped, right],
        "figures": [{"title": "The first weight on the quadratic problem", "spec": line}],
        "units": [
            (1, "Feed-forward networks and backpropagation", "full", "30 of 30", [
                ("Affine layer", "Forward and backward.", "full", 10, 10, past),
                ("Numerical gradient", "Central differences.", "full", 10, 10, past),
            ]),
            (2, "Optimizers", "tried", "14.5 of 50", [
                ("Adam", "Adaptive moments with bias correction: one pure step.", "tried", 4, 10, soon),
                ("AdamW", "Adam with decoupled weight decay.", "grading", None, 10, later),
            ]),
            (3, "Dropout", "not-started", "0 of 10", [
                ("Dropout", "Inverted dropout with a mask.", "not-started", None, 10, later),
            ]),
        ],
    }  # fmt: skip


PATHS = {"yours": lambda n: -1 - 0.02 * n, "expected": lambda n: -1 - 0.001 * n**1.6}


def style_guide() -> str:
    """The page, by Jinja as the application sets it up, with stand-ins for the globals."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(
        asset=lambda name: f"/static/{name}?v=1",
        csrf_token=lambda: "token",
        get_flashed_messages=lambda with_categories: [("right", "You are signed in.")],
    )
    return environment.get_template("styleguide.html").render(sample())


@dataclass
class Site:
    """A web server on a free port with the style guide; remembers what it was asked, answers as the test wants."""

    url: str = ""
    runs: list[dict[str, list[str]]] = field(default_factory=list)
    run_status: HTTPStatus = HTTPStatus.OK
    verdicts: list[str | HTTPStatus] = field(default_factory=list)


WAITING = (
    '<section class="verdict" data-outcome="waiting" id="verdict" data-poll-url="/verdict" data-poll-after-ms="50">'
    '<h3>{place}</h3><details id="more" data-state="wrong"><summary>More</summary>All of it</details>'
    "<span data-poll-status></span></section>"
)
DONE = (
    '<section class="verdict" data-outcome="right" id="verdict" data-announce="10 of 10. Right.">'
    '<h3>10 of 10</h3><details id="more" data-state="wrong"><summary>More</summary>All of it</details></section>'
)
RUN = (
    '<ol class="check-dots" data-draft-revision="4"><li class="check-dot" data-state="wrong" data-line="3"'
    ' data-message="name q is not defined"><svg class="icon"></svg><span>Raises at line 3</span></li></ol>'
)


class Handler(SimpleHTTPRequestHandler):
    """Static files, the style guide, a run, and a verdict that is awaited."""

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        self.site = site
        super().__init__(*args, directory=str(STATIC.parent), **kwargs)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the test says what went wrong."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._send(HTTPStatus.OK, style_guide())
        elif self.path.startswith(f"/static/{assets.SHEET}"):
            self._send(HTTPStatus.OK, one_sheet(), "text/css")
        elif self.path == "/verdict":
            answer = self.site.verdicts.pop(0) if len(self.site.verdicts) > 1 else self.site.verdicts[0]
            self._send(answer, "") if isinstance(answer, HTTPStatus) else self._send(HTTPStatus.OK, answer)
        else:
            super().do_GET()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.site.runs.append(parse_qs(body))
        submitted = self.path == "/submissions"
        self._send(self.site.run_status, style_guide() if submitted else RUN)

    def _send(self, status: HTTPStatus, text: str, kind: str = "text/html") -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served() -> Iterator[Site]:
    """A Site that is being served."""
    site = Site(verdicts=[DONE])
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, site=site))
    server.daemon_threads = False
    site.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        yield site


@contextmanager
def opened(chromium: Browser, site: Site, expected_errors: str = r"^$", **options: Any) -> Iterator[Page]:
    """The style guide in a window of its own."""
    shape = {"viewport": WIDE, "timezone_id": "Europe/Madrid"} | options
    with window(chromium, site.url, expected_errors, **shape) as page:
        page.goto(site.url)
        yield page


def everything_is_there(page: Page) -> None:
    expect(page.locator(".cm-content")).to_be_attached()
    expect(page.locator(".math.block .katex").first).to_be_visible()
    expect(page.locator("figure[data-chart] svg.marks")).to_be_visible()
    expect(page.locator("#verdict")).to_have_attribute("data-outcome", "right")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_style_guide_is_accessible_and_fits(chromium, site, scheme, viewport):
    with opened(chromium, site, viewport=viewport, color_scheme=scheme) as page:
        everything_is_there(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        if viewport == NARROW:
            page.get_by_role("tab", name="Your code").click()
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


@pytest.mark.slow
def test_it_needs_no_javascript_to_be_read_and_sent(chromium, site):
    with opened(chromium, site, java_script_enabled=False) as page:
        expect(page.locator("textarea[name=source]")).to_be_visible()
        expect(page.locator("[data-copy], [data-theme-button]").first).to_be_hidden()
        expect(page.locator(".pane").nth(1)).to_be_visible()


@pytest.mark.slow
def test_the_chosen_colours_stay_over_a_reload(chromium, site):
    with opened(chromium, site, color_scheme="light") as page:
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.locator("[data-theme-button]").click()
        page.locator("[data-theme-button]").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        dark = page.evaluate(paper)
        page.reload()
        assert dark != light
        assert page.evaluate(paper) == dark


@pytest.mark.slow
def test_a_pause_in_typing_runs_the_checks_and_shows_where_it_went_wrong(chromium, site):
    with opened(chromium, site) as page:
        page.locator(".cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.type("q = 1")
        expect(page.locator("#checks")).to_contain_text("Raises at line 3")
        expect(page.locator("[data-editor-status]")).to_contain_text("Saved")
        expect(page.locator(".cm-lint-marker-error")).to_have_count(1)
        expect(page.locator("[name=revision]")).to_have_value("4")
    assert [run["source"][0] for run in site.runs] == [ADAM + "q = 1"]


@pytest.mark.slow
def test_ctrl_enter_runs_from_within_the_editor_and_ctrl_shift_enter_submits(chromium, site):
    with opened(chromium, site) as page:
        page.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(page.locator("#checks")).to_contain_text("Raises at line 3")
        page.keyboard.press("Control+Shift+Enter")
        page.wait_for_url("**/submissions")
    # Browsers send the lines of a form with CR LF, htmx sends them as they are.
    assert [run["source"][0].replace("\r\n", "\n") for run in site.runs] == [ADAM, ADAM]


@pytest.mark.slow
def test_the_editor_completes_names_and_numpy(chromium, site):
    with opened(chromium, site) as page:
        page.locator(".cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.type("np.linalg.nor")
        expect(page.locator(".cm-tooltip-autocomplete li").first).to_have_text("norm")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        page.keyboard.type("bet")
        expect(page.locator(".cm-tooltip-autocomplete li").first).to_have_text("beta1")


@pytest.mark.slow
def test_tab_indents_and_escape_then_tab_leaves_the_editor(chromium, site):
    with opened(chromium, site) as page:
        page.locator(".cm-content").click()
        page.keyboard.press("Control+Home")
        page.keyboard.press("Tab")
        expect(page.locator("textarea[name=source]")).to_have_value(re.compile("^    import"))
        expect(page.locator("chainrule-editor")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(page.locator("#checks")).to_be_focused()


@pytest.mark.slow
def test_a_draft_that_cannot_be_saved_is_kept_and_offered_at_the_next_visit(chromium, site):
    site.run_status = HTTPStatus.SERVICE_UNAVAILABLE
    with opened(chromium, site, expected_errors="503|Response Status Error") as page:
        page.locator(".cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.type("kept = 1")
        expect(page.locator("[data-editor-status]")).to_contain_text("A copy is kept in this browser")
        page.reload()
        assert "kept = 1" not in page.locator("textarea[name=source]").input_value()
        site.run_status = HTTPStatus.OK
        page.get_by_role("button", name="Use the copy").click()
        expect(page.locator("#checks")).to_contain_text("Raises at line 3")
        page.reload()
        expect(page.get_by_role("button", name="Use the copy")).to_have_count(0)


@pytest.mark.slow
def test_an_answer_that_says_why_not_is_shown_and_a_strangers_is_not(chromium, site):
    with opened(chromium, site, expected_errors="409|502|Response Status Error") as page:
        checks = page.locator("#checks")
        site.run_status = HTTPStatus.BAD_GATEWAY
        page.locator("[data-key=run]").click()
        expect(page.locator("[data-editor-status]")).to_contain_text("Not saved: the server is broken")
        expect(checks).not_to_contain_text("Raises at line 3")
        site.run_status = HTTPStatus.CONFLICT
        page.locator("[data-key=run]").click()
        expect(checks).to_contain_text("Raises at line 3")
        expect(page.locator("[data-editor-status]")).to_contain_text("Not saved: the reason is on this page")
        expect(page.locator("[name=revision]")).to_have_value("3")


@pytest.mark.slow
def test_the_verdict_arrives_by_itself_and_what_was_open_stays_open(chromium, site):
    site.verdicts[:] = [WAITING.format(place="Second"), WAITING.format(place="First")]
    with opened(chromium, site) as page:
        expect(page.locator("#verdict")).to_contain_text("First")
        page.locator("#more summary").click()
        site.verdicts.append(DONE)
        expect(page.locator("#live")).to_have_text("10 of 10. Right.")
        expect(page.locator("#more")).to_have_attribute("open", "")
        expect(page.locator("#verdict")).not_to_have_attribute("data-poll-url", re.compile("."))


@pytest.mark.slow
def test_a_verdict_that_cannot_be_fetched_is_asked_for_again(chromium, site):
    site.verdicts[:] = [WAITING.format(place="First"), HTTPStatus.BAD_GATEWAY, DONE]
    with opened(chromium, site, expected_errors="502") as page:
        expect(page.locator("[data-poll-status]")).to_contain_text("tries again by itself")
        expect(page.locator("#verdict h3")).to_have_text("10 of 10")


@pytest.mark.slow
def test_the_panes_are_tabs_on_a_phone(chromium, site):
    with opened(chromium, site, viewport=NARROW) as page:
        expect(page.locator("chainrule-editor")).to_be_hidden()
        page.get_by_role("tab", name="Statement").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("chainrule-editor")).to_be_visible()
        expect(page.get_by_role("tabpanel", name="Your code")).to_be_visible()
        expect(page.locator(".math.block").first).to_be_hidden()


@pytest.mark.slow
def test_slash_finds_an_exercise_and_the_question_mark_lists_the_keys(chromium, site):
    with opened(chromium, site) as page:
        page.keyboard.press("/")
        page.keyboard.type("adamw")
        expect(page.locator(".exercise-row:visible")).to_have_count(1)
        page.keyboard.type("x")
        expect(page.get_by_text("No exercise has these words")).to_be_visible()
        page.locator("h1").click()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


@pytest.mark.slow
def test_times_are_the_readers_with_the_courses_in_the_title(chromium, site):
    with opened(chromium, site) as page:
        due = page.locator(".panel time").first
        expect(due).to_have_text(re.compile(r"^(today|tomorrow) \d\d:\d\d, in 3 h (19|20) min$"))
        expect(due).to_have_attribute("title", re.compile(r"\(Asia/Tokyo\)$"))


@pytest.mark.slow
def test_a_reproducer_is_copied_and_the_page_says_so(chromium, site):
    with opened(chromium, site, permissions=["clipboard-read", "clipboard-write"]) as page:
        expect(page.locator("#live")).to_have_text("10 of 10. Right.")  # else it could come after what is waited for
        page.locator("#check-length .copy-button").click()
        expect(page.locator("#live")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()").startswith("import numpy as np\n")
