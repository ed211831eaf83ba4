"""The whole flow as three people live it: three browsers, the real worker, console and feed server.

Amara (social team) writes at her desk, Leilani (social lead) assesses with her and signs, Ingrid (manager) signs from
her phone. Then the world turns dark.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import checklists
from data.sample_day.day import load_day
from data.storage import events as chain
from data.storage.tables import drafts, events, holds, publications
from tests.browser.driving import Visitor, browser
from tests.processes import Sample, chromium, sample_workspace, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(900)]

FIRST = "Ninety-six miles, and every puddle is yours. See you on the trail."
EDITED = "Ninety-six miles, nine huts, and every puddle is yours. See you on the trail."


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Sample]:
    if chromium() is None:
        assert not os.environ.get("CI"), "CI needs Chromium"
        pytest.skip("no Chromium: apt install chromium")
    with sample_workspace(tmp_path) as started:
        yield started


def key_of(kind: str) -> str:
    return next(moment.key for moment in load_day().moments if moment.kind == kind)


def states(sample: Sample) -> list[str]:
    with sample.house.store.read() as tx:
        return [row["state"] for row in tx.rows(select(drafts.c.state).order_by(drafts.c.id))]


def give_points(person: Visitor, relevance: int, interest: int) -> None:
    person.choose("assess_relevance", str(relevance))
    person.choose("assess_interest", str(interest))
    person.press_named("Give my points")


def write(person: Visitor, draft_id: int, words: str, version: int) -> None:
    """New words, saved; on a slow machine the page may rest for a moment before it has them."""
    box = person.page.locator(f'[class*="st-key-draft{draft_id}-"][class*="-text"] textarea').first
    box.fill(words)
    box.press("Tab")
    person.settle()
    person.press(f"save_{draft_id}")
    person.sees(f"Version {version} is saved.")
    person.settle()


def answer_well(person: Visitor) -> None:
    for item in checklists.load("pre_publish").items:
        group = person.page.get_by_role("radiogroup", name=item.question)
        group.get_by_text(item.good.capitalize(), exact=True).click()
    person.press_named("Save the answers")
    person.sees("The answers are saved.")
    person.settle()


def approve(person: Visitor, draft_id: int) -> None:
    person.open("approvals", draft=draft_id)
    person.press(f"approve_{draft_id}")


def test_from_alert_to_publication_and_then_the_tragedy(sample: Sample, tmp_path: Path) -> None:
    sample.start("worker")
    address = sample.start_console()
    with browser() as running:
        amara = Visitor(running, address, "amara", sample.passwords["amara"])
        leilani = Visitor(running, address, "leilani", sample.passwords["leilani"])
        ingrid = Visitor(running, address, "ingrid", sample.passwords["ingrid"], phone=True)
        people = (amara, leilani, ingrid)

        # The alert comes to an open desk without anybody reloading.
        amara.open("desk")
        sample.server.release(key_of("take"))
        amara.sees("1 new – show")
        amara.press("desk_new")
        amara.sees(load_day().moment(key_of("take")).monitor or "")

        # Two blind assessments: the second is not shown the first.
        for person in (amara, leilani):
            person.open("moment", alert=1)
        give_points(amara, 9, 8)
        amara.sees("Nobody sees them before somebody else has given theirs.")
        leilani.open("moment", alert=1)
        leilani.sees_not("Amara Nwosu: relevance")
        give_points(leilani, 8, 9)
        leilani.sees("Amara Nwosu: relevance 9, interest 8")

        # A draft, its checklist, and the hand-over to the approvers.
        amara.open("moment", alert=1)
        amara.press("start_draft")
        amara.press("begin")
        draft_id = 4  # the sample day comes with three planned posts
        write(amara, draft_id, FIRST, 2)
        answer_well(amara)
        amara.press(f"submit_{draft_id}")
        wait_for(lambda: states(sample)[3] == "in_review", "the draft is in review")

        # The author has no way to sign: neither in the menu nor by the address.
        amara.page.goto(f"{address}/approvals?draft={draft_id}")
        amara.settle()
        assert amara.key(f"approve_{draft_id}").count() == 0

        # One person cannot sign twice: once signed, the case is no longer theirs.
        approve(leilani, draft_id)
        leilani.open("approvals", draft=draft_id)
        assert leilani.key(f"approve_{draft_id}").count() == 0
        assert states(sample)[3] == "in_review"

        # An edit voids the signature that was there.
        amara.open("draft", draft=draft_id)
        write(amara, draft_id, EDITED, 3)
        answer_well(amara)  # answers belong to the words: each is given again
        amara.press(f"submit_{draft_id}")
        wait_for(lambda: states(sample)[3] == "in_review", "the edited draft is in review")
        approve(ingrid, draft_id)
        ingrid.picture(tmp_path, "phone")
        assert states(sample)[3] == "in_review", "the signature before the edit must not count"
        approve(leilani, draft_id)
        wait_for(lambda: states(sample)[3] in ("scheduled", "publishing", "published"), "both have signed")

        # Out through the gate, after the short delay in which it could be taken back.
        wait_for(lambda: states(sample)[3] == "published", "the dry run", 90)
        with sample.house.store.read() as tx:
            payload = tx.value(select(publications.c.payload))
        assert payload["text"] == EDITED
        [written] = (tmp_path / "dry_run").glob("*.json")
        assert json.loads(written.read_text(encoding="utf-8"))["text"] == EDITED
        ingrid.open("kpis")
        ingrid.picture(tmp_path, "kpis")

        # The world turns dark: the three planned posts stop by themselves, and every open page says so.
        assert states(sample)[:3] == ["scheduled"] * 3
        amara.open("desk")
        sample.server.release(key_of("tragedy"))
        wait_for(lambda: states(sample)[:3] == ["held"] * 3, "the hold", 60)
        amara.sees("On hold")

        # One person cannot lift it.
        leilani.open("schedule")
        leilani.sees("Agree to lift")
        leilani.page.get_by_label("Why it is right to speak again").first.fill("I think it is over.")
        leilani.press_named("Agree to lift")
        leilani.picture(tmp_path, "one lift")
        with sample.house.store.read() as tx:
            assert tx.rows(select(events).where(events.c.kind == "hold_lift_agreed"))
            assert {row["lifted_at"] for row in tx.rows(select(holds.c.lifted_at))} == {None}
        assert states(sample)[:3] == ["held"] * 3

        for person in people:
            assert person.outside == [], "the console asks nothing of the outside"
            assert person.dialogs == []
    assert chain.verify(sample.house.store)[1] is None
