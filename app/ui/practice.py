"""Drills on the pages: a banner that nobody can take for a real pause, and the section with what was measured.

Apart from `brake`, so that the two never share a button, a colour or a word.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import clock_time, span
from app.views.drills import Drill, Drills, drills_view
from workflow import drill
from workflow.access import Person
from workflow.blackout import HOURS, set_blackout

PRACTICE = "PRACTICE – nothing is stopped"


def banner(person: Person | None) -> None:
    """While a drill runs, on every page: what it is, and "I have seen it" for whoever was told."""
    if person is None:
        return
    with context.house().store.read() as tx:
        found = drill.running(tx)
        mine = found is not None and drill.waits_for(tx, found["id"], person.id)
        now = tx.now
    if found is None:
        return
    since = clock_time(found["opened_at"], person, now)
    asks = " Say that you have seen it: your time is measured." if mine else ""
    st.info(f"**{PRACTICE}.** A drill of the pause has been running since {since}.{asks}", icon=":material/timer:")
    if mine and st.button("I have seen it", key="drill_seen", icon=":material/check:"):
        deed = lambda: drill.acknowledge(context.house().store, context.token() or "", found["id"])  # noqa: E731
        if context.attempt(deed):
            st.rerun()


def section(here: Here, now: datetime) -> None:
    """Practise, read what earlier drills measured, and say how long a blackout is planned for."""
    view = drills_view(here.house, here.person)
    reminder = view.due and view.may_drill
    label = "Drills: practise the pause" + (" – nobody has for 30 days" if reminder else "")
    with st.expander(label, icon=":material/timer:", expanded=view.running is not None):
        if reminder:
            st.warning("Nobody has practised for 30 days. A drill takes a minute and stops nothing.")
        st.caption(
            "A drill goes the way of a real pause and stops nothing. It measures how soon the gate is closed and "
            "everybody on duty has seen it, and ends by itself after 15 minutes."
        )
        if view.may_drill:
            _buttons(here, view)
        _table(here, view, now)
        if view.may_set_blackout:
            _blackout(here, view)


def _buttons(here: Here, view: Drills) -> None:
    store = here.house.store
    if view.running is None:
        if st.button("Start a drill", key="drill_start", icon=":material/timer:") and context.attempt(
            lambda: drill.start(store, here.house.scorer, here.token),
            done="Practice: the drill is running. Nothing is stopped.",
        ):
            st.rerun()
        return
    with st.form("drill_end", border=False):
        note = st.text_input("How it went (may stay empty)", key="drill_note")
        sent = st.form_submit_button("End the drill")
    if sent and context.attempt(lambda: drill.end(store, here.token, note), done="The drill is over."):
        st.rerun()


def _table(here: Here, view: Drills, now: datetime) -> None:
    if not view.all:
        return
    if view.median_gate is not None:
        markdown(f"The gate was closed after **{_short(view.median_gate)}** (median of {len(view.all)}).")
    st.dataframe([_row(here, one, now) for one in view.all], hide_index=True, width="stretch")
    newest = view.all[0]
    said = [f"{escape(name)}: {_seen(after, newest.over)}" for name, after in newest.seen]
    markdown(f":small[Seen in the newest: {' · '.join(said)}]")


def _row(here: Here, one: Drill, now: datetime) -> dict[str, str | int]:
    return {
        "When": clock_time(one.at, here.person, now),
        "By": one.by,
        "Posts it met": one.would_stop,
        "Gate closed after": _short(one.gate),
        "Way out empty after": _short(one.drained),
        "Workers": ", ".join(_short(after) for _, after in one.workers) or "none",
        "Seen by": f"{len(one.seen) - len(one.never)} of {len(one.seen)}",
        "Median to seen": _seen(one.median_seen, one.over),
        "Never answered": ", ".join(one.never) if one.over else "",
        "Note": one.note,
    }


def _seen(after: timedelta | None, over: bool) -> str:
    """How long a person took: seconds, not the milliseconds of a machine."""
    if after is None:
        return "never" if over else "not yet"
    return f"after {span(after)}"


def _short(took: timedelta | None) -> str:
    if took is None:
        return "never"
    return f"{took / timedelta(milliseconds=1):,.0f} ms" if took < timedelta(seconds=10) else span(took)


def _blackout(here: Here, view: Drills) -> None:
    picked = st.segmented_control(
        "A hold that the rules open is planned for",
        HOURS,
        default=view.blackout_hours,
        key="blackout_hours",
        format_func=lambda hours: f"{hours} hours",
        help="Counts for holds that open from now on. A planned end lifts nothing by itself.",
    )
    if picked is not None and picked != view.blackout_hours:
        context.attempt(lambda: set_blackout(here.house.store, here.token, picked), done="Kept.")
        st.rerun()
