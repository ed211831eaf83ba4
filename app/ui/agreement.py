"""The part of the KPI page that says how far people agree with the machine: a chart, a table, and how to say no."""

from __future__ import annotations

import streamlit as st

from app.ui import charts
from app.ui.context import Here
from app.views import agreement as view


def section(here: Here) -> None:
    """By week: what people took as it was, and which way they corrected the rest."""
    st.subheader("Do people agree with the machine?", anchor=False)
    found = view.read(here.house.store, here.person)
    if not found.lines:
        st.caption(
            f"Nobody has acted on a verdict or said a word on one in the last {found.weeks} weeks. To say one: open a "
            "moment and press “Is that right?” under its verdict, or under one of the texts."
        )
        return
    rows = [(f"{line.begins:%Y-%m-%d}", line.kind, line.share, line.verdicts) for line in found.lines]
    charts.draw(charts.agreement(rows), 260, f"Share of verdicts that people agreed with. {found.newest}")
    st.dataframe(
        [
            {
                "Week from": line.begins,
                "Verdict on": line.kind,
                "Acted on": line.verdicts,
                "Agreed": line.agreed,
                "Share": f"{line.share:.0%}",
                "Made darker": line.darker,
                "Made milder": line.milder,
                "Another kind": line.other,
            }
            for line in found.lines
        ],
        hide_index=True,
        width="stretch",
        key="agreement_table",
    )
    st.caption(
        "A verdict counts once, in the week in which people decided about its moment, submitted a draft on it, or said "
        "a word on it. Acted on without a word counts as agreed; a text counts only where somebody said a word."
    )
