"""The words somebody is writing: what stands in the fields, kept in the session until the store has it.

A refused save, a hold, another page or an ended sign-in lose nothing: every field is copied to the session on each run
and put back when the page comes again. The copy belongs to one person and one draft. `base` is the version the words
were begun on; a save on top of another one is refused by the use case, and the page shows both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

import templates_library
from data.errors import BadInput
from templates_library.render import render
from workflow.access import Person
from workflow.draft import Writing
from workflow.rules.wall_clock import instant
from workflow.setup import regions_in

SOON, AT = "As soon as it is signed", "At a set time"
FIELDS = (
    "text", "platform", "channel", "when", "day", "clock", "regions", "topic", "promotional", "reactive", "template",
)  # fmt: skip


@dataclass(frozen=True)
class Base:
    """The version that the words in the form were begun on."""

    number: int
    writing: Writing


@dataclass(frozen=True)
class Form:
    """One person's form of one draft. `key(name)` is where a widget keeps its value."""

    draft_id: int
    person: Person

    def key(self, name: str) -> str:
        """The session's key of a field."""
        return f"draft{self.draft_id}.{self.person.id}.{name}"

    def get(self, name: str) -> Any:
        """What stands in a field now."""
        return st.session_state.get(self.key(name))

    def put(self, name: str, value: Any) -> None:
        """Write into a field, before it is drawn in this run."""
        st.session_state[self.key(name)] = value

    @property
    def base(self) -> Base | None:
        found: Base | None = self.get("base")
        return found

    def open(self, number: int, writing: Writing, now: datetime) -> None:
        """Fill the form from the store, unless there are words in it that the store has not seen."""
        self._restore()
        if self.base is None or (self.base.number != number and not self.dirty()):
            self.fill(number, writing, now)

    def fill(self, number: int, writing: Writing, now: datetime) -> None:
        """Take this version's words, whatever stood there."""
        for name, value in _values(writing, self.person, now).items():
            self.put(name, value)
        self.put("base", Base(number, writing))
        self.put("rendered", _rendered(writing.template, writing.fields))

    def rebase(self, number: int, writing: Writing) -> None:
        """Keep the words, as a change to this version."""
        self.put("base", Base(number, writing))

    def keep(self) -> None:
        """Copy what was typed to where the session does not clean up after a page."""
        names = (*FIELDS, *(f"field.{name}" for name in _field_names(self.get("template"))))
        self.put("kept", {self.key(name): self.get(name) for name in names})

    def _restore(self) -> None:
        for key, value in (self.get("kept") or {}).items():
            if key not in st.session_state:
                st.session_state[key] = value

    def dirty(self) -> bool:
        """Whether something was typed that is not in the version the form began on."""
        base = self.base
        if base is None:
            return False
        try:
            return self.writing() != replace(base.writing, fields=_filled(base.writing.fields))
        except BadInput:
            return True

    def fields(self) -> dict[str, str]:
        """What was filled into the chosen template."""
        return _filled({name: self.get(f"field.{name}") or "" for name in _field_names(self.get("template"))})

    def writing(self) -> Writing:
        """The form as the use cases want it. BadInput for a time or region that does not exist."""
        base = self.base
        began = base.writing if base else Writing("")
        planned_for, zone = self._planned(began)
        return replace(
            began,
            text=self.get("text") or "",
            platform=self.get("platform"),
            channel=self.get("channel"),
            regions=regions_in(self.get("regions") or ""),
            topic=(self.get("topic") or "").strip() or None,
            promotional=bool(self.get("promotional")),
            reactive=bool(self.get("reactive")),
            template=self.get("template") or None,
            fields=self.fields(),
            planned_for=planned_for,
            zone=zone,
        )

    def _planned(self, began: Writing) -> tuple[datetime | None, str]:
        if self.get("when") != AT:
            return None, began.zone if began.planned_for is None else "UTC"
        wall = datetime.combine(self.get("day"), self.get("clock"))
        old = began.planned_for
        if old is not None and _wall(old, self.person) == wall:
            # Nobody touched it: the agreed instant and its zone stay exactly what they were.
            return old, began.zone
        return instant(wall, self.person.zone), self.person.zone

    def follow_template(self) -> bool:
        """Put the template's words into the text as its fields are filled in. True where the text was edited by hand,

        and so was left alone.
        """
        fresh, last = _rendered(self.get("template"), self.fields()), self.get("rendered") or ""
        text = self.get("text") or ""
        untouched = not text.strip() or text == last
        if fresh and fresh != last and untouched:
            self.put("text", fresh)
        if untouched:
            self.put("rendered", fresh)
        return bool(fresh) and not untouched and text != fresh

    def refill(self) -> None:
        """Give up the edits by hand and take the template's words again."""
        fresh = _rendered(self.get("template"), self.fields())
        self.put("text", fresh)
        self.put("rendered", fresh)


def _values(writing: Writing, person: Person, now: datetime) -> dict[str, Any]:
    planned = _wall(writing.planned_for or now + timedelta(hours=1), person)
    if writing.planned_for is None:
        planned = planned.replace(minute=0)
    fields = {f"field.{name}": writing.fields.get(name, "") for name in _field_names(writing.template)}
    return fields | {
        "text": writing.text,
        "platform": writing.platform,
        "channel": writing.channel,
        "when": AT if writing.planned_for else SOON,
        "day": planned.date(),
        "clock": planned.time(),
        "regions": ", ".join(writing.regions),
        "topic": writing.topic or "",
        "promotional": writing.promotional,
        "reactive": writing.reactive,
        "template": writing.template or "",
    }


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value.strip()}


def _field_names(template: str | None) -> tuple[str, ...]:
    return tuple(field.name for field in templates_library.load(template).fields) if template else ()


def _rendered(template: str | None, fields: Mapping[str, str]) -> str:
    return render(templates_library.load(template), fields).text if template else ""


def _wall(at: datetime, person: Person) -> datetime:
    return at.astimezone(person.zone_info).replace(tzinfo=None, second=0, microsecond=0)
