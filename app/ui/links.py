"""Addresses inside the console: reading `?draft=3`, and links that keep it. One place, so that names cannot differ."""

from __future__ import annotations

import streamlit as st

DRAFTS, APPROVALS, SCHEDULE, MOMENT = "pages/draft.py", "pages/approvals.py", "pages/schedule.py", "pages/moment.py"
LIVE = "pages/live.py"


def number(name: str) -> int | None:
    """The number under this name in the page's address; None when it is missing or none."""
    given = st.query_params.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def to_draft(draft_id: int, label: str = "Open the draft") -> None:
    """A link to one draft."""
    st.page_link(DRAFTS, label=label, icon=":material/edit_note:", query_params={"draft": str(draft_id)})


def to_answer(opportunity_id: int, item_id: int) -> None:
    """A link to a new draft that answers one of a moment's posts."""
    query = {"opportunity": str(opportunity_id), "answer": str(item_id)}
    st.page_link(DRAFTS, label="Answer this", icon=":material/reply:", query_params=query)


def to_new_time(draft_id: int) -> None:
    """A link to one draft with the choice of a new time open."""
    query = {"draft": str(draft_id), "time": "new"}
    st.page_link(DRAFTS, label="Choose a new time", icon=":material/schedule:", query_params=query)


def to_backtest(monitor_id: int) -> None:
    """A link to a monitor's backtest."""
    query = {"monitor": str(monitor_id)}
    st.page_link("pages/backtest.py", label="Backtest", icon=":material/history:", query_params=query)


def to_story(alert_id: int) -> None:
    """A link to the story of one moment."""
    query = {"alert": str(alert_id)}
    st.page_link("pages/story.py", label="The whole story", icon=":material/menu_book:", query_params=query)
