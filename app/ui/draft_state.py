"""The box on top of a draft's page: where it is, who signed, why it was stopped, and what this person may do."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import context, objection, take_down
from app.ui.context import Here
from app.ui.draft_form import Form
from app.ui.text import escape
from app.ui.times import clock_time
from app.views.draft import DraftView
from workflow import draft
from workflow.rules.drafts import PLAIN_STATE, State

CALM = frozenset({State.WRITING, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.PUBLISHED})


def draw(here: Here, view: DraftView, form: Form) -> None:
    """Where the draft is, who signed, why it was stopped: in one box, and what can be done about it."""
    said = [f"**{PLAIN_STATE[view.state].capitalize()}.**"]
    if view.state == State.IN_REVIEW:
        said.append(view.standing)
    if view.publish_at is not None:
        leaves = "It was to leave" if view.state == State.HELD else "It leaves"
        said.append(f"{leaves} {clock_time(view.publish_at, here.person, view.now)}.")
    if view.address:
        said.append(escape(view.address))
    if view.objection is not None:
        asked = "rejected it" if view.objection.decision == "reject" else "asked for changes"
        said.append(f"{escape(view.objection.name)} {asked}: {escape(view.objection.reason)}")
    elif view.state == State.HELD:  # which hold, the banner says; the event only has its number
        said.append("Once the hold is lifted it goes back to the approvers.")
    elif view.state not in CALM:
        said.append(escape(" ".join(view.refusals) or view.why))
    row = st.container(horizontal=True, vertical_alignment="center")
    (row.info if view.state in CALM and view.objection is None else row.warning)(" ".join(said))
    _deeds(here, view, form, row)


def _deeds(here: Here, view: DraftView, form: Form, row: DeltaGenerator) -> None:
    """What this person may do about it."""
    if view.can_edit and view.state in (State.EXPIRED, State.NEEDS_TIME):
        row.button(
            "Choose a new time", key=f"new_time_{view.id}", icon=":material/schedule:",
            on_click=form.choose_time, args=(view.now,),
        )  # fmt: skip
    if view.can_ask_again:
        _ask_again(here, view, row)
    if view.can_object:
        objection.draw(here, view, row)
    if view.can_withdraw:
        _withdraw(here, view, row)
    if view.state == State.PUBLISHED:
        take_down.of_draft(here, view.id)


def _withdraw(here: Here, view: DraftView, row: DeltaGenerator) -> None:
    with row.popover("Withdraw", icon=":material/undo:"):
        why = st.text_input("Why (for the record)", key=f"withdraw_why_{view.id}")
        deed = lambda: draft.withdraw(here.house.store, here.token, view.id, why)  # noqa: E731
        if st.button("Withdraw it for good", type="primary", key=f"withdraw_{view.id}") and context.attempt(
            deed, done="The draft is withdrawn."
        ):
            st.rerun()


def _ask_again(here: Here, view: DraftView, row: DeltaGenerator) -> None:
    with row.popover("Ask for signatures again", icon=":material/replay:"):
        why = st.text_input("What has changed since the gate refused it", key=f"again_why_{view.id}")
        deed = lambda: draft.ask_again(here.house.store, here.token, view.id, why)  # noqa: E731
        if st.button("Back to the approvers", type="primary", key=f"again_{view.id}") and context.attempt(
            deed, done="It is with the approvers again."
        ):
            st.rerun()
