"""What the sample day's Mastodon server remembers: accounts, statuses, pictures and keys, by Mastodon's own rules.

Knows no HTTP: `mastodon_server` asks it under a lock and hands it the time. What is refused is an `ApiError` with the
status and the sentence that Mastodon documents. The rules that matter to whoever posts:

- an `Idempotency-Key` is kept for an hour by account and brings back the first status, whatever words come with it;
  one whose status was deleted since brings 404;
- with `scheduled_at` the key is ignored (mastodon#30039) and every request schedules another status;
- a picture belongs to one status, and only once it is processed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.sample_day.mastodon_story import Numbers, Talk, numbers, replies

KEY_KEPT = timedelta(hours=1)
LONGEST_TEXT = 500
MOST_PICTURES = 4
SOONEST_SCHEDULED = timedelta(minutes=5)
# However long an address is, Mastodon counts 23 characters.
ADDRESS = re.compile(r"https?://\S+")
AS_LONG_AS = "x" * 23


class ApiError(Exception):
    """A refusal as Mastodon answers it."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass(frozen=True)
class Person:
    """An account on the server. Those who hold no token are invented people."""

    id: str
    username: str
    display_name: str
    since: datetime
    followers: int = 0


@dataclass(frozen=True)
class Picture:
    """An uploaded file. It is processed at `ready_at`."""

    id: str
    owner: str
    mime: str
    size: int
    description: str
    ready_at: datetime


