"""Asking for the password in the middle of a step, and going on with the step.

A signature and the lifting of a hold need a sign-in that is fresh. The use case says when it is not; the deed is kept
in the session exactly as it was meant (with the content that was on the screen), and done once the password is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app.ui import context
from app.ui.context import Here
from data.errors import Refused
from workflow.access import confirm_password

_WAITING = "_waits_for_password"


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
        del st.session_state[_WAITING]
        st.rerun()
    if not (go_on and context.attempt(lambda: confirm_password(here.house.store, here.token, said))):
        return False
    del st.session_state[_WAITING]
    return context.attempt(kept.deed, kept.done)
