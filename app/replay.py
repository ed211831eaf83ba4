"""Replay: a scenario or a recording through the real pipeline, on a simulated clock and a fresh database.

Here and not in `monitors`, because it drives both the intake and the outbox, and rooms on one floor do not import
each other. Nothing is stubbed: intake, counts, alerts, verdicts, holds and the gate are the live ones; the channel is
the dry run, and the clock is the file's. What a recording brings besides a scenario's lines is in `app.relive`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, select

from app.relive import Relive
from app.scenario import BrandLine, Id, ItemLine, Line, MediaLine, PostLine, Provenance, VolumeLine
from app.settings import Settings
from app.wiring import House, build
from data.errors import BadInput
from data.storage import events as chain
from data.storage.store import Tx
from data.storage.tables import events, sources
from monitors.intake import add_count, take_in, watching
from monitors.sources import Item, Poll, PollState, Reading
from monitors.volume import minute_of
from monitors.watch import look_for_spikes
from scoring.contract import BrandProfile
from workflow import access, accounts, hold
from workflow import brand as brands
from workflow.draft import Writing
from workflow.imports import ImportedMedia, ImportedPost, add_monitor, add_source, import_post
from workflow.judge import judge_open_alerts
from workflow.rejudging import Queue
from workflow.rules.roles import Role
from workflow.schedule import next_due
from workflow.stopped import MORE
from workflow.tiering import needed_for_planned
from workflow.topics import topic_id

Emit = Callable[[Mapping[str, Any]], None]
# A volume row speaks for one minute.
MINUTE = timedelta(minutes=1)
SOURCES = ("news", "mentions", "official", "trends")


class SimulatedClock:
    """A clock that only moves forward, to wherever the file is."""

    def __init__(self) -> None:
        self.at = datetime(1970, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def to(self, at: datetime) -> None:
        self.at = max(self.at, at)


def replay(lines: Iterable[tuple[int, Line]], folder: Path, emit: Emit) -> None:
    """Live through the numbered `lines` in order; `emit` gets each event as it happens. `folder` takes the database.

    Raises BadInput naming the line that cannot be lived through.
    """
    clock = SimulatedClock()
    settings = Settings(database_url=f"sqlite:///{folder / 'replay.db'}", dry_run_folder=folder / "dry_run")
    house = build(settings, clock=clock)
    try:
        story = _Story(house, clock, emit)
        for number, line in lines:
            story.live(number, line)
        story.finish()
    finally:
        house.store.close()


class _Story:
    """One replay: the house, the clock, and how far the event rows were told."""

    def __init__(self, house: House, clock: SimulatedClock, emit: Emit) -> None:
        self.house, self.clock, self.emit = house, clock, emit
        self.outbox = house.outbox()
        self.queue = Queue(house.store, house.scorer)
        self.told = 0
        self.posts: dict[int, Id] = {}
        self.people: dict[str, access.Person] = {}
        self.sources: dict[str, int] = {}
        self.founded = False
        self.relive: Relive | None = None

    def live(self, number: int, line: Line) -> None:
        """One line of the file: first everything that was due before it, then the line itself."""
        if isinstance(line, BrandLine) == self.founded:
            raise BadInput(f"Line {number} ({line.kind}): a scenario has one brand, and it is the first line.")
        try:
            if self.relive is not None:
                if line.at > self.clock.at:
                    self._settle()
                self._until(line.at)
                return self.relive.take(line)
            self._until(line.at)
            self._deed(line)
        except BadInput as error:
            raise BadInput(f"Line {number} ({line.kind}): {error.message}", cause=error.cause) from error
        return self._look()

    def _settle(self) -> None:
        """All that came in at one instant was one poll: it is taken in as one, and looked at once."""
        assert self.relive is not None
        if self.relive.take_in():
            self._look()
            self.relive.feel()
            self._tell()

    def _deed(self, line: Line) -> None:
        match line:
            case BrandLine():
                self._brand(line)
            case ItemLine():
                self._item(line)
            case VolumeLine():
                self._volume(line)
            case PostLine():
                self._post(line)
            case _:
                raise BadInput("only a recording can hold this.")

    def finish(self) -> None:
        """Nothing more happens, except that the posts still waiting come due."""
        if self.relive is not None:
            self._settle()
        while (due := self._next_due()) is not None:
            self.clock.to(due)
            self._look()

    def _until(self, at: datetime) -> None:
        while (due := self._next_due()) is not None and due < at:
            self.clock.to(due)
            self._look()
        self.clock.to(at)

    def _next_due(self) -> datetime | None:
        with self.house.store.read() as tx:
            return next_due(tx)

    def _look(self) -> None:
        """What the worker does on each tick, in the order that fails closed: darkness first, publishing last."""
        store, scorer = self.house.store, self.house.scorer
        hold.watch(store, scorer)
        look_for_spikes(store)
        judge_open_alerts(store, scorer)
        hold.heed(store)
        self.queue.look()
        self.outbox.publish_due()
        self._tell()

    # --- the kinds of line ---------------------------------------------------------------------------------

    def _brand(self, line: BrandLine) -> None:
        profile = brands.profile_from(dict(line))
        with self.house.store.write() as tx:
            brand = brands.found(tx, profile)
            self.founded = True
            if line.recorded:
                self.relive = Relive(self.house, brand.id)
                return
            for name, (kind, terms) in _monitors(profile).items():
                add_monitor(tx, brand.id, name, kind, terms)
            for kind in SOURCES:
                # Never due: the file itself is the source. A trend in a scenario is always worth an alert.
                config = {"alert_on": "everything"}
                self.sources[kind] = add_source(tx, "replay", kind, config, 86_400, enabled=False)

    def _item(self, line: ItemLine) -> None:
        item = Item(
            external_id=str(line.id or f"{self.clock.at.isoformat()} {line.text}"),
            text=line.text,
            url=line.url,
            author=line.author,
            published_at=self.clock.at,
            kind=line.source,
            region=line.region,
            topic=line.topic,
            weight=line.weight,
            extra=line.extra(),
        )
        with self.house.store.write() as tx:
            take_in(tx, self._source(tx, line.source), Poll((item,), (), PollState()), watching(tx))

    def _volume(self, line: VolumeLine) -> None:
        at = self.clock.at
        reading = Reading(line.topic, at, line.count, None, at - MINUTE, at)
        with self.house.store.write() as tx:
            source = self._source(tx, line.source)
            add_count(tx, topic_id(tx, line.topic), source["id"], minute_of(at), int(line.count))
            take_in(tx, source, Poll((), (reading,), PollState()), watching(tx))

    def _post(self, line: PostLine) -> None:
        with self.house.store.write() as tx:
            author = self._person(tx, line.author)
            writing = Writing(
                text=line.text,
                platform=line.channel,
                regions=line.regions,
                topic=line.topic,
                promotional=line.promotional,
                reactive=line.reactive,
            )
            post = ImportedPost(
                author=author,
                writing=writing,
                publish_at=line.scheduled_for,
                signed_by=self._signers(tx, line),
                checklist_complete=line.checklist == "complete",
                media=tuple(self._media(tx, one) for one in line.media),
            )
            # The event rows are written at the end of the chain, so the name must be known before they are told.
            self.posts[import_post(tx, post)] = line.id

    def _media(self, tx: Tx, one: MediaLine) -> ImportedMedia:
        provenance = one.provenance or Provenance()
        return ImportedMedia(
            name=one.name,
            kind=one.kind,
            previewed_by=tuple(self._person(tx, name) for name in one.previewed_by),
            origin=provenance.origin,
            reverse_image_search=provenance.reverse_image_search,
            rights_note=provenance.rights or provenance.rights_note,
        )

    def _signers(self, tx: Tx, line: PostLine) -> tuple[access.Person, ...]:
        """Who signed. Their roles are not told: where the post asks for one, somebody who signed has it."""
        said = "\n".join((line.text, line.topic or ""))
        wanted = list(needed_for_planned(tx, said, [one.kind for one in line.media]).tier)
        people = []
        for name in line.approvals:
            person = self._person(tx, name)
            if name != line.author and wanted:
                person = replace(person, role=min(wanted.pop(0)))
            people.append(person)
        return tuple(people)

    def _person(self, tx: Tx, name: str) -> access.Person:
        """Scenario people are known by name alone; all of them may sign, so that only the rules decide."""
        if name not in self.people:
            username = f"person-{len(self.people) + 1}"
            self.people[name] = accounts.add(tx, chain.THE_PRODUCT, username, name, Role.MANAGER, username * 3)
        return self.people[name]

    def _source(self, tx: Tx, kind: str) -> RowMapping:
        row = tx.row(select(sources).where(sources.c.id == self.sources[kind]))
        assert row is not None
        return row

    # --- telling what happened -----------------------------------------------------------------------------

    def _tell(self) -> None:
        with self.house.store.read() as tx:
            fresh = tx.rows(select(events).where(events.c.id > self.told).order_by(events.c.id))
        for row in fresh:
            self.told = row["id"]
            told = _as_told(row, self.posts)
            if told is not None:
                self.emit({"at": f"{row['at']:%Y-%m-%dT%H:%M:%SZ}", **told})


def _as_told(row: RowMapping, posts: Mapping[int, Id]) -> dict[str, Any] | None:
    """An event row in the words of the scenario's output, or None for one that it does not tell."""
    detail = row["detail"]
    if row["kind"] == "alert_raised":
        return {"event": "alert", "topic": detail["topic"], "ratio": detail["ratio"]}
    if row["kind"] == "hold_opened":
        codes = sorted({reason["code"] for reason in detail["reasons"]})
        return {"event": "hold_opened", "scope": detail["scope"], "reasons": codes}
    post = posts.get(row["subject_id"]) if row["subject"] == "draft" else None
    if post is None:
        return None
    if row["kind"] in ("draft_hold", "draft_block", MORE):
        return {
            "event": "held" if row["kind"] == "draft_hold" else "blocked",
            "post": post,
            "reasons": detail["reasons"],
        }
    return {"event": "published", "post": post} if row["kind"] == "draft_sent" else None


def _monitors(profile: BrandProfile) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Kind and terms by name; whoever is named twice is watched once."""
    competitors = {f"Competitor: {name}": ("competitor", (name,)) for name in profile.competitors}
    brand = {profile.name: ("brand", (profile.name, *profile.keywords))}
    return brand | competitors | brand
