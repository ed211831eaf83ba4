"""The programs that are told: their cards, the form for a new one, and its key, which is shown once.

As with incoming webhooks the key is on the screen until its maker says that it is kept, and can then be had from
nowhere; the address is shown by its host alone, because several services put a secret into its path.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago
from data.signing import new_key
from workflow import webhooks as deeds
from workflow.rules.notices import WORDS, Kind
from workflow.rules.roles import may
from workflow.webhooks import Program

_FRESH = "_fresh_program_key"
# What an external scheduler needs in order to stop with us.
DEFAULT = (Kind.HOLD_OPENED, Kind.HOLD_LIFTED)


@dataclass(frozen=True)
class Fresh:
    """A key that its person, who made it, has not yet kept."""

    person_id: int
    name: str
    key: str


def fresh_key(here: Here) -> None:
    """The key that was just made: to whoever made it, for as long as they may."""
    fresh: Fresh | None = st.session_state.get(_FRESH)
    if fresh is None or fresh.person_id != here.person.id or not may(here.person.role, "administer"):
        return
    with st.container(border=True, key="fresh_program_key", gap="small"):
        markdown(f"**The signing key of {escape(fresh.name)}.** Copy it now: it is not shown again.")
        st.code(fresh.key, language=None, wrap_lines=True)
        if st.button("I have kept it", key="program_key_kept", type="primary"):
            del st.session_state[_FRESH]
            st.rerun()


def card(here: Here, one: Program, now: datetime) -> None:
    """What it wants to hear, what it last answered, and what can be done."""
    with st.container(border=True, key=f"program_{one.id}", gap="small"):
        state = "" if one.enabled else " · :red[off]"
        markdown(f"**{escape(one.name)}** :gray[{escape(one.host)}]{state}")
        st.caption(", ".join(WORDS[kind].label for kind in one.kinds))
        _last(one, now)
        with st.container(horizontal=True, gap="small"):
            _buttons(here, one)


def _last(one: Program, now: datetime) -> None:
    if one.last_at is None:
        st.caption("Nothing was told to it yet. Send a test.")
    else:
        icon = ":green[:material/check:]" if one.last_arrived else ":orange[:material/error:]"
        said = escape(shorten(one.last_said, 160))
        markdown(f"{icon} {said} :small[:gray[{ago(one.last_at, now)}]]")
    if one.waiting:
        st.caption(f"{one.waiting} wait to be told; what fails is tried again for a day.")
    if one.given_up:
        calls = "1 call was" if one.given_up == 1 else f"{one.given_up} calls were"
        st.warning(f"{calls} given up in the last week. Mend it, then send a test.", icon=":material/error:")


def _buttons(here: Here, one: Program) -> None:
    store, token = here.house.store, here.token
    if (
        one.enabled
        and st.button("Send a test", key=f"test_{one.id}", icon=":material/send:")
        and context.attempt(
            lambda: deeds.test(store, token, one.id), done="On its way. The answer stands here in a few seconds."
        )
    ):
        st.rerun()
    word = "Switch off" if one.enabled else "Switch on"
    if st.button(word, key=f"switch_{one.id}", icon=":material/power_settings_new:") and context.attempt(
        lambda: deeds.switch(store, token, one.id, not one.enabled), done="Noted."
    ):
        st.rerun()
    with st.popover("Change", icon=":material/tune:"):
        kinds = _kinds(f"kinds_{one.id}", one.kinds)
        if st.button("Keep these kinds", key=f"keep_{one.id}", type="primary") and context.attempt(
            lambda: deeds.choose_kinds(store, token, one.id, kinds), done="Kept."
        ):
            st.rerun()
        if st.button("Make a new key", key=f"rekey_{one.id}", icon=":material/key:") and context.attempt(
            lambda: _hand_out(here, one), done="The new key is above: copy it now."
        ):
            st.rerun()


def _hand_out(here: Here, one: Program) -> None:
    key = new_key()
    deeds.renew_key(here.house.store, here.token, here.house.seal, one.id, key)
    st.session_state[_FRESH] = Fresh(here.person.id, one.name, key)


def add(here: Here) -> None:
    """Tell another program from now on."""
    with st.form("add_program", border=True, enter_to_submit=False):
        name = st.text_input("Name", key="program_name", placeholder="Our scheduler")
        url = st.text_input(
            "Address", key="program_url", placeholder="https://…", autocomplete="off",
            help="As the other program gave it to you. It is not shown in full again.",
        )  # fmt: skip
        kinds = _kinds("program_kinds", DEFAULT)
        sent = st.form_submit_button("Tell it from now on", type="primary", icon=":material/add_link:")
    if sent and context.attempt(lambda: _added(here, name, url, kinds), done="Copy its key, then send a test."):
        st.rerun()


def _added(here: Here, name: str, url: str, kinds: list[str]) -> None:
    key = new_key()
    deeds.add(here.house.store, here.token, here.house.seal, name, url, kinds, key)
    st.session_state[_FRESH] = Fresh(here.person.id, name.strip(), key)


def _kinds(key: str, chosen: tuple[Kind, ...]) -> list[str]:
    return st.pills(
        "What it hears of",
        [kind.value for kind in Kind],
        format_func=lambda one: WORDS[Kind(one)].label,
        selection_mode="multi",
        default=[kind.value for kind in chosen],
        key=key,
    )
