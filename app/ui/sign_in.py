"""Sign in; or, on the very first visit, create the first administrator.

Not a file of `app/pages`: whoever is not signed in finds this at every address, and is then where they wanted to be.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.ui import coming_back, context, cookie, device
from workflow.access import SHORTEST_PASSWORD, needs_first_administrator, sign_in
from workflow.accounts import create_first_administrator


def draw() -> None:
    """One narrow form in the middle of the page."""
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.title("Tact")
        if needs_first_administrator(context.house().store):
            _first_visit()
        else:
            _sign_in()


def _sign_in() -> None:
    st.caption("Say the right thing in time, or nothing at all.")
    coming_back.say()
    coming_back.button()
    with st.form("sign_in", border=True):
        username = st.text_input("User name", key="username", autocomplete="username")
        password = st.text_input("Password", type="password", key="password", autocomplete="current-password")
        # One button is the way that most people go: the company's own, where there is one.
        kind: Literal["primary", "secondary"] = "secondary" if context.house().settings.oidc else "primary"
        sent = st.form_submit_button("Sign in", type=kind, width="stretch")
    if sent:
        _enter(username, password)
    if context.house().settings.sample:
        st.info("This is the sample workspace. Its five sign-ins were printed where the demo was started.")


def _first_visit() -> None:
    st.caption("Nobody has an account yet. The first one is the administrator, who sets up the brand and the team.")
    with st.form("first_visit", border=True):
        name = st.text_input("Your name", key="display_name", autocomplete="name")
        username = st.text_input("User name", key="username", autocomplete="username")
        password = st.text_input(
            "Password",
            type="password",
            key="password",
            help=f"At least {SHORTEST_PASSWORD} characters.",
            autocomplete="new-password",
        )
        zone = st.text_input("Time zone", value=st.context.timezone or "UTC", key="zone")
        sent = st.form_submit_button("Create the administrator", type="primary", width="stretch")
    store = context.house().store
    if sent and context.attempt(lambda: create_first_administrator(store, username, name, password, zone)):
        _enter(username, password)


def _enter(username: str, password: str) -> None:
    def deed() -> None:
        token = sign_in(context.house().store, username, password, device.here())
        st.session_state[context.TOKEN] = token
        cookie.remember(token)

    if context.attempt(deed):
        st.rerun()
