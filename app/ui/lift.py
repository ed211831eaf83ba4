"""What speaking is worth, on the KPI page: the lift with its interval, or why nothing can be said; and the share."""

from __future__ import annotations

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import markdown
from workflow.measuring import holdout
from workflow.rules.lift import LEAST_EACH, MOST_SHARE, WORTH_SEEING, Lift
from workflow.rules.roles import may

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, MOST_SHARE)


def section(here: Here) -> None:
    """For everybody who reads KPIs; the choice of a share for managers."""
    with here.house.store.read() as tx:
        share, found = holdout.share_of(tx), holdout.result(tx)
    st.subheader("What is speaking worth?", anchor=False)
    if share == 0 and not (found.spoken or found.silent):
        st.caption(
            "Unknown, and engagement cannot tell: a post is only ever compared with other posts. Leave a random share "
            "of the moments alone, and after a while the days with a word can be held against the days without."
        )
    else:
        for line in in_words(found):
            markdown(line)
    if may(here.person.role, "experiment"):
        _choice(here, share)


def in_words(found: Lift) -> tuple[str, ...]:
    """The comparison in two or three sentences, each with how many moments stand behind it."""
    kept = found.silent - found.kept_silent
    broken = f", {kept} of them spoken about all the same" if kept else ""
    of = f"{found.spoken} moments drawn to be spoken about, {found.silent} to be left alone{broken}."
    if found.lift is None or found.low is None or found.high is None:
        return (f"**Too few moments to say anything.** {of} From {LEAST_EACH} on each side there is a first answer.",)
    interval = f"between {found.low:+.0%} and {found.high:+.0%}"
    if found.says:
        first = f"**{found.lift:+.0%} mentions of the brand in the day after**, at 95 % confidence {interval}."
    else:
        first = f"**No difference can be told yet**: {found.lift:+.0%} mentions in the day after, {interval}."
    if found.wanted is None or min(found.spoken, found.silent) >= found.wanted:
        return first, of
    more = (
        f"To tell a lift of {WORTH_SEEING:.0%}, which the guide calls the least that pays, it takes about "
        f"{found.wanted} moments on each side."
    )
    return first, of, more


def _choice(here: Here, share: float) -> None:
    on = f"{share:.0%} of go moments are left alone" if share else "No moment is left alone on purpose"
    with st.expander(f"Holdout: {on}", icon=":material/shuffle:", key="holdout"):
        st.caption(
            "The draw falls when two people have decided on a go, before a word is written, and cannot be repeated. "
            "Planned posts are never drawn. A social lead or a manager can speak all the same, with a reason; the "
            "moment then still counts as one that was drawn for silence."
        )
        with st.form("holdout_form", border=False):
            options = sorted({*SHARES, share})
            chosen = st.select_slider(
                "Share of go moments left alone", options, value=share, format_func=lambda one: f"{one:.0%}",
                key="holdout_share",
            )  # fmt: skip
            st.form_submit_button("Keep this share", key="holdout_save", **clicks.carries("holdout_save", share))
    seen = clicks.clicked("holdout_save")
    if seen is None:
        return
    deed = lambda: holdout.set_share(here.house.store, here.token, float(chosen), seen[0])  # noqa: E731
    if context.attempt(deed, done="It holds for every moment that is decided from now on."):
        st.rerun()
