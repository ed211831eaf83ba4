"""What rises and nobody watches: which words are terms, who is counted, and what is proposed, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from data.storage.store import Store
from data.storage.tables import events, items, proposals, term_counts
from monitors import heard
from monitors.discovery import Known, propose
from monitors.heard import Terms
from monitors.sources import Item
from monitors.terms import EXACT, Tally, likeness, number_of, terms_of, together
from tests.conftest import HandClock
from tests.factory import add_monitor, add_source, team_in
from workflow import discovery, watching

COMMON = frozenset({"the", "tonight", "in", "at", "what", "happened", "storm", "new"})


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("What happened at the Brindle Arena tonight", {"brindle arena", "brindle", "arena"}),
        ("#HarbourLights tonight!", {"#harbourlights"}),
        ("#1 #2026 @brindle@example.org https://example.org/Brindle www.example.org 12345", set()),
        ("storms in Brindle's storm", {"brindle"}),
        ("the new. Elena. Marsh", {"elena", "marsh"}),
        ("東京タワーが光る #東京タワー", {"#東京タワー"}),
        ("&#39; x#notatag", {"notatag"}),
        ("Ｂｒｉｎｄｌｅ BRINDLE", {"brindle brindle", "brindle"}),
    ],
)
def test_terms_are_tags_names_and_rare_words(text: str, terms: set[str]) -> None:
    assert set(terms_of(text, COMMON)) == terms


def test_authors_are_exact_up_to_forty_and_about_right_beyond() -> None:
    spread = [n * 2_654_435_761 % 2**32 for n in range(1, 4001)]
    assert number_of(together([spread[: EXACT - 1], spread[:10]])) == EXACT - 1
    assert 2_800 < number_of(together([spread])) < 5_200
    assert likeness(spread[:30], spread[15:45]) == pytest.approx(1 / 3, abs=0.05)


def test_a_flood_of_terms_does_not_grow_the_tally(clock: HandClock) -> None:
    tally = Tally(COMMON, most=500)
    for n in range(3_000):
        tally.add(1, said(f"xq{n:05}word #steady"[:40], n), clock.at)
        assert len(tally.cells) <= 500 + 3
    [ranked] = tally.ranked(2, 100).values()
    found = {term for term, _ in ranked}
    assert found == {"", "#steady"}


def said(text: str, who: int | str, url: str = "") -> Item:
    return Item(f"{who} {text}", text, url or f"https://example.org/{who}", f"person {who}", None, "mentions")


class Day:
    """A store that hears posts; `forward` moves the clock with twenty steady ones every ten minutes."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.team = team_in(store)
        self.store, self.clock, self.terms = store, clock, Terms()
        self.big, self.niche = add_source(store, "Big"), add_source(store, "Niche")
        self.number = 0

    def hear(self, text: str, people: int, source: int | None = None, one_person: bool = False) -> None:
        given = []
        for _ in range(people):
            self.number += 1
            given.append(said(f"{text} {self.number}", 0 if one_person else self.number))
        with self.store.write() as tx:
            self.terms.note(tx, source or self.big, given)
            self.terms.flush(tx)

    def forward(self, hours: float, text: str = "Quennell weather #morning", people: int = 5) -> None:
        for _ in range(int(hours * 6)):
            self.clock.forward(minutes=10)
            self.hear(text, people)
            self.hear("nothing", 2, self.niche)

    def proposed(self) -> list[str]:
        propose(self.store)
        with self.store.read() as tx:
            rows = tx.rows(select(proposals.c.label).where(proposals.c.state == "open").order_by(proposals.c.id))
        return [row["label"] for row in rows]


@pytest.fixture
def day(sqlite_store: Store, clock: HandClock) -> Day:
    return Day(sqlite_store, clock)


def test_what_rises_is_proposed_once_with_who_had_it_first(store: Store, clock: HandClock) -> None:
    day = Day(store, clock)
    day.forward(4)
    day.hear("Brindle Arena is dark #BrindleDark", 3, day.niche)
    clock.forward(minutes=10)
    day.hear("Brindle Arena is dark #BrindleDark", 9)
    assert day.proposed() == ["Brindle Arena"]
    assert propose(store) == ()
    with store.read() as tx:
        row = tx.row(select(proposals))
        assert row is not None
        assert (row["authors"], row["first_source_id"], row["state"]) == (12, day.niche, "open")
        assert row["rise"] == pytest.approx(12 / 2)
        assert row["first_seen_at"] == clock.at - timedelta(minutes=10)
        assert row["why"]["also"][0] == "#BrindleDark"
        assert "Brindle Arena is dark" in row["why"]["samples"][0]["text"]
        assert tx.value(select(func.count()).where(events.c.kind == "topic_proposed")) == 1


