"""The page of a falling mood: how much is negative, against what is usual, and the very posts. No place to join in."""

from __future__ import annotations

import streamlit as st

from app.ui import charts
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time, zone_of
from app.views.moment import MomentView
from app.views.moment_mood import MOST_READ, MoodView


def evidence(here: Here, moment: MomentView, mood: MoodView) -> None:
    """The figures that fired it, with how sure they are, and the hours around."""
    with st.container(border=True, gap="small"):
        markdown(
            f"**{_percent(mood.share)} of {mood.scored} posts are negative.** Usual are {_percent(mood.usual)}; with "
            f"so many posts read, the true share lies between {_percent(mood.low)} and {_percent(mood.high)}."
        )
        st.caption(
            "This is about people's mood, not an occasion: nobody scores it and no post is drafted on it. Read what "
            "they say, tell customer service, and think of a hold."
        )
    if len(mood.hours) > 1:
        zone = zone_of(here.person)
        last = mood.hours[-1]
        told = f"Share of negative posts by the hour, {_percent(last.share)} at last, usual is {_percent(mood.usual)}"
        charts.draw(charts.shares(mood.hours, mood.usual, moment.card.raised_at, zone), 200, told)
    raised = clock_time(moment.card.raised_at, here.person, moment.now)
    st.caption(f"Told {raised}. At most {MOST_READ} of its posts an hour are read, spread over the hour.")
    st.caption(f"Now: {escape(mood.now_says)}")


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
