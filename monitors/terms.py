"""The terms of a text that could become a topic, and a tally of them that never outgrows its bounds.

Pure, beside `monitors.discovery`, which stores the tally and proposes from it. A term is a hashtag, a name (words
with capitals that stand together) or a word that few texts use. Handles, links and numbers are none. A text in a
script without spaces gives its hashtags alone: cutting it into words would take a dictionary of that language.

People are counted, not posts: one who writes a hundred times is one. Up to `EXACT` authors of a term, slot and source
are counted exactly; beyond that their number is estimated from the `EXACT` smallest hashes, to about a sixth.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import nsmallest

from monitors.sources import Item

SLOT = timedelta(minutes=10)
# How many hashes are kept for a term, slot and source; and how many terms a tally holds before it forgets (ours).
EXACT = 40
MOST_TERMS = 40_000
MOST_IN_A_TEXT = 30
LONGEST_TERM, SHORTEST_WORD, LONGEST_NAME = 60, 4, 3
LONGEST_TEXT = 1_000
SAMPLE_TEXT = 280
# Every text of a source is a use of this term: what a term's rise is measured against.
EVERYTHING = ""

_LINK = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@[\w.-]+(@[\w.-]+)?")
_TAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d]\w*)")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BREAK = re.compile(r"[.!?…:;|\n–—\"“”()\[\]]+")
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_SPACE = 2**32


def fold(text: str) -> str:
    """One spelling for every width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def slot_of(at: datetime) -> datetime:
    """The ten minutes that hold `at`."""
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    return minute - timedelta(minutes=minute.minute % 10)


