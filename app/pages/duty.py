"""On duty: who is there now and until when, who comes in the coming week, who is away and who stands in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from app.ui import context, duty_forms, live
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time
from app.views import duty as view
from app.views.cover import in_words
from app.views.duty import Day, DutyView, Line, Present


def draw() -> None:
    """First what holds now, then what comes, then the forms."""
    here = context.here()
    found = view.read(here.house.store, here.person)
    st.title("On duty")
    live.changed("duty_changed", found.stamp, lambda: _stamp(here), "The rota has changed: show it")
    words = in_words(found.signers, here.person, found.now)
    if words:
        st.warning(escape(words), icon=":material/person_alert:")
    _now(here, found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _week(here, found)
    with right:
        _away(here, found)
        if found.may_arrange:
            _arrange(here, found)


def _now(here: Here, found: DutyView) -> None:
    if not found.has_rota:
        st.info(
            "**There is no rota yet**, so everybody with an account counts as on duty and is told everything. "
            + ("Put people on it below." if found.may_arrange else "The leads and managers can begin one."),
            icon=":material/groups:",
        )
        return
    if not found.there:
        markdown("**Nobody is on duty now.** What cannot wait is told to the leads and managers.")
        return
    with st.container(horizontal=True, gap="small"):
        for one in found.there:
            with st.container(border=True, width=250, gap=None):
                _present(here, found, one)


def _present(here: Here, found: DutyView, one: Present) -> None:
    sign = " :small[:green-badge[may sign]]" if one.signs else ""
    markdown(f"**{escape(one.name)}**{sign}")
    end = f"until {clock_time(one.until, here.person, found.now)}" if one.until else "all week"
    instead = f" · for {escape(one.instead_of)}" if one.instead_of else ""
    there = f"{found.now.astimezone(ZoneInfo(one.zone)):%H:%M} in {escape(one.zone)}"
    markdown(f":small[{one.role} · {end}{instead}]  \n:small[:gray[{there}]]")


def _week(here: Here, found: DutyView) -> None:
    markdown("#### The coming seven days")
    if not found.days:
        st.caption("Nobody is on the rota." if found.has_rota else "A rota shows here who comes when.")
        return
    st.caption(f"Times are yours ({here.person.zone}).")
    today = found.now.astimezone(here.person.zone_info).date()
    for one in found.days:
        name = "Today" if one.day == today else f"{one.day:%A}, {one.day.day} {one.day:%B}"
        markdown(f"**{name}**  \n" + "  \n".join(_line(one, line) for line in one.lines))


def _line(day: Day, line: Line) -> str:
    begins = f"{line.begins:%H:%M}" if line.begins.date() == day.day else f"{line.begins:%a %H:%M}"
    ends = f"{line.ends:%H:%M}" if line.ends.date() == day.day else f"{line.ends:%a %H:%M}"
    instead = f" for {escape(line.instead_of)}" if line.instead_of else ""
    return f"{begins} – {ends} · {escape(line.name)} :gray[({line.role}{instead})]"


def _away(here: Here, found: DutyView) -> None:
    markdown("#### Away")
    if not found.away:
        st.caption("Nobody is away.")
    for one in found.away:
        duty_forms.absence(here, found, one)
    with st.expander("Somebody is away" if found.may_arrange else "I am away", icon=":material/beach_access:"):
        duty_forms.away(here, found)


def _arrange(here: Here, found: DutyView) -> None:
    markdown("#### The rota")
    duty_forms.shifts(here, found)
    with st.expander("Put somebody on the rota", icon=":material/event_available:"):
        duty_forms.shift(here, found)


def _stamp(here: Here) -> str:
    with here.house.store.read() as tx:
        return view.stamp(tx)


draw()
