"""Asking for the password in the middle of a step, and going on with the step.

A signature and the lifting of a hold need a sign-in that is fresh. The use case says when it is not; the deed is kept
in the session exactly as it was meant (with the content that was on the screen), and done once the password is right.
Who has no password signs in again at the company's own sign-in instead, beside this tab.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from app.ui import context
from app.ui.coming_back import AGAIN
from app.ui.context import Here
from app.ui.text import escape, markdown
from data.errors import Refused
from workflow.access import confirm_password
from workflow.sessions import fresh, has_password

_WAITING = "_waits_for_password"
LOOK_EVERY = timedelta(seconds=2)


@dataclass(frozen=True)
class _Waiting:
    place: str
    deed: Callable[[], object]
    done: str


def attempt(place: str, deed: Callable[[], object], done: str) -> bool:
    """Like `context.attempt`; where a password is needed the deed waits for `ask(place)`, which draws the question."""

    def guarded() -> None:
        try:
            deed()
        except Refused as refused:
            if "password_needed" not in refused.codes:
                raise
            st.session_state[_WAITING] = _Waiting(place, deed, done)

    worked = context.attempt(guarded)
    if worked and not waiting(place):
        st.session_state[context.NOTICE] = done
    return worked


def waiting(place: str) -> bool:
    """Whether a deed of this place waits for the password."""
    found = st.session_state.get(_WAITING)
    return found is not None and found.place == place


def ask(here: Here, place: str) -> bool:
    """Draw the question while a deed of this place waits for it. True when the deed was done."""
    if not waiting(place):
        return False
    kept: _Waiting = st.session_state[_WAITING]
    proved = _by_password(here, place) if has_password(here.house.store, here.token) else _at_the_provider(here, place)
    if not proved:
        return False
    del st.session_state[_WAITING]
    return context.attempt(kept.deed, kept.done)


def _by_password(here: Here, place: str) -> bool:
    with st.form(f"password_{place}", border=True):
        said = st.text_input(
            f"Password of {here.person.display_name}",
            type="password",
            key=f"password_{place}_said",
            autocomplete="current-password",
            help="You signed in a while ago. This step needs to know that it is you.",
        )
        row = st.container(horizontal=True)
        go_on = row.form_submit_button("Go on", type="primary")
        leave = row.form_submit_button("Leave it")
    if leave:
        _leave()
    return go_on and context.attempt(lambda: confirm_password(here.house.store, here.token, said))


def _at_the_provider(here: Here, place: str) -> bool:
    """Who has no password signs in again in a tab beside this one, so that what was meant here stays as it was."""
    with st.container(border=True):
        known = fresh(here.house.store, here.token)
        if known:
            markdown("You signed in again. This step can go on.")
        elif here.house.settings.oidc:
            label = escape(here.house.settings.oidc_label)
            markdown("You signed in a while ago. This step needs to know that it is you: sign in again, in a new tab.")
            st.link_button(f"Sign in again with {label}", f"/{AGAIN}", type="primary", icon=":material/open_in_new:")
            _wait(here)
        else:
            markdown("This step needs a password, and you have none. Ask whoever runs Tact here for one.")
        row = st.container(horizontal=True)
        go_on = known and row.button("Go on", type="primary", key=f"go_on_{place}")
        if row.button("Leave it", key=f"leave_{place}"):
            _leave()
    return go_on


@st.fragment(run_every=LOOK_EVERY)
def _wait(here: Here) -> None:
    """Look whether the other tab is done. What was meant is still done by a click in this one."""
    st.caption("Waiting for the other tab …")
    if fresh(here.house.store, here.token):
        st.rerun()


def _leave() -> None:
    del st.session_state[_WAITING]
    st.rerun()
