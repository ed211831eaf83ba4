"""Inbox: everything that this person was told, newest first. It waits for them, whatever tab was closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.ui import clicks, context, live, mail_form, subjects
from app.ui.context import Here
from app.ui.text import escape, markdown, outside
from app.ui.times import ago
from workflow import inbox as deeds
from workflow.inbox import Note
from workflow.rules.notices import WORDS


def draw() -> None:
    """The unread ones, or all of them."""
    here = context.here()
    st.title("Inbox")
    only = st.segmented_control(
        "Show", ["New", "All"], default="New", key="inbox_show", label_visibility="collapsed", required=True
    )
    with here.house.store.read() as tx:
        found, waiting, now = deeds.newest(tx, here.person.id, only == "New"), deeds.unread(tx, here.person.id), tx.now
    live.changed("inbox_changed", waiting, lambda: _unread(here), "Something new came: show it")
    if not found:
        empty = "You have read everything." if only == "New" else "Nobody has told you anything yet."
        st.success(f"{empty} What concerns you comes here by itself.", icon=":material/done_all:")
    _notes(here, found, waiting, now)
    mail_form.draw(here)


def _notes(here: Here, found: Sequence[Note], waiting: int, now: datetime) -> None:
    if found and waiting:
        _all_read(here, found[0])
    for one in found:
        with st.container(border=True, key=f"notice_{one.id}", gap="small"):
            words = WORDS[one.kind]
            title = f"**{words.label}**" if not one.read else words.label
            markdown(f"{words.icon} {title} :small[:gray[{escape(ago(one.at, now))}]]")
            outside(one.text)
            with st.container(horizontal=True, vertical_alignment="center"):
                subjects.link(one, here.person.role)
                if not one.read:
                    _read(here, one)
    if len(found) == deeds.MOST:
        st.caption(f"The newest {deeds.MOST} are shown.")


def _all_read(here: Here, top: Note) -> None:
    st.button("I have read all of these", key="read_all", icon=":material/done_all:", **clicks.carries("all", top.id))
    pressed = clicks.clicked("all")
    if pressed is not None and context.attempt(
        lambda: deeds.mark_all_read(here.house.store, here.token, pressed[0]), done="Everything on this page is read."
    ):
        st.rerun()


def _read(here: Here, one: Note) -> None:
    if st.button("Read", key=f"read_{one.id}", icon=":material/check:", type="tertiary") and context.attempt(
        lambda: deeds.mark_read(here.house.store, here.token, one.id)
    ):
        st.rerun()


def _unread(here: Here) -> int:
    with here.house.store.read() as tx:
        return deeds.unread(tx, here.person.id)


draw()
