"""Money behind a post: what was entered, the form for more, and the way back from a wrong entry."""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import clean, escape, markdown
from app.ui.times import clock_time
from app.views.figures import money
from app.views.published import Post, Published
from workflow.measuring import spend

WHY = "What you paid to show this post to more people, and what the platform's advertising page says it brought."


def draw(here: Here, page: Published, post: Post) -> None:
    """The entries of one post, and a form."""
    entries = post.spent.entries if post.spent is not None else ()
    for one in entries:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            brought = f", {one.interactions:,} interactions" if one.interactions is not None else ""
            note = f": {escape(one.note)}" if one.note else ""
            when = clock_time(one.at, here.person, page.now)
            said = f"**{money(one.amount, one.currency)}**{brought}, {escape(one.who)}, {escape(when)}{note}"
            markdown(said, width="content")
            if page.may_write and st.button("Take back", key=f"spend_void_{one.id}", icon=":material/undo:"):
                deed = lambda number=one.id: spend.void(here.house.store, here.token, number)  # noqa: E731
                if context.attempt(deed, done="The entry counts no more."):
                    st.rerun()
    if page.may_write:
        _form(here, page, post)


def _form(here: Here, page: Published, post: Post) -> None:
    with st.form(f"spend_{post.id}", border=False, clear_on_submit=True):
        st.caption(WHY)
        left, right = st.columns(2)
        amount = left.number_input("Amount", 0.0, 10_000_000.0, step=10.0, format="%.2f", key=f"spend_amount_{post.id}")
        currency = page.currency
        if page.currency_stands:
            right.text_input("Currency", page.currency, disabled=True, key=f"spend_currency_{post.id}")
        else:
            codes = list(dict.fromkeys((page.currency, *spend.CURRENCIES)))
            help_ = "The first entry chooses it for all."
            currency = right.selectbox("Currency", codes, key=f"spend_currency_{post.id}", help=help_) or currency
        brought = left.number_input(
            "Interactions it brought", 0, spend.MOST_COUNT, None, key=f"spend_brought_{post.id}",
            help="Leave it empty if you do not know.",
        )  # fmt: skip
        note = right.text_input("Note", key=f"spend_note_{post.id}", max_chars=spend.LONGEST_NOTE)
        sent = st.form_submit_button("Enter", icon=":material/payments:")
    if sent and context.attempt(
        lambda: spend.enter(
            here.house.store, here.token, post.id, round(amount * 100),
            interactions=None if brought is None else int(brought), note=clean(note), currency=currency,
        ),
        done=f"{money(round(amount * 100), currency)} is noted. It can be taken back.",
    ):  # fmt: skip
        st.rerun()
