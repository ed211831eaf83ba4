"""The child process in which feeds are opened: `python -m monitors.parse_child`, started by `feeds.FeedParser`.

A feed is somebody else's program for our parser. Here it runs with a cap on memory, a cap on processor time for each
job and no file to write to; if it dies, a child dies. Jobs come on standard input and answers leave on standard
output, as frames (`data.children`); the end of the input ends the process, so a parent that was
killed leaves nothing behind. It stores nothing and reaches no network: feedparser is given bytes, never an address.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import re
import resource
import sys
import time
from collections.abc import Mapping
from typing import IO, Any
from xml.parsers import expat

import feedparser

from data.children import read_frame, write_frame
from data.plain import one_line, plain_text, web_link
from monitors import json_feed
from monitors.trim import MOST_ENTRIES, first_entries, trimmed

MOST_FIELD = 10_000  # characters: a warning names every message before it
MOST_FIELDS = 5_000  # of one row: a warning names hundreds of places
MOST_ALL_FIELDS = 100_000  # of all rows together
MOST_ROWS_BYTES = 4_000_000  # of a document that is read as rows
MOST_ANSWER = 8_000_000  # bytes: 500 entries in an alphabet of three bytes take half of it
MOST_TTL_MINUTES = 24 * 60
_CAP_FIELD = re.compile(r"[a-z]+_(event|severity|urgency|certainty|areadesc|geocode|expires|msgtype|status|sendername)")
_CAP_DOCUMENT = "application/cap+xml"
MEMORY_BYTES = 512 * 1024 * 1024
GROWN_BYTES = 160 * 1024 * 1024
CPU_SECONDS = 20


def main(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Answer jobs until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while (job := read_frame(jobs)) is not None:
        body = read_frame(jobs)
        if body is None:
            return
        _grant_time()
        write_frame(answers, _packed(_answer(json.loads(job), body)))
        if _resident_bytes() > GROWN_BYTES:
            return  # a fresh child gives the memory of one huge feed back


def _resident_bytes() -> int:
    """Memory in use now. Not `ru_maxrss`: that one starts at the size of the process that started us."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return 0  # no /proc here: the cap on the address space alone must do


