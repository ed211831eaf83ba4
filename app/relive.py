"""Living through a recording: its own sources and monitors, what was usual before it, and its polls as they came.

Beside `app.replay`, which knows scenarios, where each line is a moment of its own. A poll brings many items in one
transaction and is looked at once; replayed one by one they would raise the same alerts, but at other counts.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.scenario import HistoryLine, ItemLine, Line, MonitorLine, ReadingLine, SourceLine
from app.wiring import House
from data.errors import BadInput
from data.storage.tables import monitors, sources
from data.storage.volumes import hour_of
from monitors.intake import take_in, watching
from monitors.sources import Item, Poll, PollState, Reading
from workflow.imports import HISTORY_KIND, add_monitor, add_source, import_counts
from workflow.tone import read_tone, watch_mood

MOOD_EVERY = timedelta(seconds=30)
AT_ONCE = 5_000


class Relive:
    """The recorded lines of one instant, gathered until the next instant comes."""

    def __init__(self, house: House, brand_id: int) -> None:
        self.house, self.brand_id = house, brand_id
        self.sources: dict[int, int] = {}
        self.items: defaultdict[int, list[Item]] = defaultdict(list)
        self.readings: defaultdict[int, list[Reading]] = defaultdict(list)
        self.history: list[tuple[str, datetime, int]] = []
        self.watched: set[str] = set()
        self._read_to: int | None = None
        self._felt: datetime | None = None

    def take(self, line: Line) -> None:
        """One line. BadInput for one that does not fit to those before it."""
        match line:
            case SourceLine():
                self._source(line)
            case MonitorLine():
                self._monitor(line)
            case HistoryLine():
                self._history(line)
            case ItemLine():
                self.items[self._by(line.by)].append(_item(line))
            case ReadingLine():
                self.readings[self._by(line.by)].append(_reading(line))
            case _:
                raise BadInput("a recording holds no such line.")

    def take_in(self) -> bool:
        """Take in what has gathered, as the polls that it was; whether that was anything."""
        if self.history:
            self._store_history()
        polls = sorted({*self.items, *self.readings})
        for source in polls:
            poll = Poll(tuple(self.items[source]), tuple(self.readings[source]), PollState())
            with self.house.store.write() as tx:
                row = tx.row(select(sources).where(sources.c.id == source))
                assert row is not None
                take_in(tx, row, poll, watching(tx))
        self.items.clear()
        self.readings.clear()
        return bool(polls)

    def feel(self) -> None:
        """The mood, as often as the worker looks at it."""
        now = self.house.store.now()
        if self._felt is None or now - self._felt >= MOOD_EVERY:
            self._felt = now
            self._read_to = read_tone(self.house.store, self.house.scorer, self._read_to).newest
            watch_mood(self.house.store)

    def _source(self, line: SourceLine) -> None:
        if line.of_kind == HISTORY_KIND:
            return  # its counts come as history
        config = {"alert_on": "everything"} if line.alert_on_everything else {}
        with self.house.store.write() as tx:
            if tx.value(select(sources.c.id).where(sources.c.name == line.name)) is not None:
                raise BadInput(f"two sources are called {line.name!r}.")
            # Never due: the file itself is the source.
            self.sources[line.number] = add_source(tx, line.of_kind, line.name, config, 86_400, enabled=False)

    def _monitor(self, line: MonitorLine) -> None:
        with self.house.store.write() as tx:
            if line.name in self.watched:
                raise BadInput(f"two monitors are called {line.name!r}.")
            self.watched.add(line.name)
            new = add_monitor(tx, self.brand_id, line.name, line.of_kind, line.terms, line.exclusions, line.floor)
            values = {"enabled": line.enabled, "languages": list(line.languages)}
            values["cooldown_minutes"] = line.cooldown_minutes
            tx.run(update(monitors).where(monitors.c.id == new).values(**values))

    def _history(self, line: HistoryLine) -> None:
        if line.monitor not in self.watched:
            raise BadInput(f"nothing called {line.monitor!r} is watched.")
        # An hour that is told again replaces what was told of it, so none may be cut in two.
        if len(self.history) >= AT_ONCE and hour_of(self.history[-1][1]) != hour_of(line.minute):
            self._store_history()
        self.history.append((line.monitor, line.minute, line.count))

    def _store_history(self) -> None:
        with self.house.store.write() as tx:
            import_counts(tx, self.history)
        self.history.clear()

    def _by(self, number: int | None) -> int:
        if number is None or number not in self.sources:
            raise BadInput(f"there is no source number {number}.")
        return self.sources[number]


def _item(line: ItemLine) -> Item:
    return Item(
        external_id=str(line.id),
        text=line.text,
        url=line.url,
        author=line.author,
        published_at=line.published_at or line.at,
        kind=line.source,
        language=line.language,
        region=line.region,
        topic=line.topic,
        weight=line.weight,
        extra=line.extra(),
    )


def _reading(line: ReadingLine) -> Reading:
    return Reading(
        topic=line.topic,
        at=line.at,
        count=line.count,
        baseline=line.baseline,
        window_start=line.window_start,
        window_end=line.window_end,
        url=line.url,
        titles=line.titles,
    )
