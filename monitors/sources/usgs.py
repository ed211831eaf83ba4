"""Earthquakes from the United States Geological Survey, the whole world over.

One of its summary feeds (GeoJSON, made anew each minute). An earthquake's grade changes while it is studied: each
grade is a notice of its own, which takes the one before back. https://earthquake.usgs.gov/earthquakes/feed/v1.0/
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from data.plain import one_line, web_link
from monitors.feeds import sane_date
from monitors.fetch import JSON, Fetcher, asked_wait
from monitors.sources import Config, ItemKind, Poll, PollState
from monitors.sources._json import rows_of
from monitors.sources._official import Notice, regraded, taken
from monitors.sources._places import state
from monitors.sources._settings import Address, Settings, form_of, read
from scoring.overlap import place_codes

# The colour is PAGER's estimate of what the earthquake did: red stands for a thousand deaths and more, orange for a
# hundred, yellow for a single one, green for none. Harm to many is what a brand must not talk over.
BY_COLOUR = {"red": "Extreme", "orange": "Severe", "yellow": "Moderate", "green": "Minor"}
# The colour comes half an hour later. Until then the size must do: from 7 on ("major") heavy damage is usual where
# people live, from 6 on ("strong") possible. Never Extreme: size alone does not tell whether anybody lives there.
BY_MAGNITUDE = ((7.0, "Severe"), (6.0, "Moderate"))
AGENCY = "U.S. Geological Survey"


class UsgsSettings(Settings):
    """What the operator fills in."""

    feed: Literal["significant", "4.5", "2.5"] = Field(
        default="significant",
        title="Earthquakes",
        description="The significant ones of the last day, or all of the last day from this magnitude on.",
    )
    address: Address = Field(
        default="https://earthquake.usgs.gov/earthquakes/feed/v1.0/summary",
        title="Address",
        description="Changed only for a mirror.",
    )


class _Quake(BaseModel):
    mag: float | None = None
    place: str | None = None
    time: int
    alert: str | None = None
    status: str | None = None
    type: str | None = None
    title: str | None = None
    url: str | None = None
    tsunami: int | None = None


class _Feature(BaseModel):
    id: str
    properties: _Quake


class Usgs:
    """One summary feed over conditional GET."""

    kind = "usgs"
    label = "Earthquakes (USGS)"
    item_kind: ItemKind = "official"
    settings = form_of(UsgsSettings)
    default_interval = timedelta(minutes=1)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(UsgsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """Every earthquake of the feed, once for each grade it has had."""
        chosen = read(UsgsSettings, config)
        address = f"{chosen.address.rstrip('/')}/{chosen.feed}_day.geojson"
        reply = fetcher.get(address, now=now, etag=state.etag, last_modified=state.last_modified, accept=JSON)
        if reply.not_modified:
            return Poll((), (), state, not_modified=True, next_poll_after=asked_wait(reply))
        found = [_notice(feature, now) for feature in rows_of(reply, _Feature, "features")]
        notices, grades = regraded(found, state.cursor, now)
        items, cursor = taken(notices, state.cursor, now)
        validators = PollState(reply.etag, reply.last_modified, cursor | grades)
        return Poll(items, (), validators, next_poll_after=asked_wait(reply))


def grade(colour: str, magnitude: float) -> str:
    """The severity in CAP's words."""
    by_size = next((word for least, word in BY_MAGNITUDE if magnitude >= least), "Minor")
    return BY_COLOUR.get(colour.casefold(), by_size)


def _notice(feature: _Feature, now: datetime) -> Notice:
    quake = feature.properties
    magnitude, colour = quake.mag or 0.0, (quake.alert or "").casefold()
    place = one_line(quake.place or "", 300)
    return Notice(
        id=one_line(feature.id, 400),
        agency=AGENCY,
        event=_event(one_line(quake.type or "earthquake", 60), colour),
        severity=grade(colour, magnitude),
        area=place,
        text=one_line(quake.title or f"M {magnitude:g}, {place}", 500),
        at=sane_date(quake.time / 1_000, now) or now,
        regions=regions(place),
        url=web_link(quake.url or ""),
        language="en",
        onset=sane_date(quake.time / 1_000, now),
        cancelled=(quake.status or "").casefold() == "deleted",
        more={"magnitude": quake.mag, "alert": colour, "tsunami": bool(quake.tsunami)},
    )


def _event(what: str, colour: str) -> str:
    """Named with its colour, so that taking one grade back leaves the next one standing."""
    return f"{what.capitalize()}, {colour} alert" if colour in BY_COLOUR else what.capitalize()


def regions(place: str) -> tuple[str, ...]:
    """Where "12 km SSW of Anywhere, CA" is: the state or country behind the last comma."""
    last = place.rsplit(",", 1)[-1].strip()
    return state(last) or tuple(place_codes(last)[:1])


SOURCE = Usgs()
