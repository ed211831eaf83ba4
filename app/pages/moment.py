"""One moment: how loud, how dark, how long, and what two people make of it. Without one in the address: a choice."""

from __future__ import annotations

import streamlit as st

from app.ui import (
    alert_deeds,
    context,
    cover,
    links,
    moment_category,
    moment_clocks,
    moment_evidence,
    moment_people,
    moment_topics,
    moment_words,
    mood,
    take_down,
    turned,
    undo,
)
from app.ui.alert_card import badge, holder, since
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import ago, clock_time
from app.views import moment as view
from app.views.moment_mood import MoodView
from app.views.words import MOOD, VERDICT, Badge, times_usual
from data.errors import BadInput
from workflow.triage import DISMISSED

STATE = {
    "snoozed": Badge("Snoozed", ":material/snooze:", "gray"),
    "dismissed": Badge("Dismissed", ":material/close:", "gray"),
}


def draw() -> None:
    """The moment that the address names, or the choice."""
    here = context.here()
    alert_id = links.number("alert")
    if alert_id is not None:
        try:
            moment = view.read(here.house.store, here.person, alert_id)
        except BadInput as error:
            st.error(escape(error.message))
        else:
            _moment(here, moment)
            undo.bar()
            return
    _choice(here)


def _choice(here: Here) -> None:
    st.title("Moment")
    now, cards = view.living(here.house.store, here.person)
    st.caption("Choose one of the moments that nobody has closed." if cards else "No moment is open right now.")
    for card in cards:
        how = "mood is falling" if card.mood else times_usual(card.ratio)
        icon = MOOD.icon if card.mood else VERDICT[card.verdict].icon
        label = f"{escape(card.topic)} · {how} · {ago(card.raised_at, now)}"
        if st.button(label, key=f"choose_{card.alert_id}", icon=icon, width="stretch"):
            st.query_params["alert"] = str(card.alert_id)
            st.rerun()


def _moment(here: Here, moment: view.MomentView) -> None:
    card = moment.card
    st.page_link("pages/desk.py", label="Desk", icon=":material/arrow_back:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(escape(card.topic), anchor=False, width="content")
        if card.state in STATE:
            badge(STATE[card.state])
        if card.mood:
            badge(MOOD)
        for one in since(here.person, card, moment.now):
            badge(one)
        if card.claimed_by:
            badge(holder(card))
        alert_deeds.deeds(here, card, moment.takers, shortcuts=True)
    if moment.mood is not None:
        _mood(here, moment, moment.mood)
        return
    if card.state != DISMISSED:
        turned.banner(card.alert_id, "Since people acted on this")
    take_down.of_moment(here, moment.opportunity_id)
    if card.state != DISMISSED and moment.opportunity_id is not None and card.verdict != "hold":
        cover.before(here, moment.opportunity_id)
    moment_clocks.choose(moment)
    moment_evidence.verdict(here, moment.judged, moment)
    shown = {reason.sentence for reason in moment.judged.reasons} if moment.judged is not None else set()
    moment_category.situations(moment.situations, shown)
    left, right = st.columns([3, 2], gap="large")
    with left:
        moment_evidence.volume(here, moment)
        moment_evidence.why(here, moment)
        moment_topics.topics(here, moment)
    with right:
        moment_topics.notes(here, moment)
        moment_people.people(here, moment)
        moment_evidence.scales(moment.judged)
    left, right = st.columns([2, 3], gap="large")
    with left:
        moment_people.matrix(moment)
    with right:
        moment_words.samples(here, moment)
    _history(here, moment)


def _mood(here: Here, moment: view.MomentView, found: MoodView) -> None:
    moment_clocks.ticks(moment.card, "x", moment.stamp)
    left, right = st.columns([3, 2], gap="large")
    with left:
        mood.evidence(here, moment, found)
    with right:
        moment_topics.notes(here, moment)
        moment_topics.topics(here, moment)
        moment_words.samples(here, moment)
    _history(here, moment)


def _history(here: Here, moment: view.MomentView) -> None:
    with st.expander(f"History ({len(moment.history)})"):
        links.to_story(moment.card.alert_id)
        for one in moment.history:
            why = f" – {escape(one.why)}" if one.why else ""
            markdown(f"{clock_time(one.at, here.person, moment.now)} · **{escape(one.who)}** {escape(one.what)}{why}")


draw()
