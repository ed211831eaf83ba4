"""Templates: words that were agreed in calm hours, to be filled in under pressure. One YAML file each.

A file dropped into this folder is found by its name and held to the contract test; nothing else is edited. Filling one
in is `templates_library.render`; who signs in the end is the workflow's table, of which `signers` is the wish.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field as Limits
from pydantic import model_validator

from data.errors import BadInput
from data.yaml_files import FileModel, names_in, read_model

FOLDER = Path(__file__).parent

# A field's place in a framework. Only a bare name: no attribute, index, conversion or format may follow it.
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")

Word = Annotated[str, Limits(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Line = Annotated[str, Limits(min_length=2, max_length=400)]
Role = Literal["social_lead", "manager", "legal", "pr", "customer_service_lead", "executive"]


class Field(FileModel):
    """One thing to fill in. `evidence`: for the people who sign, never published. `max_length` in characters."""

    name: Word
    label: Annotated[str, Limits(min_length=3, max_length=60)]
    help: Line
    required: bool
    max_length: Annotated[int, Limits(ge=1, le=5000)]
    evidence: bool = False


class Disclosure(FileModel):
    """Words that must stand at the end: always, or once the field named by `when` is filled in."""

    text: Line
    when: Word | None


class Template(FileModel):
    """A framework and everything that was agreed about it. `channels` are keys of the playbooks.

    `forbidden_contexts` are reason codes (`official_alert`) or plain words (`data breach`).
    """

    name: Word
    title: Line
    when_to_use: Line
    framework: Line
    variants: Annotated[dict[Word, Line], Limits(default_factory=dict)]
    fields: Annotated[tuple[Field, ...], Limits(min_length=1)]
    signers: Annotated[tuple[Role, ...], Limits(min_length=1)]
    guardrails: Annotated[tuple[Line, ...], Limits(min_length=1)]
    forbidden_contexts: Annotated[tuple[Line, ...], Limits(min_length=1)]
    disclosures: tuple[Disclosure, ...]
    image_types: Annotated[tuple[Word, ...], Limits(min_length=1)]
    channels: Annotated[tuple[Word, ...], Limits(min_length=1)]
    approved_on: date
    review_date: date

    @property
    def fixed(self) -> tuple[str, ...]:
        """What stands in every post made from it: the words around the places, and the disclosures."""
        around = (part for text in (self.framework, *self.variants.values()) for part in PLACE.split(text)[::2])
        return (*around, *(extra.text for extra in self.disclosures))

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        published = {field.name for field in self.fields if not field.evidence}
        evidence = {field.name for field in self.fields if field.evidence}
        if len(published | evidence) != len(self.fields):
            raise ValueError("two fields share a name")
        self._places_match(published)
        unknown = {extra.when for extra in self.disclosures if extra.when} - published - evidence
        if unknown:
            raise ValueError(f"a disclosure waits for {', '.join(sorted(unknown))}, which is no field")
        if self.review_date <= self.approved_on:
            raise ValueError("review_date must come after approved_on")
        return self

    def _places_match(self, published: set[str]) -> None:
        used: set[str] = set()
        for text in (self.framework, *self.variants.values()):
            used |= set(PLACE.findall(text))
            if re.search(r"[{}]", PLACE.sub("", text)):
                raise ValueError(f"a place in braces must be a bare field name: {text!r}")
        if used != published:
            raise ValueError(f"fields and places differ: {', '.join(sorted(used ^ published))}")


def load(name: str, folder: Path = FOLDER) -> Template:
    """The template called `name`. Raises BadInput where there is none, or where its file is wrong."""
    if name not in discover(folder):
        known = ", ".join(discover(folder)) or "none"
        raise BadInput(f"There is no template called {name!r}. Known ones: {known}.")
    template = read_model(folder / f"{name}.yaml", Template)
    if template.name != name:
        raise BadInput(f"{name}.yaml: name says {template.name!r}; give the file and the template the same name.")
    return template


def discover(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all templates, in order."""
    return names_in(folder)
