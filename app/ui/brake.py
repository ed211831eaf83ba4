"""The brake on the Schedule page: pause in two clicks, and let go only when two people agree."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from app.ui import context, password, style
from app.ui.caught import how_many, listed
from app.ui.clicks import carries, clicked
from app.ui.context import Here
from app.ui.frame import scope_in_words
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago, clock_time
from app.views.schedule import HoldView, ScheduleView
from data.reference import playbooks
from scoring.contract import Scope
from workflow import hold
from workflow.blackout import HOURS
from workflow.rules.drafts import PLAIN_STATE, State

_ASKED = "brake_asked"
KINDS = {
    "everything": "Everything",
    "promotional": "Promotional posts",
    "region": "A region",
    "topic": "A topic",
    "channel": "A platform",
}
FIELDS = {"promotional": "Where (empty: everywhere)", "region": "A region", "topic": "A topic"}
BY_HAND = "Handed to a person, who may be posting it now. Ask them; it comes back as a question:"
LEAVING = "On its way already. This cannot stop it any more:"
BECAME = {State.PUBLISHED: "it is out", State.PUBLISHING: "still on its way", State.BLOCKED: "stopped after all"}


def pause(here: Here, view: ScheduleView) -> None:
    """First click: what it would stop, with a scope and a note. Second click: done."""
    style.red("brake")
    with st.container(key="brake"):
        if not st.session_state.get(_ASKED):
            if st.button("Pause everything", type="primary", icon=":material/front_hand:", key="pause"):
                st.session_state[_ASKED] = True
                st.rerun()
            return
        with st.container(border=True):
            _confirm(here, view)


def _confirm(here: Here, view: ScheduleView) -> None:
    kind = st.segmented_control(
        "What stops",
        list(KINDS),
        default="everything",
        key="brake_kind",
        format_func=lambda one: KINDS[one],
        required=True,
    )
    scope = Scope(str(kind), _value(str(kind), view))
    named = scope.kind in ("everything", "promotional") or bool(scope.value)
    count = _what_it_meets(here, scope, view) if named else 0
    hours = _until(view)
    note = st.text_input("Why (may stay empty)", key="brake_note", placeholder="The second person will read it")
    row = st.container(horizontal=True)
    word = "Pause now" if not named else f"Pause now: {_waiting(count)}"
    if row.button(word, type="primary", icon=":material/front_hand:", key="pause_now", disabled=not named):
        end = None if hours is None else view.now + timedelta(hours=hours)
        paused: list[hold.Paused] = []
        deed = lambda: paused.append(hold.open_by_person(here.house.store, here.token, scope, note, end))  # noqa: E731
        if context.attempt(deed):
            st.session_state[context.NOTICE] = _paused(paused[0])
            del st.session_state[_ASKED]
            st.rerun()
    if row.button("Go on as before", key="pause_not"):
        del st.session_state[_ASKED]
        st.rerun()


def _what_it_meets(here: Here, scope: Scope, view: ScheduleView) -> int:
    """Say what a pause would stop, by name, and what it comes too late for. How many it stops."""
    met = hold.would_catch(here.house.store, scope)
    stops = f"**{_waiting(len(met.stops))}** now, and every later one that it covers"
    if not met.stops:
        stops = "nothing that waits now, but every later post that it covers"
    markdown(f"This stops {stops}, until two people lift it, one of them a manager.")
    listed(here, met.stops, view.now)
    if met.held:
        markdown(f":small[:gray[{how_many(len(met.held))} of these are on hold already.]]")
    for posts, words in ((met.by_hand, BY_HAND), (met.leaving, LEAVING)):
        if posts:
            markdown(f":orange[{words}]")
            listed(here, posts, view.now)
    return len(met.stops)


def _waiting(count: int) -> str:
    return "1 waiting post" if count == 1 else f"{count} waiting posts"


def _until(view: ScheduleView) -> int | None:
    """After how many hours people look at it again; None: whenever they like."""
    return st.segmented_control(
        "Planned for",
        [*HOURS, None],
        default=view.blackout_hours,
        key="brake_hours",
        format_func=lambda hours: "no set time" if hours is None else f"{hours} hours",
        help="A planned end reminds people to look again. It lifts nothing by itself.",
    )


def _value(kind: str, view: ScheduleView) -> str:
    """Which region, topic or platform. What waits now is offered; another word can be typed."""
    if kind == "channel":
        books = playbooks()
        return str(st.selectbox("Platform", list(books), key="brake_channel", format_func=lambda key: books[key].label))
    if kind == "everything":
        return ""
    by_topic = kind == "topic"
    hint = "A hashtag or a few words" if by_topic else "A code such as GB or US-NJ"
    picked = st.selectbox(
        FIELDS[kind],
        view.topics if by_topic else view.regions,
        index=None,
        key=f"brake_{kind}",
        placeholder=hint,
        accept_new_options=True,
    )
    return (picked or "").strip() if by_topic else (picked or "").strip().upper()


def one_hold(here: Here, view: HoldView, now: datetime) -> None:
    """A hold that is on: its reasons with their evidence, its planned end, and who agreed to lift it."""
    found, place = view.hold, f"lift_{view.hold.id}"
    with st.container(border=True):
        posts = how_many(len(view.under.posts))
        since = f"{clock_time(found.opened_at, here.person, now)} ({ago(found.opened_at, now)})"
        markdown(f":red[:material/front_hand:] **On hold: {escape(scope_in_words(found.scope))}** · {posts}")
        markdown(f":small[:gray[Opened by {escape(found.opened_by)} at {since}{_end(here, view, now)}]]")
        if found.note:
            markdown(f"“{escape(found.note)}”")
        for reason in found.reasons:
            evidence = f" :gray[“{escape(shorten(reason.evidence, 160))}”]" if reason.evidence else ""
            markdown(f"- {escape(reason.text)}{evidence}")
        if view.under.leaving:
            markdown(":orange[Still on its way from before the hold began:]")
            listed(here, view.under.leaving, now)
        if view.under.posts:
            markdown(f"It stops {posts}, which go back to review when it is lifted:")
            listed(here, view.under.posts, now)
        for name, why in view.said:
            markdown(f":small[:material/check: {escape(name)} agrees to lift it: {escape(why)}]")
        markdown(f":small[{escape(found.wanted)}]")
        if password.waiting(place):
            if password.ask(here, place):
                st.rerun()
        elif view.can_agree:
            _agree(here, view, place)


def _end(here: Here, view: HoldView, now: datetime) -> str:
    end = view.hold.planned_end
    if end is None:
        return ""
    at = clock_time(end, here.person, now)
    return f" · its planned end ({at}) has passed: look again" if view.over else f" · planned until {at}"


def _paused(done: hold.Paused) -> str:
    """What the pause did, and what became of the posts that it came too late for."""
    began = ", ".join(f"draft {one} ({BECAME.get(state, PLAIN_STATE[state])})" for one, state in done.became.items())
    late = f" Already on its way when you pressed: {began}." if began else ""
    return f"Paused. {how_many(len(done.stopped))} held.{late}"


def _agree(here: Here, view: HoldView, place: str) -> None:
    with st.form(place, border=False):
        why = st.text_input("Why it is right to speak again", key=f"{place}_why")
        st.form_submit_button("Agree to lift", **carries(place, view.under.stamp))
    pressed = clicked(place)
    if pressed is not None:
        seen = pressed[0]
        deed = lambda: hold.lift(here.house.store, here.token, view.hold.id, why, seen)  # noqa: E731
        if password.attempt(place, deed, "Your word is kept. The hold is off once all whose agreement it needs agree."):
            st.rerun()
