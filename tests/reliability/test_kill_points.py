"""R1: kill -9 at every commit and at every step of the request loses nothing and doubles nothing.

Each deed runs once unharmed, to learn its commits and what the database holds after each of them. Then, for every
commit and every step of the request, a fresh process on a fresh copy is killed right there; afterwards the database
must hold exactly what the last finished commit left, and whoever does the work again must end where the unharmed run
ended, with each post on the platform once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from data.errors import Refused
from data.storage import events
from data.storage.store import Store
from data.storage.tables import drafts, metadata, publications
from publishing.outbox import LEASE, Outbox
from scoring.contract import Scope
from tests.factory import Team, agree, draft_in_review, scheduled_draft, sign, state_of, team_in
from tests.processes import wait_for
from tests.reliability.conftest import Prepare
from tests.reliability.kit import (
    LONG,
    STEPS,
    Child,
    Line,
    Platform,
    Point,
    SharedClock,
    Template,
    die,
    struck,
    tell,
)
from workflow import draft, hold
from workflow.rules.approvals import Decision

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800 if LONG else 120)]

# Between two looks of a worker, longer than a dead worker's lease.
LATER = LEASE + timedelta(seconds=1)
Picture = tuple[tuple[str, int], ...]


def picture(store: Store) -> Picture:
    """How many rows each table has, and how many drafts are in each state."""
    with store.read() as tx:
        rows = [
            (table.name, int(tx.value(select(func.count()).select_from(table)))) for table in metadata.sorted_tables
        ]
        states = [(f"draft {row['id']} {row['state']}", 1) for row in tx.rows(select(drafts).order_by(drafts.c.id))]
    return tuple(rows + states)


def outbox(store: Store, team: Team, line: Line, owner: str = "worker") -> Outbox:
    return Outbox(store, {line.name: line}, team.scorer, owner)


# --- publishing ------------------------------------------------------------------------------------------------


@dataclass
class Publishing:
    """One post that is due, the platform it goes to, and what became of it."""

    template: Template
    platform: Platform
    clock: SharedClock

    @property
    def team(self) -> Team:
        return self.template.kept[0]

    @property
    def draft_id(self) -> int:
        return int(self.template.kept[1])

    def worker(self, url: str, point: Point | None = None, step: str | None = None) -> int:
        """A worker that publishes what is due and is killed at the point or step; how it ended."""

        def deed() -> None:
            line = Line(self.platform.port, self.platform.keyed, lambda at: die() if at == step else None)
            outbox(struck(url, self.clock, point), self.team, line).publish_due()

        return Child(deed).wait()

    def settle(self, url: str) -> Team:
        """Healthy workers go on, one at once and one after the lease; the team as it then stands."""
        for _ in range(2):
            assert self.worker(url) == 0
            self.clock.at += LATER
        return replace(self.team, store=struck(url, self.clock))


def check_settled(case: Publishing, team: Team, struck_at: str, claimed: bool) -> None:
    """The promise, after everything that could be done without a person was done."""
    state, posts = state_of(team, case.draft_id), len(case.platform.posts)
    with team.store.read() as tx:
        told = int(tx.value(select(func.count()).select_from(publications)))
    assert events.verify(team.store)[1] is None, struck_at
    assert posts <= 1, f"{struck_at}: {posts} posts of one"
    assert told == (1 if state == "published" else 0), struck_at
    if case.platform.keyed or not claimed:
        assert (state, posts) == ("published", 1), struck_at
    else:
        assert len(case.platform.requests) <= 1, f"{struck_at}: asked a keyless platform twice"
        assert state == ("published" if told else "unknown"), struck_at


@pytest.mark.parametrize("keyed", [True, False], ids=["with_keys", "keyless"])
def test_a_worker_killed_anywhere_sends_each_post_once(
    prepare: Prepare, shared_clock: SharedClock, keyed: bool, kind: str
) -> None:
    if keyed and kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(lambda store: (team := team_in(store), scheduled_draft(team)))
    start = shared_clock.at
    with Platform(keyed) as platform:
        case = Publishing(template, platform, shared_clock)
        names = _unharmed(case)
        points = [(Point(n, after), None) for n in range(1, len(names) + 1) for after in (False, True)]
        steps = [(None, step) for step in STEPS]
        if not LONG:  # where a defect would be: around the claim, and while the answer is on its way
            points = [(Point(names.index("_claim") + 1, after=True), None)]
            steps = steps[1:2] if keyed else []
        unknown = 0
        for point, step in [*points, *steps]:
            shared_clock.at = start
            platform.forget()
            name = step or f"{point} ({names[point.number - 1]})"  # type: ignore[union-attr]
            with template.copy() as url:
                assert case.worker(url, point, step) == -9, f"nobody died at {name}"
                if step in STEPS[1:]:
                    wait_for(lambda: platform.requests, "the request that was on its way")
                with_it = struck(url, shared_clock)
                claimed = state_of(replace(case.team, store=with_it), case.draft_id) != "scheduled"
                with_it.close()
                team = case.settle(url)
                check_settled(case, team, name, claimed)
                unknown += state_of(team, case.draft_id) == "unknown"
                team.store.close()
        tell(
            f"R1 {kind}, {'keys' if keyed else 'no keys'}: killed at {len(points)} commit boundaries and "
            f"{len(steps)} steps of the request; 0 lost, 0 doubled, {unknown} left for a person"
        )


def _unharmed(case: Publishing) -> list[str]:
    """What happens when nobody dies; the use case behind each commit."""
    with case.template.copy() as url:
        store = struck(url, case.clock)
        line = Line(case.platform.port, case.platform.keyed)
        outbox(store, case.team, line).publish_due()
        assert state_of(replace(case.team, store=store), case.draft_id) == "published"
        assert case.platform.posts == ["Iced tea, as patient as you are."]
        store.close()
        return store.names


@pytest.mark.skipif(not LONG, reason="the second death belongs to the long form (make test-reliability)")
@pytest.mark.parametrize("keyed", [True, False], ids=["with_keys", "keyless"])
def test_a_second_worker_killed_while_it_recovers_changes_nothing(
    prepare: Prepare, shared_clock: SharedClock, keyed: bool, kind: str
) -> None:
    template = prepare(lambda store: (team := team_in(store), scheduled_draft(team)))
    start, runs = shared_clock.at, 0
    with Platform(keyed) as platform:
        case = Publishing(template, platform, shared_clock)
        names = _unharmed(case)
        firsts = [(Point(n, True), None) for n in range(1, len(names) + 1)] + [(None, step) for step in STEPS]
        for first, step in firsts:
            for number in range(1, len(names) + 2):
                for after in (False, True):
                    shared_clock.at = start
                    platform.forget()
                    with template.copy() as url:
                        case.worker(url, first, step)
                        shared_clock.at += LATER
                        case.worker(url, Point(number, after))
                        shared_clock.at += LATER
                        team = case.settle(url)
                        claimed = bool(platform.requests) or state_of(team, case.draft_id) == "unknown"
                        check_settled(case, team, f"{first or step}, then {Point(number, after)}", claimed)
                        team.store.close()
                        runs += 1
    tell(
        f"R1 {kind}, {'keys' if keyed else 'no keys'}: {runs} pairs of deaths, the second while recovering; all settled"
    )


# --- deciding and stopping -------------------------------------------------------------------------------------


def second_signature(team: Team, ids: dict[str, int]) -> object:
    return sign(team, "max", ids["signed_once"])


def objection(team: Team, ids: dict[str, int]) -> object:
    return sign(team, "pia", ids["scheduled"], Decision.CHANGES, "Another word, please.")


def edit(team: Team, ids: dict[str, int]) -> object:
    words = draft.Writing("Entirely other words about tea.", reactive=False)
    return draft.save(team.store, team.tokens["ben"], ids["scheduled"], 1, words)


def pause(team: Team, ids: dict[str, int]) -> object:
    return hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "wait")


def second_lift(team: Team, ids: dict[str, int]) -> object:
    return agree(team.store, team.tokens["max"], ids["hold"])


def withdrawal(team: Team, ids: dict[str, int]) -> object:
    return draft.withdraw(team.store, team.tokens["ana"], ids["scheduled"], "not now")


DEEDS: tuple[Callable[[Team, dict[str, int]], object], ...] = (
    second_signature,
    objection,
    edit,
    pause,
    second_lift,
    withdrawal,
)


def a_busy_house(store: Store) -> tuple[Team, dict[str, int]]:
    """A post on the schedule, one held, one signed once, and a hold on a region that one person agreed to lift."""
    team = team_in(store)
    ids = {"scheduled": scheduled_draft(team, draft.Writing("Tea for Tuesday.", regions=("GB",), reactive=False))}
    ids["held"] = scheduled_draft(team, draft.Writing("A cup in Texas.", regions=("US",), reactive=False))
    ids["hold"] = hold.open_by_person(store, team.tokens["ana"], Scope("region", "US"), "a storm").hold_id
    agree(store, team.tokens["lea"], ids["hold"])
    ids["signed_once"] = draft_in_review(
        team, draft.Writing("Slow leaves, warm hands.", regions=("GB",), reactive=False)
    )
    sign(team, "lea", ids["signed_once"])
    return team, ids


def test_a_person_whose_process_dies_has_decided_wholly_or_not_at_all(
    prepare: Prepare, shared_clock: SharedClock, kind: str
) -> None:
    template = prepare(a_busy_house)
    team, ids = template.kept
    killed = 0
    for deed in DEEDS if LONG else (second_signature, pause, second_lift) if kind == "sqlite" else DEEDS[:1]:
        pictures = _pictures(template, shared_clock, deed)
        for number in range(1, len(pictures)):
            for after in (False, True) if LONG or kind == "sqlite" else (True,):
                with template.copy() as url:
                    mine = struck(url, shared_clock, Point(number, after))
                    child = Child(lambda store=mine, what=deed: what(replace(team, store=store), ids))  # type: ignore[misc]
                    assert child.wait() == -9, f"nobody died in {deed.__name__}"
                    mine.close()
                    killed += 1
                    store = struck(url, shared_clock)
                    here = f"{deed.__name__}, {Point(number, after)}"
                    assert picture(store) == pictures[number if after else number - 1], here
                    assert events.verify(store)[1] is None, here
                    _do_again(deed, replace(team, store=store), ids)
                    store.close()
    tell(f"R1 {kind}: {killed} deaths inside {', '.join(deed.__name__ for deed in DEEDS)}; none left half a decision")


def _pictures(template: Template, clock: SharedClock, deed: Callable[[Team, dict[str, int]], object]) -> list[Picture]:
    """What the database holds before the deed and after each of its commits."""
    team, ids = template.kept
    with template.copy() as url:
        seen: list[Picture] = []
        store = struck(url, clock, committed=lambda: seen.append(picture(store)))
        seen.append(picture(store))
        deed(replace(team, store=store), ids)
        store.close()
    assert len(seen) > 1, f"{deed.__name__} committed nothing"
    return seen


def _do_again(deed: Callable[[Team, dict[str, int]], object], team: Team, ids: dict[str, int]) -> None:
    """Whoever comes back does it again: it works, or they are told that it was done."""
    with contextlib.suppress(Refused):
        deed(team, ids)
    states = {name: state_of(team, ids[name]) for name in ("scheduled", "held", "signed_once")}
    expected = {
        second_signature: ("signed_once", {"scheduled"}),
        objection: ("scheduled", {"writing"}),
        edit: ("scheduled", {"writing"}),
        pause: ("scheduled", {"held"}),
        second_lift: ("held", {"in_review"}),
        withdrawal: ("scheduled", {"withdrawn"}),
    }
    name, wanted = expected[deed]
    assert states[name] in wanted, f"{deed.__name__}: {states}"
