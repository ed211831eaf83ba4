"""Reads one text for harm: which words, how many people, meant literally or not, now or long ago.

The reading is richer than a verdict. `scoring.lexicon` turns it into a probability; `scoring.breaking` asks it for
the scale of an event. Pure but for the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from scoring.phrases import Found, number
from scoring.reference import Reference, Rule, load
from scoring.text import tokens

NEAR = 12
"""Words within which a frame ("police", "episode", ...) bears on a word of harm."""
SOFTENED, SOFTENED_IN_PUBLIC, PLAIN_SPOKEN = 0.4, 0.8, 0.85
"""A game or a film weakens a word of harm, but hardly one that speaks plainly or of a public place: concerts burn."""
LONG_AGO = 0.75
LITERAL = 0.55
"""What remains of a word's doubt (1 - weight) when something literal stands beside it."""
WINDOW, STEP = 90, 45
"""Long texts are read in overlapping windows, so that length alone never adds up to a tragedy."""
ONLY_WEAK, WEAK_CAP = 0.35, 0.55
MAX_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of harm as it stands in the text.

    `base`: its weight in the table; `weight`: after the frames around it. `people`: the number read beside it, or 0.
    """

    group: str
    base: float
    weight: float
    words: str
    start: int
    end: int
    people: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules see in a text; weights are already adjusted for the frames around each word."""

    hits: tuple[Hit, ...] = ()
    probability: float = 0.0
    literal: bool = False
    soft: bool = False
    past: bool = False
    court: bool = False
    public: bool = False

    @property
    def people(self) -> int:
        """The largest number of people harmed that the text names."""
        return max((hit.people for hit in self.hits), default=0)

    def strongest(self, groups: Iterable[str]) -> float:
        """The largest weight among hits of these groups; 0 without any."""
        wanted = frozenset(groups)
        return max((hit.weight for hit in self.hits if hit.group in wanted), default=0.0)


@lru_cache(maxsize=16_384)
def read(text: str) -> Reading:
    """Read a text with the project's own tables."""
    return read_with(load(), text)


def read_with(tables: Reference, text: str) -> Reading:
    """Read a text with given tables. Text beyond 20,000 characters is not read."""
    words = tokens(text[:MAX_CHARACTERS], tables.vocabulary)
    found = tables.sensitivity.find(words)
    if not any(item.what.weight for item in found):
        return Reading()
    if len(words) <= WINDOW + STEP:
        return _read_window(words, found)
    starts = range(0, len(words), STEP)
    windows = (_read_window(words, _within(found, start, start + WINDOW)) for start in starts)
    return max(windows, key=lambda reading: reading.probability)


def _read_window(words: Sequence[str], found: Sequence[Found[Rule]]) -> Reading:
    masks = [item for item in found if item.what.kind == "figurative"]
    meant = [item for item in found if item.what.kind != "figurative" and not _inside(item, masks)]
    harms = [item for item in meant if item.what.weight]
    frames = [item for item in meant if not item.what.weight]
    hits = tuple(_hit(words, item, frames) for item in _longest(harms))
    kinds = {item.what.kind for item in frames}
    literal = any(_apart(frame, harms) for frame in frames if frame.what.kind == "literal")
    return Reading(
        hits,
        _together(hits),
        literal=literal or any(hit.people > 1 for hit in hits),
        soft="soft" in kinds,
        past="past" in kinds,
        court="court_frame" in kinds,
        public="public" in kinds,
    )


def _hit(words: Sequence[str], item: Found[Rule], frames: Sequence[Found[Rule]]) -> Hit:
    near = {frame.what.kind for frame in frames if _near(frame, item) and _apart(frame, (item,))}
    weight = item.what.weight
    if "literal" in near:
        weight = 1 - (1 - weight) * LITERAL
    elif "soft" in near:
        weight *= SOFTENED_IN_PUBLIC if "public" in near or weight >= PLAIN_SPOKEN else SOFTENED
    elif "past" in near:
        weight *= LONG_AGO
    said = words[item.start : item.end]
    people = max((number(word) or 0 for word in said), default=0) if item.what.kind == "toll" else 0
    return Hit(item.what.group, item.what.weight, weight, " ".join(said), item.start, item.end, people)


def _together(hits: Sequence[Hit]) -> float:
    """The chance that at least one of the words means what it says, taking each distinct beginning once."""
    strongest: dict[str, float] = {}
    for hit in hits:
        key = hit.words[:5]
        strongest[key] = max(strongest.get(key, 0.0), hit.weight)
    doubt = 1.0
    for weight in strongest.values():
        doubt *= 1 - weight
    probability = min(0.99, 1 - doubt)
    weak = all(weight <= ONLY_WEAK for weight in strongest.values())
    return round(min(probability, WEAK_CAP) if weak else probability, 4)


def _longest(harms: Sequence[Found[Rule]]) -> list[Found[Rule]]:
    """Leave out a harm that lies within a longer or stronger one: "mass shooting" is not also "shooting"."""
    ranked = sorted(harms, key=lambda item: (item.start - item.end, -item.what.weight))
    kept: list[Found[Rule]] = []
    for item in ranked:
        if not any(_covers(other, item) and other.what.weight >= item.what.weight for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)


def _within(found: Iterable[Found[Rule]], start: int, end: int) -> list[Found[Rule]]:
    return [item for item in found if item.start >= start and item.end <= end]


def _inside(item: Found[Rule], masks: Iterable[Found[Rule]]) -> bool:
    """Masked: within a figurative span, or a count whose verb begins one ("five killed it", "ten are dying to")."""
    if any(_covers(mask, item) for mask in masks):
        return True
    return item.what.kind == "toll" and any(item.start < mask.start < item.end <= mask.end for mask in masks)


def _covers(outer: Found[Rule], inner: Found[Rule]) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _near(frame: Found[Rule], item: Found[Rule]) -> bool:
    return frame.start - item.end <= NEAR and item.start - frame.end <= NEAR


def _apart(frame: Found[Rule], items: Iterable[Found[Rule]]) -> bool:
    return not any(_covers(item, frame) for item in items)
