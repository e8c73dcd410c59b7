"""The services that the doctor tries: what is named must answer, what is not named is no fault."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from webapp import schema
from webapp.database import Database
from webapp.probes import examine


@pytest.fixture
def found(tmp_path):
    """Tries the services of an environment; each finding by its name."""

    def find(**environment):
        given = {"CHAINRULE_HOME": str(tmp_path), **environment}
        return {finding.name: finding for finding in examine(given)}

    return find


def test_what_is_not_named_is_missing_and_no_fault(found, tmp_path):
    services = found()
    assert services.keys() == {"database", "Redis"}
    assert {each.status for each in services.values()} == {"missing"}
    assert "chainrule serve" in services["Redis"].text
    assert list(tmp_path.iterdir()) == []  # looking makes nothing


def test_a_database_and_a_redis_that_answer_stand(found, database, redis_url):
    url = database.url.render_as_string(hide_password=False)
    services = found(CHAINRULE_DATABASE_URL=url, CHAINRULE_REDIS_URL=redis_url)
    assert {each.status for each in services.values()} == {"stands"}
    assert "its schema is up to date" in services["database"].text


def test_the_database_of_the_home_is_tried_once_it_is_there(found, tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'chainrule.db'}")
    schema.upgrade(database)
    database.close()
    assert found()["database"].status == "stands"


def test_a_database_that_others_can_read_is_told_with_the_way_to_close_it(found):
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="a home ") as folder:  # pytest's own is closed to others
        home, file = Path(folder), Path(folder) / "chainrule.db"
        schema_of(file)
        file.chmod(0o640)
        assert "privacy" not in found(CHAINRULE_HOME=folder)  # nobody comes to it
        home.chmod(0o755)
        finding = found(CHAINRULE_HOME=folder)["privacy"]
        assert (finding.status, finding.text.endswith(f"chmod 600 '{file}'")) == ("missing", True), finding
        file.chmod(0o600)
        assert "privacy" not in found(CHAINRULE_HOME=folder)


def schema_of(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.close()


def test_a_database_whose_schema_is_old_is_broken(found, tmp_path):
    (tmp_path / "chainrule.db").touch()
    finding = found()["database"]
    assert finding.status == "broken"
    assert "run `chainrule db upgrade`" in finding.text


def test_a_named_database_that_is_not_there_is_broken(found, tmp_path):
    finding = found(CHAINRULE_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")["database"]
    assert finding.status == "broken"
    assert "is not there: run `chainrule db upgrade`" in finding.text
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_broken(found, tmp_path):
    (tmp_path / "chainrule.db").write_bytes(b"no database at all, and long enough to be looked at" * 20)
    finding = found()["database"]
    assert (finding.status, "file is not a database" in finding.text) == ("broken", True), finding


def test_servers_that_do_not_answer_are_broken_and_their_passwords_are_not_told(found):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there
        port = closed.getsockname()[1]
        services = found(
            CHAINRULE_DATABASE_URL=f"postgresql://chainrule:hush@127.0.0.1:{port}/chainrule",
            CHAINRULE_REDIS_URL=f"redis://:hush@127.0.0.1:{port}/0",
        )
    for finding in services.values():
        assert (finding.status, "cannot be used" in finding.text) == ("broken", True), finding
        assert "hush" not in finding.text
        assert "\n" not in finding.text


def test_a_setting_that_is_bad_is_broken_and_named(found):
    (finding,) = found(CHAINRULE_WORKERS="many").values()
    assert (finding.name, finding.status) == ("settings", "broken")
    assert "CHAINRULE_WORKERS is 'many'" in finding.text


def test_a_machine_without_a_redis_says_what_to_install(found, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("webapp.serving.redis.bundled_redis", lambda: None)
    assert "apt-get install redis-server" in found()["Redis"].text


def test_nothing_of_the_doctors_stays_in_redis(found, redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        before = client.keys()
        assert found(CHAINRULE_REDIS_URL=redis_url)["Redis"].status == "stands"
        assert client.keys() == before


def test_the_plug_in_loads_nothing_before_it_is_asked():
    text = (Path(__file__).resolve().parents[2] / "webapp/plugin.py").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith(("import ", "from "))] == [
        "from __future__ import annotations",
        "from collections.abc import Iterator",
        "from typing import TYPE_CHECKING, Final",
    ]
