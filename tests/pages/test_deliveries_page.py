"""Deliveries that could not be read: who sees them, what is shown of them, and what two buttons do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import RowMapping, insert, select, update
from streamlit.testing.v1 import AppTest

from data.storage.seal import seal_for
from data.storage.store import Store
from data.storage.tables import deliveries, items, sources
from tests.console_driver import errors, press, said, visit
from tests.factory import Team, add_source, team_in
from workflow.deliveries import SIGNING_KEY

GOOD = '{"schema": "tact/1", "events": [{"id": "a", "text": "A kettle"}]}'
EVIL = '{"x": "<script>alert(1)</script> **bold** [x](javascript:alert(1)) \u202e"}'


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def refused(team: Team, body: str) -> int:
    source = add_source(team.store, "Shop", "webhook")
    with team.store.write() as tx:
        row = {"source_id": source, "delivery_id": "d-1", "received_at": tx.now, "sent_at": tx.now, "state": "refused"}
        return tx.insert(insert(deliveries).values(**row, reason="events.0.text: too short.", body=body))


def row_of(team: Team, table: object = deliveries) -> RowMapping | None:
    with team.store.read() as tx:
        return tx.row(select(table))  # type: ignore[call-overload]


def test_without_a_webhook_the_page_says_how_to_have_one(team: Team, tmp_path: Path) -> None:
    assert "No other program calls Tact yet" in said(visit(team, "max", "deliveries", tmp_path))


def test_a_delivery_is_shown_as_what_it_is_and_read_again_when_mended(team: Team, tmp_path: Path) -> None:
    delivery = refused(team, EVIL)
    at = visit(team, "max", "deliveries", tmp_path)
    assert "1 could not be read" in said(at)
    assert "events.0.text: too short." in said(at)
    assert [one.value for one in at.code] == [EVIL.replace("\u202e", "")]
    assert not any("<script" in str(one.value) or "javascript:" in str(one.value) for one in at.markdown)

    press(at, f"again_{delivery}")
    assert "schema: this field is missing" in errors(at)
    with team.store.write() as tx:
        tx.run(update(deliveries).values(body=GOOD))
    press(at, f"again_{delivery}")

    row = row_of(team)
    assert row is not None
    assert (row["state"], row["items"]) == ("taken", 1)
    assert row_of(team, items) is not None
    assert "Nothing waits" in said(at)


def test_a_delivery_is_set_aside(team: Team, tmp_path: Path) -> None:
    delivery = refused(team, EVIL)
    press(visit(team, "lea", "deliveries", tmp_path), f"aside_{delivery}")
    row = row_of(team)
    assert row is not None
    assert (row["state"], row["body"]) == ("set_aside", "")


def test_the_page_is_not_for_everybody(team: Team, tmp_path: Path) -> None:
    refused(team, EVIL)
    at = visit(team, "vic", "deliveries", tmp_path)
    assert "not for your role" in said(at)
    assert len(at.code) == 0


def shown_key(at: AppTest) -> str:
    return next((str(one.value) for one in at.code if str(one.value).startswith("whsec_")), "")


def test_a_webhooks_key_is_shown_once_and_can_be_renewed(team: Team, tmp_path: Path) -> None:
    at = visit(team, "ada", "sources", tmp_path)
    at.selectbox(key="new_kind").set_value("webhook").run()
    at.text_input(key="webhook_name").set_value("Shop")
    next(one for one in at.button if one.label == "Add").click().run()
    first = shown_key(at)
    row = row_of(team, sources)
    assert row is not None
    opened = seal_for(str(team.store.engine.url)).open(row["secrets"])
    assert (opened[SIGNING_KEY], row["kind"]) == (first, "webhook")
    assert "Not called yet" in said(at)
    press(at, "key_kept")
    assert first not in said(at)
    assert shown_key(visit(team, "ada", "sources", tmp_path)) == ""

    press(at, "renew_key")
    assert shown_key(at) not in ("", first)
    assert "renew_key" not in {one.key for one in visit(team, "max", "sources", tmp_path).button}


def test_a_refusal_quotes_the_sender_without_drawing_its_markup(team: Team, tmp_path: Path) -> None:
    picture = "![x](https://tracker.example/p.png)"
    delivery = refused(team, GOOD.replace('"id"', f'"{picture}": 1, "id"'))
    at = press(visit(team, "max", "deliveries", tmp_path), f"again_{delivery}")
    assert picture in errors(at)
    assert not any("![" in one.value for one in at.error)
