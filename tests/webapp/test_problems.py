"""What goes wrong on our side: a page for whoever asked, a line for the operator."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError


def test_a_database_that_does_not_answer_is_one_line_of_the_log(
    app: Flask, bearer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    headers = bearer("ana")

    def away() -> None:
        raise OperationalError("SELECT hash", {"hash": "hunter2"}, Exception("no server\n\tis there"))

    monkeypatch.setattr(app.extensions["chainrule"].database, "open", away)
    answer = app.test_client().get("/api/v1/me", headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    (record,) = [each for each in caplog.records if each.name == "webapp.problems"]
    assert record.getMessage() == "the database does not answer at GET /api/v1/me: no server is there"
