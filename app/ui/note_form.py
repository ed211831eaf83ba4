"""Notes on an alert: the form, whose words stay until they are kept, and the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, outside
from app.ui.times import clock_time
from workflow import notes
from workflow.access import Person
from workflow.notes import Note


def times(alert_id: int) -> int:
    """How often this reader has noted here: a new key each time, so that the next form is closed and empty."""
    return int(st.session_state.get(f"note_times_{alert_id}", 0))


def draw(here: Here, alert_id: int) -> None:
    """A text and a button. What is refused stays in the field.

    Kept before the page is drawn again: by then somebody may have dismissed the alert, and the form be gone. No limit
    on the field: it would cut what is pasted without a word.
    """
    key = f"note_text_{alert_id}_{times(alert_id)}"
    with st.form(f"note_form_{alert_id}_{times(alert_id)}", border=False, enter_to_submit=False):
        st.text_area("What should the next person know?", key=key, height=90)
        st.form_submit_button("Keep the note", on_click=_keep, args=(here, alert_id, key))


def _keep(here: Here, alert_id: int, key: str) -> None:
    text = str(st.session_state.get(key, ""))
    if context.attempt(lambda: notes.add_note(here.house.store, here.token, alert_id, text), done="Noted."):
        st.session_state[f"note_times_{alert_id}"] = times(alert_id) + 1


def listed(kept: Sequence[Note], person: Person, now: datetime) -> None:
    """Every note, oldest first, as text."""
    for note in kept:
        with st.container(gap=None):
            st.caption(f"**{escape(note.who)}** {clock_time(note.at, person, now)}")
            outside(note.text)
