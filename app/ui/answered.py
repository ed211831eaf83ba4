"""Somebody's post that a draft answers: their words as they are, never as markup, and the way to the post itself."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app.ui.text import escape, markdown, outside, shorten
from data.addresses import bare, is_web_address

LONGEST = 400
_HEAD = {"reply": "Replies to", "quote": "Quotes"}
_ICON = {"reply": ":material/reply:", "quote": ":material/format_quote:"}


def draw(answering: Mapping[str, str]) -> None:
    """Whose post, and its words as far as they were read when the draft began."""
    kind = answering["kind"]
    who = answering.get("author") or "a post"
    with st.container(border=True, gap="xsmall"):
        markdown(f":small[{_ICON.get(kind, '')} **{_HEAD.get(kind, 'Answers')} {escape(shorten(who, 60))}**]")
        if answering.get("text"):
            outside(shorten(answering["text"], LONGEST))
        where = answering["address"]
        markdown(f":small[:gray[{escape(shorten(bare(where), 90)) if where else 'No address yet'}]]")


def link(answering: Mapping[str, str], key: str) -> None:
    """For whoever signs: the post itself, as it stands there by now."""
    if answering and is_web_address(answering["address"]):
        label = "Open the post that it answers"
        st.link_button(
            label, answering["address"], key=f"answered_{key}", type="tertiary", icon=":material/open_in_new:"
        )
