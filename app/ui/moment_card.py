"""The moment above a post: what it is about, what Tact thinks of it and why, and the time that is left."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app.ui import links
from app.ui.text import escape, markdown, shorten
from app.ui.times import ago, clock_time, span
from app.views.evidence import Evidence
from app.views.posts import MomentCard
from app.views.words import VERDICT, Badge
from workflow.access import Person

MOST_REASONS = 4


def badge(one: Badge) -> str:
    """A coloured word with its icon, for our own Markdown."""
    return f":{one.colour}-badge[{one.icon} {one.text}]"


def draw(card: MomentCard, person: Person, now: datetime, closes_at: datetime | None) -> None:
    """A frame with the topic, the two verdicts (Tact's and the two assessors'), the reasons and the window."""
    with st.container(border=True, gap="xsmall"):
        sure = f":small[:gray[{escape(card.sure)}]]" if card.sure else ""
        decision = badge(card.decision) if card.decision else ""
        markdown(f"**{escape(card.topic)}** {badge(card.verdict)} {sure} {decision}")
        against = f" against {card.baseline:g} usually" if card.baseline is not None else ""
        raised = clock_time(card.raised_at, person, now)
        markdown(f":small[{escape(card.category)} · noticed {raised} · {card.count} in the hour{against}]")
        said = ""
        for reason in card.reasons[:MOST_REASONS]:
            markdown(f":small[{_reason(reason, now, again=reason.sentence == said)}]")
            said = reason.sentence
        for one in card.doubts:
            said = f"**{escape(one.who)}** says “{VERDICT[one.person].text}”: {escape(one.reason)}"
            markdown(f":small[:orange[:material/person: {said}]]")
        if closes_at is not None:
            markdown(f":small[{window(closes_at, person, now)}]")
        st.page_link(
            links.MOMENT, label="The moment", icon=":material/insights:", query_params={"alert": str(card.alert_id)}
        )


def _reason(reason: Evidence, now: datetime, *, again: bool) -> str:
    """The sentence unless it was said `again`, the words it rests on, and whose they are."""
    words = f"“{escape(shorten(reason.words))}”" if reason.words else ""
    said = " – ".join(filter(None, ("" if again and words else escape(reason.sentence), words)))
    if reason.origin is None:
        return said
    whose = reason.origin.agency or reason.origin.source
    return f"{said} :gray[{escape(whose)}, {ago(reason.origin.at, now)}]"


def window(closes_at: datetime, person: Person, now: datetime) -> str:
    """`Window closes 15:20, 48 min left`; red when it is over, orange near the end."""
    left = closes_at - now
    if left.total_seconds() <= 0:
        return f":red[**The platform's window closed at {clock_time(closes_at, person, now)}.**]"
    colour = "orange" if left.total_seconds() < 30 * 60 else "gray"
    return f":{colour}[Window closes {clock_time(closes_at, person, now)}, {span(left)} left]"
