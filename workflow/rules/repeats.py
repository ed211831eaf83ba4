"""Whether two posts say the same: in the very same words, or in nearly the same.

The measure is the resemblance of A. Z. Broder, "On the resemblance and containment of documents" (1997): the shingles
that two texts share by all that either has. Shingles are pairs of words here, because a post has some twenty words and
not some thousand; `tests/workflow_rules/test_rules_repeats.py` holds the pairs that the bound was chosen on.
Apart from the gate, which only asks: it has no words before it.

What a template fixes is left out where both come from the same one: two honest posts share all of that. So is an
address or a handle's sign. Where each has a number that the other lacks (a date, a price, the days that are left) they
are two pieces of news, however alike. A guard against saying it twice by accident: who means to can get around it, and
still needs two signatures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

SAME = 0.5
"""From here on two posts say the same (ours, measured on the pairs in the tests)."""
FEWEST = 4
"""Shingles that the smaller of two texts must have of its own: a shared "Good morning" proves nothing (ours)."""
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_WORD = re.compile(r"\w+")

Shingle = tuple[str, str]


@dataclass(frozen=True)
class Said:
    """A post's words, and the parts of them that its template fixes; none for a post without one."""

    text: str
    template: str | None = None
    fixed: tuple[str, ...] = ()


def says_the_same(one: Said, other: Said) -> bool:
    """Whether a reader who saw the one has read the other."""
    first, second = _words(one.text), _words(other.text)
    if first == second:
        return True
    if _new_numbers(first, second) and _new_numbers(second, first):
        return False
    fixed = _fixed(one) if one.template is not None and one.template == other.template else frozenset()
    return resemblance(_shingles(first) - fixed, _shingles(second) - fixed) >= SAME


def resemblance(first: frozenset[Shingle], second: frozenset[Shingle]) -> float:
    """Broder's r: shared by all, in [0, 1]; 0 where either has too few shingles to tell."""
    if min(len(first), len(second)) < FEWEST:
        return 0.0
    return len(first & second) / len(first | second)


def _fixed(said: Said) -> frozenset[Shingle]:
    return _all_shingles(said.fixed)


@lru_cache(maxsize=256)
def _all_shingles(parts: tuple[str, ...]) -> frozenset[Shingle]:
    return frozenset(shingle for part in parts for shingle in _shingles(_words(part)))


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", _ADDRESS.sub(" ", text)).casefold()
    return tuple(_WORD.findall(plain.replace("'", "").replace("’", "")))


def _shingles(words: Iterable[str]) -> frozenset[Shingle]:
    return frozenset(pairwise(words))


def _new_numbers(words: Iterable[str], known: Iterable[str]) -> bool:
    return bool({word for word in words if word.isdigit()} - set(known))
