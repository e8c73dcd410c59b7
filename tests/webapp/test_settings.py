"""Settings come from the environment, and a bad one is named."""

from __future__ import annotations

import errno
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from webapp.settings import LEAST_SECRET, Settings, SettingsError, make_secret, masked

ROOT = Path(__file__).resolve().parents[2]


def test_a_fresh_clone_needs_none(tmp_path: Path) -> None:
    settings = Settings.from_environment({"XDG_DATA_HOME": str(tmp_path)})
    assert settings.home == tmp_path / "chainrule"
    assert settings.database_url == f"sqlite:///{tmp_path / 'chainrule' / 'chainrule.db'}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CHAINRULE_PROXIES", "-1"),
        ("CHAINRULE_URL", "example.org"),
        ("CHAINRULE_DEMO", "maybe"),
        ("CHAINRULE_DATABASE_URL", "mysql://host/chainrule"),
        ("CHAINRULE_DATABASE_URL", "nonsense"),
        ("CHAINRULE_DATABASE_URL", "sqlite://"),
        ("CHAINRULE_DATABASE_URL", "postgresql://host:port/chainrule"),
        ("CHAINRULE_REDIS_URL", "localhost:6379"),
        ("CHAINRULE_REDIS_URL", "redis://host:port"),
        ("CHAINRULE_RATE_RUN", "often"),
        ("CHAINRULE_RATE_RUN", "0 per minute"),
        ("CHAINRULE_RATE_RUN", "1 per minute; 10 per hour"),
        ("CHAINRULE_WEB_WORKERS", "0"),
        ("CHAINRULE_WEB_THREADS", "1000000"),
        ("CHAINRULE_SESSION_DAYS", "0"),
        ("CHAINRULE_HOME", "~nosuch-user/x"),
        ("CHAINRULE_URL", "http://example.org:abc"),
        ("CHAINRULE_WORKERS", "1000000"),
        ("CHAINRULE_PROXIES", "99999999"),
        ("CHAINRULE_DATABASE_URL", "postgresql://u@/x?nonsense=1"),
        ("CHAINRULE_DATABASE_URL", "postgresql://u@/x?connect_timeout=soon"),
    ],
)
def test_a_bad_one_is_named_with_its_value(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"{variable} is {value!r}, expected")):
        Settings.from_environment({variable: value})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://chainrule:hunter2@host/db", "postgresql://chainrule:***@host/db"),
        ("mysql://u:hun@ter2@host", "mysql://u:***@host"),
        ("u:hunter2@host", "u:***@host"),
        ("postgresql://host/db?password=hunter2&a=b", "postgresql://host/db?password=***&a=b"),
        ("postgresql://host/db?a=b&sslpassword=hunter2", "postgresql://host/db?a=b&sslpassword=***"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("sqlite:////srv/chainrule.db", "sqlite:////srv/chainrule.db"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_password_whose_end_would_be_taken_for_the_host_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="of the password written as %40") as refused:
        Settings.from_environment({"CHAINRULE_DATABASE_URL": "postgresql://u:ge@heim@127.0.0.1:1/x"})
    assert "'postgresql://u:***@127.0.0.1:1/x'" in str(refused.value)
    assert "heim" not in str(refused.value)


def test_what_libpq_knows_is_no_bad_value() -> None:
    url = "postgresql://u@/x?host=/run/one&host=/run/two&sslmode=require&connect_timeout=3"
    assert Settings.from_environment({"CHAINRULE_DATABASE_URL": url}).database_url == url


def test_a_short_secret_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="CHAINRULE_SECRET is of 7 characters, expected at least 32") as refused:
        Settings.from_environment({"CHAINRULE_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"hunter2", b"\xff" * 64])
def test_a_secret_that_was_written_in_part_is_refused_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    for read in (make_secret, lambda home: Settings.from_environment({"CHAINRULE_HOME": str(home)})):
        with pytest.raises(SettingsError, match=f"the secret {tmp_path / 'secret'} .*; expected a line of") as refused:
            read(tmp_path)
        assert "hunter2" not in str(refused.value)
    assert (tmp_path / "secret").read_bytes() == content


def test_a_secret_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("webapp.settings.secrets.token_urlsafe", full)
        with pytest.raises(OSError, match="No space"):
            make_secret(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(make_secret(tmp_path)) >= LEAST_SECRET


def test_of_those_who_make_a_secret_at_once_all_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make_secret, [tmp_path] * 8))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_the_secret_of_a_home_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = make_secret(tmp_path / "home")
    assert make_secret(tmp_path / "home") == made
    assert Settings.from_environment({"CHAINRULE_HOME": str(tmp_path / "home")}).require_secret() == made
    assert (tmp_path / "home" / "secret").stat().st_mode & 0o777 == 0o600


def test_every_setting_stands_in_the_operator_s_page() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    missing = [
        each.name
        for each in fields(Settings)
        if f"| `{each.metadata['variable']}` | {each.metadata['meaning']}" not in page
    ]
    assert missing == []
