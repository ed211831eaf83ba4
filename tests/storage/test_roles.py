"""On PostgreSQL the product runs as a role that adds event rows and cannot touch one, whatever trigger is off."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from app.cli import main
from data.errors import BadInput
from data.storage import events as chain
from data.storage.engine import open_store
from data.storage.roles import can_rewrite, grant_to
from data.storage.store import Store
from tests.factory import scheduled_draft, state_of, team_in


@pytest.fixture
def role(store: Store) -> Iterator[str]:
    """A role on the test server, gone afterwards."""
    if not store.is_postgres:
        pytest.skip("SQLite has no roles")
    name = f"tact_app_{uuid.uuid4().hex[:8]}"
    with store.write() as tx:
        tx.conn.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'app'"))
    yield name
    with store.write() as tx:
        tx.conn.execute(text(f"DROP OWNED BY {name}"))
        tx.conn.execute(text(f"DROP ROLE {name}"))


@pytest.fixture
def as_role(store: Store, role: str) -> Iterator[Store]:
    grant_to(store, role)
    url = make_url(store.engine.url).set(username=role, password="app")
    opened = open_store(url.render_as_string(hide_password=False), clock=store._clock)
    yield opened
    opened.close()


def test_the_whole_way_to_the_schedule_needs_no_more_than_these_rights(as_role: Store) -> None:
    team = team_in(as_role)
    draft_id = scheduled_draft(team)
    assert state_of(team, draft_id) == "scheduled"
    assert chain.verify(as_role)[1] is None


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE events SET why = 'x'",
        "DELETE FROM events",
        "TRUNCATE events",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TRIGGER events_append_only ON events",
        "DROP TABLE events",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_the_role_cannot_touch_the_record(store: Store, as_role: Store, deed: str) -> None:
    with store.write() as tx:
        chain.append(tx, chain.THE_PRODUCT, "brand_added", "brand", 1)
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), as_role.write() as tx:
        tx.conn.execute(text(deed))
    assert (can_rewrite(store), can_rewrite(as_role)) == (True, False)


def test_a_role_that_could_do_anything_is_refused(store: Store, role: str) -> None:
    with pytest.raises(BadInput, match="no role"):
        grant_to(store, "nobody-of-this-name")
    with pytest.raises(BadInput, match="superuser"):
        grant_to(store, store.engine.url.username or "postgres")


def test_sqlite_says_what_guards_it_instead(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("TACT_DATABASE_URL", str(sqlite_store.engine.url))
    assert main(["migrate", "--grant-to", "tact_app"]) == 2
    assert "chmod 600" in capsys.readouterr().err
