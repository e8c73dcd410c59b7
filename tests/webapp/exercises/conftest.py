"""What the tests of exercises share: Run in somebody's browser, and the workers' part of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from webapp.database import Database
from webapp.exercises.models import Draft

PAGE = "/courses/small/exercises/scale"


@pytest.fixture
def right() -> str:
    """A right answer to scale."""
    return "def scale(x, factor=2.0):\n    return factor * x\n"


@pytest.fixture
def drafts(database: Database) -> Callable[[], list[Draft]]:
    """All drafts as they are now."""

    def read() -> list[Draft]:
        with database.reading() as session:
            return list(session.scalars(select(Draft).order_by(Draft.id)))

    return read


@pytest.fixture
def try_out(bench, drafts) -> Callable[[], None]:
    """Runs all drafts, as the workers would."""

    def run() -> None:
        for draft in drafts():
            bench.try_out(draft.id, draft.revision)

    return run


@pytest.fixture
def signed_in(browser) -> Callable[[str], Any]:
    """Somebody's browser, signed in once."""
    return cache(browser)


@pytest.fixture
def run(signed_in) -> Callable[..., TestResponse]:
    """Presses Run, as htmx does or, with `plain`, as a form; gives the answer."""

    def press(source: str, revision: int = 0, *, who: str = "ana", plain: bool = False, **fields: str) -> TestResponse:
        headers = {} if plain else {"HX-Request": "true"}
        data = {"source": source, "revision": str(revision), **fields}
        return signed_in(who).post(f"{PAGE}/run", data, headers=headers)

    return press


@pytest.fixture
def look(signed_in) -> Callable[..., str]:
    """Asks for the results of a run, as the strip does."""

    def ask(revision: int, looks: int = 1, who: str = "ana") -> str:
        answer = signed_in(who).get(f"{PAGE}/run?revision={revision}&looks={looks}", headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    return ask
