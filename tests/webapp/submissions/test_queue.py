"""The queue: where its messages go, and a Redis that is there and does not answer."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import redis

from grader import tasks
from grader.tasks import CHANNELS, Post
from tests.webapp.conftest import running_redis

ID = "0" * 26


@contextmanager
def stopped(server: subprocess.Popen[bytes]) -> Iterator[None]:
    """While this lasts, the server takes connections and answers nothing."""
    server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)


def seconds_of(post: Post) -> float:
    """How long it takes to find that no message can be sent."""
    began = time.monotonic()
    assert post.grade(ID) is False
    return time.monotonic() - began


@pytest.mark.parametrize("is_connected", [True, False])
def test_nobody_waits_long_for_a_redis_that_hangs(is_connected: bool, caplog: pytest.LogCaptureFixture) -> None:
    with running_redis() as (socket, server):
        post = Post(f"unix://{socket}")
        assert not is_connected or post.grade(ID)
        with stopped(server):
            assert seconds_of(post) < tasks.SEND_S + 1
    assert "could not be sent" in caplog.text


def test_the_next_ones_do_not_wait_for_it_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "REST_S", 2.0)
    with running_redis() as (socket, server):
        post = Post(f"unix://{socket}")
        with stopped(server):
            seconds_of(post)
            assert seconds_of(post) < 0.1
        time.sleep(tasks.REST_S)
        assert post.grade(ID) is True


def test_one_that_refuses_at_once_is_asked_again_at_once() -> None:
    with running_redis() as (socket, _):
        post = Post(f"unix://{socket}")
        socket.rename(socket.with_name("away"))
        assert seconds_of(post) < 1
        socket.with_name("away").rename(socket)
        assert post.grade(ID) is True


@pytest.mark.parametrize(
    "account", [":{password}@{path}?db=3", "default:{password}@{path}?db=3", "{path}?password={password}&db=3"]
)
def test_a_socket_s_address_may_name_a_password_and_a_database(account: str) -> None:
    password = "a/b:c@d?e;f"
    with running_redis(password) as (socket, _):
        url = f"unix://{account.format(password=quote(password, safe=''), path=socket)}"
        assert Post(url).grade(ID) is True
        with redis.Redis(unix_socket_path=str(socket), password=password, db=3) as client:
            assert client.llen(CHANNELS["submissions"]) == 1
