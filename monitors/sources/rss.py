"""Any RSS, Atom or JSON feed: a newsroom, a blog, a search's results, a forum.

Asks with the validators of the last poll, so that an unchanged feed costs one line. An item's topic is the one in
the settings, else the entry's first category that is a hashtag: other categories are sections ("Business"), which
are no topic anybody talks about, and are kept in `extra["categories"]`. Of an official feed the fields of the Common
Alerting Protocol are kept in `extra` too, and tests and exercises are left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field

from monitors.feeds import Entry, Feed
from monitors.fetch import Fetcher, Response, asked_wait
from monitors.sources import Config, Item, ItemKind, Poll, PollState
from monitors.sources._settings import REGION, Address, OptionalRegion, OptionalText, Settings, form_of, read

# How often a feed is read that does not say how often it may be. One of official warnings cannot wait so long, and a
# feed of our own machine need not.
UNASKED = timedelta(minutes=15)
_TTL = "ttl_minutes"


class RssSettings(Settings):
    """What the operator fills in."""

    address: Address = Field(title="Address", description="The feed's own address, not the page's.")
    item_kind: ItemKind = Field(
        default="news",
        title="What it brings",
        description="News is what is reported, mentions are what people say, official are an agency's warnings.",
    )
    region: OptionalRegion = Field(default=None, title="Region", description="Where it speaks of: US, or US-NJ.")
    topic: OptionalText = Field(default=None, title="Topic", description="If every entry is about one hashtag or name.")
    language: OptionalText = Field(default=None, title="Language", description="If the feed does not say it: en.")


class Rss:
    """RSS, Atom and JSON Feed over conditional GET."""

    kind = "rss"
    label = "RSS, Atom or JSON feed"
    item_kind: ItemKind = "news"
    settings = form_of(RssSettings)
    default_interval = UNASKED

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(RssSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """The feed's entries as items; no items and `not_modified` where nothing changed."""
        chosen = read(RssSettings, config)
        reply = fetcher.get(chosen.address, now=now, etag=state.etag, last_modified=state.last_modified)
        if reply.not_modified:
            wait = _wait(reply, _known_ttl(state), chosen)
            return Poll((), (), state, not_modified=True, next_poll_after=wait)
        feed = fetcher.parser.feed(
            reply.body, url=reply.url, now=now, content_type=reply.headers.get("content-type", "")
        )
        return Poll(
            items=tuple(_item(entry, feed, chosen) for entry in feed.entries if not _is_drill(entry, chosen)),
            readings=(),
            state=PollState(reply.etag, reply.last_modified, _remembered(feed.ttl)),
            next_poll_after=_wait(reply, feed.ttl, chosen),
        )


def _wait(reply: Response, ttl: timedelta | None, chosen: RssSettings) -> timedelta | None:
    """The least wait: what the feed or its server says, else our own floor."""
    floor = UNASKED if reply.paced and chosen.item_kind != "official" else None
    return asked_wait(reply, ttl) or floor


def _remembered(ttl: timedelta | None) -> dict[str, str]:
    """What the feed says of its own age, for the polls at which it has not changed and so says nothing."""
    return {_TTL: str(ttl // timedelta(minutes=1))} if ttl else {}


def _known_ttl(state: PollState) -> timedelta | None:
    return timedelta(minutes=int(state.cursor[_TTL])) if _TTL in state.cursor else None


def _item(entry: Entry, feed: Feed, chosen: RssSettings) -> Item:
    hashtag = next((name for name in entry.categories if name.startswith("#") and len(name) > 1), None)
    return Item(
        external_id=entry.external_id,
        text=entry.text,
        url=entry.url,
        author=entry.author or feed.title,
        published_at=entry.published_at,
        kind=chosen.item_kind,
        language=chosen.language or entry.language,
        region=_region(entry) or chosen.region,
        topic=chosen.topic or hashtag,
        extra={
            "title": entry.title,
            "categories": list(entry.categories),
            **_official(entry, feed, chosen),
        },
    )


def _region(entry: Entry) -> str | None:
    """The region that a warning names itself, where its geocode is an ISO 3166 code; most agencies use their own."""
    code = entry.warning.get("geocode", "").upper()
    return code if REGION.fullmatch(code) else None


def _is_drill(entry: Entry, chosen: RssSettings) -> bool:
    return chosen.item_kind == "official" and entry.warning.get("status", "Actual").casefold() != "actual"


def _official(entry: Entry, feed: Feed, chosen: RssSettings) -> dict[str, object]:
    """What a warning says of itself, in the words of `scoring.contract.Warning`."""
    if chosen.item_kind != "official":
        return {}
    said = entry.warning
    return {
        "agency": said.get("sendername") or feed.title,
        "event": said.get("event", ""),
        "severity": said.get("severity", "Unknown").capitalize(),
        "area": said.get("areadesc", ""),
        "expires": _utc(said.get("expires", "")),
        "cancelled": said.get("msgtype", "").casefold() == "cancel",
    }


def _utc(written: str) -> str | None:
    """An ISO date as ISO in UTC; None where there is none, or no zone to understand it by."""
    try:
        at = datetime.fromisoformat(written)
        return at.astimezone(UTC).isoformat() if at.tzinfo else None
    except (ValueError, OverflowError):  # the second: its UTC is beyond the year 9999
        return None


SOURCE = Rss()
