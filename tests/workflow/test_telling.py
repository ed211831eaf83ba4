"""Who hears of what, where it happens: holds, drafts that come back or do not leave, and alerts."""

from __future__ import annotations

import json
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from data.storage.events import THE_PRODUCT
from data.storage.store import Store
from data.storage.tables import calls, notices, people, webhooks
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft, hold, quiet, rota, schedule
from workflow.draft import Writing
from workflow.lifecycle import draft_row, send_to
from workflow.rules.approvals import Decision
from workflow.rules.drafts import Move

DOCS = Path(__file__).parent.parent.parent / "docs" / "notices.md"
PLANNED = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def told(team: f.Team, kind: str) -> dict[str, str]:
    """Who was told of this kind, and the newest sentence."""
    with team.store.read() as tx:
        rows = tx.rows(
            select(people.c.username, notices.c.text)
            .join(notices, notices.c.person_id == people.c.id)
            .where(notices.c.kind == kind)
            .order_by(notices.c.id)
        )
    return {row["username"]: row["text"] for row in rows}


def on_duty(team: f.Team, *names: str) -> None:
    for name in names:
        who = team.people[name].id
        rota.add_shift(team.store, team.tokens["max"], who, range(7), time(0), time(0), "UTC")


def test_a_hold_is_told_to_everybody_on_duty_when_it_opens_and_when_it_is_off(team: f.Team) -> None:
    on_duty(team, "ana", "lea")
    f.scheduled_draft(team, PLANNED)
    paused = hold.open_by_person(team.store, team.tokens["ben"], Scope("region", "GB"), "Sirens outside.")
    assert set(told(team, "hold_opened")) == {"ana", "lea"}
    assert told(team, "hold_opened")["ana"] == "On hold: posts seen in GB, 1 post stopped. Sirens outside."
    for name in ("lea", "max"):
        f.agree(team.store, team.tokens[name], paused.hold_id, "It is over.")
    assert told(team, "hold_lifted") == dict.fromkeys(
        ("ana", "lea"), "The hold on posts seen in GB is off. 1 post went back to review: two people look again."
    )
    assert not told(team, "signature_wanted")["lea"].startswith("The post")


def test_another_program_learns_what_stops_and_until_when(team: f.Team, clock: HandClock) -> None:
    with team.store.write() as tx:
        row = {"name": "scheduler", "url": "https://x.example", "kinds": ["hold_opened"], "enabled": True}
        tx.insert(insert(webhooks).values(**row, secrets={}, created_at=tx.now))
    end = clock.at + timedelta(hours=24)
    done = hold.open_by_person(team.store, team.tokens["ben"], Scope("topic", "#tea"), "Sirens.", end)
    with team.store.read() as tx:
        body = tx.value(select(calls.c.body))
    assert body["kind"] == "hold_opened"
    described = json.loads(DOCS.read_text("utf-8").split("```json")[1].split("```")[0])
    assert (described.keys(), described["detail"].keys()) == (body.keys(), body["detail"].keys())
    assert body["detail"] == {
        "hold": done.hold_id,
        "scope": {"kind": "topic", "value": "#tea"},
        "reasons": [{"code": "paused_by_person", "text": "A person paused publishing.", "evidence": ""}],
        "note": "Sirens.",
        "origin": "person",
        "opened_at": clock.at.isoformat(),
        "planned_end": end.isoformat(),
        "by": "Ben",
        "posts": 0,
    }


def test_a_signature_is_asked_of_those_on_duty_whose_signature_counts(team: f.Team) -> None:
    on_duty(team, "ana", "lea", "pia", "ada")
    f.draft_in_review(team, PLANNED)
    assert set(told(team, "signature_wanted")) == {"lea", "pia"}
    assert told(team, "signature_wanted")["lea"] == (
        "Ana asks for your signature on the post for X, “Iced tea, as patient as you are.”"
    )


def test_with_no_signer_on_duty_the_leads_are_asked_but_never_the_author(team: f.Team) -> None:
    on_duty(team, "ana")
    draft_id = draft.start(team.store, team.tokens["ana"], PLANNED)
    for number in (1, 2):
        with team.store.write() as tx:
            send_to(tx, team.people["ana"].actor, draft_row(tx, draft_id), Move.SUBMIT)
        assert set(told(team, "signature_wanted")) == {"lea", "max"}
        words = Writing(f"Iced tea, {number}.", regions=("GB",), reactive=False)
        draft.save(team.store, team.tokens["lea"], draft_id, number, words)
    with team.store.read() as tx:
        asked = [row["person_id"] for row in tx.rows(select(notices).where(notices.c.kind == "signature_wanted"))]
    assert asked.count(team.people["lea"].id) == 1
    assert asked.count(team.people["max"].id) == 2