@pytest.mark.parametrize(
    ("hours", "people", "one_person", "found"),
    [(4, 10, False, True), (4, 9, False, False), (4, 60, True, False), (1, 40, False, False)],
    ids=["ten people", "nine", "one person, sixty times", "a source that is still learnt"],
)
def test_enough_people_on_a_known_source(day: Day, hours: int, people: int, one_person: bool, found: bool) -> None:
    day.forward(hours)
    day.hear("#BrindleDark", people, one_person=one_person)
    assert day.proposed() == (["#BrindleDark"] if found else [])


def test_what_is_always_loud_or_loud_with_everything_is_not_proposed(day: Day) -> None:
    day.forward(4, people=12)
    assert day.proposed() == []
    day.hear("Quennell weather #morning", 300)  # the whole source is six times louder
    assert day.proposed() == []


def test_a_steady_term_that_was_looked_up_lately_is_still_found_when_it_rises(day: Day) -> None:
    known = Known()
    for _ in range(24):
        day.forward(1 / 6, people=30)
        day.hear("Brindle", 2)
        assert propose(day.store, known) == ()
    day.hear("Brindle", 150)
    assert len(propose(day.store, known)) == 1


def test_one_person_in_every_slot_and_source_is_one(day: Day) -> None:
    day.forward(3)
    for _ in range(6):
        day.clock.forward(minutes=10)
        for source in (day.big, day.niche):
            day.hear("#BuyNow", 5, source, one_person=True)
            day.hear("#BuyNow", 1, source, one_person=True)
    assert day.proposed() == []


@pytest.mark.parametrize("off", [False, True])
def test_what_a_monitor_has_is_not_proposed(day: Day, off: bool) -> None:
    add_monitor(day.store, "Arena", ("brindle dark",))
    if off:
        watching.set_enabled(day.store, day.team.tokens["lea"], 1, False)
    day.forward(4)
    day.hear("#BrindleDark", 20)
    assert day.proposed() == []


def test_a_poll_that_brings_the_same_entries_again_counts_them_once(day: Day) -> None:
    given = [said("#BrindleDark", n) for n in range(10)]
    with day.store.write() as tx:
        for terms in (day.terms, day.terms, Terms()):  # the last: another process, after intake
            terms.note(tx, day.big, given)
            terms.flush(tx)
            for one in given if terms is day.terms else ():
                row = {"source_id": day.big, "external_id": one.external_id, "kind": "mentions", "text": one.text}
                row |= {"published_at": tx.now, "taken_in_at": tx.now, "fingerprint": "f", "weight": 1, "extra": {}}
                tx.run(insert(items).prefix_with("OR IGNORE").values(**row))
        assert tx.value(select(term_counts.c.uses).where(term_counts.c.term == "#brindledark")) == 10


def test_slots_older_than_a_day_are_forgotten_and_proposals_fade(day: Day) -> None:
    day.forward(4)
    day.hear("#BrindleDark", 20)
    assert day.proposed() == ["#BrindleDark"]
    day.clock.forward(hours=3.5)
    assert day.proposed() == []
    day.clock.forward(hours=23)
    propose(day.store)
    with day.store.read() as tx:
        assert tx.value(select(func.count()).where(term_counts.c.term == "#brindledark")) == 0
        assert tx.value(select(proposals.c.state)) == "faded"
    day.forward(3.2)
    day.hear("#BrindleDark", 20)
    assert day.proposed() == ["#BrindleDark"]


def test_a_dismissed_one_stays_away_for_a_week_or_until_it_is_far_higher(day: Day) -> None:
    day.forward(4)
    day.hear("#BrindleDark", 10)
    assert day.proposed() == ["#BrindleDark"]
    day.team.sign_in_again()
    discovery.dismiss(day.store, day.team.tokens["lea"], 1)
    day.hear("#BrindleDark", 30)
    assert day.proposed() == []
    day.hear("#BrindleDark", 60)
    assert day.proposed() == ["#BrindleDark"]


def test_what_waits_is_ranked_before_anybody_holds_the_lock_and_written_a_part_at_a_time(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.terms.prepare()
    monkeypatch.setattr(heard, "MOST_WRITTEN", 3)
    monkeypatch.setattr(heard, "PREPARE_AFTER", 0.0)
    texts = [f"#Zq{'abcdef'[n]}tag" for n in range(6)]

    def note(given: list[Item]) -> int:
        day.clock.forward(seconds=31)
        with day.store.write() as tx:
            day.terms.note(tx, day.big, given)
            return int(tx.value(select(func.count()).select_from(term_counts)))

    note([said(text, n) for text in texts for n in range(3)])
    before = note([])
    day.terms.prepare()
    monkeypatch.setattr(Tally, "ranked", None)  # in the transaction nothing is ranked any more
    assert note([]) - before == 1, "three at a time: six tags and the sum of all"
