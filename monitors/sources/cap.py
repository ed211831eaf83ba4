"""Any feed of the Common Alerting Protocol (1.1, 1.2): one document, a feed that holds them, or an index to them.

Of an index at most so many documents are read at one poll, the gravest first; the rest wait for the next. A feed is
somebody else's word: its documents are read from its own host, and from others only where the operator names them.
A document says everything once in each language; one is chosen. Signatures are not checked.
http://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import Field

from data.addresses import bare
from data.errors import BadInput, FetchError
from data.plain import one_line, web_link
from monitors.feeds import Entry, Row
from monitors.fetch import Answered, Fetcher, Response, asked_wait, web_address
from monitors.guard import Deadline
from monitors.sources import Config, ItemKind, Poll, PollState
from monitors.sources._official import GRAVE, PART, Notice, is_real, joined, sent, severity, taken, titled, utc
from monitors.sources._places import of_geocode
from monitors.sources._settings import Address, OptionalRegion, OptionalText, Settings, Words, form_of, read

MOST_DOCUMENTS = 20
MOST_SECONDS = 60.0  # for one visit: with the door's own deadline it stays within a worker's lease
MOST_TRIES = 3
MOST_REGIONS = 30
_SEEN, _DONE = "seen ", "done"
_HEADER = frozenset(("identifier", "sender", "sent", "status", "msgType", "scope", "references"))
_RETRACTS = ("cancel", "update", "error")


class CapSettings(Settings):
    """What the operator fills in."""

    address: Address = Field(
        title="Address",
        description="The agency's Atom or RSS index, or its one document. Signatures are not checked: use https.",
    )
    region: OptionalRegion = Field(
        default=None,
        title="Region",
        description="Where it speaks of, if its warnings carry no code we know: CA, or CA-ON.",
    )
    language: OptionalText = Field(
        default=None, title="Language", description="Which to read where there are several: en. Empty: its first."
    )
    document_hosts: Words = Field(
        default=(), title="Other hosts", description="Hosts beside the index's own that its documents may lie on."
    )


class Cap:
    """Documents directly, or through an index."""

    kind = "cap"
    label = "Official warnings (CAP)"
    item_kind: ItemKind = "official"
    settings = form_of(CapSettings)
    default_interval = timedelta(minutes=2)
    least_interval = timedelta(minutes=2)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(CapSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """Every warning that is new, and one item for each that was cancelled or replaced."""
        chosen = read(CapSettings, config)
        reply = fetcher.get(chosen.address, now=now, etag=state.etag, last_modified=state.last_modified)
        if reply.not_modified:
            return Poll((), (), state, not_modified=True, next_poll_after=asked_wait(reply))
        visit = _Visit(chosen, fetcher, now, dict(state.cursor), reply)
        if not visit.take(reply):
            visit.follow_index()
        items, cursor = taken(visit.notices, state.cursor, now)
        whole = visit.left == 0  # an unchanged index would hide what is still to be read
        return Poll(
            items=items,
            readings=(),
            state=PollState(reply.etag if whole else None, reply.last_modified if whole else None, cursor | visit.seen),
            next_poll_after=max(visit.waits, default=None),
            trouble=tuple(dict.fromkeys(visit.trouble)),
        )


@dataclass
class _Visit:
    """One poll of one address: what was read of it, what is left, what went wrong."""

    chosen: CapSettings
    fetcher: Fetcher
    now: datetime
    cursor: dict[str, str]
    index: Response
    notices: list[Notice] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    left: int = 0
    trouble: list[str] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)
    budget: Deadline = field(default_factory=lambda: Deadline(MOST_SECONDS))

    def __post_init__(self) -> None:
        self._heed(asked_wait(self.index))

    def take(self, reply: Response) -> bool:
        """Read the documents in a reply; whether there are any."""
        rows = self.fetcher.parser.rows(reply.body, "alert")
        for row in rows:
            self.notices += notices_of(row, self.chosen, reply.url, self.now)
        return bool(rows)

    def follow_index(self) -> None:
        """Read the documents that an index names and that we do not know yet, the gravest first."""
        reply = self.index
        kind = reply.headers.get("content-type", "")
        feed = self.fetcher.parser.feed(reply.body, url=reply.url, now=self.now, content_type=kind)
        self._heed(asked_wait(reply, feed.ttl))
        entries = {_mark(entry): entry for entry in feed.entries if self._holds(entry)}
        self.seen = {mark: said for mark in entries if (said := self.cursor.get(mark))}
        new = sorted((mark for mark in entries if self.seen.get(mark) != _DONE), key=lambda mark: _rank(entries[mark]))
        for number, mark in enumerate(new):
            if number == MOST_DOCUMENTS or self.budget.over or not self._read_document(mark, _document(entries[mark])):
                break
        self.left = sum(1 for mark in new if self.seen.get(mark) != _DONE)

    def _holds(self, entry: Entry) -> bool:
        """Whether an entry is worth a request: it is meant, not over by its own words, and leads where we may go."""
        said = entry.warning
        ends = utc(said.get("expires", ""))
        if not is_real(said.get("status", "Actual"), said.get("event", "")) or (ends and ends <= self.now):
            return False
        address = _document(entry)
        if not address:
            self.trouble.append("Some entries of the index lead to no document, so they were left out.")
            return False
        if not self._may_read(address):
            host = one_line(web_address(address).host, 100)
            self.trouble.append(f"Documents on {host} were not read: name it under Other hosts to allow it.")
            return False
        return True

    def _may_read(self, address: str) -> bool:
        at = web_address(address)
        home = web_address(self.index.url)  # where the redirects led: what speaks is what lies there
        return at.host in {host.casefold() for host in self.chosen.document_hosts} or (
            (at.host, at.port) == (home.host, home.port)
        )

    def _read_document(self, mark: str, address: str) -> bool:
        """Read one document, remember how it went; False where the server has had enough of us."""
        try:
            reply = self.fetcher.get(address, now=self.now)
            if not self.take(reply):
                self.trouble.append("Some addresses of the index hold no warning, so they were left out.")
            self.seen[mark] = _DONE
        except Answered as error:
            self._heed(error.retry_after)
            self._failed(mark, error)
            return error.status not in (429, 503)
        except FetchError as error:
            self._failed(mark, error)
        return True

    def _failed(self, mark: str, error: FetchError) -> None:
        self.trouble.append(error.message)
        tries = int(self.seen.get(mark, "0")) + 1
        self.seen[mark] = _DONE if tries >= MOST_TRIES else str(tries)

    def _heed(self, wait: timedelta | None) -> None:
        if wait is not None:
            self.waits.append(wait)


def _document(entry: Entry) -> str:
    """Where an entry's document is: the link that says it is one, else the entry's only link."""
    address = entry.warning.get("document", "") or entry.url
    try:
        return str(web_address(address)) if address else ""
    except BadInput:
        return ""


def _mark(entry: Entry) -> str:
    """An entry as it stands now: one that is published anew is read anew."""
    stood = f"{_document(entry)} {entry.published_at}"
    return _SEEN + hashlib.sha256(stood.encode()).hexdigest()[:20]


def _rank(entry: Entry) -> int:
    """Grave ones first, then those of which the index does not tell."""
    said = entry.warning.get("severity", "")
    return 1 if not said else 0 if severity(said) in GRAVE else 2


def notices_of(row: Row, chosen: CapSettings, url: str, now: datetime) -> list[Notice]:
    """What one document says, in one language: a notice for each of its parts. Nothing for tests and receipts."""
    head = {name: text for name, text in reversed(row) if name in _HEADER}
    kind = head.get("msgType", "").casefold()
    if not head.get("identifier") or not is_real(head.get("status", ""), "") or kind == "ack":
        return []
    parts = _in_one_language(_infos(row), chosen.language)
    base = Notice(
        id=one_line(head["identifier"], 300).replace(" ", "_"),
        agency=one_line(head.get("sender", ""), 200),
        event="Cancellation",
        severity="Unknown",
        area="",
        text="An earlier warning was cancelled.",
        at=sent(head.get("sent"), now),
        url=web_link(bare(url)),  # an operator's address may carry a key, and this one is shown
        cancelled=kind in ("cancel", "error"),
        replaces=_references(head.get("references", "")) if kind in _RETRACTS else (),
        more={"message_type": one_line(head.get("msgType", ""), 20)},
    )
    if not parts:
        return [base] if base.cancelled else []
    said = [_filled(base, part, number if len(parts) > 1 else 0, chosen) for number, part in enumerate(parts, start=1)]
    return [notice for notice in said if is_real("Actual", notice.event)]


def _filled(base: Notice, info: Row, number: int, chosen: CapSettings) -> Notice:
    """The document's head with one of its parts."""
    said = {name: text for name, text in reversed(info) if text}
    event = one_line(said.get("event", ""), 200) or "Warning"
    located = dict.fromkeys(code for name, value in _geocodes(info) for code in of_geocode(name, value))
    return Notice(
        id=f"{base.id}{PART}{number}" if number else base.id,
        agency=one_line(said.get("senderName", ""), 200) or base.agency,
        event=event,
        severity=severity(said.get("severity", "")),
        area=joined(text for name, text in info if name == "areaDesc"),
        text=titled(one_line(said.get("headline", ""), 500) or event, said.get("description", "")),
        at=base.at,
        expires=utc(said.get("expires")),
        regions=tuple(located)[:MOST_REGIONS] or ((chosen.region,) if chosen.region else ()),
        url=web_link(said.get("web", "")) or base.url,
        language=_language(info)[:2],
        cancelled=base.cancelled or _is_over(info),
        replaces=base.replaces,
        onset=utc(said.get("onset", said.get("effective"))),
        more={
            **base.more,
            "urgency": one_line(said.get("urgency", ""), 20),
            "certainty": one_line(said.get("certainty", ""), 20),
        },
    )