@pytest.mark.parametrize(
    ("decision", "words"), [(Decision.CHANGES, "Lea asks for changes to"), (Decision.REJECT, "Lea rejected")]
)
def test_authors_hear_what_came_back_and_why(team: f.Team, decision: Decision, words: str) -> None:
    f.sign(team, "lea", f.draft_in_review(team, PLANNED), decision, "Too cheerful.")
    found = told(team, "changes_asked")
    assert set(found) == {"ana"}
    assert found["ana"].startswith(words)
    assert found["ana"].endswith(": Too cheerful.")


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ((Move.BLOCK,), "The gate stopped"),
        ((Move.CLAIM, Move.LOST), "Nobody knows whether"),
        ((Move.LATE,), "It is too late for"),
    ],
)
def test_a_post_that_did_not_leave_is_told_to_author_and_lead(
    team: f.Team, moves: tuple[Move, ...], words: str
) -> None:
    draft_id = f.scheduled_draft(team, PLANNED)
    on_duty(team, "pia", "lea")
    with team.store.write() as tx:
        for what in moves:
            send_to(tx, THE_PRODUCT, draft_row(tx, draft_id), what, why="Because.")
    found = told(team, "post_failed")
    assert set(found) == {"ana", "lea"}
    assert found["ana"].startswith(words)


def test_what_nobody_signed_in_time_is_told(team: f.Team, clock: HandClock) -> None:
    f.draft_in_review(
        team, Writing(PLANNED.text, regions=("GB",), reactive=False, planned_for=clock.at + timedelta(hours=1))
    )
    clock.forward(hours=2)
    with team.store.write() as tx:
        schedule.expire_unsigned(tx)
    assert set(told(team, "post_failed")) == {"ana", "lea", "max"}


def test_a_post_for_the_hands_is_told_to_those_who_can_post_it(team: f.Team) -> None:
    draft_id = f.scheduled_draft(team, PLANNED)
    on_duty(team, "ben", "pia")
    with team.store.write() as tx:
        for what in (Move.CLAIM, Move.HAND_OVER):
            send_to(tx, THE_PRODUCT, draft_row(tx, draft_id), what)
    assert set(told(team, "post_by_hand")) == {"ben"}


def test_an_alert_is_told_when_it_is_delivered_and_not_in_the_quiet_hours(team: f.Team, clock: HandClock) -> None:
    f.add_alert(team.store, "iced tea")
    assert set(told(team, "alert")) == {"ana", "ben", "lea", "max"}
    assert told(team, "alert")["ana"] == "iced tea: 160 in the last hour."
    quiet.set_quiet_hours(team.store, team.tokens["lea"], (time(8), time(10), range(7)), None)
    f.add_alert(team.store, "green tea")
    assert "green" not in told(team, "alert")["ana"]
    clock.forward(hours=2)
    with team.store.write() as tx:
        quiet.deliver(tx)
    assert told(team, "alert")["ana"] == "green tea: 160 in the last hour."


def unread(team: f.Team) -> set[str]:
    """Who is still asked for a signature."""
    with team.store.read() as tx:
        rows = tx.rows(
            select(people.c.username)
            .join(notices, notices.c.person_id == people.c.id)
            .where(notices.c.kind == "signature_wanted", notices.c.read_at.is_(None))
        )
    return {row["username"] for row in rows}


def test_who_has_signed_is_asked_no_more_and_nobody_is_once_it_is_agreed(team: f.Team) -> None:
    draft_id = f.draft_in_review(team, PLANNED)
    assert unread(team) == {"lea", "max", "pia"}
    f.sign(team, "lea", draft_id)
    assert unread(team) == {"max", "pia"}
    f.sign(team, "max", draft_id)
    assert unread(team) == set()


def test_a_draft_that_comes_back_to_review_asks_anew(team: f.Team) -> None:
    draft_id = f.draft_in_review(team, PLANNED)
    f.sign(team, "lea", draft_id, Decision.CHANGES, "Say which tea.")
    assert unread(team) == set()
    draft.save(team.store, team.tokens["ana"], draft_id, 1, Writing("Green iced tea.", regions=("GB",), reactive=False))
    f.answer_well(team, draft_id)
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    assert unread(team) == {"lea", "max", "pia"}
