"""The forms for a new source and for changing one: the fields that its kind asks for, its name and its pace.

Apart from the page because they stand outside its beating part: a beat would take away what somebody types.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from app.ui import context, setting_fields, webhook_key
from app.ui.context import Here
from app.ui.text import clean
from app.views import sources as view
from app.views.sources import Settings
from monitors.sources import Kind, least_interval
from workflow import sources as deeds

MINUTE = timedelta(minutes=1)
PACE = {"asked": "Read every … minutes", "called": "Wonder after … minutes without a delivery"}
LONGEST_MINUTES = int(deeds.LONGEST / MINUTE)


@dataclass(frozen=True)
class _Given:
    """What a form was filled with; its secrets apart, because they go another way."""

    name: str
    config: dict[str, object]
    secrets: dict[str, str]
    every: timedelta


def new(here: Here) -> None:
    """For administrators: a source that is not there yet."""
    kinds = view.kinds()
    kind = st.selectbox("Kind", list(kinds), format_func=lambda name: kinds[name].label, key="new_kind")
    called = view.shape_of(kind) == "called"
    given = _form(kind, kind, "Add")
    if given is None:
        return

    def add() -> None:
        new_id = deeds.add(
            here.house.store,
            here.token,
            kind,
            given.name,
            given.config,
            given.every,
            kinds[kind].check,
            secrets=given.secrets,
            seal=here.house.seal,
            least=least_interval(kinds[kind]),
        )
        if called:
            webhook_key.hand_out(here, new_id, given.name)

    if context.attempt(add, done="Added: copy its key now." if called else "Added: its first reading follows."):
        st.rerun()


def change(here: Here, found: tuple[Settings, ...]) -> None:
    """For administrators: another name, other settings, another pace. Nothing is deleted: what it brought stays."""
    by_id = {one.id: one for one in found}
    chosen = st.selectbox("Source", list(by_id), format_func=lambda one: by_id[one].name, key="change_which")
    now = by_id[chosen]
    source = view.kinds()[now.kind]
    given = _form(now.kind, f"change_{now.id}", "Save", now)
    if given is None:
        return

    def save() -> None:
        deeds.change(
            here.house.store,
            here.token,
            now.id,
            given.name,
            given.config,
            given.every,
            source.check,
            addresses={one.name: one.default for one in source.settings if one.kind == "address"},
            secrets=given.secrets,
            seal=here.house.seal,
            least=least_interval(source),
        )

    if context.attempt(save, done=f"{clean(given.name)} is changed."):
        st.rerun()


def _form(kind: str, key: str, button: str, now: Settings | None = None) -> _Given | None:
    """The fields, filled with what is set `now`; what was given, once the button is pressed."""
    source = view.kinds()[kind]
    with st.form(f"form_{key}", border=False):
        name = st.text_input(
            "Name", value=now.name if now else "", key=f"{key}_name", help="How alerts will call it.", max_chars=200
        )
        filled = setting_fields.draw(
            source.settings, key, now.config if now else {}, now.secrets if now else frozenset()
        )
        every = _pace(kind, source, key, now)
        sent = st.form_submit_button(button, type="primary")
    if not sent:
        return None
    return _Given(name, filled.config, filled.secrets, every)


def _pace(kind: str, source: Kind, key: str, now: Settings | None) -> timedelta:
    """How often. A stream has no such thing, and what was set up to be quicker than a form allows stays so."""
    shape = view.shape_of(kind)
    if shape == "followed":
        return now.every if now else max(source.default_interval, deeds.SHORTEST)
    least = int(least_interval(source) / MINUTE)
    shown = max(least, int((now.every if now else source.default_interval) / MINUTE))
    minutes = st.number_input(PACE[shape], least, LONGEST_MINUTES, shown, key=f"{key}_minutes")
    return now.every if now and minutes == shown else timedelta(minutes=minutes)