def _grant_time() -> None:
    """Let this one job use `CPU_SECONDS` more than all the jobs before it; past that the kernel ends us."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, hard))


def _answer(job: Mapping[str, str], body: bytes) -> dict[str, Any]:
    try:
        if job["what"] == "rows":
            return {"rows": rows(body, job["element"])}
        return feed(body, job["url"], job["content_type"])
    except Exception as error:  # noqa: BLE001 - this loop's edge: whatever a feed breaks is told to the parent
        return {"error": repr(error)[:300]}


def _packed(answer: Mapping[str, Any]) -> bytes:
    """The answer as it is sent. The parent unpacks it in its own memory, so it may not be of any size."""
    packed = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    if len(packed) <= MOST_ANSWER:
        return packed
    return json.dumps({"error": f"what it holds is larger than {MOST_ANSWER // 1_000_000} MB"}).encode()


def feed(body: bytes, url: str, content_type: str) -> dict[str, Any]:
    """A feed as plain values; `known` is false where the bytes are no feed at all."""
    if json_feed.looks_like(body, content_type):
        return _json_feed(body, url)
    body = trimmed(body)
    facts = {"content-location": url}
    if content_type:
        facts["content-type"] = content_type
    found = feedparser.parse(io.BytesIO(body), response_headers=facts, resolve_relative_uris=False, sanitize_html=False)
    entries = found.entries[:MOST_ENTRIES]
    return {
        "known": bool(found.get("version") or entries),
        "title": plain_text(found.feed.get("title", ""), 200),
        "language": one_line(found.feed.get("language", ""), 20),
        "ttl": _minutes(found.feed.get("ttl", "")),
        "entries": [_entry(entry, url) for entry in entries],
    }


def _json_feed(body: bytes, url: str) -> dict[str, Any]:
    found = json_feed.read(body, MOST_ENTRIES)
    facts, entries = found or ({"title": "", "language": ""}, [])
    return {
        "known": found is not None,
        "title": plain_text(facts["title"], 200),
        "language": one_line(facts["language"], 20),
        "ttl": None,
        "entries": [_entry(entry, url) for entry in entries],
    }


def rows(body: bytes, element: str) -> list[list[tuple[str, str]]]:
    """Each `element` of an XML document as (local name, text) pairs of everything in it, in document order.

    For formats that feedparser flattens (several values of one name in an entry). Raises on broken XML, on a document
    that declares entities, and on one with more than anybody needs to say. Fields of a row beyond 5,000 are left out.
    """
    kept = first_entries(body, MOST_ROWS_BYTES)
    if len(kept) == MOST_ROWS_BYTES < len(body):
        raise ValueError(f"the document is larger than {MOST_ROWS_BYTES // 1_000_000} MB")
    return _Rows(element).read(kept)


class _Rows:
    def __init__(self, element: str) -> None:
        self._element = element
        self._rows: list[list[tuple[str, str]]] = []
        self._row: list[tuple[str, str]] | None = None
        self._text: list[str] = []
        self._fields = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.EntityDeclHandler = self._refuse

    def read(self, body: bytes) -> list[list[tuple[str, str]]]:
        self._parser.Parse(body, True)
        return self._rows

    def _refuse(self, *_: object) -> None:
        raise ValueError("the document declares entities")

    def _start(self, name: str, _: Mapping[str, str]) -> None:
        self._text.clear()
        if _local(name) == self._element and len(self._rows) < MOST_ENTRIES:
            self._row = []

    def _end(self, name: str) -> None:
        if self._row is not None and _local(name) == self._element:
            self._rows.append(self._row)
            self._row = None
        elif self._row is not None and len(self._row) < MOST_FIELDS:
            self._row.append((_local(name), plain_text("".join(self._text), MOST_FIELD)))
            self._count()
        self._text.clear()

    def _count(self) -> None:
        self._fields += 1
        if self._fields > MOST_ALL_FIELDS:
            raise ValueError(f"the document has more than {MOST_ALL_FIELDS:,} fields")


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def _entry(entry: Mapping[str, Any], feed_url: str) -> dict[str, Any]:
    title = plain_text(entry.get("title", ""), 500)
    summary = plain_text(_body_of(entry), 2_000)
    link = web_link(entry.get("link", ""))
    return {
        "id": _identity(one_line(entry.get("id", ""), 500), link, title, summary, feed_url),
        "title": title,
        "summary": "" if summary == title else summary,
        "url": link,
        "author": plain_text(entry.get("author", ""), 200),
        "published": _instant(entry.get("published_parsed") or entry.get("updated_parsed")),
        "language": one_line(_language_of(entry), 20),
        "warning": _warning(entry),
        "categories": [plain_text(tag.get("term") or "", 100) for tag in entry.get("tags", [])[:20]],
    }


def _identity(given: str, link: str, title: str, summary: str, feed_url: str) -> str:
    """The feed's own id, else its link, else a hash of the words: the same entry gets the same one at every poll."""
    if given:
        return given
    if link:
        return link
    return "sha256:" + hashlib.sha256("\n".join((feed_url, title, summary)).encode()).hexdigest()


def _body_of(entry: Mapping[str, Any]) -> str:
    """The summary, or the content where there is no summary."""
    if entry.get("summary"):
        return str(entry["summary"])
    contents = entry.get("content") or [{}]
    return str(contents[0].get("value", ""))


def _warning(entry: Mapping[str, Any]) -> dict[str, str]:
    """The entry's fields of the Common Alerting Protocol, by local name in lower case; empty for ordinary entries.

    `document` is the address of the whole warning, where the entry links to it as one.
    """
    found = ((_CAP_FIELD.fullmatch(key), value) for key, value in entry.items() if isinstance(value, str))
    said = {match.group(1): plain_text(value, 1_000) for match, value in found if match}
    links = (link.get("href", "") for link in entry.get("links", []) if link.get("type") == _CAP_DOCUMENT)
    document = next((web_link(link) for link in links if isinstance(link, str)), "")
    return said | ({"document": document} if document else {})


def _language_of(entry: Mapping[str, Any]) -> str:
    detail = entry.get("title_detail") or {}
    return str(detail.get("language") or "")


def _instant(parsed: time.struct_time | None) -> int | None:
    """Seconds since 1970, None where the date cannot be one."""
    if parsed is None:
        return None
    try:
        return calendar.timegm(parsed)
    except (ValueError, OverflowError, TypeError):
        return None


def _minutes(written: str) -> int | None:
    if not (written.isascii() and written.strip().isdigit()):
        return None
    return min(int(written.strip()[:6]), MOST_TTL_MINUTES)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
