"""One alert as a card of the Desk: what, why, how dark, how long, and what the reader can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import alert_deeds, links
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago, clock_time, span
from app.views.cards import Card, Muted
from app.views.words import MOOD, VERDICT, Badge, decided, times_usual
from workflow import triage
from workflow.access import Person

MOST_JOINED, LONGEST_NOTE = 3, 160


def card(here: Here, one: Card, now: datetime, takers: Sequence[tuple[int, str]]) -> DeltaGenerator:
    """Draw the card. Returns the slot of its clock, which the beat keeps ticking."""
    with st.container(border=True, key=f"card_{one.alert_id}"):
        words, buttons = st.columns([6, 5], gap="small", vertical_alignment="center")
        with words.container(gap="xsmall"):
            slot = _words(here, one, now)
        with buttons.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
            if st.button("Open", key=f"open_{one.alert_id}"):
                st.switch_page(links.MOMENT, query_params={"alert": str(one.alert_id)})
            alert_deeds.deeds(here, one, takers)
    return slot


def _words(here: Here, one: Card, now: datetime) -> DeltaGenerator:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(escape(one.topic), anchor=False, width="content")
        badges(here.person, one, now)
    loud = "" if one.mood else f"**{times_usual(one.ratio)}** · "
    markdown(f"{loud}{escape(one.sentence or f'{one.count:,} mentions.')}")
    if one.reason and one.verdict not in ("clear", ""):
        markdown(f":{VERDICT[one.verdict].colour}[{escape(shorten(one.reason, 180))}]")
    if one.dismissed_reason and one.state == triage.DISMISSED:
        st.caption(f"Dismissed: {escape(one.dismissed_reason)}")
    if one.joined:
        st.caption(joined(one))
    if one.muted:
        st.caption(muted(one.muted, here.person, now))
    if one.notes:
        st.caption(_note(one, here.person, now))
    return st.empty()


def badges(person: Person, one: Card, now: datetime) -> None:
    """How dark, what to do, who has it, and what happened since – in words; the colours only help."""
    if one.mood:
        badge(MOOD)
    else:
        badge(VERDICT[one.verdict])
        # Beside a red light no machine's "go" is shown; what two people agreed stays.
        if one.decision and (one.agreed or one.verdict != "hold"):
            badge(decided(one.decision, one.verdict), "agreed" if one.agreed else "suggested")
    if one.kept_until is not None:
        badge(_kept(one.kept_until, person, now))
    if one.claimed_by:
        badge(holder(one))


def holder(one: Card) -> Badge:
    """Who has it, and who gave it to them."""
    who = "Yours" if one.mine else escape(one.claimed_by)
    return Badge(f"{who}, from {escape(one.given_by)}" if one.given_by else who, ":material/person:", "primary")


def badge(one: Badge, note: str = "") -> None:
    """A badge whose words say everything; the colour only helps."""
    st.badge(f"{one.text} ({note})" if note else one.text, icon=one.icon, color=one.colour)  # type: ignore[arg-type]


def since(person: Person, one: Card, now: datetime) -> list[Badge]:
    """What happened to an alert after it was raised: that it grew, and that nobody was told of it yet."""
    said = [_kept(one.kept_until, person, now)] if one.kept_until is not None else []
    if one.escalated_at is not None:
        grew = "Fell further" if one.mood else "Doubled again"
        said.append(Badge(f"{grew} {clock_time(one.escalated_at, person, now)}", ":material/trending_up:", "orange"))
    return said


def _kept(until: datetime, person: Person, now: datetime) -> Badge:
    return Badge(f"Kept for {clock_time(until, person, now)}", ":material/bedtime:", "gray")


def joined(one: Card) -> str:
    """The other topics of the moment, and why they are. Markdown."""
    told = [f"**{escape(other.label)}** ({escape(other.why)})" for other in one.joined[:MOST_JOINED]]
    more = len(one.joined) - MOST_JOINED
    return f"The same moment: {', '.join(told)}{f' and {more} more' if more > 0 else ''}"


def muted(mute: Muted, person: Person, now: datetime) -> str:
    """`Muted until 14:00 by Ana: too loud`. Markdown."""
    until = f"until {clock_time(mute.until, person, now)}" if mute.until else "until somebody lifts it"
    shown = "" if mute.hides else " – shown all the same: not every topic of this moment is muted"
    return f"Muted {until} by {escape(mute.who)}: {escape(mute.why)}{shown}"


def _note(one: Card, person: Person, now: datetime) -> str:
    last = one.notes[-1]
    earlier = f" ({len(one.notes)} notes)" if len(one.notes) > 1 else ""
    text = escape(shorten(last.text, LONGEST_NOTE))
    return f":material/sticky_note_2: **{escape(last.who)}** {clock_time(last.at, person, now)}: {text}{earlier}"


def clock(one: Card, person: Person, now: datetime, escalated_at: datetime | None = None, speed: str = "") -> str:
    """The line that ticks: doubled or not, category, age, how long the moment lasts, and how fast it goes. Markdown."""
    doubled = escalated_at or one.escalated_at
    said = [doubled_at(one, doubled, person, now)] if doubled else []
    said += [escape(one.category)] if one.category else []
    said.append(f"raised {ago(one.raised_at, now)}")
    if one.snoozed_until:
        said.append(f"asleep until {clock_time(one.snoozed_until, person, now)}, or until it doubles")
    elif one.closes_at and one.verdict != "hold":
        left = one.closes_at - now
        said.append(f"**{span(left)} left**" if left > timedelta() else f"window closed {ago(one.closes_at, now)}")
    return " · ".join(said) + (f"  \n{speed}" if speed else "")


def doubled_at(one: Card, at: datetime, person: Person, now: datetime) -> str:
    """`doubled again 14:05`, in orange; of a mood, that it fell further. Markdown."""
    words = "fell further" if one.mood else "doubled again"
    return f":orange[**{words} {clock_time(at, person, now)}**]"
