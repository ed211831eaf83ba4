"""R1 with Mastodon's own channel and a server that behaves as Mastodon is known to: exactly one status.

The platform of `kit` knows our failures by number; this one speaks the interface, forgets its keys after an hour by
its own clock, and has the known bugs (`data.sample_day.mastodon_server`). Asked afterwards, it finds a post by its
words, so nothing may be left for a person here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from data.sample_day.mastodon_server import POSTING, MastodonServer
from data.storage import events
from data.storage.store import Store
from data.storage.tables import publications
from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Channel, Outgoing, Receipt
from publishing.channels._mastodon_talk import load
from publishing.channels.mastodon import KIND
from publishing.lookup import Finder
from publishing.outbox import Outbox
from tests.factory import Team, scheduled_draft, state_of, team_in
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, Child, Point, SharedClock, Template, die, struck, tell
from workflow.draft import Writing

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800 if LONG else 120)]

NAME = "mastodon-1"
BETWEEN = timedelta(seconds=61)
ROUNDS = 4
# What the server does to the first requests, and how far apart a worker looks: an hour later the keys are forgotten.
CASES: dict[str, tuple[tuple[str, ...], timedelta]] = {
    "504 after writing": (("gateway_timeout",), BETWEEN),
    "cut off after writing": (("cut",), BETWEEN),
    "cut off before": (("cut_before",), BETWEEN),
    "429": (("limited", "limited"), BETWEEN),
    "503": (("down",), BETWEEN),
    "a repeated key fails": (("gateway_timeout", "repeat_fails"), BETWEEN),
    "a 200 that says nothing": (("nonsense",), BETWEEN),
    "keys forgotten": (("gateway_timeout",), timedelta(minutes=61)),
}
SHORT = ("504 after writing", "keys forgotten")


@dataclass
class Story:
    """A post for Mastodon that is due, and what the server does to it. Each run has a server of its own."""

    template: Template
    clock: SharedClock
    faults: tuple[str, ...]
    apart: timedelta

    def __post_init__(self) -> None:
        self.start = self.clock.at
        self.commits: list[str] = []
        self.steps: list[str] = []

    @property
    def team(self) -> Team:
        return self.template.kept[0]

    def unharmed(self) -> str:
        """What happens when nobody dies: where the post ends; the commits and steps on the way are kept."""
        with self._server() as server, self.template.copy() as url:
            store = struck(url, self.clock)
            self.live(store, _channel(server, self.steps.append))
            self.commits = list(store.names)
            return self._settled(store, server, "unharmed")

    def killed(self, point: Point | None, step: str | None) -> str:
        """A worker dies there and another goes on; where the post ended."""
        with self._server() as server, self.template.copy() as url:

            def deed() -> None:
                self.live(struck(url, self.clock, point), _channel(server, lambda at: die() if at == step else None))

            where = str(point or step)
            assert Child(deed).wait() == -9, f"nobody died at {where}"
            store = struck(url, self.clock)
            for _ in range(2):
                self.clock.at += BETWEEN
                self.live(store, _channel(server))
            return self._settled(store, server, where)

    def live(self, store: Store, channel: Channel) -> None:
        """Some minutes of a worker."""
        ways = {NAME: channel}
        box, finder = Outbox(store, ways, self.team.scorer, "worker"), Finder(store, ways, "worker")
        for _ in range(ROUNDS):
            box.publish_due()
            finder.look_up_due()
            self.clock.at += self.apart

    @contextmanager
    def _server(self) -> Iterator[MastodonServer]:
        self.clock.at = self.start
        with MastodonServer(clock=self.clock) as server:
            for fault in self.faults:
                server.order(fault, on=POSTING)  # type: ignore[arg-type]
            yield server

    def _settled(self, store: Store, server: MastodonServer, where: str) -> str:
        """Where the post ended, which must be what the server shows."""
        state = state_of(replace(self.team, store=store), self.template.kept[1])
        assert events.verify(store)[1] is None, where
        with store.read() as tx:
            told = [row["address"] for row in tx.rows(select(publications.c.address))]
        store.close()
        statuses = [one.id for one in server.statuses]
        assert len(statuses) <= 1, f"{where}: {len(statuses)} statuses of one post"
        if state == "published":
            assert [address.rpartition("/")[2] for address in told] == statuses, where
        else:
            # It died between writing down that it begins and the request: the server cannot say "certainly not".
            assert (state, statuses, told) == ("unknown", [], []), where
        return state


def _channel(server: MastodonServer, at: Callable[[str], None] = lambda _: None) -> Channel:
    door = SpeakingDoor("tact-test", allow_private=frozenset({server.host}))
    config = {"server": server.address, "visibility": "public"}
    opened = KIND.open(Account(NAME, "Ottermoor", config, {"access_token": server.token}), door)
    publish = opened.publish

    def stepwise(outgoing: Outgoing) -> Receipt:
        at("before_request")
        receipt = publish(outgoing)
        at("answered")
        return receipt

    opened.publish = stepwise  # type: ignore[method-assign]
    return opened


@pytest.mark.parametrize("name", [one for one in CASES if LONG or one in SHORT])
def test_exactly_one_status_whatever_mastodon_does_and_wherever_a_worker_dies(
    prepare: Prepare, shared_clock: SharedClock, kind: str, name: str
) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    load()
    words = Writing("Iced tea, as patient as you are.", platform="mastodon", channel=NAME, reactive=False)
    template = prepare(lambda store: (team := team_in(store), scheduled_draft(team, words)))
    story = Story(template, shared_clock, *CASES[name])
    assert story.unharmed() == "published"
    ends = [story.killed(*place) for place in _places(story)]
    tell(f"R1 {kind}, Mastodon, {name}: killed at {len(ends)} places, {ends.count('published')} published")


def _places(story: Story) -> list[tuple[Point | None, str | None]]:
    """Each side of each commit, and each step that was reached; the short form dies where the answer is lost."""
    if not LONG:
        return [(None, story.steps[-1])]
    numbers = range(1, len(story.commits) + 1)
    return [
        *((Point(n, after), None) for n in numbers for after in (False, True)),
        *((None, s) for s in set(story.steps)),
    ]
