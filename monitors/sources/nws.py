"""Warnings of the National Weather Service for the United States, their territories and waters.

The service answers with every alert that is active now, as GeoJSON in the words of the Common Alerting Protocol.
A warning ends when its event does; where none is told, when its message does. One that holds in several states gives
an item for each. https://www.weather.gov/documentation/services-web-api, no key; it wants a User-Agent with a contact
and no more than a request in 30 seconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from data.plain import one_line, plain_text, web_link
from monitors.fetch import Fetcher, asked_wait
from monitors.sources import Config, ItemKind, Poll, PollState
from monitors.sources._json import rows_of
from monitors.sources._official import Notice, is_real, joined, sent, severity, taken, titled, utc
from monitors.sources._places import ASSOCIATED, AT_SEA, STATES, WATERS, american
from monitors.sources._settings import Address, OptionalText, Settings, form_of, read

MOST_BYTES = 8_000_000  # the whole country on a day of storms
GEO_JSON = "application/geo+json"
_AREAS = frozenset((*STATES.values(), *ASSOCIATED.values(), *WATERS.values()))


def _area_codes(written: str | None) -> str | None:
    """`nj, NY` as the service wants it: `NJ,NY`."""
    if written is None:
        return None
    codes = written.upper().replace(",", " ").split()
    if wrong := [code for code in codes if code not in _AREAS]:
        raise ValueError(f"{wrong[0][:20]!a} is no state's postal code: write NJ, or NJ, NY")
    return ",".join(dict.fromkeys(codes))


class NwsSettings(Settings):
    """What the operator fills in."""

    area: Annotated[OptionalText, AfterValidator(_area_codes)] = Field(
        default=None, title="States", description="Postal codes, like NJ, NY. Empty: the whole country."
    )
    at_sea: bool = Field(
        default=True, title="Waters too", description="Also warnings that hold for waters alone, where no one lives."
    )
    address: Address = Field(
        default="https://api.weather.gov/alerts/active", title="Address", description="Changed only for a mirror."
    )


def _or_empty(value: object) -> object:
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_or_empty)]


class _Geocode(BaseModel):
    UGC: list[str] = []
    SAME: list[str] = []


class _Reference(BaseModel):
    identifier: str


class _Alert(BaseModel):
    id: str
    status: str
    event: str
    areaDesc: Text = ""
    geocode: _Geocode = _Geocode()
    references: list[_Reference] = []
    sent: Text = ""
    onset: Text = ""
    expires: Text = ""
    ends: Text = ""
    messageType: Text = "Alert"
    severity: Text = "Unknown"
    urgency: Text = ""
    certainty: Text = ""
    response: Text = ""
    senderName: Text = ""
    headline: Text = ""
    description: Text = ""


class _Feature(BaseModel):
    id: Text = ""
    properties: _Alert


class Nws:
    """Active alerts over conditional GET."""

    kind = "nws"
    label = "US weather warnings (NWS)"
    item_kind: ItemKind = "official"
    settings = form_of(NwsSettings)
    default_interval = timedelta(minutes=1)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(NwsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """Every active warning as an item, and one for each that was cancelled or replaced since the last poll."""
        chosen = read(NwsSettings, config)
        reply = fetcher.get(
            _asking(chosen),
            now=now,
            etag=state.etag,
            last_modified=state.last_modified,
            accept=GEO_JSON,
            most_bytes=MOST_BYTES,
        )
        if reply.not_modified:
            return Poll((), (), state, not_modified=True, next_poll_after=asked_wait(reply))
        found = [_notice(feature, now) for feature in rows_of(reply, _Feature, "features") if _is_meant(feature)]
        wanted = [notice for notice in found if chosen.at_sea or notice.regions != (AT_SEA,)]
        items, cursor = taken(wanted, state.cursor, now)
        return Poll(items, (), PollState(reply.etag, reply.last_modified, cursor), next_poll_after=asked_wait(reply))


def _asking(chosen: NwsSettings) -> str:
    query = {"status": "actual"} | ({"area": chosen.area} if chosen.area else {})
    return f"{chosen.address}{'&' if '?' in chosen.address else '?'}{urlencode(query, safe=',')}"


def _is_meant(feature: _Feature) -> bool:
    return is_real(feature.properties.status, feature.properties.event)


def _notice(feature: _Feature, now: datetime) -> Notice:
    said = feature.properties
    kind = said.messageType.casefold()
    event = one_line(said.event, 200)
    return Notice(
        id=one_line(said.id, 400),
        agency=one_line(said.senderName, 200) or "NWS",
        event=event,
        severity=severity(said.severity),
        area=joined([said.areaDesc]),
        text=titled(plain_text(said.headline, 500) or event, plain_text(said.description)),
        at=sent(said.sent, now),
        expires=utc(said.ends) or utc(said.expires),
        regions=american(said.geocode.UGC, said.geocode.SAME, said.areaDesc),
        url=web_link(feature.id),
        language="en",
        cancelled=kind == "cancel" or said.response.casefold() == "allclear",
        replaces=tuple(one_line(old.identifier, 400) for old in said.references)
        if kind in ("cancel", "update")
        else (),
        onset=utc(said.onset),
        more={
            "urgency": one_line(said.urgency, 20),
            "certainty": one_line(said.certainty, 20),
            "message_type": one_line(said.messageType, 20),
        },
    )


SOURCE = Nws()
