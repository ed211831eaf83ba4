"""What a platform takes: every limit of its playbook that a text breaks, with the numbers.

Pure, and asked at the submit; the editor shows the same numbers while somebody types.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.errors import Refused
from data.reference import Playbook
from data.reference.characters import count_characters
from data.reference.parts import parts_of

Broken = tuple[str, str]
"""A code and a sentence."""


def broken(book: Playbook, text: str, hashtags: int) -> tuple[Broken, ...]:
    """Every limit that the text breaks on this platform; `hashtags` is how many it has."""
    return tuple([*_length(book, text), *_head(book, text), *_tags(book, hashtags)])


def refusal(book: Playbook, text: str, hashtags: int) -> Refused | None:
    """All of them as one refusal, or None."""
    found = broken(book, text, hashtags)
    return Refused(" ".join(said for _, said in found), tuple(code for code, _ in found)) if found else None


def _length(book: Playbook, text: str) -> Iterator[Broken]:
    used = count_characters(book, text)
    if book.text_limit is not None and used > book.text_limit:
        over = used - book.text_limit
        yield "too_long", f"{over:,} characters too long for {book.label}: {used:,} of {book.text_limit:,}."


def _head(book: Playbook, text: str) -> Iterator[Broken]:
    if book.head is None:
        return
    head, body = parts_of(book, text)
    name = book.head.label.lower()
    if len(head) > book.head.limit:
        over = len(head) - book.head.limit
        said = f"The {name}, the first line, has {len(head)} characters: {over} more than the {book.head.limit} that"
        yield "head_too_long", f"{said} are shown without cutting."
    if not body:
        yield "no_body", f"The first line is the {name}. Write the rest below it."


def _tags(book: Playbook, hashtags: int) -> Iterator[Broken]:
    if book.hashtags is not None and hashtags > book.hashtags:
        yield "too_many_hashtags", f"{hashtags} hashtags: {book.label} takes {book.hashtags} at most."
