"""The parts of a text as its platform shows them: a subject or title above the rest, and what a fold hides.

Beside the playbooks, because the preview, the submit and the signers must see the same parts.
"""

from __future__ import annotations

from typing import NamedTuple

from data.reference import Playbook

# A cut is moved back to a blank when there is one within so many signs (ours): no app ends in the middle of a word.
BACK = 20


class Parts(NamedTuple):
    """`head` is empty where the platform knows none."""

    head: str
    body: str


class Folded(NamedTuple):
    """What is seen at once, and what only "see more" opens; together they are the text."""

    seen: str
    hidden: str


def parts_of(book: Playbook, text: str) -> Parts:
    """The first line as the head where the platform has one; the rest is the body."""
    if book.head is None:
        return Parts("", text)
    head, _, body = text.lstrip().partition("\n")
    return Parts(head.strip(), body.strip())


def fold_of(book: Playbook, text: str) -> Folded:
    """The text, cut where the app would cut it; whole where it would not."""
    if book.fold is None:
        return Folded(text, "")
    cut = min(_line_end(text, book.fold.lines), _word_end(text, book.fold.characters))
    # A fold that would hide blanks alone is none.
    return Folded(text[:cut], text[cut:]) if text[cut:].strip() else Folded(text, "")


def _line_end(text: str, lines: int) -> int:
    at = -1
    for _ in range(lines):
        at = text.find("\n", at + 1)
        if at < 0:
            return len(text)
    return at


def _word_end(text: str, characters: int) -> int:
    if len(text) <= characters:
        return len(text)
    blank = max(text.rfind(" ", characters - BACK, characters + 1), text.rfind("\n", characters - BACK, characters + 1))
    return blank if blank > 0 else characters
