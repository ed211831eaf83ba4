"""Whether two texts are about the same thing, judged cheaply by the names and rare words they share.

One shared name (a place, a hashtag's word, a capitalised word inside a sentence) ties a post to a headline; ordinary
words need company. Kept free of harm and of brands: it only compares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from scoring.reference import Reference, load
from scoring.text import STOP, fold, hashtag_words, stem, tokens, visible

LONG_WORD = 5
SHORTEST_NAME, SHORTEST_JOINED = 3, 7
TITLE_CASED = 0.6
"""From this share of capitalised words on, capitals say nothing about names."""
_RAW_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.!?:]+")
_TAG = re.compile(r"#(\w+)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a text is about, as folded stems.

    `tags`: what it names outright; `names`: places and capitalised words; `joined`: its neighbouring words written
    as one, which is how a hashtag would name them.
    """

    tags: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]
    topic: tuple[str, ...]
    order: tuple[str, ...]
    joined: frozenset[str]


@lru_cache(maxsize=16_384)
def subject_of(text: str, topic: str | None = None) -> Subject:
    """What a text, with the topic it was published under, is about."""
    tables = load()
    spoken = tokens(text, tables.vocabulary)
    topic_words = tuple(topic_tokens(topic))
    tagged = [word for tag in _TAG.findall(visible(text)) for word in hashtag_words(tag, tables.vocabulary)]
    tags = _rare(tables, (*topic_words, *tagged), SHORTEST_NAME)
    tags |= place_names(" ".join(topic_words)) | place_names(" ".join(tagged))
    names = _capitalised(tables, text) | place_names(text)
    return Subject(
        tags=frozenset(tags),
        names=frozenset(names | tags),
        words=frozenset(_rare(tables, spoken, LONG_WORD) | tags | names),
        topic=tuple(stem(word) for word in topic_words),
        order=tuple(stem(word) for word in spoken),
        joined=frozenset(_joined(spoken)),
    )


def ties(post: Subject, item: Subject) -> tuple[str, ...]:
    """The shared words that tie a post to an item; empty when they are not about the same thing."""
    unsure = load().unsure_places
    shared = post.words & item.words
    outright = {name for name in post.tags & _sayable(item) if name not in unsure}
    outright |= {name for name in post.names & item.names if name not in unsure}
    if len(post.topic) > 1 and _contains(item.order, post.topic):
        outright.add(" ".join(post.topic))
    if outright:
        return tuple(sorted(outright | shared))
    return tuple(sorted(shared)) if len(shared) >= 2 else ()


def by_topic(post: Subject, item: Subject) -> bool:
    """True when the item speaks of what the post names outright: its topic or one of its hashtags."""
    whole = len(post.topic) > 1 and _contains(item.order, post.topic)
    return whole or bool(post.tags & _sayable(item))


def topic_tokens(topic: str | None) -> list[str]:
    """The words of a topic's name, with or without its sign; empty for None."""
    if not topic:
        return []
    tables = load()
    parts = visible(topic).replace("#", " ").split()
    return [
        word for part in parts for piece in re.findall(r"\w+", part) for word in hashtag_words(piece, tables.vocabulary)
    ]


def place_names(text: str) -> set[str]:
    """The places a text names, folded: `new york`, `kyiv`."""
    words = tokens(text)
    return {" ".join(words[found.start : found.end]) for found in load().places.find(words)}


def place_codes(text: str) -> list[str]:
    """The ISO 3166 regions of the places a text names, most exact first; unsure names are left out."""
    tables, words = load(), tokens(text)
    found = [
        item for item in tables.places.find(words) if " ".join(words[item.start : item.end]) not in tables.unsure_places
    ]
    longest = [
        item for item in found if not any(_wider(other.start, other.end, item.start, item.end) for other in found)
    ]
    return sorted(dict.fromkeys(item.what for item in longest), key=lambda code: -len(code))


def alike(a: Subject, b: Subject) -> float:
    """The share of their words two texts have in common, 0 to 1: near 1 for one report passed on."""
    one, other = set(a.order), set(b.order)
    return len(one & other) / len(one | other) if one or other else 1.0


def _sayable(item: Subject) -> frozenset[str]:
    return item.words | item.joined | frozenset(item.order)


def _joined(words: Sequence[str]) -> set[str]:
    runs = ("".join(words[at : at + size]) for size in (2, 3) for at in range(len(words) - size + 1))
    return {stem(run) for run in runs if len(run) >= SHORTEST_JOINED}


def _capitalised(tables: Reference, text: str) -> set[str]:
    raw = _RAW_WORD.findall(visible(text))
    spelled = [word for word in raw if word[0].isalpha()]
    if not spelled or sum(word[0].isupper() for word in spelled) / len(spelled) > TITLE_CASED:
        return set()
    inner = [word for before, word in pairwise(raw) if before[-1] not in ".!?:" and word[0].isupper()]
    return _rare(tables, [fold(word).removesuffix("'s") for word in inner], SHORTEST_NAME)


def _rare(tables: Reference, words: Sequence[str], shortest: int) -> set[str]:
    return {stem(word) for word in words if len(word) >= shortest and word != STOP and not _ordinary(tables, word)}


def _ordinary(tables: Reference, word: str) -> bool:
    return word in tables.common or stem(word) in tables.common or word.isdigit()


def _contains(long: Sequence[str], short: Sequence[str]) -> bool:
    size = len(short)
    return any(tuple(long[start : start + size]) == tuple(short) for start in range(len(long) - size + 1))


def _wider(start: int, end: int, inner_start: int, inner_end: int) -> bool:
    return start <= inner_start and inner_end <= end and (end - start) > (inner_end - inner_start)
