"""The settings of a backtest, and its answer: numbers, the week as a chart, the alerts with posts of their hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from app.ui import backtest_chart, charts
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import clock_time, zone_of
from app.views import backtest as view
from monitors.compare import Compared, Raised
from workflow import watching
from workflow.setup import words
from workflow.watching import Watched

FIELDS = ("terms", "exclusions", "floor", "cooldown", "languages")
MOST_TIMES = 4


def fields(choice: view.Choice) -> Callable[[], Watched] | None:
    """The form, filled with today's settings. At "Compare": what checks and gives the settings that were asked for."""
    state, number, now = st.session_state, choice.id, choice.watched
    first = ("\n".join(now.terms), "\n".join(now.exclusions), now.floor, now.cooldown_minutes, ", ".join(now.languages))
    for name, value in zip(FIELDS, first, strict=True):
        state.setdefault(f"backtest_{name}_{number}", value)
    with st.form(f"backtest_form_{number}", enter_to_submit=False):
        left, right = st.columns(2)
        terms = left.text_area("Words to watch", key=f"backtest_terms_{number}", height=90)
        without = right.text_area("Leave out texts with", key=f"backtest_exclusions_{number}", height=90)
        low, wait, speak = st.columns(3)
        floor = low.number_input(
            "Never below … uses an hour", 1, watching.HIGHEST_FLOOR, key=f"backtest_floor_{number}"
        )
        cooldown = wait.number_input(
            "Told again after … minutes", watching.LOWEST_COOLDOWN, watching.HIGHEST_COOLDOWN, None, 15,
            key=f"backtest_cooldown_{number}", placeholder="six hours, if empty",
        )  # fmt: skip
        languages = speak.text_input("Languages", key=f"backtest_languages_{number}", placeholder="nothing: all")
        if not st.form_submit_button("Compare", type="primary", icon=":material/compare_arrows:"):
            return None

    def asked() -> Watched:
        found = watching.checked(words(terms), words(without), int(floor))
        wait = None if cooldown is None else int(cooldown)
        return replace(now, **_words_of(found), languages=watching.codes(words(languages)), cooldown_minutes=wait)

    return asked


def _words_of(found: Watched) -> dict[str, Any]:
    return {"terms": found.terms, "exclusions": found.exclusions, "floor": found.floor}


def answer(here: Here, found: Compared) -> None:
    """What both sets would have raised."""
    today, these = len(found.today.alerts), len(found.these.alerts)
    both = f"**today's settings: {_alerts(today)}; these: {_alerts(these)}**"
    markdown(f"In {found.days} days {both}. {_difference(here, found)}")
    basis = "what was counted" if found.counted else f"{found.posts:,} posts"
    uses = f"{found.today.uses:,} with today's settings, {found.these.uses:,} with these"
    st.caption(f"Judged on {basis}. Uses in that time: {uses}.")
    if caution := view.caution(found):
        st.caption(f":material/hourglass_top: {escape(caution)}")
    alt = f"Uses an hour over {found.days} days; {_alerts(today)} with today's settings, {_alerts(these)} with these."
    charts.draw(backtest_chart.week(found, zone_of(here.person)), 260, alt)
    st.caption("○ an alert with today's settings, ▲ with these: at its minute and at the uses of the hour before it.")
    left, right = st.columns(2)
    with left:
        _list(here, "Today's settings", found.today.alerts, found.until)
    with right:
        _list(here, "These settings", found.these.alerts, found.until)


def _alerts(number: int) -> str:
    return "no alert" if not number else "1 alert" if number == 1 else f"{number} alerts"


def _difference(here: Here, found: Compared) -> str:
    said = []
    for some, what in ((found.only_today, "would not have been raised"), (found.only_these, "would be new")):
        if some:
            times = "; ".join(_when(here, one.told.at, found.until) for one in some[:MOST_TIMES])
            more = f" and {len(some) - MOST_TIMES} more" if len(some) > MOST_TIMES else ""
            said.append(f"{len(some)} {what}: {times}{more}.")
    return " ".join(said) or "Both would have told of the same moments."


def _when(here: Here, at: datetime, until: datetime) -> str:
    return escape(clock_time(at, here.person, until + timedelta(days=1)))


def _list(here: Here, title: str, alerts: tuple[Raised, ...], until: datetime) -> None:
    st.subheader(title, anchor=False)
    if not alerts:
        st.caption("Nothing would have been raised.")
    for one in reversed(alerts):
        with st.container(border=True, gap="xsmall"):
            told = one.told
            figures = f"{told.count:,.0f} in the hour, {told.ratio:,.1f} × the usual {told.baseline:,.1f}"
            markdown(f"**{_when(here, told.at, until)}** · {figures}")
            for text in one.samples:
                st.text(shorten(text, 140))
