"""The countdowns of a moment: the platform's target and closing, and the window of the quadrant it fell into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.ui.times import span
from app.views.cards import Card
from app.views.words import DECISION
from data.reference import Playbook
from workflow.rules.windows import Band, band, minutes_since


@dataclass(frozen=True)
class Clock:
    """A countdown: what it counts to, and how long is left (below zero: past). `band` is how the moment stands."""

    title: str
    left: timedelta
    band: Band


def clocks(card: Card, book: Playbook, now: datetime) -> tuple[Clock, ...]:
    """The platform's target and closing, and the quadrant's window, as far as there are any."""
    target, closes = book.target_minutes[1], book.closes_minutes
    minutes = minutes_since(now, card.raised_at)
    stands = band(minutes, target, closes if closes is not None else float("inf"))

    def until(minutes: float) -> timedelta:
        return card.raised_at + timedelta(minutes=minutes) - now

    found = [Clock(f"{book.label}: answer within {span(timedelta(minutes=target))}", until(target), stands)]
    if closes is not None:
        found.append(Clock(f"{book.label}: over after {span(timedelta(minutes=closes))}", until(closes), stands))
    if card.closes_at is not None:
        left = card.closes_at - now
        inside = Band.IN_TIME if left >= timedelta() else Band.CLOSED
        found.append(Clock(f"{DECISION[card.decision].text}: the quadrant's window", left, inside))
    return tuple(found)


def late(left: timedelta) -> str:
    """How long something is overdue, in the unit that a person would use."""
    minutes = int(-left.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = minutes // 60
    return "1 hour" if hours == 1 else f"{hours} hours"


def ticking(left: timedelta) -> str:
    """A countdown: `11:32`, or `3 h 05 min` beyond an hour; never below zero."""
    seconds = max(0, int(left.total_seconds()))
    if seconds >= 60 * 60:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
    return f"{seconds // 60}:{seconds % 60:02d}"
