"""Beside a moment's evidence: the other names under which it was noticed, and what people have noted."""

from __future__ import annotations

import streamlit as st

from app.ui import context, note_form
from app.ui.alert_card import muted
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.cards import Card, Joined
from app.views.moment import MomentView
from workflow import triage
from workflow.rules.roles import may


def topics(here: Here, moment: MomentView) -> None:
    """What joined, why it is the same moment, and the way out where it is not."""
    card = moment.card
    if card.muted:
        st.info(muted(card.muted, here.person, moment.now), icon=":material/volume_off:")
    if not card.joined:
        return
    st.subheader("The same moment", anchor=False)
    for other in card.joined:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            markdown(f"**{escape(other.label)}** :gray[{escape(other.why)}]", width="content")
            if may(here.person.role, "triage"):
                _split(here, card, other)


def _split(here: Here, card: Card, other: Joined) -> None:
    st.button(
        "This is another moment",
        key=f"split_{card.alert_id}_{other.topic_id}",
        type="tertiary",
        icon=":material/call_split:",
        help="It gets an alert of its own, and does not join this one again.",
        on_click=_split_off,
        args=(here, card.alert_id, other),
    )


def _split_off(here: Here, alert_id: int, other: Joined) -> None:
    context.attempt(
        lambda: triage.split_off(here.house.store, here.token, alert_id, other.topic_id),
        done=f"{other.label} has an alert of its own now.",
    )


def notes(here: Here, moment: MomentView) -> None:
    """What people wrote, and the place to write."""
    kept = moment.card.notes
    if kept:
        st.subheader(f"Notes ({len(kept)})", anchor=False)
        note_form.listed(kept, here.person, moment.now)
