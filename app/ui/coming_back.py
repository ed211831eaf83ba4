"""Coming back from the company's own sign-in: what Streamlit heard there becomes a sign-in of ours, once.

`st.user` is only what the browser's cookie said when this tab was opened. It is asked for nothing but who came back;
from then on our own sign-in counts, and the cookie that said so is cleared at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from app import oidc
from app.ui import context, cookie, device, way
from app.ui.text import escape
from data.errors import BadInput, Refused
from workflow.identities import enter

AGAIN = "again"
_TAKEN = "_came_back"
_SAID = "_said_coming_back"
_DONE = "You signed in again just now. Go back to the tab that asked for it: your step can go on there."


def take_in() -> None:
    """At the beginning of each run of a page; does something in the first one after somebody came back."""
    claims = st.user.to_dict()
    came = f"{claims.get('sub')} {claims.get('nonce')}"
    if not claims.get("is_logged_in") or st.session_state.get(_TAKEN) == came:
        return
    _enter(claims)
    st.session_state[_TAKEN] = came


def _enter(claims: Mapping[str, object]) -> None:
    cookie.tidy()
    try:
        found = enter(context.house().store, claims, context.token(), device.here())
    except (Refused, BadInput) as error:
        context.log.info("not let in from the provider: %s (%s)", error.message, error.cause)
        st.session_state[_SAID] = (False, error.message)
        return
    if found is None:
        return
    st.session_state[context.TOKEN] = found.token
    cookie.remember(found.token)
    way.take_up()
    if found.again:
        st.session_state[_SAID] = (True, _DONE)


def say() -> None:
    """What came of it, once: on the page, or above the sign-in form."""
    well, sentence = st.session_state.pop(_SAID, (False, ""))
    if sentence:
        box: Callable[..., object] = st.success if well else st.error
        box(escape(sentence), icon=":material/check:" if well else ":material/block:")


def leave() -> None:
    """Send this tab to the provider. A page of its own too, for the tab that a step opens beside itself."""
    st.login(oidc.PROVIDER)


def button() -> None:
    """On the sign-in page, where a provider is set."""
    settings = context.house().settings
    if not settings.oidc:
        return
    if not (st.context.url or settings.url).startswith(settings.url):
        st.info(f"To sign in with {escape(settings.oidc_label)}, open Tact at {escape(settings.url)}")
        return
    way.note()
    label = f"Sign in with {escape(settings.oidc_label)}"
    if st.button(label, type="primary", width="stretch", icon=":material/login:", key="oidc"):
        leave()
