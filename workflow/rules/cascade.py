"""From the channel that led to the next ones: in which order, within which hours, and when not. Pure.

The guide: one channel leads (0–2 hours); where it passes twice its baseline, Instagram and LinkedIn follow (2–6 hours),
then blog or e-mail (6–24 hours) if it stays strong; never everywhere at once, because that clogs approval and gives up
the speed of one channel. A step only says that a draft may be prepared: its words, signatures and time stay its own.
Ours: never two at once even inside a step, nothing while a hold covers it, and nothing on top of what turns negative.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.reference import Playbook
from data.reference.characters import count_characters
from workflow.rules.drafts import FINAL, State
from workflow.rules.questions import ABOVE_BASELINE

Counting = Callable[[str], int]
LEAD_MINUTES = 120
"""The guide: in its first two hours the lead channel shows whether the idea carries."""


@dataclass(frozen=True)
class Stage:
    """One step of the guide's order: from when to when after the lead was published, and where."""

    number: int
    label: str
    opens: timedelta
    closes: timedelta
    platforms: tuple[str, ...]


STAGES = (
    Stage(1, "secondary channels", timedelta(hours=2), timedelta(hours=6), ("instagram_feed", "linkedin")),
    Stage(2, "own channels", timedelta(hours=6), timedelta(hours=24), ("blog", "email")),
)


class StepState(StrEnum):
    """Where a step is."""

    WAITING = "waiting"
    PREPARED = "prepared"  # there is a draft
    DECLINED = "declined"  # by a person
    CLOSED = "closed"  # its window is over, or the lead is gone


@dataclass(frozen=True)
class Planned:
    """A step before it is stored."""

    step: int
    platform: str
    channel: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Step:
    """A stored step. `draft`: the state of its draft, None while it has none. `held`: a hold would cover it."""

    platform: str
    label: str
    stage: int
    state: StepState
    opens_at: datetime
    closes_at: datetime
    draft: State | None
    held: bool


@dataclass(frozen=True)
class Lead:
    """How the leading post fares now. `ratio`: its engagement against its baseline, None where nobody can tell."""

    ratio: float | None
    gone: bool
    negative: bool


@dataclass(frozen=True)
class Next:
    """What becomes of a step now: "prepare", "wait" or "close", and why in a sentence."""

    what: str
    why: str


def begins(ratios: Mapping[int, float]) -> float | None:
    """The first ratio to the baseline above the guide's line within the lead's two hours, by age in minutes."""
    passed = [ratio for age, ratio in sorted(ratios.items()) if age <= LEAD_MINUTES and ratio > ABOVE_BASELINE]
    return passed[0] if passed else None


def plan(published_at: datetime, ways: Mapping[str, str], taken: Collection[str]) -> tuple[Planned, ...]:
    """The steps after a lead, in order. `ways`: the team's channel for each platform that it has; `taken`: where this
    moment is spoken about already, the lead's own platform among them."""
    return tuple(
        Planned(stage.number, platform, ways[platform], published_at + stage.opens, published_at + stage.closes)
        for stage in STAGES
        for platform in stage.platforms
        if platform in ways and platform not in taken
    )


def decide(steps: Sequence[Step], lead: Lead, now: datetime) -> tuple[Next, ...]:
    """What becomes of each step now, in their order; at most one of them is to be prepared."""
    found: list[Next] = []
    busy = next((one.label for one in steps if _under_way(one, now)), "")
    for one in steps:
        told = _decide(one, lead, now, busy)
        if told.what == "prepare":
            busy = one.label
        found.append(told)
    return tuple(found)


def _decide(one: Step, lead: Lead, now: datetime, busy: str) -> Next:
    if one.state == StepState.PREPARED:
        over = now > one.closes_at and one.draft not in FINAL
        return Next("wait", "Its window is over: send it all the same, or withdraw it." if over else "")
    if one.state != StepState.WAITING:
        return Next("wait", "")
    if lead.gone:
        return Next("close", "The post that led was taken down.")
    if now > one.closes_at:
        return Next("close", "Its window is over.")
    reasons = (
        (now < one.opens_at, "Its window is not open yet."),
        (one.held, "A hold covers it."),
        (lead.negative, "The replies to the post that led are turning negative."),
        (one.stage == 2 and not _strong(lead), f"The lead is not above {ABOVE_BASELINE:.0f} × its usual any more."),
        (bool(busy), f"One at a time: {busy} comes first. Finish it, or decline it."),
    )
    why = next((said for holds, said in reasons if holds), None)
    return Next("wait", why) if why is not None else Next("prepare", "")


def _strong(lead: Lead) -> bool:
    return lead.ratio is not None and lead.ratio > ABOVE_BASELINE


def _under_way(one: Step, now: datetime) -> bool:
    """A draft that is neither out nor given up keeps the next one waiting, until its own window is over."""
    settled = one.draft is None or one.draft in FINAL or one.draft == State.EXPIRED
    return one.state == StepState.PREPARED and not settled and now <= one.closes_at


def beginning(text: str, book: Playbook) -> str:
    """The lead's words as a beginning for another platform: within its limit, with a first line where it needs one."""
    words = text.strip()
    if book.head is not None:
        words = f"{_cut(words.splitlines()[0] if words else '', book.head.limit, len)}\n\n{words}"
    if book.text_limit is None:
        return words
    return _cut(words, book.text_limit, lambda some: count_characters(book, some))


def _cut(text: str, limit: int, count: Counting) -> str:
    """At most so long, cut behind a word."""
    if count(text) <= limit:
        return text
    kept = text
    while kept and count(f"{kept}…") > limit:
        shorter = kept.rstrip().rpartition(" ")[0]
        kept = shorter or kept[:-1]
    return f"{kept.rstrip()}…" if kept else ""
