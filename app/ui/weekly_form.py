"""What those who send the weekly report do with it: fresh figures, their words, and off it goes."""

from __future__ import annotations

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import escape
from app.views import weekly as view
from workflow.measuring import weekly
from workflow.measuring.weekly import LONGEST_WORDS, Report


def take_figures(here: Here, week: str) -> None:
    """Count the week as it stands by now, and keep that."""

    def deed() -> None:
        with st.spinner("Counting the week …"):
            view.take(here.house.store, here.token, week)

    if context.attempt(deed, done="These are the figures of the week as it stands by now."):
        st.rerun()


def words(here: Here, found: Report) -> None:
    """The words on top. What somebody else wrote meanwhile is never overwritten unseen."""
    with st.form(f"report_words_{found.id}", border=True):
        typed = st.text_area(
            "Your words on top", value=found.words, key=f"report_text_{found.id}", max_chars=LONGEST_WORDS, height=160,
            placeholder="What went well, what did not, and what you want people to do about it.",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                "Keep the words", type="primary", key="report_keep", **clicks.carries("report_keep", found.changed_at)
            )
            afresh = st.form_submit_button("Take the figures anew", key="report_afresh", icon=":material/refresh:")
    seen = clicks.clicked("report_keep")
    if seen is not None:
        deed = lambda: weekly.write(here.house.store, here.token, found.id, typed, seen[0])  # noqa: E731
        if context.attempt(deed, done="Kept."):
            st.rerun()
    elif afresh:
        take_figures(here, found.week)


def sending(here: Here, found: Report) -> None:
    """To whom, and off. It cannot be taken back, so the button says what happens."""
    st.subheader("Send it", anchor=False)
    if here.house.mailer is None:
        st.caption("No mail server is set (TACT_SMTP_URL), so it cannot be sent from here. Download the PDF instead.")
        return
    people = view.readers(here.house.store)
    reached = {one: name for one, name, has_address in people if has_address}
    if not reached:
        st.caption("Nobody in the team has an e-mail address yet. Each person gives theirs on their own page.")
        return
    chosen = st.pills(
        "To", list(reached), format_func=lambda one: reached[one], selection_mode="multi", key="report_to"
    )
    without = [escape(name) for _, name, has_address in people if not has_address]
    if without:
        st.caption(f"Without an address: {', '.join(without)}.")
    st.caption("A report that was sent stays as it is: its figures and words can no longer be changed.")
    st.button(
        "Send and freeze it", type="primary", key="report_send", icon=":material/send:",
        **clicks.carries("report_send", found.changed_at, tuple(chosen)),
    )  # fmt: skip
    seen = clicks.clicked("report_send")
    if seen is not None:
        deed = lambda: weekly.send(here.house.store, here.token, found.id, seen[1], seen[0])  # noqa: E731
        if context.attempt(deed, done="On its way. Calls out shows whether the mail server took it."):
            st.rerun()
