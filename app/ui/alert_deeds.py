"""What a person can do with an alert, on its card and on its page: claim, put aside, mute, note, dismiss – and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from functools import partial

import streamlit as st

from app.ui import context, note_form
from app.ui.context import Here
from app.ui.text import escape
from app.ui.times import clock_time, zone_of
from app.views.cards import Card
from app.views.desk import REASONS, dismissal
from workflow import mutes, triage
from workflow.rules.roles import may
from workflow.rules.wall_clock import instant

# Session key: the open alerts the reader has been shown.
KNOWN = "desk_known"
SNOOZES = {15: "15 minutes", 60: "1 hour", 240: "4 hours"}
MORNING = time(8)
MUTES = {"hour": "1 hour", "morning": "until 8 in the morning", "day": "1 day", "week": "1 week", "": "until lifted"}
LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
OWN_WORDS = "Something else, in my own words."


def deeds(here: Here, one: Card, takers: Sequence[tuple[int, str]], shortcuts: bool = False) -> None:
    """What this person may do with the alert where it stands. `takers`: whom it can be given to.

    `shortcuts`: on a page of one alert its keys are unmistakable.
    """
    n, store, token = one.alert_id, here.house.store, here.token
    if not may(here.person.role, "triage"):
        return
    if one.state in (triage.OPEN, triage.SNOOZED):
        keys = "M" if shortcuts else None
        _deed("Claim", f"claim_{n}", lambda: triage.claim(store, token, n), "It is yours.", keys)
    if one.mine:
        _deed("Release", f"release_{n}", lambda: triage.release(store, token, n), "Handed back to the team.")
    if one.state in (triage.SNOOZED, triage.DISMISSED):
        _deed("Reopen", f"reopen_{n}", lambda: triage.reopen(store, token, n), "It is open again.")
    if one.muted:
        unmute(here, one.muted.mute_id, f"unmute_{n}")
    if one.state != triage.DISMISSED:
        with st.popover("Give to", key=f"give_{n}"):
            _give(here, one, takers)
        with st.popover("Snooze", key=f"snooze_{n}"):
            _put_aside(here, one)
        with st.popover("Dismiss", key=f"dismiss_{n}"):
            _why_not(here, one)
    with st.popover("Note", key=f"note_{n}_{note_form.times(n)}"):
        note_form.draw(here, n)


def _give(here: Here, one: Card, takers: Sequence[tuple[int, str]]) -> None:
    """To a colleague, or to oneself where somebody else has it."""
    has = "you have" if one.mine else f"{one.claimed_by} has"
    others = [(who, name) for who, name in takers if not (one.claimed_by and name == one.claimed_by)]
    if one.claimed_by:
        st.caption(f"Now {escape(has)} it.")
    named = dict(others)
    with st.form(f"give_form_{one.alert_id}", border=False):
        who = st.selectbox(
            "Who takes it?",
            list(named),
            index=None,
            format_func=lambda key: f"{named[key]} (you)" if key == here.person.id else named[key],
            key=f"give_to_{one.alert_id}",
            placeholder="Choose somebody",
        )
        sent = st.form_submit_button("Give it", type="primary")
    st.caption("They are told, and can hand it back.")
    if not sent:
        return
    if who is None:
        st.error("Choose somebody.", icon=":material/block:")
        return
    deed = lambda: triage.assign(here.house.store, here.token, one.alert_id, who)  # noqa: E731
    if context.attempt(deed, done=f"{named[who]} has it now."):
        st.rerun()


def unmute(here: Here, mute_id: int, key: str) -> None:
    """The button that ends a mute before its time."""
    _deed("Unmute", key, lambda: mutes.unmute(here.house.store, here.token, mute_id), "It is heard again.")


def _put_aside(here: Here, one: Card) -> None:
    n = one.alert_id
    if one.state in (triage.OPEN, triage.CLAIMED):
        st.caption("This alert sleeps. New mentions do not wake it, but it wakes before its time when they double.")
        with st.container(horizontal=True, gap="xsmall"):
            for minutes, label in SNOOZES.items():
                _deed(label, f"snooze_{n}_{minutes}", partial(_snooze, here, n, minutes), "Put aside.")
    if not one.muted:
        _mute(here, one)


def _mute(here: Here, one: Card) -> None:
    n, what = one.alert_id, "falling mood" if one.mood else "spikes"
    st.caption(f"Or mute the topic: its {what} are raised and counted, and hidden under Muted. Nothing is lost by it.")
    with st.form(f"mute_form_{n}", border=False, enter_to_submit=False):
        length = st.selectbox("For how long?", list(MUTES), format_func=lambda key: MUTES[key], key=f"mute_for_{n}")
        why = st.text_input("Why?", key=f"mute_why_{n}", max_chars=mutes.LONGEST_WHY)
        sent = st.form_submit_button("Mute the topic")
    if not sent:
        return
    now = here.house.store.now()
    until = _until(here, length or "", now)
    told = f"until {clock_time(until, here.person, now)}" if until else "until somebody lifts it"
    deed = lambda: mutes.mute(here.house.store, here.token, n, until, why)  # noqa: E731
    if context.attempt(deed, done=f"Muted {told}. It is listed under Muted."):
        _forget(n)
        st.rerun()


def _until(here: Here, length: str, now: datetime) -> datetime | None:
    if length == "morning":
        wall = now.astimezone(zone_of(here.person))
        day = wall.date() if wall.time() < MORNING else wall.date() + timedelta(days=1)
        return instant(datetime.combine(day, MORNING), here.person.zone)
    return now + LENGTHS[length] if length else None


def _deed(label: str, key: str, deed: Callable[[], object], done: str, shortcut: str | None = None) -> None:
    """A button whose deed is done before the page is drawn again.

    By then somebody else may have been faster and the button be gone: a click must be answered all the same.
    """
    st.button(label, key=key, on_click=_try, args=(deed, done), shortcut=shortcut)


def _try(deed: Callable[[], object], done: str) -> None:
    context.attempt(deed, done)


def _snooze(here: Here, alert_id: int, minutes: int) -> None:
    triage.snooze(here.house.store, here.token, alert_id, minutes)
    _forget(alert_id)


def _forget(alert_id: int) -> None:
    """When it wakes, or is heard again, it is news."""
    st.session_state[KNOWN] = st.session_state.get(KNOWN, frozenset()) - {alert_id}


def remember(alert_id: int) -> None:
    """It is back by the reader's own hand: no news to them."""
    if KNOWN in st.session_state:
        st.session_state[KNOWN] = st.session_state[KNOWN] | {alert_id}


def _why_not(here: Here, one: Card) -> None:
    with st.form(f"why_not_{one.alert_id}", border=False):
        choice = st.radio("Why not?", [*REASONS, OWN_WORDS], index=None, key=f"why_{one.alert_id}")
        words = st.text_input("In your own words", key=f"words_{one.alert_id}", max_chars=300)
        sent = st.form_submit_button("Dismiss", type="primary")
    if sent:
        reason = dismissal(choice, words)
        if context.attempt(lambda: triage.dismiss(here.house.store, here.token, one.alert_id, reason)):
            st.rerun()
