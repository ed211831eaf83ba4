"""One alert as a card of the Desk: what, why, how dark, how long, and what the reader can do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import context, links
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago, clock_time, span
from app.views.cards import Card
from app.views.desk import REASONS, dismissal
from app.views.words import DECISION, VERDICT, Badge, times_usual
from workflow import triage
from workflow.access import Person
from workflow.rules.roles import may

# Session keys: the open alerts the reader has been shown, and the dismissal that can still be taken back.
KNOWN, UNDO = "desk_known", "desk_undo"
SNOOZES = {15: "15 minutes", 60: "1 hour", 240: "4 hours"}
OWN_WORDS = "Something else, in my own words."


def card(here: Here, one: Card) -> DeltaGenerator:
    """Draw the card. Returns the slot of its clock, which the beat keeps ticking."""
    with st.container(border=True, key=f"card_{one.alert_id}"):
        words, buttons = st.columns([3, 2], gap="small", vertical_alignment="center")
        with words.container(gap="xsmall"):
            slot = _words(one)
        with buttons.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
            if st.button("Open", key=f"open_{one.alert_id}"):
                st.switch_page(links.MOMENT, query_params={"alert": str(one.alert_id)})
            deeds(here, one)
    return slot


def _words(one: Card) -> DeltaGenerator:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(one.topic), anchor=False, width="content")
        _badges(one)
    markdown(f"**{times_usual(one.ratio)}** · {escape(one.sentence or f'{one.count:,} mentions.')}")
    if one.reason and one.verdict != "clear":
        markdown(f":{VERDICT[one.verdict].colour}[{escape(shorten(one.reason, 180))}]")
    if one.dismissed_reason and one.state == triage.DISMISSED:
        st.caption(f"Dismissed: {escape(one.dismissed_reason)}")
    return st.empty()


def _badges(one: Card) -> None:
    badge(VERDICT[one.verdict])
    # Beside a red light no machine's "go" is shown; what two people agreed stays.
    if one.decision and (one.agreed or one.verdict != "hold"):
        badge(DECISION[one.decision], "agreed" if one.agreed else "suggested")
    if one.claimed_by:
        badge(Badge("Yours" if one.mine else escape(one.claimed_by), ":material/person:", "primary"))


def badge(one: Badge, note: str = "") -> None:
    """A badge whose words say everything; the colour only helps."""
    st.badge(f"{one.text} ({note})" if note else one.text, icon=one.icon, color=one.colour)  # type: ignore[arg-type]


def clock(one: Card, person: Person, now: datetime) -> str:
    """The line that ticks: category, age, and how long the moment still lasts. Markdown."""
    said = [escape(one.category)] if one.category else []
    said.append(f"raised {ago(one.raised_at, now)}")
    if one.snoozed_until:
        said.append(f"asleep until {clock_time(one.snoozed_until, person, now)}")
    elif one.closes_at and one.verdict != "hold":
        left = one.closes_at - now
        said.append(f"**{span(left)} left**" if left > timedelta() else f"window closed {ago(one.closes_at, now)}")
    return " · ".join(said)


def deeds(here: Here, one: Card) -> None:
    """What this person may do with the alert where it stands: claim, release, reopen, snooze, dismiss."""
    n, store, token = one.alert_id, here.house.store, here.token
    if not may(here.person.role, "triage"):
        return
    if one.state in (triage.OPEN, triage.SNOOZED):
        _deed("Claim", f"claim_{n}", lambda: triage.claim(store, token, n), "It is yours.")
    if one.mine:
        _deed("Release", f"release_{n}", lambda: triage.release(store, token, n), "Handed back to the team.")
    if one.state in (triage.SNOOZED, triage.DISMISSED):
        _deed("Reopen", f"reopen_{n}", lambda: triage.reopen(store, token, n), "It is open again.")
    if one.state in (triage.OPEN, triage.CLAIMED):
        with st.popover("Snooze", key=f"snooze_{n}"):
            for minutes, label in SNOOZES.items():
                _deed(label, f"snooze_{n}_{minutes}", partial(_snooze, here, n, minutes), "Put aside.")
    if one.state != triage.DISMISSED:
        with st.popover("Dismiss", key=f"dismiss_{n}"):
            _why_not(here, one)


def _deed(label: str, key: str, deed: Callable[[], object], done: str) -> None:
    """A button whose deed is done before the page is drawn again.

    By then somebody else may have been faster and the button be gone: a click must be answered all the same.
    """
    st.button(label, key=key, on_click=_try, args=(deed, done))


def _try(deed: Callable[[], object], done: str) -> None:
    context.attempt(deed, done)


def _snooze(here: Here, alert_id: int, minutes: int) -> None:
    triage.snooze(here.house.store, here.token, alert_id, minutes)
    # When it wakes it is news again.
    st.session_state[KNOWN] = st.session_state.get(KNOWN, frozenset()) - {alert_id}


def _why_not(here: Here, one: Card) -> None:
    with st.form(f"why_not_{one.alert_id}", border=False):
        choice = st.radio("Why not?", [*REASONS, OWN_WORDS], index=None, key=f"why_{one.alert_id}")
        words = st.text_input("In your own words", key=f"words_{one.alert_id}", max_chars=300)
        sent = st.form_submit_button("Dismiss", type="primary")
    if sent:
        reason = dismissal(choice, words)
        if context.attempt(lambda: triage.dismiss(here.house.store, here.token, one.alert_id, reason)):
            st.session_state[UNDO] = (one.alert_id, one.topic, here.house.store.now())
            st.rerun()
