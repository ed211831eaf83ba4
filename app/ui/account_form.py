"""The forms for a new account on a platform and for changing one: the fields that its kind asks for, and its name.

Apart from the page, which lists the accounts.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.ui import context, setting_fields
from app.ui.context import Here
from app.ui.setting_fields import Filled
from app.ui.text import clean, escape, markdown
from app.views.channels import AccountCard, ChannelsView
from data.errors import BadInput
from publishing.channels import Kind
from workflow import channel_accounts as deeds

_USED = "account_forms_used"
NAME_HELP = "How writers and signers will call it, for example “Larkfield on Mastodon”."


def new(here: Here, view: ChannelsView) -> None:
    """Kind first, then its fields."""
    kinds = view.kinds
    kind = st.selectbox("Kind", list(kinds), format_func=lambda name: kinds[name].label, key="account_kind")
    given = _form(kinds[kind], f"new_{kind}_{_times()}", "Add the account")
    if given is None:
        return
    name, filled = given
    store, token, seal = here.house.store, here.token, here.house.seal

    def add() -> None:
        deeds.add(store, token, kind, name, filled.config, filled.secrets, checked(kinds[kind]), seal)

    if context.attempt(add, done=f"{clean(name)} is added. Check it now: nothing was asked of the platform yet."):
        _begin_anew(here)


def change(here: Here, view: ChannelsView) -> None:
    """Another name, other settings, new secrets. Nothing is deleted: posts refer to it."""
    known = {card.id: card for card in view.cards if card.kind in view.kinds}
    if not known:
        st.caption("This program knows the kind of none of these accounts.")
        return
    chosen = st.selectbox("Account", list(known), format_func=lambda one: known[one].name, key="account_changed")
    now = known[chosen]
    kind = view.kinds[now.kind]
    given = _form(kind, f"change_{now.id}_{_times()}", "Save", now)
    if given is not None:
        _save(here, now, kind, *given)
    _forget(here, now, kind)


def _save(here: Here, now: AccountCard, kind: Kind, name: str, filled: Filled) -> None:
    addresses = {one.name: one.default for one in kind.settings if one.kind == "address"}
    store, token, seal = here.house.store, here.token, here.house.seal

    def save() -> None:
        deeds.change(
            store, token, now.id, name, filled.config, filled.secrets, checked(kind), seal, addresses=addresses
        )

    if context.attempt(save, done=f"{clean(name)} is changed."):
        _begin_anew(here)


def _forget(here: Here, now: AccountCard, kind: Kind) -> None:
    """Secrets that this kind can do without may be dropped; the others only replaced."""
    kept = [one for one in kind.settings if one.kind == "secret" and not one.required and one.name in now.secrets]
    for one in kept:
        deed = lambda name=one.name: deeds.forget_secret(  # noqa: E731
            here.house.store, here.token, now.id, name, checked(kind), here.house.seal
        )
        pressed = st.button(f"Forget the stored “{escape(one.label)}”", key=f"forget_{now.id}_{one.name}")
        if pressed and context.attempt(deed, done=f"{clean(one.label)} is forgotten."):
            _begin_anew(here)


def _times() -> int:
    """Part of every field's key: after each use the forms are others, and no typed secret stays behind in one."""
    return int(st.session_state.get(_USED, 0))


def _begin_anew(here: Here) -> None:
    st.session_state[_USED] = _times() + 1
    here.house.refresh_channels()
    st.rerun()


def _form(kind: Kind, key: str, button: str, now: AccountCard | None = None) -> tuple[str, Filled] | None:
    """The fields, filled with what is set `now`; name and settings, once the button is pressed."""
    with st.form(f"account_{key}", border=False, enter_to_submit=False):
        with st.container(gap="xsmall"):
            name = st.text_input("Name", value=now.name if now else "", key=f"{key}_name", max_chars=200)
            st.caption(NAME_HELP)
        config: Mapping[str, object] = now.config if now else {}
        filled = setting_fields.draw(kind.settings, key, config, now.secrets if now else (), told_below=True)
        if any(one.kind == "secret" for one in kind.settings):
            markdown(":small[:gray[:material/lock: Secrets are sealed as they are stored and never shown again.]]")
        sent = st.form_submit_button(button, type="primary")
    return (name, filled) if sent else None


def checked(kind: Kind) -> deeds.Check:
    """The kind's own check, after the one that is the same for all: what it asks for is there."""

    def check(config: Mapping[str, object]) -> None:
        missing = [one.label for one in kind.settings if one.required and config.get(one.name) in (None, "")]
        if missing:
            raise BadInput(f"{missing[0]} is missing: fill it in.")
        kind.check(config)

    return check
