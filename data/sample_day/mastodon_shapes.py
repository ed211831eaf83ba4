"""The sample day's Mastodon entities as JSON, with the fields that Mastodon documents (docs.joinmastodon.org/entities).

Pure: a status and its figures in, a dictionary out. `skew` is how wrong the server's clock is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from data.sample_day.mastodon_story import Numbers
from data.sample_day.mastodon_wall import LONGEST_TEXT, MOST_PICTURES, Person, Picture, Status

Json = dict[str, Any]

VERSION = "4.5.3"
# Since 7 a post can quote another: https://docs.joinmastodon.org/entities/Instance/#api-versions
API_VERSION = 7
_LINKED = re.compile(r"(?P<address>https?://[^\s<]+)|(?<!\w)#(?P<tag>\w+)")


def instant(at: datetime, skew: timedelta = timedelta(0)) -> str:
    """As Mastodon writes it: UTC, with milliseconds."""
    return (at + skew).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def html(text: str, base: str) -> str:
    """A text as Mastodon renders it: paragraphs, shortened addresses, tags."""
    paragraphs = [_linked(part, base).replace("\n", "<br />") for part in re.split(r"\n{2,}", text.strip())]
    return "".join(f"<p>{part}</p>" for part in paragraphs if part)


def _linked(text: str, base: str) -> str:
    pieces, last = [], 0
    for found in _LINKED.finditer(text):
        pieces.append(escape(text[last : found.start()], quote=False))
        pieces.append(_address(found["address"]) if found["address"] else _tag(found["tag"], base))
        last = found.end()
    return "".join([*pieces, escape(text[last:], quote=False)])


def _address(address: str) -> str:
    """The scheme and what is long stand there unseen, so that the whole text is still the whole address."""
    scheme, rest = address.split("//", 1)
    shown, hidden = escape(rest[:30]), escape(rest[30:])
    more = ' class="ellipsis"' if hidden else ' class=""'
    return (
        f'<a href="{escape(address)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}//</span><span{more}>{shown}</span>'
        f'<span class="invisible">{hidden}</span></a>'
    )


def _tag(tag: str, base: str) -> str:
    return f'<a href="{base}/tags/{escape(tag)}" class="mention hashtag" rel="tag">#<span>{escape(tag)}</span></a>'


def account(person: Person, base: str, statuses: int = 0) -> Json:
    """An Account."""
    picture = f"{base}/avatars/original/missing.png"
    return {
        "id": person.id,
        "username": person.username,
        "acct": person.username,
        "display_name": person.display_name,
        "locked": False,
        "bot": False,
        "group": False,
        "created_at": person.since.astimezone(UTC).strftime("%Y-%m-%dT00:00:00.000Z"),
        "note": "",
        "url": f"{base}/@{person.username}",
        "uri": f"{base}/users/{person.username}",
        "avatar": picture,
        "avatar_static": picture,
        "header": picture,
        "header_static": picture,
        "followers_count": person.followers,
        "following_count": 0,
        "statuses_count": statuses,
        "last_status_at": None,
        "emojis": [],
        "fields": [],
    }


def attachment(picture: Picture, base: str, now: datetime) -> Json:
    """A MediaAttachment. Its address is null while it is processed."""
    ready = now >= picture.ready_at
    return {
        "id": picture.id,
        "type": picture.mime.split("/")[0],
        "url": f"{base}/media/{picture.id}" if ready else None,
        "preview_url": f"{base}/media/{picture.id}" if ready else None,
        "remote_url": None,
        "text_url": None,
        "meta": {},
        "description": picture.description or None,
        "blurhash": None,
    }


def status(
    one: Status, figures: Numbers, person: Json, base: str, now: datetime, skew: timedelta, quoted: Json | None = None
) -> Json:
    """A Status."""
    address = one.address or f"{base}/@{one.person.username}/{one.id}"
    before = f'<p class="quote-inline">RE: {_address(quoted["url"])}</p>' if quoted else ""
    return {
        "id": one.id,
        "created_at": instant(one.at, skew),
        "in_reply_to_id": one.in_reply_to,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": one.visibility,
        "language": one.language,
        "uri": f"{base}/users/{one.person.username}/statuses/{one.id}",
        "url": address,
        "replies_count": figures.replies,
        "reblogs_count": figures.shares,
        "favourites_count": figures.likes,
        "quotes_count": figures.quotes,
        "edited_at": None if one.edited_at is None else instant(one.edited_at, skew),
        "favourited": False,
        "reblogged": False,
        "muted": False,
        "bookmarked": False,
        "content": before + html(one.text, base),
        "filtered": [],
        "reblog": None,
        "application": None,
        "account": person,
        "media_attachments": [attachment(picture, base, now) for picture in one.pictures],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "quote": {"state": "accepted", "quoted_status": quoted} if quoted else None,
        "card": None,
        "poll": None,
    }


def instance(base: str, title: str) -> Json:
    """What the server says of itself."""
    return {
        "domain": base.removeprefix("http://"),
        "title": title,
        "version": VERSION,
        "api_versions": {"mastodon": API_VERSION},
        "configuration": {
            "statuses": {
                "max_characters": LONGEST_TEXT,
                "max_media_attachments": MOST_PICTURES,
                "characters_reserved_per_url": 23,
            },
            "media_attachments": {"description_limit": 1500, "image_size_limit": 16_777_216},
        },
    }


def scheduled(number: int, params: Mapping[str, object], at: datetime) -> Json:
    """A ScheduledStatus."""
    return {"id": str(number), "scheduled_at": instant(at), "params": dict(params), "media_attachments": []}
