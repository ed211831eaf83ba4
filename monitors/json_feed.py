"""JSON Feed (1 and 1.1) turned into the shape that feedparser gives, so that one reader serves all feeds.

Runs in the parser's child process, under its limits. https://www.jsonfeed.org/version/1.1/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

_VERSION = "jsonfeed.org/version/1"


def looks_like(body: bytes, content_type: str) -> bool:
    """Whether to try `read`: by what the server calls it, or by its first letter."""
    named = content_type.partition(";")[0].strip().casefold()
    return named == "application/feed+json" or body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read(body: bytes, most: int) -> tuple[dict[str, str], list[dict[str, Any]]] | None:
    """The feed's own fields and at most `most` entries; None for JSON that is no feed. Raises `ValueError` for no JSON.

    Entries that are no objects are left out.
    """
    found = json.loads(body.decode("utf-8-sig"))
    if not isinstance(found, dict) or _VERSION not in _text(found, "version"):
        return None
    items = found.get("items")
    rows = [item for item in items if isinstance(item, dict)][:most] if isinstance(items, list) else []
    facts = {"title": escape(_text(found, "title")), "language": _text(found, "language")}
    return facts, [_entry(row, _author(found)) for row in rows]


def _entry(item: Mapping[str, Any], feed_author: str) -> dict[str, Any]:
    html = _text(item, "content_html")
    tags = item.get("tags")
    return {
        "id": _identifier(item.get("id")),
        "title": escape(_text(item, "title")),
        "summary": escape(_text(item, "summary") or ("" if html else _text(item, "content_text"))) or html,
        "link": _text(item, "url") or _text(item, "external_url"),
        "author": _author(item) or feed_author,
        "published_parsed": _instant(_text(item, "date_published") or _text(item, "date_modified")),
        "title_detail": {"language": _text(item, "language")},
        "tags": [{"term": escape(tag)} for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
    }


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""


def _identifier(given: object) -> str:
    """The standard wants a text, and asks readers to take a number as one."""
    return str(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else ""


def _author(of: Mapping[str, Any]) -> str:
    """The first name: 1.1 has a list of authors, 1 had one."""
    authors = of.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else of.get("author")
    return escape(_text(first, "name")) if isinstance(first, dict) else ""


def _instant(written: str) -> Any:
    """An RFC 3339 date as feedparser gives it: broken down, in UTC; one without a zone is taken as UTC."""
    try:
        at = datetime.fromisoformat(written)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).utctimetuple()
    except (ValueError, OverflowError):
        return None