def terms_of(text: str, common: Collection[str]) -> dict[str, str]:
    """The candidate terms of a text: folded, with the spelling that was used. `common`: folded words that are none."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT])
    found = {f"#{fold(tag)}": f"#{tag}" for tag in _TAG.findall(plain) if 2 < len(tag) < LONGEST_TERM}
    if not _SPACELESS.search(plain):
        bare = _HANDLE.sub(". ", _LINK.sub(". ", _TAG.sub(". ", plain)))
        for sentence in _BREAK.split(bare):
            for term in _in_sentence(_WORD.findall(sentence), common):
                found.setdefault(fold(term), term)
    return dict(list(found.items())[:MOST_IN_A_TEXT])


def _in_sentence(words: Sequence[str], common: Collection[str]) -> Iterator[str]:
    """Names first, since they say more than the words they are made of."""
    words = [word[:-2] if word.endswith(("'s", "’s")) else word for word in words]
    rare = [_is_rare(word, common) for word in words]
    for start, word in enumerate(words):
        if not (rare[start] and word[0].isupper()):
            continue
        for length in range(LONGEST_NAME, 1, -1):
            run = words[start : start + length]
            if len(run) == length and all(one[0].isupper() for one in run) and all(rare[start : start + length]):
                yield " ".join(run)
    yield from (word for word, is_rare in zip(words, rare, strict=True) if is_rare and len(word) >= SHORTEST_WORD)


def _is_rare(word: str, common: Collection[str]) -> bool:
    """Mostly letters, neither a common word nor its plural."""
    letters = len(word) if word.isalpha() else sum(letter.isalpha() for letter in word)
    if letters < 2 or letters * 2 <= len(word) or len(word) > LONGEST_TERM:
        return False
    folded = word.casefold().replace("’", "'")
    return not (folded in common or folded.removesuffix("s") in common or folded.removesuffix("es") in common)


def author_hash(source_id: int, item: Item) -> int:
    """Who speaks, as a number: the author, else the site, else the source. The name itself is not kept."""
    site = item.url.split("/")[2] if item.url.count("/") > 1 else f"source {source_id}"
    digest = hashlib.blake2b(fold(item.author or site).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big")


def number_of(hashes: Collection[int]) -> int:
    """How many different authors a kept set stands for: exact below `EXACT`."""
    if len(hashes) < EXACT:
        return len(hashes)
    return round((EXACT - 1) * _SPACE / (max(hashes) + 1))


def together(sets: Iterable[Iterable[int]]) -> list[int]:
    """Several kept sets as one: an author in two of them is one author."""
    return sorted({one for each in sets for one in each})[:EXACT]


def likeness(some: Collection[int], others: Collection[int]) -> float:
    """The share of all authors of two kept sets who are in both: exact for small sets, estimated beyond."""
    union = together([some, others])
    return sum(one in some and one in others for one in union) / max(len(union), 1)


@dataclass
class Use:
    """A term in one slot and source. `uses` are those not yet stored; `who` the kept hashes; the rest a sample."""

    label: str
    first: datetime
    uses: int = 0
    who: set[int] = field(default_factory=set)
    text: str = ""
    url: str = ""

    def add(self, author: int, at: datetime, text: str, url: str) -> None:
        """One more post."""
        self.uses += 1
        if at <= self.first or not self.text:
            self.first, self.text, self.url = at, text, url
        self.who.add(author)
        if len(self.who) > 4 * EXACT:
            self.who = set(together([self.who]))


def _authors(cell: Mapping[int, Use]) -> int:
    if len(cell) == 1:  # nearly always: one source said it
        [use] = cell.values()
        if len(use.who) < EXACT:
            return len(use.who)
    return number_of(together(use.who for use in cell.values()))


def _rank(row: tuple[bool, int, str, dict[int, Use]]) -> tuple[bool, int, str]:
    return row[:3]


class Tally:
    """Uses by (term, slot), then source. Forgets the rarest when it grows too large, so memory is bounded."""

    def __init__(self, common: Collection[str], most: int = MOST_TERMS) -> None:
        self.common, self.most = common, most
        self.cells: dict[tuple[str, datetime], dict[int, Use]] = {}

    def add(self, source_id: int, item: Item, at: datetime) -> None:
        """Count the item's terms, each once."""
        slot, author = slot_of(at), author_hash(source_id, item)
        text = " ".join(item.text[: SAMPLE_TEXT * 2].split())[:SAMPLE_TEXT]
        for term, label in ((EVERYTHING, ""), *terms_of(item.text, self.common).items()):
            cell = self.cells.setdefault((term, slot), {})
            use = cell.get(source_id)
            if use is None:
                use = cell[source_id] = Use(label, at)
            use.add(author, at, text if term else "", item.url if term else "")
        if len(self.cells) > self.most:
            self._forget()

    def ranked(self, least: int, most: int) -> dict[datetime, list[tuple[str, dict[int, Use]]]]:
        """The terms of each slot, newest first, with `least` authors and something new; `most` of each slot.

        Those of most authors first. In one pass: there may be tens of thousands of them.
        """
        found: defaultdict[datetime, list[tuple[bool, int, str, dict[int, Use]]]] = defaultdict(list)
        for (term, slot), cell in self.cells.items():
            # Most terms are said once: those are passed over before anything is worked out.
            told = term == EVERYTHING or sum(len(use.who) for use in cell.values()) >= least
            if not told or not any(use.uses for use in cell.values()):
                continue
            authors = _authors(cell)
            if authors >= least or term == EVERYTHING:
                found[slot].append((term != EVERYTHING, -authors, term, cell))
        best = {slot: nsmallest(most, rows, key=_rank) for slot, rows in sorted(found.items(), reverse=True)}
        return {slot: [(term, cell) for _, _, term, cell in rows] for slot, rows in best.items()}

    def drop_before(self, slot: datetime) -> None:
        """Forget what is older than `slot`."""
        self.cells = {key: cell for key, cell in self.cells.items() if key[1] >= slot}

    def _forget(self) -> None:
        """Keep the half of most uses. A term that rises is soon among them again; one that does not is no loss."""
        weight = {key: sum(len(use.who) for use in cell.values()) for key, cell in self.cells.items()}
        newest_first = list(reversed(self.cells))
        kept = sorted(newest_first, key=lambda key: (key[0] != EVERYTHING, -weight[key]))
        self.cells = {key: self.cells[key] for key in kept[: self.most // 2]}
