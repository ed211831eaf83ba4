"""Live: what is out now, what to do about it, and how sure. It refreshes by itself and keeps the reader's place.

What is on the screen stays where it is while its figures change; what is new is counted above, and comes when asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import streamlit as st

from app.ui import answer_card, cascade_steps, context, live_feed
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views import live as view
from app.views.live import Live
from app.views.live_seen import News, Seen
from data.errors import BadInput
from workflow.measuring import money

BEAT = timedelta(seconds=10)
SEEN = "_live_seen"
EMPTY = (
    "Nothing went out in the last day. When a post is published, its figures come here every few minutes: how it does "
    "against what is usual, whether to push it or to make more, what the money behind it brings, whether the replies "
    "turn, and which channel comes next."
)


def draw() -> None:
    """The beat, and below it what a manager enters once a month."""
    here = context.here()
    st.title("Live")
    _beat()
    _cost(here)


@st.fragment(run_every=BEAT)
@context.read_only("live_page")
def _beat() -> None:
    here = context.here()
    found = view.read(here.house.store, here.person)
    seen = st.session_state.setdefault(SEEN, Seen.of(found))
    with st.container(height=66, border=False, key="live_top"):
        _top(here, found, seen.news(found))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _answers(here, found, seen)
    with right:
        _right(here, found, seen)
    _out(here, found, seen)


def _top(here: Here, found: Live, news: News) -> None:
    """One line of fixed height: the button for what is new, or when this was read."""
    if not news.words:
        at = f"{found.now.astimezone(here.person.zone_info):%H:%M:%S}"
        markdown(f":small[:gray[as of {at}, every {BEAT.seconds} s]]")
        return
    kind: Literal["primary", "secondary"] = "primary" if news.urgent else "secondary"
    icon = ":material/arrow_downward:"
    st.button(f"{news.words} – show", key="live_show", icon=icon, type=kind, on_click=_show)


def _show() -> None:
    """Everything that there is stands on the screen from now on."""
    st.session_state.pop(SEEN, None)


def _answers(here: Here, found: Live, seen: Seen) -> None:
    if not found.lines:
        st.info(EMPTY, icon=":material/sensors:")
        return
    st.subheader("What to do", anchor=False)
    acting = seen.answers_of(found)
    for told in acting:
        answer_card.card(here, told, found.may_write)
    if not acting:
        markdown(":gray[Nothing asks for anything just now.]")
    st.subheader("Against the usual", anchor=False)
    live_feed.heat(seen.lines_of(found))


def _out(here: Here, found: Live, seen: Seen) -> None:
    lines, rest = seen.lines_of(found), seen.rest_of(found)
    if lines:
        st.subheader("Out in the last day", anchor=False)
        live_feed.feed(here, lines, found.now)
    if found.more:
        st.caption(f"{found.more} older ones have no line of their own; the questions are asked about all of them.")
    if rest:
        with st.expander(f"The other answers ({len(rest)})", key="live_rest"):
            answer_card.rest(rest[: view.MOST_REST])


def _right(here: Here, found: Live, seen: Seen) -> None:
    st.subheader("What rises", anchor=False)
    live_feed.triggers(seen.triggers_of(found), found.now)
    st.subheader("Next channels", anchor=False)
    cascade_steps.section(here, found.steps, found.leads, found.now, found.may_write)


def _cost(here: Here) -> None:
    """What the programme costs in a month, for the price of an organic interaction; a manager enters it."""
    found = view.read_cost(here.house.store, here.person)
    said = "nobody has entered it" if found.cost is None else f"{found.cost / 100:,.2f} {escape(found.currency)}"
    with st.expander("What the programme costs in a month", key="live_cost"):
        markdown(f"Now: **{said}**. Paid interactions are held against what one costs without money.")
        if not found.may_cost:
            st.caption("A manager enters it.")
            return
        with st.form("cost_form", border=False):
            typed = st.text_input(f"A month, in {found.currency}", key="cost_month", placeholder="8000")
            sent = st.form_submit_button("Save")
        if sent and context.attempt(lambda: _enter(here, typed), done="Saved."):
            st.rerun()


def _enter(here: Here, typed: str) -> None:
    try:
        hundredths = round(float(typed.replace(",", "")) * 100) if typed.strip() else None
    except (ValueError, OverflowError) as error:
        raise BadInput("Type an amount such as 8000 or 8000.50; leave it empty to forget it.") from error
    money.enter_cost(here.house.store, here.token, hundredths)


draw()
