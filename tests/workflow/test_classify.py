"""A person's word on a moment's category: it holds against the machine, and never loosens what a post needs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.views.posts import moment_card
from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store
from data.storage.tables import corrections, drafts, opportunities, scheduled_posts
from data.storage.tables import events as event_rows
from tests import factory as f
from tests.conftest import HandClock
from workflow.approve import approvals_of, tier_of
from workflow.classify import choose_category
from workflow.judge import judge_open_alerts
from workflow.rules.roles import Role
from workflow.templating import contexts_of

WHY = "It is the awards night, not a trend."


def moment_of(store: Store, alert: int) -> dict[str, object]:
    with store.read() as tx:
        row = tx.row(select(opportunities).where(opportunities.c.alert_id == alert))
        assert row is not None
        return dict(row)


def alert_of(store: Store, opportunity: int) -> int:
    with store.read() as tx:
        return int(tx.value(select(opportunities.c.alert_id).where(opportunities.c.id == opportunity)))


def roles_wanted(store: Store, draft_id: int) -> set[Role]:
    with store.read() as tx:
        draft = tx.row(select(drafts).where(drafts.c.id == draft_id))
        assert draft is not None
        return {role for one in tier_of(tx, draft) for role in one}


def test_a_choice_is_kept_with_its_reason_and_the_machine_overrules_nobody(store: Store, clock: HandClock) -> None:
    team = f.team_in(store)
    alert = f.add_alert(store)
    assert judge_open_alerts(store, team.scorer) == 1
    machine = str(moment_of(store, alert)["category"])
    assert machine != "cultural_moment"
    chosen = choose_category(store, team.tokens["ana"], alert, "cultural_moment", f"  {WHY} ")
    assert (chosen.before, chosen.back_to_review) == (machine, ())
    clock.forward(minutes=5)
    f.add_source(store)
    for words in ("Vote in the election! The ballot is open", "Election day: the polling stations are open"):
        f.add_item(store, words, topic="iced tea")
    assert judge_open_alerts(store, team.scorer) == 1
    found = moment_of(store, alert)
    assert (found["category"], found["category_by"]) == ("cultural_moment", team.people["ana"].id)
    with store.read() as tx:
        kept = tx.rows(select(corrections))
        told = tx.rows(select(event_rows).where(event_rows.c.kind == "category_chosen"))
    words = [(row["aspect"], row["machine"], row["person"], row["reason"], row["probability"]) for row in kept]
    assert words == [("category", machine, "cultural_moment", WHY, None)]
    assert [(row["before"], row["after"], row["why"]) for row in told] == [(machine, "cultural_moment", WHY)]
    assert events.verify(store)[1] is None


@pytest.mark.parametrize("name", ["vic", "ada"])
def test_who_neither_writes_nor_signs_chooses_nothing(sqlite_store: Store, name: str) -> None:
    team = f.team_in(sqlite_store)
    alert = f.add_alert(sqlite_store)
    f.add_opportunity(sqlite_store, alert)
    with pytest.raises(Refused, match="role"):
        choose_category(sqlite_store, team.tokens[name], alert, "complaint", WHY)
    assert moment_of(sqlite_store, alert)["category"] == "cultural_moment"


def test_what_cannot_be_a_choice_is_said(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    alert, token = f.add_alert(sqlite_store), team.tokens["pia"]
    with pytest.raises(Refused, match="has not looked"):
        choose_category(sqlite_store, token, alert, "complaint", WHY)
    f.add_opportunity(sqlite_store, alert)
    with pytest.raises(BadInput, match="one of the eight"):
        choose_category(sqlite_store, token, alert, "gossip", WHY)
    with pytest.raises(BadInput, match="one line why"):
        choose_category(sqlite_store, token, alert, "complaint", " \n ")
    choose_category(sqlite_store, token, alert, "complaint", WHY)
    with pytest.raises(Refused, match="already"):
        choose_category(sqlite_store, team.tokens["ana"], alert, "complaint", WHY)


def test_before_the_decision_the_choice_alone_says_who_signs(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    alert = f.add_alert(sqlite_store)
    opportunity = f.add_opportunity(sqlite_store, alert, "breaking_industry")
    choose_category(sqlite_store, team.tokens["ana"], alert, "cultural_moment", WHY)
    for name in ("ana", "ben"):
        f.assess.assess(sqlite_store, team.tokens[name], opportunity, 9, 9)
    draft = f.draft_in_review(team, opportunity=opportunity)
    assert roles_wanted(sqlite_store, draft) == {Role.SOCIAL_LEAD}
    with sqlite_store.read() as tx:
        card = moment_card(tx, opportunity)
    assert card is not None
    assert card.category == "Cultural moment, chosen by Ana"


def test_after_the_decision_a_milder_category_takes_no_signer_and_no_ban_away(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    alert = f.add_alert(sqlite_store)
    opportunity = f.add_opportunity(sqlite_store, alert, "breaking_political_social")
    for name in ("ana", "ben"):
        f.assess.assess(sqlite_store, team.tokens[name], opportunity, 9, 9)
    draft = f.draft_in_review(team, opportunity=opportunity)
    choose_category(sqlite_store, team.tokens["ana"], alert, "cultural_moment", "It is only a show about politics.")
    assert roles_wanted(sqlite_store, draft) == {Role.SOCIAL_LEAD, Role.EXECUTIVE, Role.LEGAL}
    with sqlite_store.read() as tx:
        assert {"politics", "cultural_moment"} <= set(contexts_of(tx, opportunity))
    for name in ("lea", "max"):
        f.sign(team, name, draft)
    assert f.state_of(team, draft) == "in_review"
    choose_category(sqlite_store, team.tokens["ben"], alert, "breaking_political_social", "No, it is politics.")
    assert roles_wanted(sqlite_store, draft) >= {Role.EXECUTIVE, Role.LEGAL}


def test_a_signed_post_goes_back_to_review_when_others_must_sign(store: Store) -> None:
    team = f.team_in(store)
    opportunity = f.decided_opportunity(team)
    draft = f.scheduled_draft(team, opportunity=opportunity)
    alert = alert_of(store, opportunity)
    same = choose_category(store, team.tokens["lea"], alert, "breaking_industry", "A rival's news, and ours to answer.")
    assert (same.back_to_review, f.state_of(team, draft)) == ((), "scheduled")
    chosen = choose_category(store, team.tokens["lea"], alert, "complaint", "They are complaining about us.")
    assert (chosen.back_to_review, f.state_of(team, draft)) == ((draft,), "in_review")
    with store.read() as tx:
        assert all(one.voided for one in approvals_of(tx, draft))
        live = select(scheduled_posts).where(scheduled_posts.c.draft_id == draft, scheduled_posts.c.closed_at.is_(None))
        assert tx.rows(live) == []
    for name in ("lea", "max", "pia"):
        f.sign(team, name, draft)
    assert f.state_of(team, draft) == "in_review"
