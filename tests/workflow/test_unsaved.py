"""Words that are no version yet, and who else is here: nothing is lost, nothing is shown to others, nothing decides."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import events, sign_ins
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft, presence, unsaved
from workflow.draft import Writing

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


@pytest.fixture
def draft_id(team: f.Team) -> int:
    return draft.start(team.store, team.tokens["ana"], WORDS)


def kept(team: f.Team, draft_id: int, name: str = "ana") -> unsaved.Kept | None:
    with team.store.read() as tx:
        return unsaved.kept_words(tx, draft_id, team.people[name].id)


def test_words_are_kept_as_they_stand_and_are_nobody_elses(store: Store, clock: HandClock) -> None:
    team = f.team_in(store)
    draft_id = draft.start(store, team.tokens["ana"], WORDS)
    odd = {"text": "half a \ud83d and \x00", "regions": "Atlantis??", "promotional": True}
    with team.store.read() as tx:
        told = tx.value(select(func.count()).select_from(events))
    first = unsaved.keep(team.store, team.tokens["ana"], draft_id, 1, odd)
    found = kept(team, draft_id)
    assert found is not None
    assert (found.base_number, found.words, found.at) == (1, odd, clock.at)
    assert kept(team, draft_id, "ben") is None
    clock.forward(seconds=30)
    unsaved.keep(team.store, team.tokens["ana"], draft_id, 1, {"text": "more"}, first)
    again = kept(team, draft_id)
    assert again is not None
    assert again.words == {"text": "more"}
    with team.store.read() as tx:
        assert tx.value(select(func.count()).select_from(events)) == told  # it decided nothing


def test_another_window_is_not_overwritten(team: f.Team, draft_id: int, clock: HandClock) -> None:
    store, token = team.store, team.tokens["ana"]
    first = unsaved.keep(store, token, draft_id, 1, {"text": "at the desk"})
    clock.forward(minutes=1)
    with pytest.raises(Refused) as refused:
        unsaved.keep(store, token, draft_id, 1, {"text": "on the phone"})
    assert refused.value.codes == ("kept_elsewhere",)
    unsaved.throw_away(store, token, draft_id, clock.at)  # not what this window saw
    assert kept(team, draft_id) is not None
    unsaved.keep(store, token, draft_id, 1, {"text": "on the phone"}, first)
    found = kept(team, draft_id)
    assert found is not None
    assert found.words == {"text": "on the phone"}


def test_saved_words_are_no_longer_kept_and_others_are(team: f.Team, draft_id: int) -> None:
    at = unsaved.keep(team.store, team.tokens["ana"], draft_id, 1, {"text": "Slower."})
    unsaved.keep(team.store, team.tokens["ben"], draft_id, 1, {"text": "Faster."})
    draft.save(team.store, team.tokens["ana"], draft_id, 1, Writing("Slower."), at)
    assert kept(team, draft_id) is None
    assert kept(team, draft_id, "ben") is not None


def test_who_may_not_write_keeps_nothing_and_there_is_an_end_to_it(team: f.Team, draft_id: int) -> None:
    with pytest.raises(Refused) as refused:
        unsaved.keep(team.store, team.tokens["pia"], draft_id, 1, {"text": "A word"})
    assert refused.value.codes == ("role_may_not",)
    with pytest.raises(BadInput):
        unsaved.keep(team.store, team.tokens["ana"], draft_id, 1, {"text": "x" * unsaved.LONGEST})


def here(team: f.Team, draft_id: int, reader: str) -> list[tuple[str, bool]]:
    with team.store.read() as tx:
        return [(one.name, one.writing) for one in presence.others_here(tx, draft_id, team.people[reader].id)]


def test_people_in_one_draft_see_each_other_until_they_are_gone(store: Store, clock: HandClock) -> None:
    team = f.team_in(store)
    draft_id = draft.start(store, team.tokens["ana"], WORDS)
    presence.note_presence(team.store, team.tokens["ana"], draft_id, writing=True)
    presence.note_presence(team.store, team.tokens["max"], draft_id, writing=False)
    assert here(team, draft_id, "ben") == [("Ana", True), ("Max", False)]
    assert here(team, draft_id, "ana") == [("Max", False)]
    clock.forward(seconds=15)
    presence.note_presence(team.store, team.tokens["max"], draft_id, writing=True)
    clock.forward(seconds=5)
    assert here(team, draft_id, "ben") == [("Max", True)]
    clock.forward(seconds=15)
    assert here(team, draft_id, "ben") == []


def test_an_open_page_keeps_nobody_signed_in(team: f.Team, draft_id: int, clock: HandClock) -> None:
    with team.store.read() as tx:
        seen = tx.rows(select(sign_ins.c.seen_at))
    clock.forward(minutes=29)
    presence.note_presence(team.store, team.tokens["ana"], draft_id, writing=False)
    with team.store.read() as tx:
        assert tx.rows(select(sign_ins.c.seen_at)) == seen
    clock.forward(minutes=2)
    with pytest.raises(Refused, match="sign-in has ended"):
        presence.note_presence(team.store, team.tokens["ana"], draft_id, writing=False)
