"""An answer of the Live page as a card: the sentence, how sure, what to do, and the buttons for what became of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.ui import context, links, take_down
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.views.live import Told
from workflow.measuring import advice
from workflow.measuring.advice import State
from workflow.rules.questions import Question, Says

# What an answer that asks for something is called, with a sign and a colour of its own.
ASKS = {
    Question.TURNING: (":material/thumb_down:", "red", "Turning negative"),
    Question.SPEND: (":material/money_off:", "orange", "Stop paying for it"),
    Question.AMPLIFY: (":material/trending_up:", "green", "Push it"),
    Question.FOLLOW_UP: (":material/forum:", "green", "People want more"),
    Question.PLATFORM: (":material/flag:", "blue", "Lead here next time"),
}
SAYS = {Says.YES: "Yes", Says.NO: "No", Says.UNKNOWN: "Unknown"}


def card(here: Here, told: Told, may_write: bool) -> None:
    """One that asks for something, or did."""
    icon, colour, name = ASKS[told.answer.question]
    with st.container(border=True, gap="xsmall", key=f"answer_{told.key[0]}_{told.key[1]}"):
        badge = f":{colour}-badge[{icon} {name}]" if told.answer.acts else f":gray-badge[{told.title}]"
        markdown(f"{badge} **{escape(told.platform)}** · {escape(shorten(told.text, 70))}")
        markdown(escape(told.answer.words))
        if told.answer.acts:
            markdown(f"**{escape(told.answer.action)}**")
        markdown(f":small[:gray[{escape(told.sure)}]]")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if told.out is not None:
                take_down.button(here, told.out, "live")
            links.to_draft(told.draft_id, "The post")
            _decide(here, told, may_write)


def _decide(here: Here, told: Told, may_write: bool) -> None:
    """What was made of it, with the way back; or the two buttons, once the worker has kept it."""
    one = told.advised
    if one is None:
        return
    if one.state == State.OPEN:
        if may_write:
            _button(here, f"done_{one.id}", "Done", ":material/check:", advice.done, one.id, "Noted.")
            _button(here, f"decline_{one.id}", "Leave it", ":material/close:", advice.decline, one.id, "Noted.")
        return
    word = "done" if one.state == State.DONE else "left"
    markdown(f":gray-badge[{word} by {escape(one.who)}]", width="content")
    if may_write:
        _button(here, f"reopen_{one.id}", "Take back", ":material/undo:", advice.reopen, one.id, "It is open again.")


def _button(here: Here, key: str, label: str, icon: str, deed: object, number: int, done: str) -> None:
    pressed = st.button(label, key=key, icon=icon)
    if pressed and context.attempt(lambda: deed(here.house.store, here.token, number), done=done):  # type: ignore[operator]
        st.rerun()


def rest(told: Sequence[Told]) -> None:
    """The answers that ask for nothing: one small line each, by post."""
    for one in told:
        says = SAYS[one.answer.says]
        markdown(
            f"{escape(one.title)} **{says}.** {escape(one.answer.words)}  \n"
            f":small[:gray[{escape(one.platform)} · {escape(shorten(one.text, 60))} · {escape(one.sure)}]]"
        )
