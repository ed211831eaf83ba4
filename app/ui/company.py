"""Who else has this draft open, a few seconds old at most; and the tick that keeps what could not be kept before."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import autosave, context
from app.ui.draft_form import Form
from app.ui.text import escape, markdown
from workflow.presence import Present, note_presence, others_here

EVERY = timedelta(seconds=4)


@st.fragment(run_every=EVERY)
@context.read_only("company")
def draw(draft_id: int, form: Form | None) -> None:
    """One line of who is here. `form`: the reader's own, where they may write."""
    here = context.here()
    note_presence(here.house.store, here.token, draft_id, writing=form is not None and form.dirty())
    with here.house.store.read() as tx:
        found = others_here(tx, draft_id, here.person.id)
    if found:
        markdown(" ".join(_badge(one) for one in found))
    if form is not None:
        autosave.again(here, form)


def _badge(one: Present) -> str:
    name = escape(one.name)
    if one.writing:
        return f":orange-badge[:material/edit: {name} is writing here]"
    return f":gray-badge[:material/visibility: {name} is reading]"
