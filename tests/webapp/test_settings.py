"""Settings come from the environment, and a bad one is named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from webapp.settings import Settings, SettingsError, make_secret, masked

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
    ],
)
def test_a_bad_one_is_named_with_its_value(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} is {value!r}, expected"):
        Settings.from_environment({variable: value})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://chainrule:hunter2@host/db", "postgresql://chainrule:***@host/db"),
        ("mysql://u:hun@ter2@host", "mysql://u:***@host"),
        ("u:hunter2@host", "u:***@host"),
        ("postgresql://host/db?password=hunter2&a=b", "postgresql://host/db?password=***&a=b"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("sqlite:////srv/chainrule.db", "sqlite:////srv/chainrule.db"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_short_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    settings = Settings.from_environment({"CHAINRULE_HOME": str(tmp_path), "CHAINRULE_SECRET": "hunter2"})
    with pytest.raises(SettingsError, match="has 7 characters") as refused:
        settings.require_secret()
    assert "hunter2" not in str(refused.value)


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
