"""Read together, drafts stand as they do one by one; and a longer queue takes no more statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert, select

from data.storage import events
from data.storage.store import Store
from data.storage.tables import draft_versions, drafts
from tests import factory as f
from tests.conftest import HandClock
from workflow import accounts
from workflow.approve import standing_of, tier_of
from workflow.categories import CHOSEN
from workflow.content import authors_of, version_of
from workflow.draft import Writing
from workflow.gatekeeper import window_closes_at
from workflow.queue import helps, queue_of
from workflow.rules.approvals import Decision
from workflow.standings import cases


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def mixed(team: f.Team, clock: HandClock) -> None:
    """Planned and reactive, signed and not, written by two, of a corrected kind, judged darker since, and a rival."""
    moments = [f.decided_opportunity(team, f"topic {number}") for number in range(4)]
    words = [Writing(f"Words about {number}.", regions=("GB",), reactive=True) for number in range(4)]
    there = [f.draft_in_review(team, one, moment) for one, moment in zip(words, moments, strict=True)]
    there.append(f.draft_in_review(team, Writing("Planned words.", regions=("GB",), reactive=False)))
    there.append(f.draft_in_review(team, Writing("Better than Moor & Vale.", regions=("GB",), topic="#tea")))
    f.sign(team, "lea", there[0])
    f.sign(team, "max", there[1])
    f.sign(team, "lea", there[1], Decision.CHANGES, "Shorter.")
    f.sign(team, "lea", there[2])
    clock.forward(minutes=3)
    f.add_verdict(team.store, moments[2], "review")
    with team.store.write() as tx:
        detail = {"decided": True}
        events.append(tx, events.THE_PRODUCT, CHOSEN, "opportunity", moments[3], before="complaint", after="x",
                      detail=detail)  # fmt: skip
        first = tx.row(select(draft_versions).where(draft_versions.c.draft_id == there[4]))
        assert first is not None
        earlier = {**first, "number": 0, "author_id": team.people["lea"].id}
        tx.insert(insert(draft_versions).values(**{key: value for key, value in earlier.items() if key != "id"}))


def test_together_they_stand_as_they_do_one_by_one(team: f.Team, clock: HandClock) -> None:
    mixed(team, clock)
    with team.store.read() as tx:
        rows = tx.rows(select(drafts).order_by(drafts.c.id))
        found = cases(tx, rows)
        assert len(found) == len(rows) == 6
        for row in rows:
            case = found[row["id"]]
            assert case.standing == standing_of(tx, row)
            assert case.tier == tier_of(tx, row)
            assert case.authors == authors_of(tx, row)
            assert case.version == version_of(tx, row)
            assert case.closes_at == window_closes_at(tx, row)
        assert len({case.tier for case in found.values()}) > 1
        assert any(case.standing.signed for case in found.values())


@pytest.mark.parametrize("name", ["ana", "lea", "max", "pia", "vic"])
def test_whose_turn_it_is_is_what_each_draft_says_by_itself(team: f.Team, clock: HandClock, name: str) -> None:
    mixed(team, clock)
    person = team.people[name]
    with team.store.read() as tx:
        found = queue_of(tx, person)
        assert found.turn == {row["id"] for row in found.rows if row["id"] in found.may and helps(tx, row, person)}


def test_two_accounts_of_one_person_are_one_author(team: f.Team, clock: HandClock) -> None:
    accounts.link(team.store, team.tokens["ada"], team.people["ana"].id, team.people["pia"].id)
    draft_id = f.draft_in_review(team)
    with team.store.read() as tx:
        assert draft_id not in queue_of(tx, team.people["pia"]).may
        assert draft_id in queue_of(tx, team.people["lea"]).may


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield said
    event.remove(store.engine, "before_cursor_execute", note)


def test_a_queue_of_two_hundred_takes_no_more_statements_than_one_of_six(store: Store) -> None:
    team, clock = f.team_in(store), HandClock()
    mixed(team, clock)
    person = team.people["lea"]

    def asked() -> int:
        with counted(store) as said, store.read() as tx:
            assert queue_of(tx, person).rows
        return len(said)

    short = asked()
    with store.write() as tx:
        for table, number in ((drafts, "id"), (draft_versions, "draft_id")):
            rows = [dict(row) for row in tx.rows(select(table).order_by(table.c.id))]
            for copy in range(1, 34):
                more = [{key: value for key, value in row.items() if key != "id"} for row in rows]
                for new, row in zip(more, rows, strict=True):
                    new[number] = row[number] + 1_000 * copy
                tx.run(insert(table), more)
    with store.read() as tx:
        assert len(queue_of(tx, person).rows) > 150
    assert asked() == short <= 14
