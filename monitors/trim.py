"""Cuts a feed down to what is read of it, on its bytes, before any parser sees it.

A feed of 15 MB passes the door, and takes a parser ten times that memory; we read 500 entries of it at most. Separate
from `parse_child.py` because it parses nothing: it only looks for the ends of entries and for entity declarations, in
one pass, on any encoding that is a superset of ASCII. Others are cut by size alone. It runs in the child all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_ENTRIES = 500
MOST_BYTES = 2_000_000  # ours: 4 kB for each of 500 entries
MOST_TAIL = 10_000
MOST_ENTITIES = 1_000  # ours: there are 253 in HTML
_END_OF_ENTRY = re.compile(rb"</(?:[A-Za-z]+:)?(?:item|entry)\s*>")
_HARMLESS = re.compile(rb"""<!ENTITY\s+\w+\s+(?P<quote>["'])(?:&#\w{1,8};|[^&"'<%]{0,32})(?P=quote)\s*>""")


def trimmed(body: bytes, most_bytes: int = MOST_BYTES) -> bytes:
    """The first entries and the feed's end; of the entities it declares, only short ones made of nothing else."""
    return b"".join(_without_entities(first_entries(body, most_bytes)))


def _without_entities(body: bytes) -> Iterator[bytes]:
    """What stands between the declarations, and the harmless among these. One that never ends takes the rest along."""
    at, number = 0, 0
    while (begin := body.find(b"<!ENTITY", at)) >= 0:
        yield body[at:begin]
        number += 1
        at = body.find(b">", begin) + 1
        if not at:
            return
        if number <= MOST_ENTITIES and _HARMLESS.fullmatch(body, begin, at):
            yield body[begin:at]
    yield body[at:]


def first_entries(body: bytes, most_bytes: int = MOST_BYTES) -> bytes:
    """At most 500 entries and `most_bytes`, whichever comes first; an entry is cut only if it is the first."""
    cut, last = 0, 0
    for number, end in enumerate(_END_OF_ENTRY.finditer(body), start=1):
        last = end.end()
        if number <= MOST_ENTRIES and last <= most_bytes:
            cut = last
    if len(body) <= most_bytes and cut == last:
        return body
    tail = body[last : last + MOST_TAIL] if len(body) - last <= MOST_TAIL else b""
    return body[:cut] + tail if cut else body[:most_bytes]
