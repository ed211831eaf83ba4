"""Edits of a Wikimedia wiki, as they are saved: EventStreams, server-sent events with a place to come back to.

Who changes an article has heard the news, so edits a minute of one title rise within minutes of a moment – long
before the page views (`wikimedia.py`), which come by the day. Every edit by a person is one item, its title and
summary the text; monitors match it like any other. Bots, minor pages (talk, users, files) and what is no edit are left
out. Wikimedia ends a connection every quarter of an hour and asks every reader for a contact.
https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from data.errors import FetchError
from data.plain import one_line
from monitors.sources import Config, Item, ItemKind, Poll, PollState
from monitors.sources._settings import Address, Phrases, Settings, form_of, read
from monitors.sse import ServerEvent
from monitors.streaming import StreamDoor

FURTHEST_BACK = timedelta(hours=24)  # ours: counts take nothing that comes later than this
MOST_COMMENT = 2_000  # characters: a wiki takes a quarter of it, and code that never closes is dear to look for
AHEAD = timedelta(minutes=2)  # ours: how far a server's clock may be before ours
_WIKI = re.compile(
    r"[a-z][a-z0-9-]{1,30}\.(wikipedia|wiktionary|wikinews|wikiquote|wikivoyage|wikidata|wikimedia)\.org"
)
_CODE = re.compile(r"/\*.*?\*/|\[\[|\]\]|\{\{|\}\}")


def _wiki(value: str) -> str:
    wiki = value.casefold().removeprefix("https://").strip("/")
    wiki = wiki if wiki.endswith(".org") else f"{wiki}.org"
    if not _WIKI.fullmatch(wiki):
        raise ValueError("write a language and a project like en.wikipedia.org")
    return wiki


def _titles(titles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_folded(title) for title in titles))


def _folded(title: str) -> str:
    """A title's first letter is always a capital, and its spaces are sometimes underscores."""
    title = title.replace("_", " ").strip()
    return title[:1].upper() + title[1:]


def _instant(seconds: object) -> object:
    if not isinstance(seconds, int) or not 0 <= seconds < 10**11:
        raise ValueError("no time")
    return datetime.fromtimestamp(seconds, UTC)


class EditSettings(Settings):
    """What the operator fills in."""

    wiki: Annotated[str, AfterValidator(_wiki)] = Field(
        default="en.wikipedia.org", title="Wiki", description="Whose edits: en.wikipedia.org, de.wikipedia.org."
    )
    titles: Annotated[Phrases, AfterValidator(_titles)] = Field(
        default=(),
        title="Articles",
        description="Only these, as they are titled, each a topic of its own; empty: all that match a monitor. "
        'Put titles of several words in quotation marks: "Car ferry".',
    )
    address: Address = Field(
        default="https://stream.wikimedia.org/v2/stream/recentchange",
        title="Address",
        description="Changed only for a mirror.",
    )


class _Revision(BaseModel):
    new: Annotated[int, Field(ge=0, lt=2**53)]


class _Change(BaseModel):
    type: str
    server_name: str
    namespace: int | None = None
    title: Annotated[str, Field(max_length=1_000)] = ""
    timestamp: Annotated[datetime, BeforeValidator(_instant)]
    user: str = ""
    comment: str = ""
    bot: bool = False
    revision: _Revision | None = None


class WikimediaEdits:
    """Edits, as mentions of what they are about."""

    kind = "wikimedia_edits"
    label = "Wikipedia edits"
    item_kind: ItemKind = "mentions"
    settings = form_of(EditSettings)
    default_interval = timedelta(minutes=1)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(EditSettings, config)

    def follow(self, config: Config, state: PollState, door: StreamDoor) -> Generator[Poll, None, None]:
        """Edits after the last event that `state` remembers, or from now on."""
        chosen = read(EditSettings, config)
        if not door.names_contact:
            raise FetchError(
                "Wikimedia is read only by those who say how to reach them: "
                "set TACT_CONTACT to a mail or web address and start Tact again."
            )
        heard = _Heard(chosen, *_start(state, door.now()))
        for burst in door.events(chosen.address, heard.last_id):
            yield heard.poll(burst, door.now())


@dataclass
class _Heard:
    """What has come: how far we are, and when that was."""

    chosen: EditSettings
    last_id: str
    at: str
    _skipped: list[str] = field(default_factory=list)

    def poll(self, burst: Sequence[ServerEvent], now: datetime) -> Poll:
        """The edits of a burst."""
        self._skipped = []
        items = [item for event in burst if (item := self._item(event, now)) is not None]
        if burst:
            self.last_id, self.at = burst[-1].id, now.isoformat()
        return Poll(
            items=tuple(items),
            readings=(),
            state=PollState(cursor={"last_event_id": self.last_id, "at": self.at} if self.last_id else {}),
            skipped=len(self._skipped),
            trouble=tuple(self._skipped[-1:]),
        )

    def _item(self, event: ServerEvent, now: datetime) -> Item | None:
        if event.name != "message":
            return None
        try:
            change = _Change.model_validate_json(event.data)
            if change.timestamp > now + AHEAD:
                raise ValueError("its time is in the future")
        except ValidationError as error:
            self._skipped.append(f"A message was left out: {_where(error)} is not what it should be.")
            return None
        except ValueError as error:
            self._skipped.append(f"A message was left out: {error}.")
            return None
        return self._edit(change, now) if self._counts(change) else None

    def _counts(self, change: _Change) -> bool:
        """An edit or a new page, by a person, of an article of the wiki that was chosen."""
        ours = change.server_name == self.chosen.wiki and change.namespace == 0 and not change.bot
        listed = not self.chosen.titles or _folded(change.title) in self.chosen.titles
        return ours and listed and change.title != "" and change.type in ("edit", "new") and change.revision is not None

    def _edit(self, change: _Change, now: datetime) -> Item:
        title = one_line(_folded(change.title), 300)
        summary = one_line(_CODE.sub(" ", change.comment[:MOST_COMMENT]), 1_000)
        revision = change.revision.new if change.revision is not None else 0
        path = quote(change.title.replace(" ", "_"), safe="/:,()")
        return Item(
            external_id=f"{change.server_name}/{revision}",
            text=f"{title} – {summary}" if summary else title,
            url=f"https://{change.server_name}/wiki/{path}?diff={revision}",
            author=one_line(change.user, 200),
            published_at=min(change.timestamp, now),
            kind="mentions",
            language=_language(change.server_name),
            topic=title if self.chosen.titles else None,
        )


def _language(wiki: str) -> str | None:
    first = wiki.split(".")[0]
    return first if len(first) in (2, 3) and first != "www" else None


def _where(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return ".".join(str(part) for part in first["loc"]) or "it"


def _start(state: PollState, now: datetime) -> tuple[str, str]:
    """Where to come back to, unless that was so long ago that what follows it counts no more."""
    last_id, at = state.cursor.get("last_event_id", ""), state.cursor.get("at", "")
    try:
        fresh = now - datetime.fromisoformat(at) < FURTHEST_BACK
    except (ValueError, TypeError):
        fresh = False
    return (last_id, at) if fresh else ("", "")


SOURCE = WikimediaEdits()
