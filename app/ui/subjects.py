"""From what a notice is about to the page that shows it: one table, for the inbox and its bell."""

from __future__ import annotations

import streamlit as st

from app.ui import links
from workflow.inbox import Note
from workflow.rules.notices import Kind
from workflow.rules.roles import may

# Which page, what its address calls the subject, and what the link says.
_SIGN = (links.APPROVALS, "draft", "Look at it")
_DRAFT = (links.DRAFTS, "draft", "Open the draft")
_SCHEDULE = (links.SCHEDULE, "", "Go to the schedule")
PLACES: dict[Kind, tuple[str, str, str]] = {
    Kind.HOLD_OPENED: (links.SCHEDULE, "", "See the hold"),
    Kind.HOLD_LIFTED: _SCHEDULE,
    Kind.SIGNATURE_WANTED: _SIGN,
    Kind.CHANGES_ASKED: _DRAFT,
    Kind.ESCALATION: _SIGN,
    Kind.POST_FAILED: _DRAFT,
    Kind.POST_BY_HAND: _SCHEDULE,
    Kind.DRILL: _SCHEDULE,
    Kind.DELETION: _SCHEDULE,
    Kind.ALERT: (links.MOMENT, "alert", "Open the moment"),
    Kind.WEEKLY_REPORT: ("pages/report.py", "", "Open the week"),
    Kind.TURNING: (links.LIVE, "", "See it live"),
    Kind.AMPLIFY: (links.LIVE, "", "See it live"),
}


def link(note: Note, role: str) -> None:
    """A link to what the notice is about. Whoever may sign no more finds the draft instead of their queue."""
    page, name, label = PLACES[note.kind]
    if page == links.APPROVALS and not may(role, "sign"):
        page, name, label = _DRAFT
    query = {name: str(note.subject_id)} if name and note.subject_id is not None else None
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)
