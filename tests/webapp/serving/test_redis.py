"""The private Redis: the system's and the bundled one, really started and asked by the libraries that use it."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
import redis

from grader.tasks import Post, application
from webapp.problems import Problem
from webapp.security import Rates
from webapp.serving.errors import RedisMissing
from webapp.serving.redis import LONGEST_SOCKET, PrivateRedis, bundled_redis, find_redis
from webapp.settings import Settings


@pytest.fixture
def start(eventually):
    """Starts a private Redis and waits for it; it is stopped at the end."""
    processes = []

    def run(private):
        processes.append(subprocess.Popen(private.command(), stdout=subprocess.DEVNULL))
        eventually(private.ready)
        return private

    yield run
    for process in processes:
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


@pytest.fixture
def long_home(tmp_path, monkeypatch):
    """A home whose path is too long for a socket; its short folder goes when the test ends."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        yield tmp_path / ("long-" * 30)


@pytest.mark.parametrize("program", [find_redis(), bundled_redis()], ids=["found", "bundled"])
def test_it_answers_the_client(program, tmp_path, start):
    private = start(PrivateRedis(tmp_path, program))
    with redis.Redis.from_url(private.url) as client:
        assert client.ping()
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}


def test_it_takes_a_bounded_part_of_the_memory_and_forgets_nothing(tmp_path, start):
    private = start(PrivateRedis(tmp_path))
    with redis.Redis.from_url(private.url) as client:
        assert client.config_get("maxmemory") == {"maxmemory": str(256 * 2**20)}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_while_it_is_full_rates_are_counted_and_messages_left_to_the_sweeper(tmp_path, start):
    private = start(PrivateRedis(tmp_path))
    with redis.Redis.from_url(private.url) as client:
        client.config_set("maxmemory", 1)
    rates = Rates(Settings(home=tmp_path, redis_url=private.url, rate_sign_in="1 per minute"))
    rates.count("sign_in", "somebody")
    with pytest.raises(Problem, match="too quick"):
        rates.count("sign_in", "somebody")
    assert not Post(private.url).grade("of-somebody")


def test_it_carries_messages_of_celery(tmp_path, start):
    private = start(PrivateRedis(tmp_path / "a home"))
    with application(private.url).connection() as connection:
        queue = connection.SimpleQueue("numbers")
        queue.put(17)
        message = queue.get(timeout=2)
        message.ack()
        queue.close()
        assert message.payload == 17


def test_only_this_user_reaches_it(tmp_path, start):
    private = start(PrivateRedis(tmp_path))
    assert private.socket.stat().st_mode & 0o777 == 0o600
    assert private.socket.parent.stat().st_mode & 0o777 == 0o700
    with redis.Redis.from_url(private.url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_it_leaves_nothing_on_disk(tmp_path, start):
    private = start(PrivateRedis(tmp_path))
    with redis.Redis.from_url(private.url) as client:
        client.set("key", "value")
        client.shutdown()
    assert {path.name for path in private.folder.iterdir()} <= {"redis.conf", "redis.sock"}


def test_it_takes_the_place_of_one_that_was_killed(tmp_path, start, eventually):
    private = PrivateRedis(tmp_path)
    with subprocess.Popen(private.command(), stdout=subprocess.DEVNULL) as killed:
        eventually(private.ready)
        killed.kill()
    assert private.socket.exists()
    assert not private.ready()
    start(private)


def test_a_path_with_odd_characters_is_no_trouble(tmp_path, start):
    private = start(PrivateRedis(tmp_path / 'a "b" \\c %20 # é'))
    with redis.Redis.from_url(private.url) as client:
        assert client.ping()


def test_a_home_too_long_for_a_socket_gets_a_short_folder_for_it(long_home, start):
    private = start(PrivateRedis(long_home))
    assert len(bytes(private.socket)) <= LONGEST_SOCKET
    assert private.socket.parent.stat().st_mode & 0o777 == 0o700
    with redis.Redis.from_url(private.url) as client:
        assert client.ping()


def test_the_short_folder_is_remembered_and_says_why(long_home):
    first, second = PrivateRedis(long_home), PrivateRedis(long_home)
    assert first.socket == second.socket
    note = (first.folder / "socket-folder.txt").read_text()
    assert "may have 103 bytes" in note
    assert str(first.socket.parent) in note


@pytest.mark.parametrize("harm", ["swept", "open to others", "a link"])
def test_a_short_folder_that_another_may_have_made_is_not_used_again(harm, long_home, tmp_path):
    old = PrivateRedis(long_home).socket.parent
    if harm == "open to others":
        old.chmod(0o755)
    else:
        old.rmdir()
    if harm == "a link":
        old.symlink_to(tmp_path)
    assert PrivateRedis(long_home).socket.parent != old


def test_without_the_system_s_redis_the_bundled_one_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis() == bundled_redis()


def test_without_any_redis_it_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("webapp.serving.redis.find_spec", lambda name: None)
    with pytest.raises(RedisMissing, match="apt-get install redis-server"):
        PrivateRedis(tmp_path).command()


def test_the_supervisor_runs_it_and_starts_it_again(serve, tmp_path):
    server = serve("serve(PrivateRedis(home).part())", LC_ALL="xx_XX.UTF-8")
    server.shows("all ready")
    with redis.Redis.from_url(PrivateRedis(server.home).url) as client:
        client.shutdown()
    server.shows("redis is ready again")
    server.send(signal.SIGINT)
    assert server.ends() == 0
    assert not Path(PrivateRedis(server.home).socket).exists()
    server.leaves_nothing()
