"""Keeping what a person types as they go, and giving it back: after a closed tab, a crash, or on another device.

Streamlit hands over a field when the cursor leaves it or a widget changes; each time the page runs, and whatever is new
is kept. Where the store cannot take it the line says so, and `again` tries until it can.
"""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.draft_form import KEPT_AT, Form
from app.ui.text import escape, markdown, outside
from app.ui.times import clock_time
from app.views.draft import DraftView
from app.views.unsaved import Unsaved
from data.errors import StorageError, TactError
from workflow import unsaved

UNKEPT, AGAIN = "unkept", "keep_again"


def draw(here: Here, view: DraftView, form: Form) -> None:
    """Keep what is new, and say in one line what is kept. After the fields: nothing newer stands in them then."""
    mine, at = view.unsaved, form.get(KEPT_AT)
    if not form.dirty():
        _nothing_new(here, view, form)
        return
    if mine is not None and mine.words == form.typed() and mine.base_number == _base_number(form, view):
        form.put(KEPT_AT, mine.at)
        _kept(form)
    elif mine is not None and mine.at != at:
        _elsewhere(here, view, form, mine)
        return
    else:
        _keep(here, form, _base_number(form, view))
    _line(here, view, form)


def _base_number(form: Form, view: DraftView) -> int:
    return form.base.number if form.base else view.number


def _nothing_new(here: Here, view: DraftView, form: Form) -> None:
    """Typed back to what is saved: nothing is left to keep. What another window keeps stays, and is offered."""
    if view.unsaved is None:
        return
    if view.unsaved.at == form.get(KEPT_AT):
        context.attempt(lambda: unsaved.throw_away(here.house.store, here.token, view.id, form.get(KEPT_AT)))
        form.put(KEPT_AT, None)
    else:
        _elsewhere(here, view, form, view.unsaved)


def _keep(here: Here, form: Form, base_number: int) -> None:
    try:
        at = unsaved.keep(here.house.store, here.token, form.draft_id, base_number, form.typed(), form.get(KEPT_AT))
    except TactError as error:
        form.put(UNKEPT, error.message)
        form.put(AGAIN, isinstance(error, StorageError))
        context.log.info("words were not kept: %s (%s)", error.message, error.cause)
    else:
        form.put(KEPT_AT, at)
        _kept(form)


def _kept(form: Form) -> None:
    form.put(UNKEPT, "")
    form.put(AGAIN, False)


def again(here: Here, form: Form) -> None:
    """From a fragment that ticks: what the store could not take before. Anything else waits for its writer."""
    if form.get(AGAIN) and form.dirty() and form.base is not None:
        _keep(here, form, form.base.number)
        if not form.get(AGAIN):
            st.rerun()


def _line(here: Here, view: DraftView, form: Form) -> None:
    said = form.get(UNKEPT)
    if said:
        tail = " Tact tries again by itself." if form.get(AGAIN) else ""
        markdown(f":small[:orange[**Not kept yet.** {escape(said)}{tail}]]")
        return
    at = clock_time(form.get(KEPT_AT), here.person, view.now)
    markdown(f":small[:gray[:material/cloud_done: Kept at {at}, not yet a version]]")


def _elsewhere(here: Here, view: DraftView, form: Form, other: Unsaved) -> None:
    """Two windows of one person: the one that was kept and the one on this screen."""
    at = clock_time(other.at, here.person, view.now)
    st.warning(f"Another window of yours keeps other words for this draft, from {at}.", icon=":material/tab:")
    row = st.container(horizontal=True)
    row.button("Show those", key=f"others_{view.id}", on_click=form.take_back, args=(other, view.now))
    if form.dirty():
        row.button("Keep these instead", key=f"these_{view.id}", on_click=form.put, args=(KEPT_AT, other.at))


def returned(here: Here, view: DraftView, form: Form) -> None:
    """Above the fields: words came back that were never saved."""
    at = form.get("returned")
    if at is None or not form.dirty():
        return
    when = clock_time(at, here.person, view.now)
    row = st.container(horizontal=True, vertical_alignment="center")
    row.info(f"Your words from {when} are back. They were never saved as a version.", icon=":material/restore_page:")


def throw_away(here: Here, view: DraftView, form: Form) -> None:
    """Back to what is saved, after a second tap: what is thrown away here is gone."""
    with st.popover("Throw away", icon=":material/delete_sweep:"):
        markdown(f":small[Your unsaved words are gone then; version {view.number} stays.]")
        st.button(
            f"Back to version {view.number}", key=f"throw_{view.id}", type="primary", on_click=_throw_away,
            args=(here, view, form),
        )  # fmt: skip


def _throw_away(here: Here, view: DraftView, form: Form) -> None:
    if context.attempt(lambda: unsaved.throw_away(here.house.store, here.token, view.id, form.get(KEPT_AT))):
        form.fill(view.number, view.writing, view.now)
        form.put(KEPT_AT, None)
        form.put("returned", None)


def left_over(here: Here, view: DraftView) -> None:
    """Words on a draft that can no longer be edited: shown to their writer, until they have no use for them."""
    mine = view.unsaved
    if mine is None:
        return
    at = clock_time(mine.at, here.person, view.now)
    with st.expander(f"Words of yours from {at} that never became a version", icon=":material/restore_page:"):
        outside(str(mine.words.get("text") or ""))
        deed = lambda: unsaved.throw_away(here.house.store, here.token, view.id, mine.at)  # noqa: E731
        if st.button("Throw them away", key=f"throw_{view.id}") and context.attempt(deed):
            st.rerun()
