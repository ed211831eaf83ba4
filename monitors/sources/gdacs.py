"""Disasters the world over, from the Global Disaster Alert and Coordination System of the UN and the EU.

Its RSS feed tells, beside each event, how much help it may need from abroad. An event's colour changes while it lasts:
each is a notice of its own, which takes the one before back, and an event that is over takes back its last one.
https://www.gdacs.org/xml/rss.xml, made anew every six minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from data.plain import one_line, web_link
from monitors.feeds import Row
from monitors.fetch import Fetcher, asked_wait
from monitors.manners import http_date
from monitors.sources import Config, ItemKind, Poll, PollState
from monitors.sources._official import Notice, regraded, taken, titled
from monitors.sources._places import alpha_2
from monitors.sources._settings import Address, Settings, form_of, read
from scoring.overlap import place_codes

# Red: international help is likely to be needed; orange: it may be; green: not. The first two speak of many harmed.
SEVERITY = {"red": "Extreme", "orange": "Severe", "green": "Minor"}
EVENTS = {
    "EQ": "earthquake",
    "TC": "tropical cyclone",
    "FL": "flood",
    "VO": "volcanic eruption",
    "WF": "wildfire",
    "DR": "drought",
    "TS": "tsunami",
}
MOST_COUNTRIES = 12


class GdacsSettings(Settings):
    """What the operator fills in."""

    address: Address = Field(
        default="https://www.gdacs.org/xml/rss.xml", title="Address", description="Changed only for a mirror."
    )


class Gdacs:
    """The feed over conditional GET."""

    kind = "gdacs"
    label = "Disasters worldwide (GDACS)"
    item_kind: ItemKind = "official"
    settings = form_of(GdacsSettings)
    default_interval = timedelta(minutes=6)
    least_interval = timedelta(minutes=6)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(GdacsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """Every event that has a colour, once for each colour it has had."""
        chosen = read(GdacsSettings, config)
        reply = fetcher.get(chosen.address, now=now, etag=state.etag, last_modified=state.last_modified)
        if reply.not_modified:
            return Poll((), (), state, not_modified=True, next_poll_after=asked_wait(reply))
        found = [_notice(row, now) for row in fetcher.parser.rows(reply.body, "item") if _is_event(row)]
        notices, grades = regraded(found, state.cursor, now)
        items, cursor = taken(notices, state.cursor, now)
        validators = PollState(reply.etag, reply.last_modified, cursor | grades)
        return Poll(items, (), validators, next_poll_after=asked_wait(reply))


def _is_event(row: Row) -> bool:
    return _first(row, "alertlevel").casefold() in SEVERITY and bool(_first(row, "guid"))


def _notice(row: Row, now: datetime) -> Notice:
    colour = _first(row, "alertlevel").casefold()
    what = EVENTS.get(_first(row, "eventtype").upper(), "disaster")
    area = one_line(_first(row, "country"), 500)
    changed = http_date(_first(row, "datemodified")) or http_date(_first(row, "pubDate"))
    return Notice(
        id=one_line(_first(row, "guid"), 400),
        agency="GDACS",
        event=one_line(f"{colour.capitalize()} alert, {what} {_first(row, 'eventname')}", 200),
        severity=SEVERITY[colour],
        area=area,
        text=titled(_first(row, "title"), _first(row, "description")),
        at=min(changed or now, now),
        regions=_regions(row, area),
        url=web_link(_first(row, "link")),
        language="en",
        onset=http_date(_first(row, "fromdate")),
        cancelled=_first(row, "iscurrent").casefold() == "false",
        more={"alert": colour, "event_type": _first(row, "eventtype"), "score": _first(row, "alertscore")},
    )


def _regions(row: Row, area: str) -> tuple[str, ...]:
    """The countries by their codes, and those more that the list of names holds."""
    coded = [alpha_2(code) for code in _first(row, "iso3").replace(",", " ").split()]
    named = [code for name in area.split(",") for code in place_codes(name)[:1]]
    return tuple(dict.fromkeys(code for code in (*coded, *named) if code))[:MOST_COUNTRIES]


def _first(row: Row, name: str) -> str:
    """The event's own field: those of its resources, which come later, have names of their own or the same ones."""
    return next((text for field, text in row if field == name and text), "")


SOURCE = Gdacs()
