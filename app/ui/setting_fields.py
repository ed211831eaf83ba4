"""The fields of a form that a kind describes: a kind of source, or a kind of account on a platform.

Apart from both forms, so that a secret is treated the same in each: never shown, never filled in by a browser, and left
as it is where the field is left empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from app.ui.text import escape

KEPT = "kept – type it again if an address changes"


class Setting(Protocol):
    """What both contracts say of one field."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def help(self) -> str: ...
    @property
    def choices(self) -> tuple[str, ...]: ...
    @property
    def default(self) -> object: ...


@dataclass(frozen=True)
class Filled:
    """What was typed: the secrets apart, because they go another way."""

    config: dict[str, object]
    secrets: dict[str, str]


def draw(
    settings: Iterable[Setting],
    key: str,
    config: Mapping[str, object],
    kept: Collection[str],
    *,
    told_below: bool = False,
) -> Filled:
    """All fields, filled with what `config` holds; `kept` names the secrets there are. An empty answer is left out.

    `told_below`: what each field is stands under it, where a phone shows it too, instead of behind a question mark.
    """
    settings = tuple(settings)
    fields: dict[str, object] = {}
    for one in settings:
        with st.container(gap="xsmall"):
            fields[one.name] = _field(one, f"{key}_{one.name}", config, kept, None if told_below else one.help)
            if told_below and one.help:
                st.caption(escape(one.help))
    filled = {name: value for name, value in fields.items() if value not in ("", None)}
    hidden = {one.name for one in settings if one.kind == "secret"}
    return Filled(
        {name: value for name, value in filled.items() if name not in hidden},
        {name: str(value).strip() for name, value in filled.items() if name in hidden},
    )


def _field(one: Setting, key: str, config: Mapping[str, object], kept: Collection[str], told: str | None) -> object:
    """The widget for a setting; an empty answer leaves the kind's own default in force."""
    value = config.get(one.name, one.default)
    asked = one.required or one.kind in ("flag", "choice") or one.default not in (None, "", ())
    label = one.label if asked else f"{one.label} (if you like)"
    if one.kind == "flag":
        return st.checkbox(label, value=bool(value), help=told, key=key)
    if one.kind == "choice":
        first = one.choices.index(str(value)) if value in one.choices else 0
        return st.selectbox(label, one.choices, index=first, help=told, key=key)
    if one.kind == "secret":
        hint = KEPT if one.name in kept else ""
        return st.text_input(label, type="password", help=told, key=key, autocomplete="new-password", placeholder=hint)
    hint = "separated by spaces" if one.kind == "list" else ""
    return st.text_input(label, value=_written(value), help=told, placeholder=hint, key=key)


def _written(value: object) -> str:
    """A value as it is typed: the parts of a list with spaces between, those of several words in quotes."""
    if isinstance(value, list | tuple):
        return " ".join(f'"{part}"' if " " in str(part) else str(part) for part in value)
    return "" if value is None else str(value)
