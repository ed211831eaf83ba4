"""Taking a published post down: a button and one question, wherever a published post is shown; the reason afterwards.

The same three widgets on the Schedule page, on a draft and on a moment: whoever sees that a post hurts should not have
to look for the place where it can be stopped.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.ui import context, links
from app.ui.context import Here
from app.ui.text import escape, markdown, outside, shorten
from app.ui.times import clock_time
from app.views import deletions
from app.views.deletions import Out
from workflow import deletion
from workflow.deletion import Stage


def button(here: Here, out: Out, place: str) -> None:
    """Two clicks. `place`: which page or section draws it, so that two on one page keep apart."""
    if out.stage or not out.may_delete:
        return
    with st.popover("Take it down", icon=":material/delete:", key=f"take_down_{place}_{out.draft_id}"):
        markdown(f"Delete this post from {escape(out.platform)} now? Nobody else has to agree. You say why afterwards.")
        key = f"delete_{place}_{out.draft_id}"
        pressed = st.button("Delete it now", key=key, type="primary", icon=":material/delete:", width="stretch")
    if pressed and context.attempt(lambda: _take_down(here, out.draft_id)):
        st.rerun()


def _take_down(here: Here, draft_id: int) -> None:
    st.session_state[context.NOTICE] = here.house.remover().take_down(here.token, draft_id)


def of_draft(here: Here, draft_id: int) -> None:
    """On the draft's own page: the button, or how far it is."""
    out = deletions.read_draft(here.house.store, here.person, draft_id)
    if out is not None:
        button(here, out, "draft")
        status(here, out)


def of_moment(here: Here, opportunity_id: int | None) -> None:
    """Above a moment that something was published about: when the mood turns, this is what people come for."""
    for out in deletions.read_moment(here.house.store, here.person, opportunity_id):
        with st.container(horizontal=True, vertical_alignment="center"):
            markdown(f":gray-badge[:material/check: published] {escape(out.platform)}: {escape(shorten(out.text, 80))}")
            button(here, out, "moment")
        status(here, out)


def section(here: Here, found: Sequence[Out]) -> None:
    """Everything that still needs somebody: a post to delete by hand, a deletion under way, a reason to give."""
    for out in found:
        with st.container(border=True, gap="xsmall"):
            links.to_draft(out.draft_id, escape(shorten(out.text, 120)))
            status(here, out)


def status(here: Here, out: Out) -> None:
    """How far this deletion has come, and what is to be done about it. Nothing where none was asked for."""
    if out.stage == Stage.BY_HAND:
        _by_hand(here, out)
    elif out.stage == Stage.ASKED:
        said = escape(out.message) or "A worker does it within seconds."
        markdown(f":orange-badge[:material/delete: being taken down] {escape(out.platform)}. {said}")
        _is_down(here, out)
    elif out.stage == Stage.DONE:
        _done(here, out)


def _by_hand(here: Here, out: Out) -> None:
    markdown(f":red-badge[:material/delete: take it down now] **{escape(out.platform)}** {escape(out.message)}")
    if out.address:
        outside(out.address)
    _is_down(here, out)


def _is_down(here: Here, out: Out) -> None:
    if not out.may_delete or out.deletion_id is None:
        return
    number = out.deletion_id
    if st.button("I deleted it: it is down", key=f"is_down_{number}", icon=":material/check:") and context.attempt(
        lambda: deletion.confirm(here.house.store, here.token, number), done="Noted. Say why when you have a minute."
    ):
        st.rerun()


def _done(here: Here, out: Out) -> None:
    at = f" at {clock_time(out.done_at, here.person, here.house.store.now())}" if out.done_at else ""
    took = f", {_span(out.seconds)} after {escape(out.asked_by)} decided" if out.seconds is not None else ""
    markdown(f":gray-badge[:material/delete: taken down] Gone from {escape(out.platform)}{at}{took}.")
    if out.reason:
        markdown(f":small[:gray[{escape(out.reason)}]]")
    elif out.may_delete and out.deletion_id is not None:
        _ask_why(here, out.deletion_id)


def _span(seconds: float) -> str:
    return "within a second" if seconds < 1 else f"{seconds:,.0f} s"


def _ask_why(here: Here, number: int) -> None:
    with st.form(f"why_down_{number}", border=False):
        reason = st.text_input("Why was it taken down?", key=f"why_down_text_{number}", max_chars=500)
        sent = st.form_submit_button("Save the reason")
    if sent and context.attempt(
        lambda: deletion.give_reason(here.house.store, here.token, number, reason), done="Thank you. It is kept."
    ):
        st.rerun()
