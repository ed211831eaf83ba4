"""Who must sign a real draft: by its words, its brand, its moment, and the template that it was made from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

import templates_library
from data.storage.store import Store
from data.storage.tables import brands, opportunities
from scoring.contract import Reason
from templates_library.render import render
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft
from workflow.approve import tier_of
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.tiering import fast_for, needed_for

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=True)
FIELDS = {"hashtag": "#TeaTime", "take": "Ours steeps for five minutes."}


@pytest.fixture
def team(sqlite_store: Store, clock: HandClock) -> f.Team:
    clock.at = datetime(2026, 12, 1, 9, tzinfo=UTC)  # the templates are agreed on by then
    return f.team_in(sqlite_store)


@pytest.fixture
def moment(team: f.Team) -> int:
    found = f.decided_opportunity(team)
    f.add_verdict(team.store, found)
    return found


def signers(team: f.Team, writing: Writing, moment: int | None) -> set[str]:
    draft_id = draft.start(team.store, team.tokens["ana"], writing, moment)
    with team.store.read() as tx:
        return {" or ".join(sorted(one)) for one in tier_of(tx, draft_row(tx, draft_id))}


def kind(team: f.Team, moment: int, category: str) -> None:
    with team.store.write() as tx:
        tx.run(update(opportunities).where(opportunities.c.id == moment).values(category=category))


def test_its_words_its_links_and_its_brand_call_for_legal(team: f.Team, moment: int) -> None:
    assert signers(team, WORDS, moment) == {"social_lead"}
    assert "legal" in signers(team, replace(WORDS, text="Kinder than @MoorVale"), moment)
    assert "legal" in signers(team, replace(WORDS, links=("https://moorvale.example/tea",)), moment)
    assert signers(team, replace(WORDS, reactive=False), None) == set()
    with team.store.write() as tx:
        regulated = f.PROFILE.__dict__ | {"regulated": True}
        tx.run(update(brands).values(profile={k: list(v) if isinstance(v, tuple) else v for k, v in regulated.items()}))
    assert signers(team, replace(WORDS, reactive=False), None) == {"legal"}


def test_a_verdict_that_asks_for_a_closer_look_calls_for_somebody_in_charge(team: f.Team, moment: int) -> None:
    f.add_verdict(team.store, moment, "review", (Reason("political", "It divides people."),))
    assert signers(team, WORDS, moment) == {"social_lead", "executive or manager"}


def test_a_template_used_as_agreed_brings_its_own_signers_and_an_edited_one_none(team: f.Team, moment: int) -> None:
    kind(team, moment, "complaint")
    template = templates_library.load("trending_hashtag")
    fields = {one.name: FIELDS.get(one.name, "Nothing dark in them.") for one in template.fields}
    agreed = replace(WORDS, text=render(template, fields).text, template=template.name, fields=fields)
    assert signers(team, agreed, moment) == {"manager"}
    edited = replace(agreed, text=f"{agreed.text} Or so we think.")
    assert signers(team, edited, moment) == {"customer_service_lead", "pr"}


def test_no_template_is_used_as_agreed_past_its_review(team: f.Team, moment: int, clock: HandClock) -> None:
    kind(team, moment, "complaint")
    template = templates_library.load("trending_hashtag")
    fields = {one.name: FIELDS.get(one.name, "Nothing dark in them.") for one in template.fields}
    agreed = replace(WORDS, text=render(template, fields).text, template=template.name, fields=fields)
    draft_id = draft.start(team.store, team.tokens["ana"], agreed, moment)
    clock.at = datetime(template.review_date.year, template.review_date.month, template.review_date.day, tzinfo=UTC)
    with team.store.read() as tx:
        needed = needed_for(tx, draft_row(tx, draft_id))
        assert fast_for(tx, draft_row(tx, draft_id)).respond == (15, 60)
    assert {role for one in needed.tier for role in one} == {"customer_service_lead", "pr"}
    assert "looked at again" in " ".join(needed.notes)
