"""Reading figures that a person brings as CSV: from a platform without an API, or of posts from before Tact.

Beside `importing`, which writes them: here are only bytes and rows, whatever a spreadsheet made of them. Every row is
checked before any is used, and every row that cannot be used is named with its line, so that a file is mended once.
docs/engagement.md lists the columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.addresses import is_web_address
from data.errors import BadInput
from data.reference.metrics import MOST_COUNT, WORDS, metrics
from workflow.rules.metrics import KINDS, Counts

# A year of posts for a large team, and room for their words (ours).
LARGEST, MOST_ROWS = 16 * 1024 * 1024, 20_000
# So many lines are named at once; more is the same mistake again (ours).
MOST_NAMED = 12
LONGEST_ADDRESS, LONGEST_EXCERPT, SHOWN = 1000, 300, 30

# What people and platforms call a column, folded to letters; the first name is ours.
NAMES: dict[str, tuple[str, ...]] = {
    "platform": ("platform", "network", "channel"),
    "address": ("address", "url", "link", "permalink", "posturl", "postlink", "tweetpermalink", "postpermalink"),
    "at": (
        "at",
        "date",
        "time",
        "published",
        "publishedat",
        "posted",
        "postedat",
        "publishtime",
        "createdat",
        "created",
    ),
    "kind": ("kind", "type", "posttype", "contenttype"),
    "text": ("text", "excerpt", "caption", "post", "message", "title", "description"),
    "read_at": ("readat", "asof", "measuredat", "exportedat"),
    "reactive": ("reactive",),
    "interactions": ("interactions", "engagements", "totalengagements", "engagement"),
    "impressions": ("impressions", "views", "impressioncount", "viewcount", "opens"),
    "likes": ("likes", "favourites", "favorites", "reactions", "likecount"),
    "shares": ("shares", "reposts", "retweets", "reblogs", "boosts", "sharecount"),
    "quotes": ("quotes", "quoteposts"),
    "replies": ("replies", "comments", "replycount", "commentcount"),
    "clicks": ("clicks", "linkclicks", "urlclicks"),
    "saves": ("saves", "saved", "bookmarks"),
    "audience": ("audience", "followers", "followercount", "recipients"),
}
NEEDED = ("address",)
PLATFORMS = {"twitter": "x", "instagram": "instagram_feed", "instagramstory": "instagram_story", "newsletter": "email"}
KIND_WORDS = {
    "photo": "picture", "image": "picture", "video": "picture", "reel": "picture", "carousel": "picture",
    "carouselalbum": "picture", "story": "picture", "status": "text", "post": "text", "link": "text",
    "comment": "reply", "quotepost": "quote",
}  # fmt: skip
YES, NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n")
_LETTERS = re.compile(r"[\W_]+")
# 1234, and 1,234 or 1.234 or 1 234 where the groups are of three.
_COUNT = re.compile(r"\d+|\d{1,3}(?:([,.'’ \u00a0\u202f])\d{3})(?:\1\d{3})*")
_NOTHING = ("", "-", "–", "—", "n/a", "na", "null", "none")
_FOREIGN = {
    b"PK\x03\x04": "a spreadsheet or a zip file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"SQLite": "a database",
}


@dataclass(frozen=True)
class Row:
    """One line of the file. `interactions`: the platform's own sum, where single counts are not told.

    `platform`, `at` and `kind` are empty where the file does not say; `read_at` None: now.
    """

    line: int
    address: str
    platform: str = ""
    at: datetime | None = None
    kind: str = ""
    text: str = ""
    counts: Counts = field(default_factory=Counts)
    interactions: int | None = None
    reactive: bool | None = None
    read_at: datetime | None = None


class _Wrong(Exception):
    """What is wrong with one cell, in words."""


def read_figures(content: bytes, zone: ZoneInfo, now: datetime) -> tuple[Row, ...]:
    """All rows of the file. `zone` is for times that name none. BadInput names every line that cannot be used."""
    if len(content) > LARGEST:
        raise BadInput(f"The file is larger than {LARGEST // 1024 // 1024} MB. Split it, by month or by platform.")
    rows: list[Row] = []
    wrong: list[str] = []
    for line, cells in _lines(_text(content)):
        if len(rows) + len(wrong) >= MOST_ROWS:
            raise BadInput(f"The file has more than {MOST_ROWS:,} rows. Split it, by month or by platform.")
        try:
            rows.append(_row(line, cells, zone, now))
        except _Wrong as error:
            wrong.append(f"Line {line}: {error}")
    refuse(wrong)
    if not rows:
        raise BadInput(
            "The file holds no rows. It needs a heading line with the column address, and a line for each post."
        )
    return tuple(rows)


def refuse(wrong: list[str]) -> None:
    """BadInput with every line that is wrong, as long as they are not too many to read."""
    if wrong:
        more = f" And {len(wrong) - MOST_NAMED:,} more." if len(wrong) > MOST_NAMED else ""
        raise BadInput(f"Nothing was imported. {' '.join(wrong[:MOST_NAMED])}{more}")


# --- bytes to lines ------------------------------------------------------------------------------------------------


def _text(content: bytes) -> str:
    """UTF-8 or UTF-16 as a spreadsheet marks them, else the Western code page that older ones write."""
    for magic, what in _FOREIGN.items():
        if content.startswith(magic):
            raise BadInput(f"This is {what}. Save it as CSV, then bring it again.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise BadInput("This is no text. Save it as CSV in UTF-8, then bring it again.")
    return text


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its cells under our names. Lines are numbered as an editor numbers them."""
    start = len(text) - len(text.lstrip("\r\n"))
    head = text[start:].split("\n", 1)[0]
    if head.lower().startswith("sep="):  # how a spreadsheet writes its separator down
        start += len(head) + 1
        head = text[start:].split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=max(",;\t", key=head.count))
    before = text[:start].count("\n")
    try:
        columns = _columns(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield (
                    before + reader.line_num,
                    {name: cells[place].strip() for name, place in columns.items() if place < len(cells)},
                )
    except csv.Error as error:
        raise BadInput(f"Line {before + reader.line_num} cannot be read as CSV.", str(error)) from error


def _columns(head: list[str]) -> dict[str, int]:
    """Where each of our columns stands. BadInput for a heading that lacks one, or names one twice."""
    folded = [_fold(cell) for cell in head]
    columns: dict[str, int] = {}
    for name, known in NAMES.items():
        # By the order of the names: `views` counts only where nothing is called `impressions`.
        found = [folded.index(one) for one in known if one in folded]
        if found:
            columns[name] = found[0]
            if folded.count(folded[found[0]]) > 1:
                raise BadInput(f"The column {head[found[0]]!r} is there twice. Take one of them out.")
    for name in NEEDED:
        if name not in columns:
            raise BadInput(
                f"The file has no column {name}: the first line must name its columns. See docs/engagement.md."
            )
    if not any(name in columns for name in (*WORDS, "interactions")):
        raise BadInput("The file has no column with figures, such as likes, shares, replies or impressions.")
    return columns


def _fold(text: str) -> str:
    return _LETTERS.sub("", text.casefold())


# --- cells ---------------------------------------------------------------------------------------------------------


def _row(line: int, cells: Mapping[str, str], zone: ZoneInfo, now: datetime) -> Row:
    given = {name: "" if cell.casefold() in _NOTHING else cell for name, cell in cells.items()}
    counts = Counts(**{word: _count(word, given.get(word, "")) for word in WORDS})
    row = Row(
        line=line,
        address=_address(given.get("address", "")),
        platform=_platform(given.get("platform", "")),
        at=_instant(given.get("at", ""), zone, now),
        kind=_kind(given.get("kind", "")),
        text=given.get("text", "")[:LONGEST_EXCERPT],
        counts=counts,
        interactions=_count("interactions", given.get("interactions", "")),
        reactive=_yes(given.get("reactive", "")),
        read_at=_instant(given.get("read_at", ""), zone, now),
    )
    if row.counts == Counts() and row.interactions is None:
        raise _Wrong("it has no figures.")
    return row


def _address(given: str) -> str:
    if not is_web_address(given) or len(given) > LONGEST_ADDRESS:
        raise _Wrong(f"{given[:SHOWN]!r} is no address of a post; it begins with https://.")
    return given


def _platform(given: str) -> str:
    if not given:
        return ""
    folded = _fold(given)
    key = next((key for key in metrics() if _fold(key) == folded), PLATFORMS.get(folded, ""))
    if not key:
        raise _Wrong(f"{given[:SHOWN]!r} is no platform. Write one of {', '.join(metrics())}.")
    return key


def _kind(given: str) -> str:
    folded = _fold(given)
    kind = KIND_WORDS.get(folded, folded)
    if kind and kind not in KINDS:
        raise _Wrong(f"{given[:SHOWN]!r} is no kind of post. Write one of {', '.join(KINDS)}, or leave it empty.")
    return kind


def _count(name: str, given: str) -> int | None:
    if not given:
        return None
    if not _COUNT.fullmatch(given):
        raise _Wrong(f"{given[:SHOWN]!r} under {name} is no whole number.")
    value = int(re.sub(r"\D", "", given))
    if value > MOST_COUNT:
        raise _Wrong(f"{given[:SHOWN]!r} under {name} is too large.")
    return value


def _instant(given: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """ISO 8601, or day.month.year; 3/2/2026 could be two days and is refused."""
    if not given:
        return None
    found = _parsed(given)
    if found is None:
        raise _Wrong(f"{given[:SHOWN]!r} is no time that can be meant in one way only. Write 2026-03-02 14:05.")
    try:
        at = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Wrong(f"{given[:SHOWN]!r} is out of range.") from error
    if at > now + timedelta(minutes=5) or at.year < 2000:
        raise _Wrong(f"{given[:SHOWN]!r} lies in the future or too far back. Check the column and the time zone.")
    return min(at, now)


def _parsed(given: str) -> datetime | None:
    for shape in (None, "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S"):
        try:
            return datetime.fromisoformat(given) if shape is None else datetime.strptime(given, shape)  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _yes(given: str) -> bool | None:
    folded = given.casefold()
    if folded and folded not in (*YES, *NO):
        raise _Wrong(f"{given[:SHOWN]!r} under reactive is neither yes nor no.")
    return folded in YES if folded else None
