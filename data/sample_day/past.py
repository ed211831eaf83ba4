"""What the sample brand said on Mastodon before the day began: when, in which words, and how it fared.

Beside `day`, because a test's sample workspace has no past: only the demo lives it through, so that there is something
to compare with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field

from data.sample_day.mastodon_story import load_talk
from data.yaml_files import FileModel, read_model

FILE = Path(__file__).parent / "past.yaml"
# Nobody of the sample team posts at night: those hours are moved to the evening before (story time is UTC).
FIRST_HOUR, LAST_HOUR = 15, 23

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Line(FileModel):
    """Something said."""

    topic: Text
    text: Text


class Lately(Line):
    """Something said on the day itself, and how it fares."""

    minutes: Annotated[int, Field(gt=0)]
    fate: str


class Past(FileModel):
    """The whole file."""

    every_hours: Annotated[int, Field(gt=0)]
    last_days: Annotated[int, Field(gt=0)]
    posts: Annotated[tuple[Line, ...], Field(min_length=1)]
    lately: tuple[Lately, ...]


@dataclass(frozen=True)
class Told:
    """A post with its instant and its fate."""

    at: datetime
    line: Line
    fate: str


def load_past() -> Past:
    """Raises BadInput, naming the field, where the file is wrong."""
    return read_model(FILE, Past)


def told(past: Past, start: datetime) -> list[Told]:
    """Every post in order, for a day that begins at `start`."""
    usual = load_talk().afterwards
    earlier = [Told(at, line, usual) for at, line in zip(_instants(past, start), past.posts, strict=True)]
    lately = [Told(start - timedelta(minutes=one.minutes), one, one.fate) for one in past.lately]
    return sorted(earlier + lately, key=lambda one: one.at)


def _instants(past: Past, start: datetime) -> Iterator[datetime]:
    last = start - timedelta(days=past.last_days)
    for back in reversed(range(len(past.posts))):
        at = last - timedelta(hours=past.every_hours * back)
        yield at.replace(hour=FIRST_HOUR + at.hour % (LAST_HOUR - FIRST_HOUR))
