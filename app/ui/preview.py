"""The post as its platform would show it, and its length as the platform counts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from app.ui.text import escape, markdown
from app.ui.times import clock_time
from data.reference import Playbook
from data.reference.characters import count_characters
from workflow.access import Person

# Marks that hide or turn text around. A joiner (U+200D) is not one of them: it makes one emoji of several.
_UNSEEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> str:
    """The exact text, with marks that a reader could not see written out: nobody signs what is hidden."""
    return _UNSEEN.sub(lambda mark: f"⟦U+{ord(mark[0]):04X}⟧", text)


def length_line(book: Playbook, text: str) -> str:
    """`112 of 280 characters on X, 168 left`, in a colour that tells."""
    used = count_characters(book, text)
    if book.text_limit is None:
        return f":gray[{used:,} characters; {book.label} sets no limit]"
    left = book.text_limit - used
    said = f"{used:,} of {book.text_limit:,} characters on {book.label}"
    if left < 0:
        return f":red[**{said}: {-left:,} too many**]"
    colour = "orange" if left < book.text_limit * 0.07 else "gray"
    return f":{colour}[{said}, {left:,} left]"


def draw(book: Playbook, text: str, brand: str, show: Sequence[Callable[[], None]] = ()) -> None:
    """The post in a frame: who speaks, the exact words, its pictures (`show` draws each), and the length under them."""
    with st.container(border=True, gap="xsmall"):
        markdown(f"**{escape(brand)}** :gray[· {book.label}]")
        if text.strip():
            st.text(visible(text))
        else:
            markdown(":gray[No words yet]")
        if show:
            with st.container(horizontal=True, gap="small"):
                for picture in show:
                    picture()
        markdown(f":small[{length_line(book, text)}]")


def when(planned_for: datetime | None, person: Person, now: datetime) -> str:
    """`Tue 3 Mar, 14:00` in the reader's zone, or that it leaves as soon as it is signed."""
    return "as soon as two people have signed" if planned_for is None else clock_time(planned_for, person, now)
