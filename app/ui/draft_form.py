"""The words somebody is writing: what stands in the fields, kept in the session until the store has it.

A refused save, a hold, another page or an ended sign-in lose nothing: every field is copied to the session on each run
and put back when the page comes again. A closed tab and another device lose nothing either: the words are kept in the
store as unsaved (`workflow.unsaved`; `app.ui.autosave` sees to it), and a form that opens without words takes those.
The copy belongs to one person and one draft. `base` is the version the words were begun on; a save on top of another
one is refused by the use case, and the page shows both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

import templates_library
from app.views.unsaved import Unsaved
from data.errors import BadInput
from data.reference import playbooks
from templates_library.render import render
from workflow.access import Person
from workflow.draft import Writing
from workflow.rules import answering as answers
from workflow.rules.wall_clock import instant
from workflow.setup import regions_in

KEPT_AT = "kept_at"
SOON, AT = "As soon as it is signed", "At a set time"
FIELDS = (
    "text", "platform", "channel", "when", "day", "clock", "regions", "topic", "promotional", "reactive", "template",
    "media", "answer_kind", "answer_address",
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

    def open(self, number: int, writing: Writing, now: datetime, kept: Unsaved | None = None) -> None:
        """Fill the form from the store, unless there are words in it that the store has not seen."""
        self._restore()
        if self.base is None and kept is not None:
            self.take_back(kept, now)
        if self.base is None or (self.base.number != number and not self.dirty()):
            self.fill(number, writing, now)

    def take_back(self, kept: Unsaved, now: datetime) -> None:
        """Put words that were kept as unsaved into the fields, on top of the version they were begun on."""
        self.fill(kept.base_number, kept.base, now)
        for name, value in _typed(kept.words).items():
            self.put(name, value)
        self.put(KEPT_AT, kept.at)
        self.put("returned", kept.at)

    def typed(self) -> dict[str, Any]:
        """What stands in the fields, as it stands there, in a shape that can be stored."""
        names = (*FIELDS, *(f"field.{name}" for name in _field_names(self.get("template"))))
        values = {name: self.get(name) for name in names}
        return {name: value.isoformat() if isinstance(value, date | time) else value for name, value in values.items()}

    def merge(self, number: int, base: Writing, merged: Writing, now: datetime) -> None:
        """Fill in what two people's changes make together, as a change to version `number`."""
        self.fill(number, merged, now)
        self.put("base", Base(number, base))

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
            media=tuple(self.get("media") or ()),
            fields=self.fields(),
            planned_for=planned_for,
            zone=zone,
            answering=self.answering(),
        )

    def answering(self) -> Mapping[str, str]:
        """The post that these words answer. Whose it is and what it says stays only with the address it was read at."""
        kind, address = self.get("answer_kind") or "", (self.get("answer_address") or "").strip()
        began = self.base.writing.answering if self.base else {}
        read = began if began and began["address"] == address else {}
        return answers.kept(kind, address, read.get("author", ""), read.get("text", ""))

    def choose_time(self, now: datetime) -> None:
        """Open the choice of a time, an hour from now to begin with. What was typed stays."""
        wall = _wall(now + timedelta(hours=1), self.person)
        wall -= timedelta(minutes=wall.minute % 5)
        for name, value in (("when", AT), ("day", wall.date()), ("clock", wall.time())):
            self.put(name, value)

    def words_alone(self) -> Writing:
        """The version that the words were begun on, with the text as it is typed now: what can always be read."""
        began = self.base.writing if self.base else Writing("")
        return replace(began, text=self.get("text") or "")

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
        "media": [dict(one) for one in writing.media],
        "answer_kind": writing.answering.get("kind", ""),
        "answer_address": writing.answering.get("address", ""),
    }


def _typed(words: Mapping[str, Any]) -> dict[str, Any]:
    """The fields from what `Form.typed` stored; a choice that there is no longer stays as the version has it."""
    found = dict(words)
    if found.get("template") and found["template"] not in templates_library.discover():
        found = {name: value for name, value in found.items() if name != "template" and not name.startswith("field.")}
    if found.get("platform") not in playbooks():
        found.pop("platform", None)
    for name, read in (("day", date.fromisoformat), ("clock", time.fromisoformat)):
        if found.get(name):
            found[name] = read(found[name])
    return {name: value for name, value in found.items() if value is not None}


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value.strip()}


def _field_names(template: str | None) -> tuple[str, ...]:
    return tuple(field.name for field in templates_library.load(template).fields) if template else ()


def _rendered(template: str | None, fields: Mapping[str, str]) -> str:
    return render(templates_library.load(template), fields).text if template else ""


def _wall(at: datetime, person: Person) -> datetime:
    return at.astimezone(person.zone_info).replace(tzinfo=None, second=0, microsecond=0)
