"""The three tongues of the sample day's server: RSS, Google Trends' RSS and Mastodon's JSON. Pure rendering.

The shapes follow the public documentation of each: RSS 2.0 with Dublin Core's creator and CAP 1.2 elements, Google's
`ht` namespace, and docs.joinmastodon.org for statuses and trending tags.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from data.sample_day.broadcast import Searched, Shown
from data.sample_day.day import Trend, Warning
from data.sample_day.story import AGENCY, MENTIONS, WARNINGS

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
DC = "http://purl.org/dc/elements/1.1/"
HT = "https://trends.google.com/trending/rss"
for prefix, uri in (("cap", CAP), ("dc", DC), ("ht", HT)):
    ET.register_namespace(prefix, uri)

TITLES = {
    "coast-courier": "The Coast Courier",
    "overland-daily": "Overland Daily",
    MENTIONS: "What walkers say",
    WARNINGS: AGENCY,
}

_HASHTAG = re.compile(r"#(\w+)")


def link_to(server: str, shown: Shown) -> str:
    """The page of one piece on this server."""
    return f"{server}/posts/{shown.number}"


def rss(name: str, server: str, shown: Iterable[Shown]) -> bytes:
    """One feed, newest first. A post has a text and no title; news and warnings have both."""
    channel = _channel(TITLES[name], f"{server}/feeds/{name}.rss", "The sample day of an invented brand.")
    for one in sorted(shown, key=lambda one: (one.published, one.number), reverse=True):
        item = ET.SubElement(channel, "item")
        if name == MENTIONS:
            _put(item, "description", html.escape(one.piece.text, quote=False))
        else:
            _put(item, "title", html.escape(one.piece.text, quote=False))
            _put(item, "description", html.escape(one.piece.summary, quote=False))
        _put(item, "link", link_to(server, one))
        _put(item, "guid", link_to(server, one), isPermaLink="true")
        _put(item, "pubDate", _rfc822(one.published))
        _put(item, f"{{{DC}}}creator", TITLES.get(one.piece.author, one.piece.author))
        if one.piece.warning is not None:
            _warn(item, one.piece.warning, one.published)
    return _document(channel)


def searches(server: str, found: Iterable[Searched]) -> bytes:
    """The rising searches as Google's feed writes them."""
    channel = _channel("Daily Search Trends", f"{server}/trending/rss", "Recent searches")
    for one in found:
        item = ET.SubElement(channel, "item")
        _put(item, "title", one.search.query)
        _put(item, f"{{{HT}}}approx_traffic", f"{one.search.traffic}+")
        _put(item, "description", "")
        _put(item, "link", f"{server}/trending/rss?geo=US")
        _put(item, "pubDate", _rfc822(one.published))
        for news in one.news:
            piece = ET.SubElement(item, f"{{{HT}}}news_item")
            _put(piece, f"{{{HT}}}news_item_title", news.piece.text)
            _put(piece, f"{{{HT}}}news_item_snippet", news.piece.summary)
            _put(piece, f"{{{HT}}}news_item_url", link_to(server, news))
            _put(piece, f"{{{HT}}}news_item_source", TITLES[news.piece.author])
    return _document(channel)


def statuses(server: str, tag: str, shown: Iterable[Shown]) -> list[Mapping[str, object]]:
    """A page of a tag's timeline, in the order given."""
    return [_status(server, tag, one) for one in shown]


def trending_tags(server: str, trends: Iterable[Trend], now: datetime) -> list[Mapping[str, object]]:
    """Rising tags with seven days of history, today first; every number is a string, as Mastodon sends it."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        {
            "id": str(number),
            "name": trend.tag,
            "url": f"{server}/tags/{trend.tag}",
            "history": [_day_of(trend, today, back) for back in range(7)],
            "following": False,
        }
        for number, trend in enumerate(trends, start=1)
    ]


def page(shown: Shown) -> bytes:
    """One piece as a plain page, for somebody who follows a sample's link."""
    lines = (shown.piece.text, shown.piece.summary, f"{shown.piece.author}, {shown.published:%Y-%m-%d %H:%M} UTC")
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The sample day</title></head>'
    return f"{head}<body>{body}</body></html>".encode()


def _channel(title: str, link: str, description: str) -> ET.Element:
    channel = ET.Element("channel")
    _put(channel, "title", title)
    _put(channel, "link", link)
    _put(channel, "description", description)
    _put(channel, "language", "en")
    return channel


def _document(channel: ET.Element) -> bytes:
    root = ET.Element("rss", version="2.0")
    root.append(channel)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text


def _warn(item: ET.Element, warning: Warning, sent: datetime) -> None:
    values = {
        "event": warning.event,
        "severity": warning.severity,
        "areaDesc": warning.area,
        "geocode": warning.region,
        "senderName": AGENCY,
        "msgType": "Alert",
        "status": "Actual",
        "sent": sent.isoformat(timespec="seconds"),
        "expires": (sent + timedelta(hours=warning.hours)).isoformat(timespec="seconds"),
    }
    for name, value in values.items():
        _put(item, f"{{{CAP}}}{name}", value)


def _status(server: str, tag: str, one: Shown) -> Mapping[str, object]:
    author = one.piece.author
    tags = dict.fromkeys([tag, *(found.casefold() for found in _HASHTAG.findall(one.piece.text))])
    account = {
        "id": str(sum(author.encode())),
        "username": author,
        "acct": author,
        "display_name": author,
        "url": f"{server}/@{author}",
        "bot": False,
    }
    return {
        "id": str(one.number),
        "created_at": one.published.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "in_reply_to_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": link_to(server, one),
        "url": link_to(server, one),
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "edited_at": None,
        "content": f"<p>{html.escape(one.piece.text)}</p>",
        "reblog": None,
        "account": account,
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": name, "url": f"{server}/tags/{name}"} for name in tags],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def _day_of(trend: Trend, today: datetime, back: int) -> dict[str, str]:
    if back == 0:
        uses, accounts = trend.uses, trend.accounts
    else:
        # Earlier days swing a little around their mean, and the six swings add up to nothing.
        swing = (0.1, -0.1, 0.05, -0.05, 0.2, -0.2)[back - 1]
        uses = round(trend.earlier * (1 + swing))
        accounts = round(uses * trend.accounts / trend.uses)
    day = int((today - timedelta(days=back)).timestamp())
    return {"day": str(day), "uses": str(uses), "accounts": str(accounts)}


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
