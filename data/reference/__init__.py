"""Reference data: what the guide and the platforms say, in files that a person can read and change.

On the lowest floor because scoring, workflow and pages all look things up here. Each kind of file has a loader of its
own; the playbooks' stands here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.errors import BadInput
from data.yaml_files import FileModel, read_model

FOLDER = Path(__file__).parent

Minutes = Annotated[int, Field(gt=0, le=7 * 24 * 60)]
Line = Annotated[str, Field(min_length=3, max_length=200)]


class Fold(FileModel):
    """Where an app hides the rest of a text."""

    characters: Annotated[int, Field(gt=0)]
    lines: Annotated[int, Field(gt=0)]


class Head(FileModel):
    """The first line of a text, where it stands for itself."""

    label: Annotated[str, Field(min_length=3, max_length=20)]
    limit: Annotated[int, Field(gt=0)]


class Playbook(FileModel):
    """One platform. Times are minutes after the moment was noticed, ranges (from, until); see playbooks.yaml."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Annotated[str, Field(min_length=1, max_length=40)]
    text_limit: Annotated[int, Field(gt=0)] | None
    limit_from: Literal["platform", "ours"]
    counting: Literal["x", "mastodon", "graphemes", "characters"]
    target_minutes: tuple[Minutes, Minutes]
    closes_minutes: Minutes | None
    approval_minutes: tuple[Minutes, Minutes]
    tone: Line
    format: Line
    risk_tolerance: Literal["low", "medium", "high"]
    look: Literal["post", "wide", "photo", "story", "clip", "mail", "article"]
    fold: Fold | None
    hashtags: Annotated[int, Field(gt=0)] | None
    head: Head | None
    pictures: Annotated[int, Field(ge=0)] | None
    picture_bytes: Annotated[int, Field(gt=0)] | None
    moving_bytes: Annotated[int, Field(gt=0)] | None
    alt_text_limit: Annotated[int, Field(gt=0)] | None
    pictures_from: Literal["platform", "ours"]

    @model_validator(mode="after")
    def _ranges_run_forward(self) -> Self:
        for first, last in (self.target_minutes, self.approval_minutes):
            if first > last:
                raise ValueError(f"a range runs backwards: {first} to {last}")
        if self.closes_minutes is not None and self.closes_minutes < self.target_minutes[1]:
            raise ValueError("closes_minutes lies before the end of target_minutes")
        return self


class _Playbooks(FileModel):
    playbooks: tuple[Playbook, ...]


@cache
def playbooks() -> dict[str, Playbook]:
    """All playbooks by their key, in the file's order. Raises BadInput where the file is wrong."""
    rows = read_model(FOLDER / "playbooks.yaml", _Playbooks).playbooks
    return {row.key: row for row in rows}


def playbook(key: str) -> Playbook:
    """One platform's playbook. Raises BadInput where the platform is unknown."""
    known = playbooks()
    if key not in known:
        raise BadInput(f"There is no playbook for {key!r}. Known platforms: {', '.join(known)}.")
    return known[key]
