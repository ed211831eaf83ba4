"""What others tell us of their own accord: a shop's or a help desk's events, and alerts that another tool raised.

Called, not asked: who sent a delivery, when, and whether it came before is settled (`monitors.receiving`) before its
body is read here. One schema of ours, with a version in it; `docs/webhook.md` shows how to send it and how to map
another tool's payload to it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, from_json

from data.errors import BadInput
from data.plain import web_link
from monitors.signatures import WINDOW
from monitors.sources import Config, Item, ItemKind, Poll, PollState, Reading
from monitors.sources._settings import REGION, OptionalRegion, OptionalText, Settings, form_of, read

SCHEMA = "tact/1"
MOST_EVENTS, MOST_ALERTS = 1_000, 200
MOST_USES = 10**12
_IN_OUR_WORDS = {
    "extra_forbidden": "no field of this name is known: remove it",
    "missing": "this field is missing",
    "string_too_short": "this may not be empty",
    "timezone_aware": "write the time zone too, such as 2026-03-02T09:00:00Z",
}
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class WebhookSettings(Settings):
    """What the operator fills in: what holds for everything that does not say it itself."""

    item_kind: Literal["mentions", "news"] = Field(
        default="mentions", title="Kind", description="What an event counts as when it does not say so."
    )
    region: OptionalRegion = Field(default=None, title="Region", description="Where events are from: US, or US-NJ.")
    language: OptionalText = Field(default=None, title="Language", description="What events are written in: en.")
    alert_on: Literal["watched", "everything"] = Field(
        default="watched",
        title="Alert on",
        description="Alerts of the other tool that touch a monitor of yours, or each one that is high enough.",
    )


def _plain(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("control characters are not taken")
    return text


def _named(text: str) -> str:
    if not text.strip("# "):
        raise ValueError("write a name or a hashtag")
    return text


def _link(text: str) -> str:
    if text and not web_link(text):
        raise ValueError("write an address that begins with https:// or http://, or nothing")
    return web_link(text)


def _place(text: str) -> str:
    if not REGION.fullmatch(text):
        raise ValueError("write a country like US or a part of one like US-NJ")
    return text


Link = Annotated[str, Field(max_length=2_000), AfterValidator(_plain), AfterValidator(_link)]
Topic = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain), AfterValidator(_named)]


class _Ours(BaseModel):
    """Strict: a field that we do not know is a misunderstanding, and is said while the sender can still mend it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class Event(_Ours):
    """Something that was said or happened: one item, which counts `weight` times."""

    id: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
    text: Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_plain)]
    url: Link = ""
    author: Annotated[str, Field(max_length=200), AfterValidator(_plain)] = ""
    published_at: AwareDatetime | None = None
    kind: Literal["mentions", "news"] | None = None
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None
    region: Annotated[str, AfterValidator(_place)] | None = None
    topic: Topic | None = None
    weight: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1


class Alert(_Ours):
    """A volume that another tool measured: `count` uses in its window, against its own usual figure."""

    topic: Topic
    count: Annotated[int, Field(strict=True, ge=0, le=MOST_USES)]
    baseline: Annotated[float, Field(ge=0, le=MOST_USES, allow_inf_nan=False)] | None = None
    window_start: AwareDatetime
    window_end: AwareDatetime
    url: Link = ""
    titles: Annotated[
        tuple[Annotated[str, Field(max_length=500), AfterValidator(_plain)], ...], Field(max_length=10)
    ] = ()


class Delivery(_Ours):
    """One body. Empty lists are a test of the line: signed, understood, and nothing in it."""

    version: Literal["tact/1"] = Field(alias="schema")
    events: Annotated[tuple[Event, ...], Field(max_length=MOST_EVENTS)] = ()
    alerts: Annotated[tuple[Alert, ...], Field(max_length=MOST_ALERTS)] = ()


class Webhook:
    """Events as items, alerts as readings."""

    kind = "webhook"
    label = "Incoming webhook"
    item_kind: ItemKind = "mentions"
    settings = form_of(WebhookSettings)
    default_interval = timedelta(hours=24)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(WebhookSettings, config)

    def receive(self, config: Config, body: bytes, now: datetime) -> Poll:
        """What one authentic delivery says. `BadInput`: the reason, with the field's path as its cause."""
        chosen = read(WebhookSettings, config)
        said = _understood(body)
        items = [_item(event, chosen, now, f"events.{place}") for place, event in enumerate(said.events)]
        readings = [_reading(alert, now, f"alerts.{place}") for place, alert in enumerate(said.alerts)]
        return Poll(tuple(items), tuple(readings), PollState())


def _understood(body: bytes) -> Delivery:
    try:
        return Delivery.model_validate(from_json(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _refused(".".join(str(part) for part in first["loc"]), _because(first)) from error
    except ValueError as error:
        raise BadInput(f"The body is no JSON that we can read: {str(error)[:120]}.") from error


def _because(fault: ErrorDetails) -> str:
    if fault["type"] in _IN_OUR_WORDS:
        return _IN_OUR_WORDS[fault["type"]]
    return str(fault["msg"]).removeprefix("Value error, ").rstrip(".")


def _refused(path: str, why: str) -> BadInput:
    place = path or "the body"
    return BadInput(f"{place}: {why}.", cause=place)


def _item(event: Event, chosen: WebhookSettings, now: datetime, path: str) -> Item:
    return Item(
        external_id=event.id,
        text=event.text,
        url=event.url,
        author=event.author,
        published_at=_past(event.published_at, now, f"{path}.published_at") if event.published_at else now,
        kind=event.kind or chosen.item_kind,
        language=event.language or chosen.language,
        region=event.region or chosen.region,
        topic=event.topic,
        weight=event.weight,
    )


def _reading(alert: Alert, now: datetime, path: str) -> Reading:
    end = _past(alert.window_end, now, f"{path}.window_end")
    start = _past(alert.window_start, now, f"{path}.window_start")
    if start >= end:
        raise _refused(f"{path}.window_start", "a window begins before it ends")
    return Reading(
        topic=alert.topic,
        at=end,
        count=alert.count,
        baseline=alert.baseline,
        window_start=start,
        window_end=end,
        url=alert.url,
        titles=alert.titles,
    )


def _past(at: datetime, now: datetime, path: str) -> datetime:
    """In UTC and not later than now; a clock that is a little fast is forgiven as in the signature."""
    try:
        utc = at.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise _refused(path, "this date is beyond the calendar") from error
    if utc - now > WINDOW:
        raise _refused(path, "this lies in the future")
    return min(utc, now)


SOURCE = Webhook()
