"""Monitors: what is watched and in which words, and the place to change it."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import context, history_form, links, monitor_form, quiet_form, rising
from app.ui.alert_card import badge
from app.ui.context import Here
from app.ui.text import clean, escape, markdown, shorten
from app.ui.times import span
from app.views import monitors as view
from workflow import watching
from workflow.rules.roles import may

MOST_WORDS = 300


def draw() -> None:
    """The form for a new monitor, and a card for each there is."""
    here = context.here()
    able = may(here.person.role, "watch")
    found = view.read(here.house.store)
    st.title("Monitors")
    off = len(found.cards) - found.on
    st.caption(f"{found.on} watched{f', {off} switched off' if off else ''}. Sources bring the posts; these find ours.")
    if able:
        with st.expander("Watch something new", icon=":material/add:", expanded=not found.cards):
            monitor_form.new(here)
        history_form.section(here)
    quiet_form.draw(here)
    rising.section(here, able)
    if not found.cards:
        hint = "Name the first above." if able else "A social lead, a manager or an administrator adds the first."
        markdown(f"**Nothing is watched yet**, so no post can become an alert. {hint}")
    for card in found.cards:
        _card(here, card, able)


def _card(here: Here, card: view.MonitorCard, able: bool) -> None:
    with st.container(border=True, key=f"monitor_{card.id}"):
        words, controls = st.columns([3, 1], gap="small", vertical_alignment="center")
        with words.container(gap="xsmall"):
            _words(card)
        if not able:
            return
        with controls.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            _switch(here, card)
            monitor_form.opener(card)
            links.to_backtest(card.id)
        monitor_form.change(here, card)


def _words(card: view.MonitorCard) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(card.name), anchor=False, width="content")
        badge(card.state)
        st.caption(escape(card.kind), width="content")
    markdown(escape(shorten(", ".join(card.watched.terms), MOST_WORDS)))
    if card.watched.exclusions:
        st.caption(f"Left out: {escape(shorten(', '.join(card.watched.exclusions), MOST_WORDS))}")
    if not card.watched.enabled:
        st.caption(card.says)
        return
    usual = f"usual {card.usual:,.0f}" if card.usual is not None else "nothing usual yet"
    said = [f"**{card.last_hour:,}** in the last hour, {usual}", f"never raised below {card.watched.floor:,} an hour"]
    if card.watched.languages:
        said.append(f"in {escape(', '.join(card.watched.languages))}")
    if card.watched.cooldown_minutes is not None:
        said.append(f"told again after {span(timedelta(minutes=card.watched.cooldown_minutes))}")
    st.caption(" · ".join(said), help=escape(card.says))
    if card.state == view.STATES["learning"]:
        st.caption(f":material/school: {escape(card.says)}")


def _switch(here: Here, card: view.MonitorCard) -> None:
    key = f"watch_{card.id}"
    # The table is the truth: a refused switch falls back to it at the next run.
    st.session_state[key] = card.watched.enabled
    hides = "Off: nothing is counted and nothing raised for these words. Hours spent off look silent afterwards."
    st.toggle("On", key=key, help=hides, on_change=_flip, args=(here, card, key))


def _flip(here: Here, card: view.MonitorCard, key: str) -> None:
    wanted = bool(st.session_state[key])
    name = clean(card.name)
    done = f"{name} is watched again." if wanted else f"{name} is off: no post about it becomes an alert."
    context.attempt(lambda: watching.set_enabled(here.house.store, here.token, card.id, wanted), done=done)


draw()