@dataclass(frozen=True)
class Status:
    """Something posted. `number` counts the statuses of accounts with a token; None for what others wrote."""

    id: str
    person: Person
    text: str
    at: datetime
    number: int | None = None
    fate: str = ""
    language: str = "en"
    visibility: str = "public"
    in_reply_to: str | None = None
    quoted: str | None = None
    pictures: tuple[Picture, ...] = ()
    edited_at: datetime | None = None
    address: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a request to post asks for."""

    text: str
    in_reply_to: str | None = None
    quoted: str | None = None
    pictures: tuple[str, ...] = ()
    visibility: str = "public"
    language: str = "en"
    scheduled_at: datetime | None = None


@dataclass
class Wall:
    """Everything there is. `others` knows the words behind an address elsewhere, None for an unknown one."""

    talk: Talk
    others: Callable[[str], str | None] = lambda address: None
    people: dict[str, Person] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    scheduled: list[tuple[str, Wanted]] = field(default_factory=list)
    keys: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    # How long a picture is processed; nothing for most, longer for films (an order of a test).
    processing: timedelta = timedelta(0)
    quotable: bool = True
    posted: int = 0
    # How the next posts will fare.
    upcoming: deque[str] = field(default_factory=deque)
    _ids: int = 0

    def next_id(self, now: datetime) -> str:
        """Like Mastodon's own: milliseconds and a running number, so later ones are higher."""
        self._ids += 1
        return str((int(now.timestamp() * 1000) << 16) + (self._ids & 0xFFFF))

    def post(self, owner: Person, wanted: Wanted, key: str, now: datetime) -> Status | Wanted:
        """A new status, the one that this key brought before, or what was put off to its time. Raises ApiError."""
        if wanted.scheduled_at is not None:
            return self._put_off(owner, wanted, now)
        kept = self.keys.get((owner.id, key)) if key else None
        if kept is not None and now - kept[1] < KEY_KEPT:
            return self.own(owner, kept[0])
        made = self._made(owner, wanted, now)
        self.statuses[made.id] = made
        self.posted += 1
        if key:
            self.keys[(owner.id, key)] = (made.id, now)
        return made

    def _put_off(self, owner: Person, wanted: Wanted, now: datetime) -> Wanted:
        if wanted.scheduled_at is not None and wanted.scheduled_at < now + SOONEST_SCHEDULED:
            raise ApiError(422, "Validation failed: Scheduled at The scheduled date must be in the future")
        self.scheduled.append((owner.id, wanted))
        return wanted

    def _made(self, owner: Person, wanted: Wanted, now: datetime) -> Status:
        self._check_text(wanted.text, wanted.pictures)
        pictures = tuple(self._free_picture(owner, one, now) for one in wanted.pictures)
        if wanted.in_reply_to is not None and self.find(wanted.in_reply_to, now) is None:
            raise ApiError(404, "The post you are trying to reply to does not appear to exist.")
        if wanted.quoted is not None:
            self._check_quote(wanted, now)
        return Status(
            id=self.next_id(now),
            person=owner,
            text=wanted.text,
            at=now,
            number=self.posted,
            fate=self.upcoming.popleft() if self.upcoming else self.talk.afterwards,
            language=wanted.language,
            visibility=wanted.visibility,
            in_reply_to=wanted.in_reply_to,
            quoted=wanted.quoted,
            pictures=pictures,
        )

    def _check_text(self, text: str, pictures: Sequence[str]) -> None:
        if not text.strip() and not pictures:
            raise ApiError(422, "Validation failed: Text can't be blank")
        if len(ADDRESS.sub(AS_LONG_AS, text)) > LONGEST_TEXT:
            raise ApiError(422, f"Validation failed: Text character limit of {LONGEST_TEXT} exceeded")
        if len(pictures) > MOST_PICTURES:
            raise ApiError(422, f"Validation failed: Cannot attach more than {MOST_PICTURES} files")

    def _free_picture(self, owner: Person, picture_id: str, now: datetime) -> Picture:
        found = self.pictures.get(picture_id)
        used = any(one.id == picture_id for status in self.statuses.values() for one in status.pictures)
        if found is None or found.owner != owner.id or used:
            raise ApiError(422, f"Media ({picture_id}) not found or already attached to another post")
        if now < found.ready_at:
            raise ApiError(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        return found

    def _check_quote(self, wanted: Wanted, now: datetime) -> None:
        quoted = self.find(wanted.quoted or "", now)
        if quoted is None:
            raise ApiError(404, "The post you are trying to quote does not appear to exist.")
        if wanted.pictures:
            raise ApiError(422, "Validation failed: Quoting is incompatible with media attachments")
        if not self.quotable:
            raise ApiError(422, "Validation failed: You are not allowed to quote this post")

    def upload(self, owner: Person, mime: str, content: bytes, description: str, now: datetime) -> Picture:
        """Take a file in."""
        if not content or not mime.startswith(("image/", "video/", "audio/")):
            raise ApiError(422, "Validation failed: File content type is invalid, File is invalid")
        made = Picture(self.next_id(now), owner.id, mime, len(content), description, now + self.processing)
        self.pictures[made.id] = made
        return made

    def own(self, owner: Person, status_id: str) -> Status:
        """A status of this account. 404 where it is another's or gone."""
        found = self.statuses.get(status_id)
        if found is None or found.person.id != owner.id:
            raise ApiError(404, "Record not found")
        return found

    def delete(self, owner: Person, status_id: str) -> Status:
        """Take a status away; the second time it is 404."""
        found = self.own(owner, status_id)
        del self.statuses[status_id]
        return found

    def edit(self, owner: Person, status_id: str, text: str, now: datetime) -> Status:
        """Other words; what people answered stays."""
        found = self.own(owner, status_id)
        self._check_text(text, [one.id for one in found.pictures])
        self.statuses[status_id] = replace(found, text=text, edited_at=now)
        return self.statuses[status_id]

    def of(self, person_id: str) -> list[Status]:
        """An account's statuses, newest first."""
        found = [one for one in self.statuses.values() if one.person.id == person_id]
        return sorted(found, key=lambda one: int(one.id), reverse=True)

    def find(self, status_id: str, now: datetime) -> Status | None:
        """A status, or somebody's reply that has come by now."""
        return self.statuses.get(status_id) or self._all(now).get(status_id)

    def by_address(self, address: str, resolve: bool, base: str, now: datetime) -> Status | None:
        """The status behind a web address; `resolve` also fetches what lives elsewhere."""
        for one in self._all(now).values():
            if address in (one.address, f"{base}/@{one.person.username}/{one.id}"):
                return one
        text = self.others(address) if resolve else None
        if text is None:
            return None
        author = Person(self.next_id(now), "elsewhere", "Somebody elsewhere", now)
        fetched = Status(self.next_id(now), author, text, now, address=address)
        self.statuses[fetched.id] = fetched
        return fetched

    def numbers(self, status: Status, now: datetime) -> Numbers:
        """The figures that a status shows now; replies of our own count too."""
        ours = sum(one.in_reply_to == status.id for one in self.statuses.values())
        if status.number is None:
            return Numbers(0, 0, 0, ours)
        told = numbers(self.talk, status.fate, status.number, now - status.at)
        return replace(told, replies=told.replies + ours)

    def below(self, status: Status, now: datetime) -> list[Status]:
        """All that was answered, directly and further down, in the order in which it came."""
        wanted, found = {status.id}, []
        for one in sorted(self._all(now).values(), key=lambda one: (one.at, int(one.id))):
            if one.in_reply_to in wanted:
                wanted.add(one.id)
                found.append(one)
        return found

    def above(self, status: Status, now: datetime) -> list[Status]:
        """What it answers, the first word first."""
        found: list[Status] = []
        one = self.find(status.in_reply_to, now) if status.in_reply_to else None
        while one is not None:
            found.insert(0, one)
            one = self.find(one.in_reply_to, now) if one.in_reply_to else None
        return found

    def _all(self, now: datetime) -> dict[str, Status]:
        found = dict(self.statuses)
        for status in self.statuses.values():
            found.update((one.id, one) for one in self._answers(status, now))
        return found

    def _answers(self, status: Status, now: datetime) -> list[Status]:
        if status.number is None:
            return []
        made: dict[int, Status] = {}
        for said in replies(self.talk, status.fate, status.number, now - status.at):
            at = status.at + said.after
            above = status.id if said.under is None else made[said.under].id
            person = Person(f"9{status.number}{said.place:03d}", said.author, said.author.capitalize(), status.at)
            # Its number at the end keeps the id apart from others of the same millisecond.
            status_id = str((int(at.timestamp() * 1000) << 16) + 0x8000 + said.place)
            made[said.place] = Status(status_id, person, said.text, at, in_reply_to=above)
        return list(made.values())
