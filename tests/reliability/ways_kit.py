"""Workers that speak through a real channel, and die where they are told to: for whatever server stands behind it.

The account is found in the database, its sealed secret opened, and each request passes the guarded door, which says
when it is about to go, on its way, and answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from data.storage.seal import Seal
from data.storage.store import Store
from monitors.speaking import SpeakingDoor
from publishing.channels import kinds
from publishing.collecting import Collector
from publishing.outbox import Outbox
from publishing.ways import Ways
from tests.factory import Team
from tests.reliability.kit import Child, Point, SharedClock, StruckStore, die, struck

Step = tuple[str, int]
Deed = Callable[[StruckStore, Ways, Team], object]
Name = Callable[[httpx.Request], str]


class ListeningDoor:
    """The guarded door; `at` hears before each request, when it is on its way, and when it is answered."""

    def __init__(self, allowed: frozenset[str], name: Name, at: Callable[[str], None]) -> None:
        self._door = SpeakingDoor("Tact/test", allow_private=allowed)
        self._name = name
        self._at = at

    def client(self, seconds: float = 20.0) -> httpx.Client:
        client = self._door.client(seconds)
        client.event_hooks = {"request": [self._before], "response": [self._after]}
        return client

    def _before(self, request: httpx.Request) -> None:
        name = self._name(request)
        self._at(f"before {name}")

        def trace(event: str, _: object) -> None:
            if event == "http11.send_request_body.complete":
                self._at(f"sent {name}")

        request.extensions["trace"] = trace

    def _after(self, response: httpx.Response) -> None:
        self._at(f"answered {self._name(response.request)}")


@dataclass
class Workers:
    """Processes that work for one workspace. `allowed`: the private host that they may speak to."""

    allowed: frozenset[str]
    name: Name
    clock: SharedClock
    seal: Seal

    def channels(self, store: Store, at: Callable[[str], None] = lambda _: None) -> Ways:
        door = ListeningDoor(self.allowed, self.name, at)
        ways = Ways({}, kinds(), store, self.seal, door)  # type: ignore[arg-type]
        ways.refresh()
        return ways

    def steps_of(self, url: str, team: Team, deed: Deed) -> tuple[list[str], list[str]]:
        """What an unharmed worker commits and asks, in order."""
        store, heard = struck(url, self.clock), list[str]()
        deed(store, self.channels(store, heard.append), team)
        store.close()
        return store.names, heard

    def killed(self, url: str, team: Team, deed: Deed, point: Point | None, step: Step | None) -> None:
        """A worker that does it and dies there."""

        def work() -> None:
            counts: dict[str, int] = {}

            def at(here: str) -> None:
                counts[here] = counts.get(here, 0) + 1
                if step == (here, counts[here]):
                    die()

            store = struck(url, self.clock, point)
            deed(store, self.channels(store, at), team)

        assert Child(work).wait() == -9, f"nobody died at {step or point}"


def publish(store: StruckStore, ways: Ways, team: Team) -> None:
    Outbox(store, ways, team.scorer, "worker").publish_due()


def collect(store: StruckStore, ways: Ways, team: Team) -> None:
    Collector(store, ways, team.scorer, "worker").collect_due()


def commits(names: list[str]) -> Iterator[tuple[Point, None]]:
    """Each side of each commit."""
    for number in range(1, len(names) + 1):
        yield Point(number), None
        yield Point(number, after=True), None


def requests(heard: list[str]) -> Iterator[tuple[None, Step]]:
    """Each step of each request, told apart from others of the same name by its number."""
    counts: dict[str, int] = {}
    for here in heard:
        counts[here] = counts.get(here, 0) + 1
        yield None, (here, counts[here])
