"""What a verdict says, as a short key, and which words of people outlive a change of it.

Answers and signatures are given to words *and* to what the judge says about their moment. The key keeps the part of a
verdict that people act on – its label, its reasons' codes, its category, its wrong approaches – and none of what moves
with every new post: probability, sentences, examples. Pure, so that the gate, the pages and the tests ask the same.
The rules are ours; docs/approvals.md says them in prose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.contract import Tragedy

PLANNED = ""
"""The key of a post without a moment: no verdict of one can move under it."""
UNJUDGED = "unjudged"
"""The key while a moment has no verdict yet."""
_CHOSEN = "chosen"
_CLEAR = Tragedy.CLEAR.value


@dataclass(frozen=True)
class Said:
    """What the judge says of a moment. `chosen`: a person named the category, so the judge's own says nothing."""

    label: str
    codes: tuple[str, ...]
    category: str
    wrong_approaches: tuple[str, ...]
    chosen: bool = False


def key_of(said: Said) -> str:
    """The key of a verdict, at most 64 characters: label, category, codes and wrong approaches, told apart by dots.

    A clear verdict's reasons only tell what was looked at, so its codes are none.
    """
    codes = () if said.label == _CLEAR else sorted(set(said.codes))
    category = _CHOSEN if said.chosen else _short([said.category], 8)
    wrong = "".join(sorted(_short([one], 3) for one in set(said.wrong_approaches)))
    return ".".join((said.label, category, _short(codes, 12), wrong[:30]))


def answers_count(given: str, now: str) -> bool:
    """Whether answers (and a manager's word) given under one key count under another: only while it is the same.

    One difference is none: that a person has chosen the category since. Whose signatures that asks for is the tier's.
    """
    if given == now:
        return True
    parts = _both(given, now)
    return parts is not None and parts[0].same_but_for_a_choice(parts[1])


def signature_counts(given: str, now: str) -> bool:
    """Whether a signature given under one key counts under another.

    It does where the answers would, and where the moment has become clear since, of the same kind and with no new
    wrong approach: who signed knowing more against it meant it. Every other move expires it, a darker one above all.
    """
    if answers_count(given, now):
        return True
    parts = _both(given, now)
    return parts is not None and parts[1].is_a_cleared(parts[0])


@dataclass(frozen=True)
class _Parts:
    label: str
    category: str
    codes: str
    wrong: frozenset[str]

    def same_kind(self, later: _Parts) -> bool:
        return later.category in (self.category, _CHOSEN)

    def same_but_for_a_choice(self, later: _Parts) -> bool:
        same = (self.label, self.codes, self.wrong) == (later.label, later.codes, later.wrong)
        return same and self.same_kind(later)

    def is_a_cleared(self, earlier: _Parts) -> bool:
        return self.label == _CLEAR and earlier.same_kind(self) and self.wrong <= earlier.wrong


def _both(given: str, now: str) -> tuple[_Parts, _Parts] | None:
    one, other = _read(given), _read(now)
    return (one, other) if one is not None and other is not None else None


def _read(key: str) -> _Parts | None:
    """None for a key that is no verdict's: a planned post, an unjudged moment, a row from before there were keys."""
    parts = key.split(".")
    if len(parts) != 4:
        return None
    label, category, codes, wrong = parts
    return _Parts(label, category, codes, frozenset(wrong[at : at + 3] for at in range(0, len(wrong), 3)))


def _short(words: Iterable[str], length: int) -> str:
    told = "\n".join(words)
    return hashlib.sha256(told.encode()).hexdigest()[:length] if told else "0"
