"""Paths in the settings: console and worker mean the same files, wherever they were started."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.demo import demo_settings
from app.settings import Settings, as_environment, load


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("sqlite:///var/tact.db", "sqlite:///{here}/var/tact.db"),
        ("sqlite:///tact.db?timeout=5", "sqlite:///{here}/tact.db?timeout=5"),
        ("sqlite:////srv/tact.db", "sqlite:////srv/tact.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
        ("postgresql+psycopg://tact@db/tact", "postgresql+psycopg://tact@db/tact"),
    ],
)
def test_a_relative_database_is_named_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load({"TACT_DATABASE_URL": given, "TACT_DRY_RUN_FOLDER": "out"})
    assert settings.database_url == expected.format(here=tmp_path)
    assert settings.dry_run_folder == tmp_path / "out"
    monkeypatch.chdir("/")  # where a child of ours may be by the time it reads them
    assert load(as_environment(settings)) == settings


def test_the_demo_lies_where_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = demo_settings(Settings())
    assert made.database_url == f"sqlite:///{tmp_path}/var/demo/tact.db"
    assert made.dry_run_folder == tmp_path / "var" / "demo" / "dry_run"
