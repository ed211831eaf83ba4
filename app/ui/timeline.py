"""The posts on the Schedule page: the days to come, what a person posts by hand, and what is stuck."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from app.ui import answered, context, links, media_case, take_down
from app.ui.context import Here
from app.ui.frame import scope_in_words
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago, clock_time
from app.views.media import pictures_of_draft
from app.views.schedule import Post, ScheduleView
from app.views.waiting import Waiting
from data.reference import playbook
from publishing import outbox
from workflow.deletion import Stage
from workflow.rules.drafts import PLAIN_STATE, State
from workflow.rules.roles import may

BY_HAND = {"reply": "post them as a reply to the post below", "quote": "post them, quoting the post below"}
LOOK = {
    State.IN_REVIEW: ("blue", ":material/approval:", "in review"),
    State.SCHEDULED: ("green", ":material/schedule:", "scheduled"),
    State.HELD: ("red", ":material/front_hand:", "on hold"),
    State.PUBLISHING: ("orange", ":material/upload:", "leaving now"),
    State.PUBLISHED: ("gray", ":material/check:", "published"),
    State.BY_HAND: ("orange", ":material/pan_tool_alt:", "post it now"),
    State.UNKNOWN: ("red", ":material/help:", "is it out?"),
    State.NEEDS_TIME: ("orange", ":material/more_time:", "needs a new time"),
    State.BLOCKED: ("red", ":material/block:", "blocked"),
    State.EXPIRED: ("gray", ":material/hourglass_disabled:", "expired"),
}


def days(here: Here, view: ScheduleView) -> None:
    """The timeline, day by day in the reader's zone."""
    today = view.now.astimezone(here.person.zone_info).date()
    for day, posts in view.days:
        markdown(f"#### {_day(day, today)}")
        for post in posts:
            _line(here, post, view)


def _day(day: date, today: date) -> str:
    name = {0: "Today, ", 1: "Tomorrow, ", -1: "Yesterday, "}.get((day - today).days, "")
    return f"{name}{day:%A} {day.day} {day:%B}"


def _line(here: Here, post: Post, view: ScheduleView) -> None:
    assert post.at is not None
    out = view.outs.get(post.id)
    with st.container(border=True, gap="xxsmall"):
        clock = f"{post.at.astimezone(here.person.zone_info):%H:%M}"
        markdown(f"**{clock}** {_badge(post.state)} :gray[{playbook(post.platform).label}{_elsewhere(here, post)}]")
        links.to_draft(post.id, escape(shorten(post.text, 120)))
        signed = f"signed by {' and '.join(post.signed)}" if post.signed else ""
        said = " · ".join(part for part in (post.standing or signed, post.address, post.why) if part)
        if said:
            markdown(f":small[:gray[{escape(said)}]]")
        _waiting(here, post, view.now)
        stopped = [f"A hold is on {scope_in_words(scope)}." for scope in post.holds]
        for one in [*stopped, *post.refusals]:
            markdown(f":small[:red[{escape(one)}]]")
        if out is not None and out.stage == Stage.DONE:
            markdown(":small[:gray-badge[:material/delete: taken down]]")
        elif out is not None:
            take_down.button(here, out, "schedule")


def _waiting(here: Here, post: Post, now: datetime) -> None:
    """What it waits for, when it is tried or asked about next, and what the platform said."""
    found = post.waiting
    if found is None:
        return
    said = f" {escape(found.said)}" if found.said and found.said != post.why else ""
    markdown(f":small[:orange[:material/hourglass_top:] {escape(found.sentence)}{_next(here, found, now)}{said}]")


def _next(here: Here, found: Waiting, now: datetime) -> str:
    if found.next_try_at is None:
        return ""
    if found.next_try_at <= now:
        return f" **{found.trying}: now.**"
    return f" **{found.trying}: {clock_time(found.next_try_at, here.person, now)}.**"


def _badge(state: State) -> str:
    colour, icon, words = LOOK[state]
    return f":{colour}-badge[{icon} {words}]"


def _elsewhere(here: Here, post: Post) -> str:
    """The clock that it was planned by, where that is not the reader's."""
    if post.at is None or post.zone in ("UTC", here.person.zone):
        return ""
    there = post.at.astimezone(ZoneInfo(post.zone))
    if there.utcoffset() == post.at.astimezone(here.person.zone_info).utcoffset():
        return ""  # another name for the reader's own clock: the same time twice would only make them look again
    return f" · {there:%H:%M} in {escape(post.zone)}"


def due(here: Here, view: ScheduleView) -> None:
    """Posts that wait for a person's hands or eyes: copy, post, and give the address."""
    for post in view.due:
        with st.container(border=True):
            markdown(f"{_badge(post.state)} **{playbook(post.platform).label}** :gray[{_since(post, view.now)}]")
            if post.state == State.UNKNOWN:
                markdown(f"Nobody knows whether this is out. {escape(post.why)} Look on the platform, then say so.")
                _waiting(here, post, view.now)
            else:
                how = BY_HAND.get(post.answering.get("kind", ""), "post them")
                markdown(f"Copy these words exactly, {how}, and paste the address.")
            st.code(post.text, language=None, wrap_lines=True)
            if post.answering:
                answered.draw(post.answering)
                answered.link(post.answering, f"due_{post.id}")
            media_case.by_hand(here, post.id, pictures_of_draft(here.house, here.person, post.id))
            if view.can_post:
                _is_out(here, post)
            if view.can_settle:
                _is_not_out(here, post)


def _since(post: Post, now: datetime) -> str:
    return f"due {ago(post.at, now)}" if post.at is not None else ""


def _is_out(here: Here, post: Post) -> None:
    with st.form(f"out_{post.id}", border=False):
        address = st.text_input("Address of the post", key=f"address_{post.id}", placeholder="https://")
        with st.container(horizontal=True):
            sent = st.form_submit_button("It is out", type="primary")
            gone = may(here.person.role, "take_down") and st.form_submit_button("It is out and must go")
    done = "Noted. Delete it on the platform now: it is listed above." if gone else "Noted: it is out."
    if (sent or gone) and context.attempt(
        lambda: outbox.posted_by_hand(here.house.store, here.token, post.id, address, take_down=gone), done=done
    ):
        if gone:
            here.house.remover().remove_due()
        st.rerun()


def _is_not_out(here: Here, post: Post) -> None:
    with st.popover("It is not out"):
        why = st.text_input("Why, or how you know", key=f"not_out_why_{post.id}")
        if st.button("It is not out", key=f"not_out_{post.id}", type="primary") and context.attempt(
            lambda: outbox.not_posted(here.house.store, here.token, post.id, why),
            done="Noted. It needs a new time and fresh signatures.",
        ):
            st.rerun()


def attention(here: Here, view: ScheduleView) -> None:
    """What stopped on its way, with the reasons in words and the way back."""
    for post in view.attention:
        with st.container(border=True, gap="xxsmall"):
            markdown(f"{_badge(post.state)} :gray[{playbook(post.platform).label} · {escape(post.author)}]")
            links.to_draft(post.id, escape(shorten(post.text, 120)))
            for said in post.refusals or ((post.why,) if post.why else (PLAIN_STATE[post.state],)):
                markdown(f":small[{escape(said)}]")
