"""The warning that too few who may sign are on duty, where somebody begins to write. Its words: app/views/cover.py."""

from __future__ import annotations

import streamlit as st

from app.ui.context import Here
from app.ui.text import escape
from app.views import cover as view
from workflow.rules.roles import may


def before(here: Here, opportunity_id: int | None) -> None:
    """Before a draft about this moment (None: a planned post) is begun. For those who could begin one."""
    if may(here.person.role, "write"):
        _draw(view.for_moment(here.house.store, here.person, opportunity_id))


def beside(here: Here, draft_id: int) -> None:
    """While a draft is being written: it may have got other authors, pictures or claims, and so other signers."""
    _draw(view.for_draft(here.house.store, here.person, draft_id))


def _draw(words: str) -> None:
    if words:
        st.warning(escape(words), icon=":material/person_alert:")
