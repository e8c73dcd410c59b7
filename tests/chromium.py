"""Chromium for the tests that look at pages: one browser a module, and windows that note what their pages complain of."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

PATIENCE_MS: Final = 30_000
"""How long a test waits for what should come at once: a busy machine is slow, not wrong."""

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, the system's own. Without its sandbox, which it has not for root; it sees our pages only.

    There is no GPU: to imitate one costs a fifth of the processor's time.
    """
    path = shutil.which("chromium")
    assert path is not None, "chromium is not installed: make setup, or apt-get install chromium"
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium. Not longer than a module: playwright's event loop is in the way of others in the same process."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


def watched(context: BrowserContext, url: str, excused: Callable[[str], bool], complaints: list[str]) -> None:
    """Adds to `complaints` what is wrong in any page of the context, whether one looks at it or not.

    That is: an error or a warning in the console that is not `excused`, an error of a script that nothing has caught,
    and a request to another host than the URL's.
    """

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not excused(message.text):
            complaints.append(f"console: {message.type}: {message.text} ({message.page and message.page.url})")

    def request(asked: str) -> None:
        parts = urlsplit(asked)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(url).netloc:
            complaints.append(f"a request to another host: {asked}")

    context.set_default_timeout(PATIENCE_MS)
    context.on("console", console)
    context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
    context.on("request", lambda each: request(each.url))


@contextmanager
def window(chromium: Browser, url: str, excused: str = r"^$", **options: Any) -> Iterator[Page]:
    """A window on a site, with nothing kept from others; fails at the end where its pages have complained.

    `excused` is a pattern of what the console may say.
    """
    context = chromium.new_context(base_url=url, **options)
    complaints: list[str] = []
    watched(context, url, lambda text: re.search(excused, text) is not None, complaints)
    try:
        yield context.new_page()
    finally:
        context.close()
    assert complaints == []
