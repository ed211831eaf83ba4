"""A small language for phrases, and a book that finds all of them in one pass over a text's words.

    a|b        either word                 word~    the word with its usual endings (s, ed, ing)
    word*      anything that begins so     colo*r   begins and ends so
    #          a number, digits or words   _        any one word
    so?        the word may be missing     ..       nothing, or up to three words of the same sentence

Regular expressions would say the same, but an alternation of a thousand of them is two orders slower than looking up
each word once. Pure; lives here because the reference files are written in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from scoring.text import STOP, fold

T = TypeVar("T")
GAP = 3
MOST_DIGITS = 20
"""Longer rows of digits count nothing, and are too large for a float sooner or later."""
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?k?")
_NUMBER_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
    "couple": 2,
    "few": 3,
    "several": 5,
    "multiple": 5,
    "many": 10,
    "dozen": 12,
    "dozens": 24,
    "scores": 40,
    "hundreds": 200,
    "thousands": 2000,
    "millions": 2_000_000,
    # German, Spanish and French; left out: what is another word elsewhere (once, elf, seize, cent, tres, sept).
    "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "zwolf": 12,
    "dreizehn": 13, "vierzehn": 14, "funfzehn": 15, "zwanzig": 20, "dreissig": 30, "dutzende": 24, "hunderte": 200,
    "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "doce": 12, "trece": 13,
    "catorce": 14, "quince": 15, "veinte": 20, "treinta": 30, "decenas": 20, "cientos": 200,
    "trois": 3, "quatre": 4, "cinq": 5, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
    "quatorze": 14, "quinze": 15, "vingt": 20, "trente": 30, "dizaines": 20, "centaines": 200,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One phrase found: what the book keeps for it, and the words `start:end` it covers."""

    what: T
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Slot:
    exact: frozenset[str]
    affixes: tuple[tuple[str, str], ...]
    number: bool
    anything: bool
    gap: bool
    optional: bool

    def accepts(self, word: str) -> bool:
        if word == STOP:
            return False
        if self.anything or word in self.exact or (self.number and number(word) is not None):
            return True
        return any(_has(word, start, end) for start, end in self.affixes)


class PhraseBook(Generic[T]):
    """Phrases with something kept for each. `find` takes about a microsecond a word."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, list[tuple[tuple[_Slot, ...], T]]] = {}
        self._affixed: list[tuple[str, str, tuple[_Slot, ...], T]] = []
        self._numbers: list[tuple[tuple[_Slot, ...], T]] = []
        self._seen: dict[str, list[tuple[tuple[_Slot, ...], T]]] = {}
        for pattern, what in entries:
            self._add(parse(pattern), what)

    def find(self, words: Sequence[str]) -> list[Found[T]]:
        """Every phrase in `words`, in order of where it starts; a phrase may lie within another."""
        found = []
        for start, word in enumerate(words):
            for slots, what in self._beginning_with(word):
                end = _match(slots, 1, words, start + 1)
                if end:
                    found.append(Found(what, start, end))
        return found

    def words(self) -> set[str]:
        """The plain words that phrases begin with: a vocabulary for cutting hashtags."""
        return set(self._exact)

    def _add(self, slots: tuple[_Slot, ...], what: T) -> None:
        first = slots[0]
        for word in first.exact:
            self._exact.setdefault(word, []).append((slots, what))
        for start, end in first.affixes:
            self._affixed.append((start, end, slots, what))
        if first.number:
            self._numbers.append((slots, what))

    def _beginning_with(self, word: str) -> list[tuple[tuple[_Slot, ...], T]]:
        known = self._seen.get(word)
        if known is None:
            known = list(self._exact.get(word, ()))
            known += [(slots, what) for start, end, slots, what in self._affixed if _has(word, start, end)]
            if number(word) is not None:
                known += self._numbers
            if len(self._seen) < 100_000:  # a bound on memory, not on correctness
                self._seen[word] = known
        return known


def parse(pattern: str) -> tuple[_Slot, ...]:
    """Read one pattern. Raises ValueError for an empty one or one that begins with a wildcard."""
    slots = tuple(_slot(part) for part in fold(pattern).split())
    if not slots or slots[0].gap or slots[0].anything or slots[0].optional:
        raise ValueError(f"a phrase must begin with a word or #: {pattern!r}")
    return slots


def number(word: str) -> int | None:
    """The value of a number in digits or words; None for other words, and for a bare year such as 1998."""
    known = _NUMBER_WORDS.get(word)
    if known is not None or not word[:1].isdigit():
        return known
    if len(word) > MOST_DIGITS or not _DIGITS.fullmatch(word) or (len(word) == 4 and word[:2] in ("18", "19", "20")):
        return None
    thousands = 1000 if word.endswith("k") else 1
    return int(float(word.rstrip("k").replace(",", "")) * thousands)


def inflect(word: str) -> set[str]:
    """A regular word with its usual endings: attack -> attacks, attacked, attacking."""
    if word.endswith("e"):
        return {word, word + "s", word + "d", word[:-1] + "ing"}
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return {word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    return {word, word + "s", word + "es", word + "ed", word + "ing"}


def _slot(part: str) -> _Slot:
    optional = part.endswith("?") and len(part) > 1
    exact: set[str] = set()
    affixes: list[tuple[str, str]] = []
    words = [] if part == ".." else part.rstrip("?" if optional else "").split("|")
    for word in words:
        bare = word[:-2] if word.endswith("'s") and word != "it's" else word
        if word.endswith("~"):
            exact |= inflect(word[:-1])
        elif "*" in word:
            start, _, end = word.partition("*")
            affixes.append((start, end))
        elif word not in ("#", "_"):
            exact.add(bare)
    return _Slot(frozenset(exact), tuple(affixes), "#" in words, "_" in words, part == "..", optional)


def _has(word: str, start: str, end: str) -> bool:
    return word.startswith(start) and word.endswith(end) and len(word) >= len(start) + len(end)


def _match(slots: tuple[_Slot, ...], place: int, words: Sequence[str], at: int) -> int:
    """Where the phrase ends if the slots from `place` on fit the words from `at` on, else 0."""
    if place == len(slots):
        return at
    slot = slots[place]
    if slot.gap:
        return _match_after_gap(slots, place + 1, words, at)
    if at < len(words) and slot.accepts(words[at]):
        end = _match(slots, place + 1, words, at + 1)
        if end:
            return end
    return _match(slots, place + 1, words, at) if slot.optional else 0


def _match_after_gap(slots: tuple[_Slot, ...], place: int, words: Sequence[str], at: int) -> int:
    for skipped in range(GAP + 1):
        end = _match(slots, place, words, at + skipped)
        if end:
            return end
        if at + skipped >= len(words) or words[at + skipped] == STOP:
            return 0
    return 0
