"""R1 against platforms that misbehave: whatever they answer, and wherever a worker dies meanwhile, one post at most.

A story is what a worker does over some minutes: publish what is due, look up what nobody knows, wait. It runs once
unharmed, to learn its commits; then a fresh worker on a fresh copy is killed at each of them, and healthy ones go on.
What the platform was asked, and what it holds in the end, is compared with what Tact says of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from data.storage import events
from data.storage.store import Store
from data.storage.tables import publications, scheduled_posts
from publishing.lookup import Finder
from publishing.outbox import Outbox
from tests.factory import Team, scheduled_draft, state_of, team_in
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, STEPS, Child, Line, Platform, Point, SharedClock, Template, die, struck, tell

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800 if LONG else 120)]

ROUNDS = 4
BETWEEN = timedelta(seconds=61)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """A platform, what it does to the first requests, and where the post ends when nobody dies."""

    name: str
    faults: tuple[str, ...]
    ends: str
    keyed: bool = True
    looks_up: bool = False
    unreachable: int = 0
    forgets: bool = False
    rounds_apart: timedelta = BETWEEN


CASES = (
    Case("504 after writing, keys", ("504",), "published"),
    Case("504 after writing, no keys", ("504",), "unknown", keyed=False),
    Case("504 after writing, no keys, can be asked", ("504",), "published", keyed=False, looks_up=True),
    Case("cut off after writing, keys", ("cut", "504"), "published"),
    Case("429, no keys", ("429", "429"), "published", keyed=False),
    Case("429 behind a 504, keys", ("504", "429"), "published"),
    Case("nobody there, no keys", (), "published", keyed=False, unreachable=2),
    Case("422", ("422",), "blocked", keyed=False),
    Case("keys forgotten after an hour", ("504",), "unknown", forgets=True, rounds_apart=HOUR),
    Case("keys forgotten, can be asked", ("504",), "published", forgets=True, looks_up=True, rounds_apart=HOUR),
)
SHORT = ("504 after writing, no keys, can be asked", "429, no keys", "keys forgotten after an hour")


@dataclass
class Story:
    """A post that is due and a platform in a bad mood."""

    case: Case
    template: Template
    platform: Platform
    clock: SharedClock

    def __post_init__(self) -> None:
        self.start = self.clock.at

    @property
    def team(self) -> Team:
        return self.template.kept[0]

    def begin(self) -> None:
        """Everything as on the first day."""
        self.clock.at = self.start
        self.platform.forget()
        self.platform.faults = list(self.case.faults)

    def line(self, at: Callable[[str], None] = lambda _: None, unreachable: int = 0) -> Line:
        case = self.case
        forgets = HOUR if case.forgets else None
        return Line(
            self.platform.port, case.keyed, at, repeatable_for=forgets, looks_up=case.looks_up, unreachable=unreachable
        )

    def live(self, store: Store, line: Line) -> None:
        """Some minutes of a worker."""
        box = Outbox(store, {"dry_run": line}, self.team.scorer, "worker")
        for _ in range(ROUNDS):
            box.publish_due()
            Finder(store, {"dry_run": line}, "worker").look_up_due()
            self.clock.at += self.case.rounds_apart

    def unharmed(self) -> list[str]:
        """What happens when nobody dies; the use case behind each commit."""
        self.begin()
        with self.template.copy() as url:
            store = struck(url, self.clock)
            self.live(store, self.line(unreachable=self.case.unreachable))
            assert self.ending(store) == self.case.ends, self.case.name
            self.check(store, "unharmed")
            store.close()
            return store.names

    def killed(self, point: Point | None, step: str | None, where: str) -> str:
        """A worker dies there, another goes on; where the post ended."""
        self.begin()
        with self.template.copy() as url:

            def deed() -> None:
                line = self.line(lambda at: die() if at == step else None, self.case.unreachable)
                self.live(struck(url, self.clock, point), line)

            assert Child(deed).wait() == -9, f"nobody died at {where}"
            store = struck(url, self.clock)
            for _ in range(2):
                self.clock.at += BETWEEN
                self.live(store, self.line())
            self.check(store, where)
            ending = self.ending(store)
            store.close()
        return ending

    def ending(self, store: Store) -> str:
        return state_of(replace(self.team, store=store), self.template.kept[1])

    def check(self, store: Store, where: str) -> None:
        """What Tact says is so, and no request was made that could have been a second post."""
        state, posts, here = self.ending(store), self.platform.posts, f"{self.case.name}: {where}"
        with store.read() as tx:
            told = int(tx.value(select(func.count()).select_from(publications)))
            row = tx.row(select(scheduled_posts))
        assert row is not None
        assert events.verify(store)[1] is None, here
        assert len(posts) <= 1, f"{here}: {len(posts)} posts of one"
        assert told == (state == "published"), here
        if state == "published":
            assert len(posts) == 1, f"{here}: said to be out, and is not"
        if state in ("blocked", "needs_time", "scheduled"):
            assert not posts, f"{here}: {state}, and it is out"
        assert state not in ("publishing", "scheduled"), f"{here}: still {state}"
        if not self.case.keyed:
            assert self.platform.doubtful <= 1, f"{here}: asked a keyless platform twice"
            assert row["begun"] <= 1, here
        if self.case.looks_up:
            assert state != "unknown", f"{here}: the platform could have been asked"


def places(names: list[str]) -> list[tuple[Point | None, str | None, str]]:
    """Each side of each commit and each step of a request, with a name for it."""
    if not LONG:
        number = max(n for n, name in enumerate(names, 1) if name == "_begin")
        return [(Point(number, after=True), None, "behind the last _begin")]
    points = [Point(n, after) for n in range(1, len(names) + 1) for after in (False, True)]
    return [
        *((point, None, f"{point} ({names[point.number - 1]})") for point in points),
        *((None, step, step) for step in STEPS),
    ]


@pytest.mark.parametrize("case", [one for one in CASES if LONG or one.name in SHORT], ids=lambda one: one.name)
def test_whatever_a_platform_answers_and_wherever_a_worker_dies_one_post_at_most(
    prepare: Prepare, shared_clock: SharedClock, kind: str, case: Case
) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(lambda store: (team := team_in(store), scheduled_draft(team)))
    with Platform(case.keyed, shared_clock, HOUR if case.forgets else None) as platform:
        story = Story(case, template, platform, shared_clock)
        where = places(story.unharmed())
        ends = [story.killed(*one) for one in where]
    counted = ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends)))
    tell(f"R1 {kind}, {case.name}: {case.ends} unharmed; killed at {len(where)} places: {counted}")
