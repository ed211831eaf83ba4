"""You: your own name, zone, address and password, and where you are signed in."""

from __future__ import annotations

import streamlit as st

from app.ui import context, duty_own, password, sign_in_list
from app.ui.context import Here
from app.ui.text import markdown
from app.views.you import YouView, you_view
from workflow import own_account, sessions
from workflow.access import SHORTEST_PASSWORD

PLACE = "own_account"
FIELDS = ("own_name", "own_zone", "own_email")


def draw() -> None:
    """What a person may say and see about themselves."""
    here = context.here()
    view = you_view(here.house.store, here.token, here.person)
    st.title("You")
    st.caption(f"Signed in as {view.person.username}, {view.role}. An administrator can change your role.")
    left, right = st.columns(2, gap="large")
    with left:
        _account(here, view)
        _password(here, view)
    with right:
        _sign_ins(here, view)
        duty_own.draw(here)


def _account(here: Here, view: YouView) -> None:
    markdown("### Your account")
    with st.form("own_account_form", border=True, enter_to_submit=False):
        name = st.text_input("Name that colleagues see", value=view.person.display_name, key=FIELDS[0])
        zone = st.text_input("Time zone", value=view.person.zone, key=FIELDS[1], help="Such as Europe/London.")
        email = st.text_input("E-mail", value=view.email, key=FIELDS[2], autocomplete="email")
        sent = st.form_submit_button("Save", type="primary")
    if sent:
        deed = lambda: own_account.change_own(here.house.store, here.token, name, zone, email)  # noqa: E731
        if password.attempt(PLACE, deed, "Saved.") and not password.waiting(PLACE):
            _draw_as_kept()
    if password.ask(here, PLACE):
        _draw_as_kept()


def _draw_as_kept() -> None:
    """Begin the form anew: what is kept may be written a little differently from what was typed."""
    for key in FIELDS:
        st.session_state.pop(key, None)
    st.rerun()


def _password(here: Here, view: YouView) -> None:
    markdown("### Password")
    if not view.has_password:
        markdown("You sign in at your company; there is no password here. Whoever runs Tact can give you one.")
        return
    with st.form("own_password", border=True, enter_to_submit=False, clear_on_submit=True):
        old = st.text_input("Present password", type="password", key="own_old", autocomplete="current-password")
        new = st.text_input(
            "New password",
            type="password",
            key="own_new",
            autocomplete="new-password",
            help=f"At least {SHORTEST_PASSWORD} characters. Your other sign-ins end.",
        )
        sent = st.form_submit_button("Change the password")
    deed = lambda: own_account.change_password(here.house.store, here.token, old, new)  # noqa: E731
    if sent and context.attempt(deed, "The password is changed. Your other sign-ins have ended."):
        st.rerun()


def _sign_ins(here: Here, view: YouView) -> None:
    markdown("### Where you are signed in")
    st.caption("A sign-in ends by itself after half an hour without you, and after eight hours in any case.")
    sign_in_list.draw(here, view.sign_ins, view.now)
    if view.others:
        deed = lambda: sessions.end_others(here.house.store, here.token)  # noqa: E731
        if st.button("End all others", key="end_others") and context.attempt(deed, "All others have ended."):
            st.rerun()


draw()
