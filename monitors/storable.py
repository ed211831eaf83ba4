"""Words from outside as every database can hold them: without NULs and without halves of surrogate pairs.

Apart from `intake`, because `heard` asks the database about the same items before intake sees them. A text is mended
and kept; refusing it would refuse the whole batch that it came with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitors.sources import Item, Reading


def plain(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 cannot hold."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def plain_item(item: Item) -> Item:
    """The same item with plain words in every field; nearly always the very item."""
    words = f"{item.external_id}{item.text}{item.url}{item.author}{item.language}{item.region}{item.topic}"
    if item.extra:
        words += _words_in(item.extra)
    if _fits(words):
        return item
    names = ("external_id", "text", "url", "author", "language", "region", "topic")
    given = {name: value for name in names if (value := getattr(item, name))}
    changed: dict[str, Any] = {name: plain(value) for name, value in given.items()}
    return replace(item, extra=_plainly(dict(item.extra)), **changed)


def plain_reading(reading: Reading) -> Reading:
    """The same for a reading."""
    if _fits("".join((reading.topic, reading.url, *reading.titles))):
        return reading
    titles = tuple(map(plain, reading.titles))
    return replace(reading, topic=plain(reading.topic), url=plain(reading.url), titles=titles)


def _fits(words: str) -> bool:
    return "\x00" not in words and (words.isascii() or plain(words) == words)


def _words_in(value: object) -> str:
    """Every text in a value of JSON's kinds, names included, as one."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "".join(f"{_words_in(name)}{_words_in(one)}" for name, one in value.items())
    return "".join(map(_words_in, value)) if isinstance(value, Sequence) else ""


def _plainly(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {plain(str(name)): _plainly(one) for name, one in value.items()}
    return [_plainly(one) for one in value] if isinstance(value, Sequence) else value
