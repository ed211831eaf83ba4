"""What every test may ask for: a store on a real database, and a clock that a test moves by hand."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from data.storage.engine import open_store
from data.storage.store import Store

POSTGRES = os.environ.get("TACT_TEST_POSTGRES_URL", "")
SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffle: the few long tests first, so that the other core has work until they are done."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind. PostgreSQL is skipped where no server was named, never in CI."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tact.db'}"
        return
    with postgres_database() as url:
        yield url


class postgres_database:
    """A database of its own on the test server, a copy of `template` if one is named, dropped afterwards."""

    def __init__(self, template: str = "template1") -> None:
        self.template = template

    def __enter__(self) -> str:
        if not POSTGRES:
            assert not os.environ.get("CI"), "CI must name a PostgreSQL server in TACT_TEST_POSTGRES_URL"
            pytest.skip("no PostgreSQL server: set TACT_TEST_POSTGRES_URL (make check starts one)")
        self.name = f"tact_{uuid.uuid4().hex}"
        self._admin(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
        return POSTGRES.rsplit("/", 1)[0] + f"/{self.name}"

    def __exit__(self, *_: object) -> None:
        self._admin(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    @staticmethod
    def _admin(statement: str) -> None:
        engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with today's schema; tests copy it, which is faster than migrating."""
    path = tmp_path_factory.mktemp("migrated") / "tact.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_database() -> Iterator[str]:
    """The name of a PostgreSQL database with today's schema, for tests to copy."""
    with postgres_database() as url:
        open_store(url).close()
        yield url.rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, clock: HandClock) -> Iterator[Store]:
    """An empty, migrated store on each database, on the hand clock."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    with postgres_database(request.getfixturevalue("migrated_database")) as url:
        opened = open_store(url, clock=clock, migrate=False)
        yield opened
        opened.close()


@pytest.fixture
def sqlite_store(migrated_file: Path, tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    """The same on SQLite alone, for tests of rules that no database could change."""
    shutil.copy(migrated_file, tmp_path / "tact.db")
    opened = open_store(f"sqlite:///{tmp_path / 'tact.db'}", clock=clock, migrate=False)
    yield opened
    opened.close()
