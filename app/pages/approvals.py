"""Approvals: what waits for this person's signature, the most urgent first, and one whole case on one screen."""

from __future__ import annotations

import streamlit as st

from app.ui import case, clicks, context, links, live, my_number
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import span
from app.views.approvals import ApprovalsView, Waiting, approvals_view, queue
from data.reference import playbook
from workflow import looks


def draw() -> None:
    """The queue as a row of choices, the open case, and what waits for others."""
    here = context.here()
    st.title("Approvals")
    # What is open stays open until it is answered, also when something more urgent arrives under the reader's thumb.
    chosen = links.number("draft") or st.session_state.get(case.OPEN)
    view = approvals_view(here.house, here.person, chosen)
    st.session_state[case.OPEN] = view.case.id if view.case else None
    answered = clicks.clicked("sign")
    if answered and (view.case is None or view.case.id != answered[0]):
        case.sign(here, *answered)
        answered = None
    my_number.on_queue(here, [line.id for line in view.mine], view.now)
    live.changed("queue_changed", view.stamp, lambda: queue(here.house, here.person), "The queue has changed: show it")
    if view.case is None:
        st.success("Nothing waits for your signature.", icon=":material/done_all:")
    else:
        with context.read_only("look"):  # a case can be read, and refused, while nothing can be noted
            looks.note_look(here.house.store, here.token, view.case.id, view.case.number)
        if len(view.mine) > 1:
            _choose(here, view)
        case.draw(here, view, view.case, answered)
    if view.others:
        markdown("#### Waiting for others")
        for line in view.others:
            _line(here, view, line)


def _choose(here: Here, view: ApprovalsView) -> None:
    assert view.case is not None
    # What was opened by a link may be one that does not wait for this reader.
    lines = {line.id: line for line in (*view.mine, *view.others) if not line.why_not or line.id == view.case.id}

    def go() -> None:
        st.query_params["draft"] = str(st.session_state["case"])

    st.session_state["case"] = view.case.id
    st.selectbox(
        f"{len(lines)} wait for you, the most urgent first",
        list(lines),
        key="case",
        format_func=lambda one: f"{_left(view, lines[one])} · {shorten(lines[one].text, 60)}",
        on_change=go,
    )


def _left(view: ApprovalsView, line: Waiting) -> str:
    if line.closes_at is None:
        return "no hurry"
    left = line.closes_at - view.now
    return f"{span(left)} left" if left.total_seconds() > 0 else "its time has passed"


def _line(here: Here, view: ApprovalsView, line: Waiting) -> None:
    with st.container(border=True, gap="xxsmall"):
        links.to_draft(line.id, escape(shorten(line.text, 90)))
        label = playbook(line.platform).label
        markdown(f":small[:gray[{label} · {escape(line.author)} · {_left(view, line)} · {line.why_not}]]")


draw()
