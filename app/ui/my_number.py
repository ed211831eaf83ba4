"""One line under a page's title with the reader's own number. Kept for a minute, so that a rerun asks nothing.

A line and no row of boxes: on a phone the list below it is what people came for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import streamlit as st

from app.ui.context import Here
from app.ui.text import markdown
from app.ui.times import span
from app.views import desk, my_number
from app.views.kpis import minutes
from workflow.rules.roles import may

KEPT = "_my_number"
T = TypeVar("T")


def on_desk(here: Here, found: desk.Desk) -> None:
    """For whoever takes alerts: how many are open, which clock closes first, and how fast this week was."""
    if not may(here.person.role, "triage"):
        return
    week = _once_a_minute("desk", (), found.now, lambda: my_number.response(here.house.store))
    closing = min((at for card in found.cards if (at := card.closes_at) is not None and at > found.now), default=None)
    said = [f"**{len(found.ids)}** open"]
    if closing is not None:
        said.append(f"the first window closes in **{span(closing - found.now)}**")
    said.append(f"alert to post this week: {_in_words(week)}")
    _line(said)


def on_queue(here: Here, waiting: Sequence[int], now: datetime) -> None:
    """For whoever signs: how much waits for them, since when, and how long they took this week."""
    ids = tuple(sorted(waiting))
    found = _once_a_minute("queue", ids, now, lambda: my_number.signing(here.house.store, here.person, ids))
    said = [f"**{len(ids)}** waiting for you"]
    if found.oldest is not None:
        said.append(f"the oldest for **{span(now - found.oldest)}**")
    said.append(f"handed in to your signature this week: {_in_words(found.mine)}")
    _line(said)


def _in_words(found: my_number.Median) -> str:
    return "–" if found.minutes is None else f"**{minutes(found.minutes)}** in the middle, of {found.count}"


def _line(said: Sequence[str]) -> None:
    markdown(" · ".join(said))


def _once_a_minute(page: str, about: object, now: datetime, read: Callable[[], T]) -> T:
    """What was read in this minute for this page and these drafts, or read now."""
    minute = (about, now.replace(second=0, microsecond=0))
    kept = st.session_state.setdefault(KEPT, {})
    if page not in kept or kept[page][0] != minute:
        kept[page] = (minute, read())
    found: T = kept[page][1]
    return found
