"""What becomes of a post on the sample day's Mastodon server: figures that grow with its age, replies that come in.

Pure arithmetic over `replies.yaml`, which says how a number grows: the server asks with a post's number and its age,
and the same question has the same answer on every day. Nobody in it exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import log2
from pathlib import Path
from random import Random
from typing import Annotated, Self

from pydantic import Field, model_validator

from data.sample_day.story import people, spin
from data.yaml_files import FileModel, read_model

FILE = Path(__file__).parent / "replies.yaml"
# How much a post's final numbers differ from those of its fate, each way.
SPREAD = 0.2
# Every so many direct replies somebody answers the one before.
BELOW_EVERY = 4
# How long after a reply the answer below it comes.
BELOW_AFTER = timedelta(seconds=40)

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Lines = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=400)], ...], Field(min_length=1)]


class Fate(FileModel):
    """What a post reaches in the end, and how people take it."""

    likes: Count
    shares: Count
    quotes: Count
    replies: Count
    unkind: Share
    calm: Count


class Talk(FileModel):
    """The whole file."""

    seed: int
    followers: Annotated[int, Field(gt=0)]
    half_life_minutes: Annotated[float, Field(gt=0)]
    fates: dict[str, Fate]
    order: tuple[str, ...]
    afterwards: str
    kind: Lines
    plain: Lines
    unkind: Lines
    below: Lines

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = {*self.order, self.afterwards} - set(self.fates)
        if unknown:
            raise ValueError(f"no fate is called {', '.join(sorted(unknown))}")
        return self


@dataclass(frozen=True)
class Numbers:
    """A post's figures at one age. `replies` are the direct ones, as Mastodon counts them."""

    likes: int
    shares: int
    quotes: int
    replies: int


@dataclass(frozen=True)
class Said:
    """One reply. `place` counts the post's replies from 0; `under` is the place of the one it answers, if any."""

    place: int
    after: timedelta
    author: str
    text: str
    under: int | None = None


@cache
def load_talk() -> Talk:
    """Raises BadInput, naming the field, where the file is wrong."""
    return read_model(FILE, Talk)


def numbers(talk: Talk, fate: str, number: int, age: timedelta) -> Numbers:
    """The figures of post `number` at `age`."""
    final = _final(talk, fate, number)
    share = _reached(talk, age)
    return Numbers(
        int(final.likes * share + 0.5),
        int(final.shares * share + 0.5),
        int(final.quotes * share + 0.5),
        int(final.replies * share + 0.5),
    )


def replies(talk: Talk, fate: str, number: int, age: timedelta) -> list[Said]:
    """What has been answered to post `number` by `age`, in the order in which it came."""
    said = [one for one in _replies(talk, fate, number) if one.after <= age]
    return sorted(said, key=lambda one: (one.after, one.place))


def _reached(talk: Talk, age: timedelta) -> float:
    minutes = max(age.total_seconds() / 60, 0.0)
    return float(1 - 0.5 ** (minutes / talk.half_life_minutes))


def _arrives(talk: Talk, place: int, of: int) -> timedelta:
    """The age at which `numbers` counts one more: the inverse of the curve."""
    return timedelta(minutes=-talk.half_life_minutes * log2(1 - (place + 0.5) / of))


def _final(talk: Talk, fate: str, number: int) -> Fate:
    rng = Random(f"{talk.seed} final {number}")  # noqa: S311
    by = rng.uniform(1 - SPREAD, 1 + SPREAD)
    found = talk.fates[fate]
    grown = {name: round(getattr(found, name) * by) for name in ("likes", "shares", "quotes", "replies")}
    return found.model_copy(update=grown)


def _replies(talk: Talk, fate: str, number: int) -> Iterator[Said]:
    rng = Random(f"{talk.seed} replies {number}")  # noqa: S311
    final = _final(talk, fate, number)
    direct = final.replies
    authors = people(rng, min(direct + direct // BELOW_EVERY, 200))
    place = 0
    for count in range(direct):
        after = _arrives(talk, count, direct)
        yield Said(place, after, authors[place % len(authors)], spin(rng.choice(_lines(talk, final, count, rng)), rng))
        place += 1
        if (count + 1) % BELOW_EVERY == 0:
            text = spin(rng.choice(talk.below), rng)
            yield Said(place, after + BELOW_AFTER, authors[place % len(authors)], text, under=place - 1)
            place += 1


def _lines(talk: Talk, fate: Fate, count: int, rng: Random) -> Lines:
    if count >= fate.calm and rng.random() < fate.unkind:
        return talk.unkind
    return talk.plain if rng.random() < 0.25 else talk.kind
