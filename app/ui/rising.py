"""The section "Rising, not watched yet": what the product proposes to watch, and the two answers to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import clean, escape, markdown, shorten
from app.ui.times import clock_time
from app.views import rising as view
from workflow import discovery

UNDO = "rising_undo"
UNDO_FOR = timedelta(minutes=5)


def section(here: Here, able: bool) -> None:
    """Nothing at all where nothing rises and nothing can be taken back."""
    found = view.read(here.house.store)
    if able:
        _undo(here, found.now)
    if not found.cards:
        return
    with st.expander(f"Rising, not watched yet ({found.total})", icon=":material/trending_up:", expanded=True):
        st.caption("Nobody configured these. What counts is how many more people say them than the day before.")
        for card in found.cards:
            _card(here, found, card, able)
        if found.total > len(found.cards):
            st.caption(f"The steepest {len(found.cards)} of {found.total}.")


def _card(here: Here, found: view.RisingView, card: view.RisingCard, able: bool) -> None:
    with st.container(border=True, key=f"rising_{card.id}"):
        words, controls = st.columns([3, 1], gap="small", vertical_alignment="center")
        with words.container(gap="xsmall"):
            st.subheader(escape(card.label), anchor=False)
            people = f"{card.authors:,} people in the last hour, {card.rise:,.1f} × what was to be expected"
            first = clock_time(card.first_at, here.person, found.now)
            others = f", then {card.others} other source{'s' if card.others > 1 else ''}" if card.others else ""
            markdown(f"**{people}**. First heard in {escape(card.first)} at {first}{others}.")
            if card.also:
                st.caption(f"Said with {escape(', '.join(card.also))}")
            for text in card.samples[:2]:
                st.text(shorten(text, 160))
        if able:
            with controls.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
                _answers(here, found, card)


def _answers(here: Here, found: view.RisingView, card: view.RisingCard) -> None:
    store, token, label = here.house.store, here.token, clean(card.label)
    if st.button("Watch it", key=f"rising_watch_{card.id}", icon=":material/visibility:"):
        made: list[int] = []
        done = f"{label} is watched from now on. Its words can be changed below."
        if context.attempt(lambda: made.append(discovery.watch(store, token, card.id)), done=done):
            st.session_state[UNDO] = (card.id, made[0], label, found.now)
            st.rerun()
    if st.button("Not for us", key=f"rising_dismiss_{card.id}"):
        done = f"{label} stays away for a week, unless it rises far higher."
        if context.attempt(lambda: discovery.dismiss(store, token, card.id), done=done):
            st.session_state[UNDO] = (card.id, None, label, found.now)
            st.rerun()


def _undo(here: Here, now: datetime) -> None:
    """For some minutes after an answer, the way back."""
    kept = st.session_state.get(UNDO)
    if kept is None:
        return
    proposal, monitor, label, at = kept
    if now - at > UNDO_FOR:
        del st.session_state[UNDO]
    elif st.button(f"Undo: {escape(shorten(label, 30))}", key="rising_undo_button", icon=":material/undo:"):
        del st.session_state[UNDO]
        store, token = here.house.store, here.token

        def back() -> None:
            if monitor is None:
                discovery.reopen(store, token, proposal)
            else:
                discovery.unwatch(store, token, proposal, monitor)

        if context.attempt(back, done=f"{label} is proposed again."):
            st.rerun()


def line(here: Here) -> None:
    """One quiet line for the Desk, and nothing where nothing rises."""
    with here.house.store.read() as tx:
        number = view.number(tx)
    if number:
        words = "1 rising term that nobody watches" if number == 1 else f"{number} rising terms that nobody watches"
        st.page_link("pages/monitors.py", label=words, icon=":material/trending_up:")
