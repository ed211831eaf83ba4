"""The Desk: what deserves a look now. The list stands still under the reader's hands; news of it arrives above."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import alert_card, by_hand, context, my_number, rising, undo, untold
from app.ui.alert_deeds import KNOWN
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import ago, clock_time
from app.views import desk as view
from app.views.cards import Card
from app.views.speed import in_words
from app.views.words import times_usual
from workflow.rules.roles import may

BEAT = timedelta(seconds=2)
BEAT_HEIGHT = 44
ELSEWHERE = "desk_elsewhere"
NOTHING = {"mine": "You have claimed nothing.", "snoozed": "Nothing is asleep.", "muted": "No mute hides anything."}


def draw() -> None:
    """The beat above, the cards below it, what rises elsewhere at the end."""
    here = context.here()
    if ELSEWHERE not in st.session_state:
        # Streamlit forgets that widget when the reader leaves the page: a fresh visit sees everything there is.
        st.session_state.pop(KNOWN, None)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="desk_top"):
        st.title("Desk", width="content")
        by_hand.button(here)
    mine, counts = st.container(), st.empty()
    left, above = st.columns([3, 2], vertical_alignment="center")
    show = left.segmented_control(
        "Show", list(view.SHOWN), format_func=lambda key: view.SHOWN[key], default="open", required=True, key="show",
        label_visibility="collapsed", bind="query-params", wrap=True,
    )  # fmt: skip
    desk = view.read(here.house.store, here.person, show or "open", st.session_state.get(KNOWN))
    st.session_state[KNOWN] = frozenset(st.session_state.get(KNOWN, desk.ids)) - desk.over
    with mine:
        my_number.on_desk(here, desk)
    untold.lines(here, desk.untold, desk.now)
    drawn = [(card, alert_card.card(here, card, desk.now, desk.takers)) for card in desk.cards]
    if not drawn:
        _nothing(here, desk, show or "open")
    if desk.more:
        st.caption(f"{desk.more} older ones are not drawn. Snooze or dismiss some to see them.")
    _elsewhere(here, desk)
    rising.line(here)
    # Of a fixed height: what appears and goes in it must not push the list about.
    with above.container(height=BEAT_HEIGHT, border=False):
        beat(drawn, counts)
    undo.bar()


@st.fragment(run_every=BEAT)
@context.read_only("desk")
def beat(drawn: list[tuple[Card, DeltaGenerator]], counts: DeltaGenerator) -> None:
    """Every two seconds: the counts, the clocks of the cards, and whether something came in. Never the list."""
    here = context.here()
    cards = [card for card, _ in drawn]
    pulse = view.pulse(here.house.store, here.person, st.session_state.get(KNOWN, frozenset()), cards)
    muted = f" · {pulse.muted} muted" if pulse.muted else ""
    counts.caption(f"{pulse.open} open · {pulse.mine} mine · {pulse.snoozed} snoozed{muted}")
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        label = f"{pulse.new} new – show"
        if pulse.new and st.button(label, key="desk_new", type="primary", icon=":material/south:", shortcut="N"):
            st.session_state.pop(KNOWN, None)
            st.rerun(scope="app")
    for card, slot in drawn:
        going = pulse.speeds.get(card.alert_id)
        speed = in_words(going) if going is not None else ""
        slot.caption(alert_card.clock(card, here.person, pulse.now, pulse.escalated.get(card.alert_id), speed))


def _nothing(here: Here, desk: view.Desk, show: str) -> None:
    with st.container(border=True):
        if show != "open":
            markdown(NOTHING.get(show, "Nothing here."))
            return
        markdown("#### Nothing needs you right now")
        st.caption(_watching(here, desk))


def _watching(here: Here, desk: view.Desk) -> str:
    watch = desk.watch
    if not watch.sources:
        hint = "Add one on the Sources page." if may(here.person.role, "administer") else "Ask an administrator."
        return f"No source is switched on, so nothing can arrive. {hint}"
    named = ", ".join(escape(name) for name in watch.monitors[:6]) or "rising topics"
    rest = f" and {len(watch.monitors) - 6} more" if len(watch.monitors) > 6 else ""
    said = f"Watching {named}{rest} in {watch.sources} source{'s' if watch.sources > 1 else ''}. "
    if watch.next_poll_at is None:
        return said
    if watch.late:
        return (
            said + f"A reading has been due since {ago(watch.next_poll_at, desk.now)}: no worker seems to be running."
        )
    return said + f"Next reading: {clock_time(max(watch.next_poll_at, desk.now), here.person, desk.now)}."


def _elsewhere(here: Here, desk: view.Desk) -> None:
    """What rises without touching a monitor: worth a glance on a quiet day, never an alert."""
    with st.expander(f"Trending elsewhere ({len(desk.elsewhere)})", key=ELSEWHERE, on_change="rerun"):
        if not desk.elsewhere:
            st.caption("No trend source has told of anything in the last two hours.")
        for trend in desk.elsewhere:
            times = f", {times_usual(trend.times)}" if trend.times is not None else ""
            when = clock_time(trend.at, here.person, desk.now)
            markdown(f"**{escape(trend.topic)}** · {trend.count:,} uses{times} · {escape(trend.source)}, {when}")


draw()
