"""What the browser tests share. Every one of them fails on an error in the console or a request to another host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import ROOT, Person, Platform, Windows, served

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is slow."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform, served once for all."""
    with served() as platform:
        yield platform


@pytest.fixture
def student(platform: Platform) -> Person:
    """A student of the demo course who has done nothing yet."""
    return platform.person()


@pytest.fixture
def windows(chromium: Browser, platform: Platform) -> Iterator[Windows]:
    """Opens windows, and looks at the end at what they complained of."""
    opened = Windows(chromium, platform)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture(scope="session")
def solution_of() -> dict[str, str]:
    """The text of every exercise's solution, by name."""
    return {path.parent.name: path.read_text(encoding="utf-8") for path in ROOT.glob("reference/*/*/solution.py")}
