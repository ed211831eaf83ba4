"""Checklists: the questions people answer before a post leaves, one YAML file each.

A file dropped into this folder is found by its name and held to the contract test; nothing else is edited. What the
answers add up to is arithmetic and lives in `checklists.evaluate`; who may answer is a rule of `workflow`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.errors import BadInput
from data.yaml_files import FileModel, names_in, read_model

FOLDER = Path(__file__).parent

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Sentence = Annotated[str, Field(min_length=10, max_length=300)]


class Step(FileModel):
    """A group of questions that are answered together."""

    key: Word
    title: Annotated[str, Field(min_length=3, max_length=60)]


class Item(FileModel):
    """One question. `good` is the answer that ticks it; `machine` names the fact that answers it, if any does."""

    id: Word
    step: Word
    question: Sentence
    help: Sentence
    good: Literal["yes", "no"]
    on_bad: Literal["stop", "skip", "count"]
    machine: Word | None


class Checklist(FileModel):
    """A title, its steps in order and the questions under them."""

    title: Annotated[str, Field(min_length=3, max_length=80)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        _no_doubles("step", [step.key for step in self.steps])
        _no_doubles("item", [item.id for item in self.items])
        strays = {item.step for item in self.items} ^ {step.key for step in self.steps}
        if strays:
            raise ValueError(f"every step needs items and every item a step; look at {', '.join(sorted(strays))}")
        return self

    def of_step(self, key: str) -> tuple[Item, ...]:
        """The questions of one step, in order."""
        return tuple(item for item in self.items if item.step == key)


def load(name: str, folder: Path = FOLDER) -> Checklist:
    """The checklist called `name`. Raises BadInput where there is none, or where its file is wrong."""
    if name not in discover(folder):
        known = ", ".join(discover(folder)) or "none"
        raise BadInput(f"There is no checklist called {name!r}. Known ones: {known}.")
    return read_model(folder / f"{name}.yaml", Checklist)


def discover(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all checklists, in order."""
    return names_in(folder)


def _no_doubles(what: str, names: Sequence[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise ValueError(f"{what} {', '.join(doubles)} appears twice")