def _infos(row: Row) -> list[Row]:
    """The parts of a document: a field stands before the end of what it lies in."""
    infos: list[Row] = []
    part: list[tuple[str, str]] = []
    for name, text in row:
        if name == "info":
            infos.append(tuple(part))
            part = []
        elif name not in _HEADER:
            part.append((name, text))
    return infos


def _in_one_language(infos: Sequence[Row], wanted: str | None) -> list[Row]:
    """The parts in the language asked for; where there are none, in that of the first part."""
    asked = [info for info in infos if wanted and _language(info).startswith(wanted.casefold())]
    return asked or [info for info in infos if _language(info) == _language(infos[0])]


def _language(info: Row) -> str:
    """In lower case; English of the United States where it is not said, as the standard has it."""
    return next((one_line(text, 20).casefold() for name, text in info if name == "language" and text), "en-us")


def _is_over(info: Row) -> bool:
    return any(name == "responseType" and text.casefold() == "allclear" for name, text in info)


def _geocodes(info: Row) -> Iterable[tuple[str, str]]:
    name = value = ""
    for field_name, text in info:
        if field_name == "valueName":
            name = text
        elif field_name == "value":
            value = text
        elif field_name == "geocode":
            yield name, value


def _references(written: str) -> tuple[str, ...]:
    """The identifiers in `sender,identifier,sent sender,identifier,sent`."""
    triples = (reference.split(",") for reference in written.split())
    return tuple(one_line(parts[1], 300) for parts in triples if len(parts) == 3)


SOURCE = Cap()
