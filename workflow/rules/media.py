"""What may be attached to a post, by what its bytes are, what people noted about it, and what it looks like.

Here and not in the upload form, because the hand-over to the approvers, the signature and the gate ask the same. Pure:
no file is opened here. `workflow.pictures` opens them, in a process of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from data.errors import BadInput
from data.reference import Playbook

MOST_BYTES = 10 * 1024 * 1024
"""The largest file that is taken in, and that leaves (ours; the console's upload field has the same limit)."""
MOST_PIXELS = 40_000_000
"""Width times height (ours): above every phone's usual picture, below what would fill a console's memory."""
MOST_MOVING_PIXELS = 60_000_000
"""Of all frames of an animation together (ours)."""
MOST_FRAMES = 300
MOST_SIDE = 12_000
LEAST_SIDE = 16
"""Smaller is nothing that anybody could look at before signing (ours)."""

KIND = "image"


class Origin(StrEnum):
    """Where a picture comes from. The first two need no search and no permission of others."""

    IN_HOUSE = "in-house"
    LICENSED = "licensed"
    STOCK = "stock"
    CUSTOMER = "customer-made"
    FOUND = "found"


PLAIN_ORIGIN: dict[Origin, str] = {
    Origin.IN_HOUSE: "Made by us",
    Origin.LICENSED: "Made for us, or licensed to us alone",
    Origin.STOCK: "Bought from a stock library",
    Origin.CUSTOMER: "Made by a customer or fan",
    Origin.FOUND: "Found on the web",
}

OUR_OWN = frozenset({Origin.IN_HOUSE.value, Origin.LICENSED.value})
"""Origins that need no reverse image search and no rights note. Any other word is somebody else's picture."""


class Search(StrEnum):
    """What a reverse image search came to."""

    CLEAR = "clear"
    NOT_CLEAR = "not clear"


CLEAR = Search.CLEAR.value
PLAIN_SEARCH = {
    Search.CLEAR: "Clear: it shows what we think it shows, and nothing dark",
    Search.NOT_CLEAR: "Not clear: found elsewhere, older, of something else, or not found at all",
}


@dataclass(frozen=True)
class Facts:
    """What people noted about a file. None of it is sent, all of it is what signers rely on."""

    origin: str | None = None
    search: str | None = None
    search_note: str = ""
    rights_note: str | None = None
    rights_link: str = ""
    rights_on: str = ""


def signatures_outlive(before: Facts, after: Facts) -> bool:
    """Whether signatures given by `before` still speak for the post: only where nothing changed.

    Not "only where nothing got worse": a signer who saw "found on the web, not clear" and refused in their heart is not
    bound by somebody else's later "in-house". Who agreed, agreed to the facts that stood on the screen.
    """
    return before == after


# --- what the bytes are ----------------------------------------------------------------------------------------------

_PICTURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_VIDEO = (
    "Videos are not taken in: nobody could be shown every second of one before signing. Write and sign the words here, "
    "and add the video on the platform when the post is made by hand."
)
_PHONE = "This is a HEIC or AVIF photo, which most platforms refuse. Export it as JPEG on the phone, then add that."
_DRAWING = "This is text or a drawing made of code (SVG, HTML), not a picture. Export it as PNG, then add that."
_OTHER = (
    (b"%PDF", "This is a PDF. Export the page you need as PNG or JPEG, then add that."),
    (b"II*\x00", "This is a TIFF. Save it as JPEG or PNG, then add that."),
    (b"MM\x00*", "This is a TIFF. Save it as JPEG or PNG, then add that."),
    (b"BM", "This is a BMP. Save it as PNG, then add that."),
    (b"PK\x03\x04", "This is an archive or an office document. Add the picture in it by itself."),
    (b"\x1aE\xdf\xa3", _VIDEO),
    (b"\x00\x00\x01\xba", _VIDEO),
    (b"OggS", _VIDEO),
    (b"FLV", _VIDEO),
)
_UNKNOWN = "This is no picture that Tact knows. Save it as JPEG, PNG, GIF or WebP, then add that."
_PHONE_BRANDS = frozenset({b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})


def type_of(content: bytes) -> str:
    """JPEG, PNG, GIF or WEBP, by the first bytes alone: a name or a claimed type says nothing. BadInput for others."""
    if not content:
        raise BadInput("The file is empty. Choose it again.")
    if len(content) > MOST_BYTES:
        raise BadInput(f"The file is larger than {megabytes(MOST_BYTES)}. Save it smaller, then add it again.")
    for magic, name in _PICTURES:
        if content.startswith(magic):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    raise BadInput(_what_it_is(content), cause=content[:16].hex())


def _what_it_is(content: bytes) -> str:
    if content[4:8] == b"ftyp":
        return _PHONE if content[8:12] in _PHONE_BRANDS else _VIDEO
    if content[:4] == b"RIFF":
        return _VIDEO
    for magic, sentence in _OTHER:
        if content.startswith(magic):
            return sentence
    return _DRAWING if content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else _UNKNOWN


def refusal_of_size(width: int, height: int, frames: int) -> str:
    """Why a picture of this size is not taken in; empty where it is."""
    if min(width, height) < LEAST_SIDE:
        return f"The picture is {width}×{height} pixels: too small for anybody to see. Choose a larger one."
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        return (
            f"The picture is too large: at most {MOST_PIXELS // 1_000_000} million pixels, and {MOST_SIDE:,} a side, "
            "are taken in. Save it smaller, then add it again."
        )
    if frames > MOST_FRAMES or width * height * frames > MOST_MOVING_PIXELS:
        return "The animation is too long or too large to be looked through. Shorten it, or use a still picture."
    return ""


def megabytes(size: int) -> str:
    """`9.5 MB`, `812 kB`: a size as people read it."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000)):,} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".0 MB", " MB")


# --- what is still missing -------------------------------------------------------------------------------------------


def plain_origin(origin: str | None) -> str:
    """The origin in one spelling: `In house` and `in_house` are `in-house`."""
    return "-".join((origin or "").replace("_", " ").split()).casefold()


def provenance_gap(name: str, origin: str | None, search: str | None) -> str:
    """What is missing about where a file comes from; empty where nothing is.

    The guide asks for a reverse image search on every found, stock or user-made picture.
    """
    if not plain_origin(origin):
        return f"Nobody noted where {name} comes from."
    if plain_origin(origin) not in OUR_OWN and (search or "").strip().casefold() != CLEAR:
        return f"{name} is {origin}, and no reverse image search has come back clear."
    return ""


def rights_gap(name: str, origin: str | None, rights_note: str | None) -> str:
    """What others made is used with their consent, and the consent is written down; empty where nothing is missing."""
    if plain_origin(origin) and plain_origin(origin) not in OUR_OWN and not (rights_note or "").strip():
        return f"{name} is {origin}, and no note says who allowed its use."
    return ""


# --- alt text, and what platforms take -------------------------------------------------------------------------------

ALT_TEXT_ADVICE = (
    "Say in a sentence what somebody who cannot see it would miss: who or what, doing what, where, and every word that "
    "is written in it. Leave out “picture of”; say the mood only if it matters."
)
_FILE_NAME = re.compile(r"^\S+\.(jpe?g|png|gif|webp|heic)$|^(img|dsc|pxl|screenshot)[-_ ]?\d+$", re.IGNORECASE)


@dataclass(frozen=True)
class Attached:
    """One file of a post, as a platform meets it."""

    name: str
    mime: str
    size: int
    alt_text: str


def alt_text_trouble(text: str, book: Playbook) -> str:
    """Why this description does not do; empty where it does."""
    said = text.strip()
    if not said:
        return "needs a description (alt text)"
    if _FILE_NAME.match(said):
        return "has a file's name as its description; say what it shows"
    if book.alt_text_limit is not None and len(said) > book.alt_text_limit:
        over = len(said) - book.alt_text_limit
        return f"has a description {over} too long for {book.label} ({book.alt_text_limit:,} characters at most)"
    return ""


def unfit(files: Sequence[Attached], book: Playbook) -> tuple[str, ...]:
    """Why these files cannot go out on this platform, in sentences. Empty: they can."""
    said = [f"{one.name} {why}." for one in files if (why := alt_text_trouble(one.alt_text, book))]
    if book.pictures is not None and len(files) > book.pictures:
        many = "no pictures" if book.pictures == 0 else f"{book.pictures} at most"
        said.append(f"{book.label} takes {many}, and there are {len(files)}. Remove some.")
    for one in files:
        most = book.moving_bytes if one.mime == "image/gif" else book.picture_bytes
        if most is not None and one.size > most:
            said.append(
                f"{one.name} has {megabytes(one.size)}, and {book.label} takes {megabytes(most)}. Save it smaller."
            )
    return tuple(said)


# --- how it looks ----------------------------------------------------------------------------------------------------

ALIKE = 31
"""Two PDQ hashes that differ in at most so many of their 256 bits are taken for the same picture, and hashes of a
quality below 50 are worth nothing: what the makers of PDQ recommend to begin with (the README of `pdq` in
facebook/ThreatExchange). `docs/media.md` has what both catch and miss on pictures of our own."""
LEAST_QUALITY = 50


def distance(one: str, other: str) -> int:
    """In how many bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def alike(looks: Iterable[str], others: Iterable[str]) -> bool:
    """Whether any scene of one looks like any scene of the other."""
    known = tuple(others)
    return any(distance(one, other) <= ALIKE for one in looks for other in known)


def scenes(looks: str | None) -> tuple[str, ...]:
    """The hashes that a column keeps, several of an animation."""
    return tuple((looks or "").split())


# --- searching for where it was seen before --------------------------------------------------------------------------


@dataclass(frozen=True)
class SearchPage:
    """A page where a file can be put in, to find where it was seen before."""

    label: str
    url: str


# Pages for uploading, never addresses that carry the picture: nothing of ours is on the web before it is signed.
SEARCH_PAGES = (
    SearchPage("Google Lens", "https://images.google.com/"),
    SearchPage("TinEye", "https://tineye.com/"),
    SearchPage("Bing", "https://www.bing.com/visualsearch"),
    SearchPage("Yandex", "https://yandex.com/images/"),
)
