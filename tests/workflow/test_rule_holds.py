"""Holds that the rules call for: one event is one hold, and grave reasons never hide behind each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import holds, items, term_counts
from scoring.contract import HoldCall, Reason, Scope
from tests.factory import add_item, add_source, agree, scheduled_draft, state_of, team_in
from workflow import hold
from workflow.checking import judge_draft
from workflow.draft import Writing
from workflow.held import what_is_held
from workflow.judge import label_news, recent_warnings
from workflow.lifecycle import draft_row

DARK = Reason("tragedy", "A headline tells of harm to many.", "Explosion at a plant kills eleven")
STORM = Reason("official_alert", "An official warning is in force.", "Hurricane warning")


def call_for(store: Store, kind: str, value: str, reason: Reason) -> int | None:
    with store.write() as tx:
        return hold.open_by_rule(tx, 1, HoldCall(Scope(kind, value), (reason,)))


@pytest.mark.parametrize(
    ("first", "then", "opens"),
    [
        (("everything", "", DARK), ("region", "GB", DARK), False),
        (("region", "US", DARK), ("region", "US-WA", DARK), False),
        (("region", "US-WA", DARK), ("region", "US", DARK), True),
        (("region", "US", DARK), ("region", "GB", DARK), True),
        (("region", "GB", DARK), ("everything", "", DARK), True),
        # A tragedy that is over must not take a storm warning with it when it is lifted.
        (("everything", "", DARK), ("region", "GB", STORM), True),
    ],
)
def test_a_call_opens_a_hold_unless_a_wider_one_stands_for_it(store: Store, first, then, opens: bool) -> None:
    team_in(store)
    assert call_for(store, *first)
    assert (call_for(store, *then) is not None) == opens


def test_new_evidence_is_kept_with_the_hold_it_belongs_to(store: Store) -> None:
    team_in(store)
    call_for(store, "everything", "", DARK)
    call_for(store, "region", "GB", Reason("tragedy", "A second headline.", "Twelve dead now"))
    call_for(store, "region", "GB", Reason("tragedy", "A second headline.", "Twelve dead now"))
    with store.read() as tx:
        [reasons] = [row["reasons"] for row in tx.rows(select(holds.c.reasons))]
    assert [reason["evidence"] for reason in reasons] == [DARK.evidence, "Twelve dead now"]


def test_a_persons_hold_never_swallows_a_rules_hold(store: Store) -> None:
    team = team_in(store)
    hold.open_by_person(store, team.tokens["ana"], Scope("everything"), "a hunch")
    assert call_for(store, "region", "GB", DARK) is not None


def test_after_two_people_lifted_it_the_same_headline_opens_nothing_but_a_new_one_does(store: Store, clock) -> None:
    team = team_in(store)
    add_source(store, "News")
    draft_id = scheduled_draft(team)
    assert state_of(team, draft_id) == "scheduled"
    add_item(store, "Bomb explodes in a crowded station, at least twelve people killed", kind="news", region="GB")
    [found] = hold.watch(store, team.scorer)
    assert state_of(team, draft_id) == "held"
    clock.forward(minutes=5)
    assert not agree(store, team.tokens["lea"], found, "It was an old story.")
    assert agree(store, team.tokens["max"], found, "I checked with the agency.")
    assert hold.watch(store, team.scorer) == ()
    clock.forward(minutes=5)
    add_item(store, "Second bomb kills thirty people in Leeds, police confirm", kind="news", region="GB")
    assert len(hold.watch(store, team.scorer)) == 1


DARK_NEWS = "Bomb explodes in a crowded station, at least twelve people killed"


def test_four_hundred_quiet_headlines_bury_nothing(store: Store, clock) -> None:
    team = team_in(store)
    add_source(store, "News")
    draft_id = scheduled_draft(team, Writing("Kestrel Ferry days: tea on the upper deck.", reactive=False))
    add_item(store, "Kestrel Ferry sinks off the coast, at least forty people dead", kind="news", region="GB")
    clock.forward(minutes=30)
    for number in range(450):
        add_item(store, f"Parish fair number {number} opens", kind="news")
    assert hold.watch(store, team.scorer)
    with store.read() as tx:
        assert "tragedy" in {r.code for r in judge_draft(tx, draft_row(tx, draft_id), team.scorer)}


def test_a_headline_that_reached_us_late_still_opens_the_hold(store: Store, clock) -> None:
    team = team_in(store)
    add_source(store, "News")
    add_item(store, DARK_NEWS, kind="news", region="GB", published_at=clock.at - timedelta(hours=5))
    assert hold.watch(store, team.scorer)


def test_lifting_a_storm_hold_does_not_blind_anybody_to_what_came_in_before(store: Store, clock) -> None:
    team = team_in(store)
    add_source(store, "News")
    storm = call_for(store, "region", "GB", STORM)
    assert storm
    add_item(store, DARK_NEWS, kind="news", region="GB")
    for name in ("lea", "max"):
        agree(store, team.tokens[name], storm, "The storm is over.")
    assert len(hold.watch(store, team.scorer)) == 1


def test_new_evidence_asks_those_who_had_agreed_again(store: Store) -> None:
    team = team_in(store)
    opened = call_for(store, "everything", "", DARK)
    assert opened
    assert not agree(store, team.tokens["lea"], opened, "It was an old story.")
    with store.read() as tx:
        seen = what_is_held(tx)[opened].stamp
    call_for(store, "everything", "", Reason("tragedy", "A second headline.", "Twelve dead now"))
    with pytest.raises(Refused, match="New evidence"):
        hold.lift(store, team.tokens["max"], opened, "I agree.", seen)
    assert not agree(store, team.tokens["max"], opened, "I have read both."), "Lea has not read the second"
    assert agree(store, team.tokens["lea"], opened, "Now I have.")


def test_a_judge_that_fails_leaves_headlines_dark_until_it_works_again(store: Store) -> None:
    class Broken:
        name = "broken"

        def score(self, texts):
            raise RuntimeError

    team = team_in(store)
    add_source(store, "News")
    add_item(store, "Parish fair opens", kind="news")
    label_news(store, Broken())
    with store.read() as tx:
        assert tx.value(select(items.c.tragedy)) is None
    label_news(store, team.scorer)
    with store.read() as tx:
        assert tx.value(select(items.c.tragedy)) == "clear"


def test_a_warning_that_was_given_days_ago_and_still_stands_holds(store: Store, clock) -> None:
    team = team_in(store)
    add_source(store, "Floods")
    given = clock.at - timedelta(days=6)

    def warn(text: str, expires: timedelta) -> None:
        extra = {"agency": "Rivers Office", "event": "Flood Warning", "severity": "Severe", "area": "the valley"}
        extra["expires"] = (clock.at + expires).isoformat()
        add_item(store, text, kind="official", region="GB", published_at=given, extra=extra)

    warn("Flood warning, over since yesterday", timedelta(days=-1))
    assert hold.watch(store, team.scorer) == ()
    warn("Flood warning until Friday", timedelta(days=2))
    assert len(hold.watch(store, team.scorer)) == 1


def test_no_heap_of_small_warnings_buries_a_grave_one(store: Store) -> None:
    team = team_in(store)
    add_source(store)
    grave = {"agency": "Met", "event": "Storm", "severity": "extreme", "area": "the coast", "cancelled": False}
    small = grave | {"severity": "Minor", "event": "Wind"}
    with store.write() as tx:
        row = {"source_id": 1, "kind": "official", "text": "Storm", "weight": 1, "fingerprint": "f", "region": "GB"}
        row |= {"published_at": tx.now - timedelta(hours=2), "taken_in_at": tx.now, "external_id": "grave"}
        later = row | {"published_at": tx.now, "extra": small}
        tx.run(insert(items), [later | {"external_id": str(n)} for n in range(1_100)] + [row | {"extra": grave}])
        assert [one.severity for one in recent_warnings(tx)] == ["extreme"]
        tx.run(insert(items), [later | {"external_id": "over", "extra": small | {"cancelled": True}}])
        assert [one.cancelled for one in recent_warnings(tx)] == [True, False], "what ends one is read as well"
    assert len(hold.watch(store, team.scorer)) == 1


def test_every_hashtag_of_a_draft_is_read_and_not_only_its_first(sqlite_store: Store) -> None:
    team = team_in(sqlite_store)
    add_source(sqlite_store)
    writing = Writing("A calm sip. #teatime #whywewalk", regions=("GB",), reactive=False, promotional=True)
    draft_id = scheduled_draft(team, writing)
    for n in range(12):
        add_item(sqlite_store, f"#WhyWeWalk for the sister whom he murdered, {n}", topic="#WhyWeWalk")
    with sqlite_store.read() as tx:
        assert "tragedy" in {reason.code for reason in judge_draft(tx, draft_row(tx, draft_id), team.scorer)}


def heard(store: Store, term: str, texts: list[str], uses: int) -> None:
    """What discovery remembers of a stream: one row for ten minutes, with one of its texts."""
    with store.write() as tx:
        for back, text in enumerate(texts):
            slot = tx.now - timedelta(minutes=10 * (back + 1))
            detail = {"label": term, "first": slot.isoformat(), "text": text, "url": "", "who": []}
            values = {"term": term, "slot": slot, "source_id": 1, "uses": uses, "authors": uses, "detail": detail}
            tx.run(insert(term_counts).values(**values))


@pytest.mark.parametrize(
    ("texts", "uses", "code"),
    [
        (["A lovely walk to the lake today"], 9, None),
        (["A lovely walk to the lake today"], 300, "context_unverified"),
        ([f"#WhyWeWalk: a walk to the lake, day {n}" for n in range(12)], 300, None),
        ([f"#WhyWeWalk for the sister whom he murdered, {n}" for n in range(12)], 300, "tragedy"),
    ],
)
def test_a_hashtag_that_was_only_overheard_is_judged_by_what_was_kept_of_it(
    sqlite_store: Store, texts: list[str], uses: int, code: str | None
) -> None:
    team = team_in(sqlite_store)
    add_source(sqlite_store)
    draft_id = scheduled_draft(team, Writing("Save 20% today! #WhyWeWalk", regions=("GB",), promotional=True))
    heard(sqlite_store, "#whywewalk", texts, uses)
    with sqlite_store.read() as tx:
        codes = {reason.code for reason in judge_draft(tx, draft_row(tx, draft_id), team.scorer)}
    assert codes == ({code} if code else set())
