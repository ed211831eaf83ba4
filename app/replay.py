"""Replay: a scenario or a recording through the real pipeline, on a simulated clock and a fresh database.

Here and not in `monitors`, because it drives both the intake and the outbox, and rooms on one floor do not import
each other. Nothing is stubbed: intake, counts, alerts, verdicts, holds and the gate are the live ones; the channel is
the dry run, and the clock is the file's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.settings import Settings
from app.wiring import House, build
from data.errors import BadInput
from data.storage import events as chain
from data.storage.tables import drafts, events, scheduled_posts, sources
from monitors.intake import add_count, take_in, watching
from monitors.sources import Item, Poll, PollState, Reading
from monitors.volume import minute_of
from monitors.watch import look_for_spikes
from workflow import access, hold
from workflow import brand as brands
from workflow.draft import Writing
from workflow.imports import ImportedMedia, ImportedPost, add_monitor, add_source, import_post
from workflow.judge import judge_open_alerts
from workflow.rules.drafts import State
from workflow.rules.roles import Role
from workflow.topics import topic_id

Row = Mapping[str, Any]
Emit = Callable[[Mapping[str, Any]], None]
# A volume row speaks for one minute.
MINUTE = timedelta(minutes=1)
_SOURCES = {"news": "news", "mentions": "mentions", "official": "official", "trends": "trends"}


class SimulatedClock:
    """A clock that only moves forward, to wherever the file is."""

    def __init__(self) -> None:
        self.at = datetime(1970, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def to(self, at: datetime) -> None:
        self.at = max(self.at, at)


def replay(rows: Iterator[Row], folder: Path, emit: Emit) -> None:
    """Live through `rows` in order; `emit` gets each event as it happens. `folder` takes the database."""
    clock = SimulatedClock()
    settings = Settings(database_url=f"sqlite:///{folder / 'replay.db'}", dry_run_folder=folder / "dry_run")
    house = build(settings, clock=clock)
    try:
        story = _Story(house, clock, emit)
        for number, row in enumerate(rows, start=1):
            story.live(number, row)
        story.finish()
    finally:
        house.store.close()


class _Story:
    """One replay: the house, the clock, and how far the event rows were told."""

    def __init__(self, house: House, clock: SimulatedClock, emit: Emit) -> None:
        self.house, self.clock, self.emit = house, clock, emit
        self.outbox = house.outbox()
        self.told = 0
        self.posts: dict[int, str] = {}
        self.people: dict[str, access.Person] = {}
        self.sources: dict[str, int] = {}

    def live(self, number: int, row: Row) -> None:
        """One line of the file: first everything that was due before it, then the line itself."""
        try:
            at = datetime.fromisoformat(row["at"])
            deed = {"brand": self._brand, "item": self._item, "volume": self._volume, "post": self._post}[row["kind"]]
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"Line {number} is not a line of a scenario: it needs `at` and a known `kind`.") from error
        if number == 1 and row["kind"] != "brand":
            raise BadInput("The first line of a scenario is its brand.")
        self._until(at)
        try:
            deed(row)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"Line {number} ({row['kind']}) lacks something: {error}.", cause=repr(error)) from error
        self._look()

    def finish(self) -> None:
        """Nothing more happens, except that the posts still waiting come due."""
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
            due: datetime | None = tx.value(
                select(scheduled_posts.c.publish_at)
                .join(drafts, drafts.c.id == scheduled_posts.c.draft_id)
                .where(drafts.c.state == State.SCHEDULED.value, scheduled_posts.c.closed_at.is_(None))
                .order_by(scheduled_posts.c.publish_at)
                .limit(1)
            )
        return due

    def _look(self) -> None:
        """What the worker does on each tick, in the order that fails closed: darkness first, publishing last."""
        store, scorer = self.house.store, self.house.scorer
        hold.watch(store, scorer)
        look_for_spikes(store)
        judge_open_alerts(store, scorer)
        self.outbox.publish_due()
        self._tell()

    # --- the kinds of line ---------------------------------------------------------------------------------

    def _brand(self, row: Row) -> None:
        profile = brands.profile_from({**row, "regions": row.get("regions", []), "category": row.get("category", "")})
        with self.house.store.write() as tx:
            brand = brands.found(tx, profile)
            for name, kind, terms in _monitors(profile):
                add_monitor(tx, brand.id, name, kind, terms)
            for kind in _SOURCES:
                # Never due: the file itself is the source. A trend in a scenario is always worth an alert.
                config = {"alert_on": "everything"}
                self.sources[kind] = add_source(tx, "replay", kind, config, 86_400, enabled=False)

    def _item(self, row: Row) -> None:
        at, source = self.clock.at, self._source(row["source"])
        extra = {key: row[key] for key in ("agency", "event", "severity", "area", "expires", "cancelled") if key in row}
        item = Item(
            external_id=row.get("id") or f"{at.isoformat()} {row['text']}",
            text=row["text"],
            url=row.get("url", ""),
            author=row.get("author", ""),
            published_at=at,
            kind=row["source"],
            region=row.get("region"),
            topic=row.get("topic"),
            weight=int(row.get("weight", 1)),
            extra=extra,
        )
        with self.house.store.write() as tx:
            source_row = tx.row(select(sources).where(sources.c.id == source))
            assert source_row is not None
            take_in(tx, source_row, Poll((item,), (), PollState()), watching(tx))

    def _volume(self, row: Row) -> None:
        at, source = self.clock.at, self._source(row["source"])
        reading = Reading(row["topic"], at, row["count"], None, at - MINUTE, at)
        with self.house.store.write() as tx:
            source_row = tx.row(select(sources).where(sources.c.id == source))
            assert source_row is not None
            add_count(tx, topic_id(tx, row["topic"]), source, minute_of(at), int(row["count"]))
            take_in(tx, source_row, Poll((), (reading,), PollState()), watching(tx))

    def _post(self, row: Row) -> None:
        with self.house.store.write() as tx:
            author = self._person(tx, row["author"])
            writing = Writing(
                text=row["text"],
                platform=row["channel"],
                regions=tuple(row.get("regions", ())),
                topic=row.get("topic"),
                promotional=bool(row["promotional"]),
                reactive=bool(row["reactive"]),
            )
            post = ImportedPost(
                author=author,
                writing=writing,
                publish_at=datetime.fromisoformat(row["scheduled_for"]),
                signed_by=tuple(self._person(tx, name) for name in row["approvals"]),
                checklist_complete=row.get("checklist") == "complete",
                media=tuple(self._media(tx, one) for one in row.get("media", ())),
            )
            # The event rows are written at the end of the chain, so the name must be known before they are told.
            self.posts[import_post(tx, post)] = row["id"]

    def _media(self, tx: Any, one: Row) -> ImportedMedia:
        provenance = one.get("provenance") or {}
        return ImportedMedia(
            name=one["name"],
            kind=one["kind"],
            previewed_by=tuple(self._person(tx, name) for name in one.get("previewed_by", ())),
            origin=provenance.get("origin"),
            reverse_image_search=provenance.get("reverse_image_search"),
            rights_note=provenance.get("rights") or provenance.get("rights_note"),
        )

    def _person(self, tx: Any, name: str) -> access.Person:
        """Scenario people are known by name alone; all of them may sign, so that only the rules decide."""
        if name not in self.people:
            username = f"person-{len(self.people) + 1}"
            self.people[name] = access.add(tx, chain.THE_PRODUCT, username, name, Role.MANAGER, username * 3)
        return self.people[name]

    def _source(self, kind: str) -> int:
        if kind not in self.sources:
            raise BadInput(f"There is no source {kind!r} in a scenario; known: {', '.join(_SOURCES)}.")
        return self.sources[kind]

    # --- telling what happened -----------------------------------------------------------------------------

    def _tell(self) -> None:
        with self.house.store.read() as tx:
            fresh = tx.rows(select(events).where(events.c.id > self.told).order_by(events.c.id))
        for row in fresh:
            self.told = row["id"]
            told = _as_told(row, self.posts)
            if told is not None:
                self.emit({"at": f"{row['at']:%Y-%m-%dT%H:%M:%SZ}", **told})


def _as_told(row: Any, posts: Mapping[int, str]) -> dict[str, Any] | None:
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
    if row["kind"] in ("draft_hold", "draft_block"):
        return {
            "event": "held" if row["kind"] == "draft_hold" else "blocked",
            "post": post,
            "reasons": detail["reasons"],
        }
    return {"event": "published", "post": post} if row["kind"] == "draft_sent" else None


def _monitors(profile: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    yield profile.name, "brand", (profile.name, *profile.keywords)
    for name in profile.competitors:
        yield f"Competitor: {name}", "competitor", (name,)


def read_scenario(path: Path) -> Iterator[Row]:
    """The lines of a JSON Lines file. BadInput names the line that is none; an `expect` line is left out."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    row = _parsed(number, line)
                    if row.get("kind") != "expect":
                        yield row
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read.", cause=str(error)) from error


def _parsed(number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput(f"Line {number} is not JSON.", cause=str(error)) from error
    if not isinstance(row, dict):
        raise BadInput(f"Line {number} is not an object.")
    return row
