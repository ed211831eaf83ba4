"""The cascade on the Live page: which channel comes next, in which hours, and what a step waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import streamlit as st

from app.ui import context, links
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import clock_time
from app.views.live import step_in_words
from workflow.measuring import cascade
from workflow.measuring.cascade import Told
from workflow.rules.cascade import StepState
from workflow.rules.drafts import PLAIN_STATE

NOTHING = (
    "No post leads yet. When the first post about a moment passes twice its usual within two hours, drafts for the "
    "next channels are prepared here, one after the other."
)


def section(here: Here, steps: Sequence[Told], leads: Mapping[int, str], now: datetime, may_write: bool) -> None:
    """By the post that leads, in the guide's order."""
    if not steps:
        st.caption(NOTHING)
    for lead_id, some in groupby(steps, lambda one: one.lead_id):
        with st.container(border=True, gap="small", key=f"cascade_{lead_id}"):
            markdown(f"After “{escape(shorten(leads.get(lead_id, ''), 70))}”")
            for one in some:
                _step(here, one, now, may_write)


def _step(here: Here, one: Told, now: datetime, may_write: bool) -> None:
    opens, closes = (clock_time(at, here.person, now) for at in (one.step.opens_at, one.step.closes_at))
    draft = f", {PLAIN_STATE[one.step.draft]}" if one.step.draft is not None else ""
    markdown(f"**{escape(one.book.label)}** · {opens}–{closes} · {step_in_words(one)}{draft}")
    prepared = one.step.state == StepState.PREPARED
    said = " ".join(part for part in (one.said, one.next.why, one.book.tone if prepared else "") if part)
    if said:
        markdown(f":small[:gray[{escape(said)}]]")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if one.draft_id is not None and prepared:
            links.to_draft(one.draft_id)
        if may_write:
            _decide(here, one, now)


def _decide(here: Here, one: Told, now: datetime) -> None:
    store, token = here.house.store, here.token
    if one.step.state in (StepState.WAITING, StepState.PREPARED):
        pressed = st.button("Leave it out", key=f"step_decline_{one.id}", icon=":material/close:")
        if pressed and context.attempt(lambda: cascade.decline(store, token, one.id), done="Left out."):
            st.rerun()
    elif one.step.state == StepState.DECLINED and now <= one.step.closes_at:
        pressed = st.button("Take back", key=f"step_reopen_{one.id}", icon=":material/undo:")
        if pressed and context.attempt(lambda: cascade.reopen(store, token, one.id), done="It waits for its turn."):
            st.rerun()
