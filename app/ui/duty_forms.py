"""The forms of the rota: a shift for somebody, and being away with a deputy."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views.duty import Away, Choice, DutyView, ShiftLine
from workflow import rota
from workflow.rules.quiet import WEEKDAYS
from workflow.rules.wall_clock import instant


def away(here: Here, view: DutyView, place: str = "away", *, only_self: bool = False) -> None:
    """Say that one is away; the leads, managers and administrators say it of anybody."""
    able = [one for one in view.choices if one.id == here.person.id or (view.may_arrange and not only_self)]
    mine = next((n for n, one in enumerate(able) if one.id == here.person.id), 0)
    who = able[mine]
    if len(able) > 1:
        who = st.selectbox("Who", able, index=mine, format_func=lambda one: one.name, key=f"{place}_who") or who
    with st.form(place, border=False, enter_to_submit=False):
        first, second = _instants(here, view, place)
        fitting = [one for one in view.choices if one.role == who.role and one.human != who.human]
        deputy = st.selectbox(
            "Deputy (same role; signs and is told instead)",
            fitting,
            index=None,
            format_func=lambda one: one.name,
            placeholder="Nobody stands in" if fitting else "Nobody else here has this role",
            key=f"{place}_deputy",
        )
        note = st.text_input("Note (may stay empty)", key=f"{place}_note", max_chars=rota.LONGEST_NOTE)
        sent = st.form_submit_button("Note the absence", type="primary", icon=":material/beach_access:")
    if sent and context.attempt(
        lambda: _go(here, who, first, second, deputy, note), done=f"{who.name} is down as away."
    ):
        st.rerun()


def _instants(here: Here, view: DutyView, place: str) -> tuple[datetime | None, datetime | None]:
    """From and until as the reader's clocks show them. An empty "from" is now, an empty "until" is open."""
    today = view.now.astimezone(here.person.zone_info).date()
    first, second = st.columns(2)
    begins = first.datetime_input(
        f"From (empty: now) – {here.person.zone}", value=None, min_value=datetime.combine(today, time(0)),
        key=f"{place}_from",
    )  # fmt: skip
    ends = second.datetime_input(
        "Until (empty: until you say so)", value=None, min_value=datetime.combine(today, time(0)), key=f"{place}_until"
    )
    return begins, ends


def _go(
    here: Here, who: Choice, begins: datetime | None, ends: datetime | None, deputy: Choice | None, note: str
) -> None:
    zone = here.person.zone
    first, last = (None if wall is None else instant(wall, zone) for wall in (begins, ends))
    rota.go_away(here.house.store, here.token, who.id, first, last, deputy.id if deputy else None, note)


def absence(here: Here, view: DutyView, one: Away) -> None:
    """An absence, and the button that ends it."""
    when = f"until {clock_time(one.ends, here.person, view.now)}" if one.ends else "until further notice"
    if one.begins > view.now:
        when = f"from {clock_time(one.begins, here.person, view.now)} {when}"
    stands_in = f"{escape(one.deputy)} stands in" if one.deputy else "nobody stands in"
    note = f" · “{escape(one.note)}”" if one.note else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        markdown(f"**{escape(one.name)}** {when} · {stands_in}{note}", width="content")
        word = "I am back" if one.mine else "Back"
        if one.begins > view.now:
            word = "Call it off"
        if (
            one.may_end
            and st.button(word, key=f"back_{one.id}", icon=":material/undo:")
            and context.attempt(lambda: rota.come_back(here.house.store, here.token, one.id), done="Noted.")
        ):
            st.rerun()


def shift(here: Here, view: DutyView) -> None:
    """Put somebody on the rota."""
    who = st.selectbox("Who", view.choices, format_func=lambda one: one.name, key="shift_who")
    with st.form("shift", border=False, enter_to_submit=False):
        days = st.pills(
            "On days",
            list(range(7)),
            format_func=lambda day: WEEKDAYS[day],
            selection_mode="multi",
            default=list(range(5)),
            key="shift_days",
        )
        first, second = st.columns(2)
        start = first.time_input("From", value=time(9), key="shift_start", step=timedelta(minutes=15))
        end = second.time_input("To (past midnight if earlier)", value=time(17), key="shift_end", step=900)
        zone = st.text_input("By the clocks of", value=who.zone, key=f"shift_zone_{who.id}")
        sent = st.form_submit_button("Put on the rota", type="primary", icon=":material/event_available:")
    if (
        sent
        and start is not None
        and end is not None
        and context.attempt(
            lambda: rota.add_shift(here.house.store, here.token, who.id, days, start, end, zone.strip()),
            done=f"{who.name} is on the rota.",
        )
    ):
        st.rerun()


def shifts(here: Here, view: DutyView) -> None:
    """Every shift, with the button that ends it."""
    for one in view.shifts:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            markdown(f"**{escape(one.name)}** · {escape(one.hours)}", width="content")
            st.button("End", key=f"end_{one.id}", icon=":material/event_busy:", **clicks.carries(f"end_{one.id}", one))
        if clicks.clicked(f"end_{one.id}") and _end(here, one):
            st.rerun()


def _end(here: Here, one: ShiftLine) -> bool:
    return context.attempt(lambda: rota.end_shift(here.house.store, here.token, one.id), done="Off the rota.")
