"""What people do with monitors: who may, which words are taken, and what a screen that has grown old may not do."""

from __future__ import annotations

import pytest
from sqlalchemy import RowMapping, func, select

from data.errors import BadInput, Refused
from data.storage.events import verify
from data.storage.store import Store
from data.storage.tables import events, monitors, topics
from tests.factory import Team, team_in
from workflow import watching
from workflow.watching import MOST_TERMS, Watched

TERMS = ("iced tea", "#icedtea")


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def add(team: Team, name: str = "Iced tea", who: str = "lea", terms: tuple[str, ...] = TERMS, floor: int = 20) -> int:
    return watching.add_monitor(team.store, team.tokens[who], name, "keyword", terms, ("long island",), floor)


def row_of(team: Team, monitor_id: int) -> RowMapping:
    with team.store.read() as tx:
        found = tx.row(select(monitors).where(monitors.c.id == monitor_id))
    assert found is not None
    return found


def kinds_of_events(team: Team, monitor_id: int) -> list[str]:
    with team.store.read() as tx:
        mine = (events.c.subject == "monitor") & (events.c.subject_id == monitor_id)
        return [row["kind"] for row in tx.rows(select(events.c.kind).where(mine).order_by(events.c.id))]


def number_of_monitors(team: Team) -> int:
    with team.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(monitors)))


def test_a_new_monitor_has_its_words_its_topic_and_its_event(team: Team) -> None:
    new = add(team, "  Iced   tea ", terms=(" iced  tea ", "iced tea", "", "#icedtea"))
    row = row_of(team, new)
    assert (row["name"], row["terms"], row["exclusions"]) == ("Iced tea", list(TERMS), ["long island"])
    assert (row["floor"], row["enabled"], row["kind"]) == (20, True, "keyword")
    with team.store.read() as tx:
        assert tx.value(select(topics.c.label).where(topics.c.monitor_id == new)) == "Iced tea"
    assert kinds_of_events(team, new) == ["monitor_added"]
    assert verify(team.store)[1] is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " # "}, "Give the monitor a name"),
        ({"name": "x" * 201}, "Give the monitor a name"),
        ({"name": "#IcedTea"}, "'Iced tea' is watched already and reads the same"),
        ({"kind": "weather"}, "is about one of"),
        ({"terms": (" ", "")}, "at least one word"),
        ({"terms": ("tea", "t")}, "'t' is too short"),
        ({"terms": ("#t",)}, "'#t' is too short"),
        ({"terms": ("x" * 201,)}, "longer than 200"),
        ({"terms": tuple(f"tea {n}" for n in range(MOST_TERMS + 1))}, "51 words to watch are too many"),
        ({"exclusions": tuple(f"tea {n}" for n in range(MOST_TERMS + 1))}, "51 words to leave out are too many"),
        ({"exclusions": ("HOT  tea",)}, "'hot tea' is to be watched and to be left out"),
        ({"floor": 0}, "between 1 and"),
        ({"floor": 1_000_001}, "between 1 and"),
    ],
)
def test_words_that_cannot_be_watched_are_named_and_add_nothing(
    team: Team, change: dict[str, object], said: str
) -> None:
    add(team)
    asked: dict[str, object] = {"name": "Hot tea", "kind": "keyword", "terms": ("hot tea",), "exclusions": ()}
    with pytest.raises(BadInput, match=said):
        watching.add_monitor(team.store, team.tokens["lea"], **(asked | {"floor": 20} | change))  # type: ignore[arg-type]
    assert number_of_monitors(team) == 1


def test_fifty_words_are_taken(team: Team) -> None:
    new = add(team, terms=tuple(f"tea {n}" for n in range(MOST_TERMS)))
    assert len(row_of(team, new)["terms"]) == 50


@pytest.mark.parametrize("who", ["ana", "pia", "vic"])
def test_only_leads_managers_and_administrators_change_what_is_watched(team: Team, who: str) -> None:
    monitor = add(team)
    token, seen = team.tokens[who], Watched(TERMS, ("long island",), 20)
    with pytest.raises(Refused):
        add(team, "Hot tea", who)
    with pytest.raises(Refused):
        watching.change_monitor(team.store, token, monitor, seen, ("hot tea",), (), 20)
    with pytest.raises(Refused):
        watching.set_enabled(team.store, token, monitor, False)
    assert kinds_of_events(team, monitor) == ["monitor_added"]


@pytest.mark.parametrize("who", ["lea", "max", "ada"])
def test_changed_words_are_stored_with_what_they_were(team: Team, who: str) -> None:
    monitor = add(team)
    seen = Watched(TERMS, ("long island",), 20)
    watching.change_monitor(team.store, team.tokens[who], monitor, seen, ("iced tea", "cold brew tea"), (), 30)
    row = row_of(team, monitor)
    assert (row["terms"], row["exclusions"], row["floor"]) == (["iced tea", "cold brew tea"], [], 30)
    with team.store.read() as tx:
        detail = tx.value(select(events.c.detail).where(events.c.kind == "monitor_changed"))
    assert detail["before"]["terms"] == list(TERMS)
    assert detail["after"]["floor"] == 30


def test_saving_the_same_words_writes_nothing(team: Team) -> None:
    monitor = add(team)
    seen = Watched(TERMS, ("long island",), 20)
    watching.change_monitor(team.store, team.tokens["lea"], monitor, seen, TERMS, ("long island",), 20)
    assert kinds_of_events(team, monitor) == ["monitor_added"]


def test_a_screen_that_has_grown_old_changes_nothing(team: Team) -> None:
    monitor = add(team)
    seen = Watched(TERMS, ("long island",), 20)
    watching.change_monitor(team.store, team.tokens["max"], monitor, seen, ("oolong",), (), 20)
    with pytest.raises(Refused, match="changed by somebody else") as refused:
        watching.change_monitor(team.store, team.tokens["lea"], monitor, seen, ("green tea",), (), 20)
    assert refused.value.codes == ("stale_screen",)
    assert row_of(team, monitor)["terms"] == ["oolong"]
    now = Watched(("oolong",), (), 20)
    watching.set_enabled(team.store, team.tokens["max"], monitor, False)
    with pytest.raises(Refused, match="changed by somebody else"):
        watching.change_monitor(team.store, team.tokens["lea"], monitor, now, ("green tea",), (), 20)


def test_switching_off_and_on_is_told_once_each(team: Team) -> None:
    monitor = add(team)
    for enabled in (False, False, True, True):
        watching.set_enabled(team.store, team.tokens["lea"], monitor, enabled)
        assert row_of(team, monitor)["enabled"] is enabled
    assert kinds_of_events(team, monitor) == ["monitor_added", "monitor_off", "monitor_on"]


def test_a_monitor_that_is_not_there(team: Team) -> None:
    with pytest.raises(BadInput, match="no such monitor"):
        watching.set_enabled(team.store, team.tokens["lea"], 99, True)


def test_a_single_ideograph_is_a_word() -> None:
    assert watching.checked(("茶",), (), 20).terms == ("茶",)
