"""Who is here and which house they are in: what every page asks first.

The house (store, judge, channels) is made once per process. A test puts its own into the session before the first
run, and nothing has to be patched. The sign-in's token lives in this session and, so that a reload or a phone that
put the tab to sleep does not sign anybody out, in a cookie that scripts cannot read (`app.ui.cookie`).
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from app.settings import load
from app.ui import cookie
from app.ui.text import escape
from app.wiring import House, build
from data.errors import NotSignedIn, StorageError, TactError
from workflow.access import Person, keep_alive, who

log = logging.getLogger(__name__)

HOUSE = "_house"
TOKEN = "_token"  # noqa: S105 - the name of a session key
NOTICE = "_notice"
WHOSE = "_whose"


@dataclass(frozen=True)
class Here:
    """The signed-in person, in the house, with the token that use cases ask for."""

    house: House
    person: Person
    token: str


@st.cache_resource(show_spinner=False)
def _house() -> House:
    built = build(load())
    # Streamlit collects garbage after every rerun; what the imports brought never becomes garbage, so look no more.
    gc.collect()
    gc.freeze()
    return built


def house() -> House:
    """The process's house, or the one that a test brought."""
    given = st.session_state.get(HOUSE)
    return given if given is not None else _house()


def token() -> str | None:
    """This session's token: its own, or the browser's cookie after a reload."""
    if TOKEN not in st.session_state:
        st.session_state[TOKEN] = cookie.read()
    found: str | None = st.session_state[TOKEN]
    return found


def signed_in() -> Person | None:
    """The person in this session, or None."""
    return who(house().store, token())


def here() -> Here:
    """The person, for a page that needs one. Anybody else is sent to sign in, and their words stay in the session."""
    person = signed_in()
    found = token()
    if person is None or found is None:
        st.warning("Your sign-in has ended. Reload the page to sign in again.")
        st.stop()
    return Here(house(), person, found)


def forget_everything() -> None:
    """Leave nothing of one person in this tab for the next: what was typed, found or shown once. The house stays."""
    for key in list(st.session_state):
        if key != HOUSE:
            del st.session_state[key]


def belongs_to(person: Person) -> None:
    """Before anything is drawn: what the session holds is this person's, or it is forgotten.

    Whoever signs in again after their sign-in ended finds their words; anybody else finds an empty session.
    """
    if st.session_state.get(WHOSE, person.id) != person.id:
        kept = {key: st.session_state[key] for key in (TOKEN, cookie.PENDING) if key in st.session_state}
        forget_everything()
        for key, value in kept.items():
            st.session_state[key] = value
    st.session_state[WHOSE] = person.id


def touch() -> None:
    """Note that the person is there: on full reruns, not on the tick of a fragment. StorageError as for any write."""
    found = token()
    if found:
        keep_alive(house().store, found)


@contextmanager
def read_only(place: str) -> Iterator[None]:
    """Around what needs the database: where that cannot be used, a sentence instead of Streamlit's bare apology.

    A decorator too, between `@st.fragment` and a fragment of a page. The log gets one line for each outage and
    `place` of a session, however often a fragment ticks.
    """
    key = f"_read_only_{place}"
    try:
        yield
    except StorageError as error:
        if st.session_state.get(key) != error.message:
            log.warning("the console cannot use its database (%s): %s (%s)", place, error.message, error.cause)
        st.session_state[key] = error.message
        st.error(
            f"{escape(error.message)} Until that is over nothing can be saved here, and nothing is published: "
            "publishing stops by itself and goes on by itself.",
            icon=":material/database_off:",
        )
        st.caption("Keep what you typed and reload this page in a minute. If this stays, tell whoever runs Tact here.")
    else:
        st.session_state.pop(key, None)


def attempt(deed: Callable[[], object], done: str = "") -> bool:
    """Do one use case for a button. True when it worked; otherwise the sentence is shown and the cause is logged.

    A sentence may quote what somebody outside wrote, so it is drawn without markup; so is `done`, which is
    shown after the rerun that usually follows, through `show_notice`.
    """
    try:
        deed()
    except NotSignedIn as error:
        st.session_state[TOKEN] = None
        st.error(escape(error.message), icon=":material/lock:")
        return False
    except TactError as error:
        log.info("refused: %s (%s)", error.message, error.cause)
        st.error(escape(error.message), icon=":material/block:")
        return False
    if done:
        st.session_state[NOTICE] = done
    return True


def show_notice() -> None:
    """Show what the last button did, once."""
    said = st.session_state.pop(NOTICE, None)
    if said:
        st.toast(escape(said), icon=":material/check:")
