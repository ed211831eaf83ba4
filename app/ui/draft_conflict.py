"""Somebody saved while this person was writing: what each of the two changed, and what both together would be."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import diff
from app.ui.context import Here
from app.ui.draft_form import Form
from app.ui.text import escape, markdown, outside
from app.views.draft import DraftView
from app.views.posts import compare
from data.errors import BadInput
from workflow.access import Person
from workflow.draft import Writing
from workflow.rules.versions import FIELDS, Merged, changes, merge
from workflow.versions import fields_of, writing_from


def draw(here: Here, view: DraftView, form: Form) -> None:
    """Both changes against the version that both began on, then the ways out. Nothing is chosen by itself."""
    base, mine = form.base, _mine(form)
    assert base is not None
    st.warning(
        f"{escape(view.saved_by)} saved version {view.number} while you were writing. Your words are still here.",
        icon=":material/call_split:",
    )
    merged = merge(fields_of(base.writing), fields_of(mine), fields_of(view.writing))
    left, right = st.columns(2)
    for column, title, new in (
        (left, "**You changed**", mine),
        (right, f"**{escape(view.saved_by)} changed**", view.writing),
    ):
        with column:
            _changed(title, base.writing, new, here.person, view)
            if "text" in merged.clashes:  # what two people wrote anew is read more easily without its colours
                st.caption("So it reads:")
                outside(new.text)
    _ways_out(view, form, merged)


def _mine(form: Form) -> Writing:
    try:
        return form.writing()
    except BadInput as error:
        # A field that cannot be used yet: the merge leaves it to the editor, with the words as they are.
        st.caption(escape(error.message))
        base = form.base
        assert base is not None
        return form.words_alone()


def _changed(title: str, old: Writing, new: Writing, person: Person, view: DraftView) -> None:
    markdown(title)
    with st.container(border=True, gap="xsmall"):
        if old.text != new.text:
            diff.draw(compare(old.text, new.text))
        others = changes(fields_of(old), fields_of(new))
        diff.beside(others, person, view.now, view.ways)
        if old.text == new.text and not others:
            markdown(":gray[Nothing]")


def _ways_out(view: DraftView, form: Form, merged: Merged) -> None:
    together: Writing = writing_from(merged.values)
    if merged.clashes:
        markdown(f"Both of you changed {escape(_named(merged.clashes))}. Which of the two stays?")
        keep = "Keep mine there, theirs elsewhere"
    else:
        markdown("The two changes do not touch each other. Together they read:")
        with st.container(border=True):
            diff.draw(compare(view.writing.text, together.text))
        keep = "Take both together"
    row = st.container(horizontal=True)
    row.button(
        keep, key=f"keep_{view.id}", type="primary", on_click=form.merge,
        args=(view.number, view.writing, together, view.now),
    )  # fmt: skip
    row.button(
        f"Take version {view.number} alone", key=f"take_{view.id}", on_click=form.fill,
        args=(view.number, view.writing, view.now),
    )  # fmt: skip


def _named(clashes: tuple[Any, ...]) -> str:
    told = ["the words" if name == "text" else FIELDS[name][0].lower() + FIELDS[name][1:] for name in clashes]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
