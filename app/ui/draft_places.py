"""Where a draft goes: its platform, the way out that fits it, and the post that it answers, if it answers one.

Beside the editor, which draws all the other fields.
"""

from __future__ import annotations

import streamlit as st

from app.ui.draft_form import Form
from app.ui.text import escape
from app.views.draft import DraftView
from data.reference import playbooks
from workflow.rules.answering import KINDS, cannot


def draw(view: DraftView, form: Form) -> None:
    """Only ways out that fit the platform are offered; one that went away stays in sight, with what to do."""
    where, how = st.columns(2)
    books = playbooks()
    where.selectbox("Platform", list(books), key=form.key("platform"), format_func=lambda key: books[key].label)
    names = view.ways.fitting(form.get("platform"), form.get("channel"))
    how.selectbox("Way out", names, key=form.key("channel"), format_func=view.ways.label)
    _answers(view, form)
    said = trouble(view, form)
    if said:
        st.warning(escape(said), icon=":material/signpost:")


def trouble(view: DraftView, form: Form) -> str:
    """Why these words cannot leave through their way out, in a sentence; empty when they can."""
    channel = form.get("channel")
    said = view.ways.trouble(channel, form.get("platform"))
    return said or cannot(form.answering(), view.ways.answers(channel), view.ways.label(channel))


def _answers(view: DraftView, form: Form) -> None:
    """For a way out that can reply or quote, and wherever something is chosen: it can be taken away again."""
    chosen = form.get("answer_kind") or ""
    able = view.ways.answers(form.get("channel"))
    offered = [kind for kind in KINDS if kind in able or kind == chosen]
    if not offered:
        return
    st.segmented_control(
        "Answers a post",
        ["", *offered],
        key=form.key("answer_kind"),
        format_func=lambda kind: KINDS[kind] if kind else "No",
        required=True,
    )
    if form.get("answer_kind"):
        st.text_input(
            "Address of that post",
            key=form.key("answer_address"),
            placeholder="https://",
            help="Copy it from the post.",
        )
