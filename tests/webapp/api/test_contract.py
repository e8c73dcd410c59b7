"""The students' command line and this API, which are written apart, understand each other."""

from __future__ import annotations

import json
import threading

import pytest

from grader.client import Client, Refused, Upload, report_of

RIGHT = "def scale(x, factor=2.0):\n    return factor * x\n"
WRONG = "def scale(x, factor=2.0):\n    return x + factor\n"


@pytest.fixture
def client(address, bearer):
    """Ana's command line."""
    return Client(address, bearer("ana")["Authorization"].removeprefix("Bearer "))


def test_it_learns_who_the_user_is_and_what_there_is_to_do(client):
    assert client.me()["name"] == "Ana Alonso"
    assert "scale" in [each["name"] for each in client.exercises()]


def test_it_hands_in_and_follows_a_submission_to_its_report(client, grade_all):
    accepted = client.submit("scale", Upload.of_source(WRONG, "mine.py"), "key")
    assert accepted["receipt"]
    grading = threading.Timer(0.2, grade_all)
    grading.start()
    *waiting, graded = client.follow(accepted["id"])
    grading.join()
    assert all(document["position"] == 1 for document in waiting)
    assert report_of(graded).diagnosis.name == "adds_the_factor"


def test_it_hands_in_a_notebook(client, grade_all):
    cells = [{"cell_type": "code", "source": [RIGHT]}]
    upload = Upload.of_file(json.dumps({"nbformat": 4, "cells": cells}).encode(), "mine.ipynb")
    id = client.submit("scale", upload, "key")["id"]
    grade_all()
    assert report_of(client.submission(id)).status == "passed"
    assert client.submissions("scale", 10)[0]["status"] == "passed"


def test_it_sends_a_submission_again_and_it_is_taken_once(client):
    upload = Upload.of_source(RIGHT, "mine.py")
    ids = [client.submit("scale", upload, "key")["id"] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(client.submissions(None, 10)) == 1


@pytest.mark.parametrize("size", [200_000, 10 * 2**20])
def test_a_file_that_is_too_large_is_refused_in_words(client, size):
    with pytest.raises(Refused, match=r"131,072|128 KiB"):
        client.submit("scale", Upload.of_file(b"#" * size, "mine.py"), "key")


def test_it_reads_the_grade(client):
    assert client.grades()["grade"]["high"] == "10.0"


def test_it_ends_its_token(client):
    client.revoke()
    with pytest.raises(Refused) as refused:
        client.me()
    assert refused.value.status == 401
