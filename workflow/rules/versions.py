"""How two versions of a post differ, beside their words, and how two people's changes go together.

Pure, and beside the other rules: the editor, the conflict and the approver's case must say the same about the same
pair of versions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

# What a version has beside its words, in the order in which a signer wants to hear of it.
FIELDS: dict[str, str] = {
    "planned_for": "The time",
    "platform": "The platform",
    "channel": "The way out",
    "answering": "The post that it answers",
    "regions": "Where it is seen",
    "topic": "The topic",
    "promotional": "Whether it is promotional",
    "reactive": "Whether it answers a moment",
    "media": "The pictures",
    "links": "The links",
    "template": "The template",
    "fields": "What was filled into the template",
    "zone": "The time zone",
}


@dataclass(frozen=True)
class Change:
    """One field that is not what it was."""

    field: str
    before: Any
    after: Any

    @property
    def label(self) -> str:
        """What a person calls the field."""
        return FIELDS[self.field]


@dataclass(frozen=True)
class Merged:
    """Two people's changes to one version in one. `clashes`: what both changed, each in their own way; mine is kept."""

    values: Mapping[str, Any]
    clashes: tuple[str, ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """The fields that differ. One that an old version did not keep is left out rather than guessed."""
    known = [name for name in FIELDS if name in before and name in after]
    return tuple(Change(name, before[name], after[name]) for name in known if before[name] != after[name])


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """Field by field: whoever changed it has it; where both did, `mine` is kept and the field is named.

    Words are put together word by word where the two changed different places.
    """
    values: dict[str, Any] = {}
    clashes: list[str] = []
    for name in mine:
        old, new, other = base.get(name), mine[name], theirs.get(name)
        if other in (old, new):
            values[name] = new
        elif new == old:
            values[name] = other
        else:
            together = merge_words(str(old), str(new), str(other)) if name == "text" else None
            values[name] = new if together is None else together
            clashes += [name] if together is None else []
    return Merged(values, tuple(clashes))


def merge_words(base: str, mine: str, theirs: str) -> str | None:
    """Both changes to a text in one; None where they touch the same place, which only a person can settle."""
    old = words(base)
    edits = sorted([*_edits(old, words(mine)), *_edits(old, words(theirs))], key=lambda edit: edit[:2])
    made: list[str] = []
    at = 0
    last: tuple[int, int, tuple[str, ...]] | None = None
    for edit in edits:
        if edit == last:  # both wrote the same
            continue
        # Two changes that touch, even end to end, make a sentence that neither of the two has read.
        if last is not None and edit[0] <= last[1]:
            return None
        made += [*old[at : edit[0]], *edit[2]]
        at, last = edit[1], edit
    return "".join([*made, *old[at:]])


def _edits(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, tuple[str, ...]]]:
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(a, b, tuple(new[c:d])) for what, a, b, c, d in found if what != "equal"]


def words(text: str) -> list[str]:
    """A text in pieces that a reader would call words, blanks and marks; joined they are the text again."""
    return re.findall(r"\s+|\w+|[^\w\s]", text)
