"""The guide's five questions about what is out: what is asked, what is compared, and what an answer consists of.

The questions and their lines are the guide's ("Actionable insights generation"); from how many posts, replies or
interactions on one may speak at all is ours. The answers themselves are given in `answers`; apart from it, because
pages, advices and tests share these words without asking anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from workflow.rules.metrics import Rate


class Question(StrEnum):
    """The five, in the order of how soon each must be heard (ours): what hurts first, then what costs."""

    TURNING = "turning"
    SPEND = "spend"
    AMPLIFY = "amplify"
    FOLLOW_UP = "follow_up"
    PLATFORM = "platform"


class Says(StrEnum):
    """The answer to the question as it is asked."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


ASKED: dict[Question, str] = {
    Question.TURNING: "Is it turning negative?",
    Question.SPEND: "Is the money behind it well spent?",
    Question.AMPLIFY: "Does it do better than usual?",
    Question.FOLLOW_UP: "Do people want more of it?",
    Question.PLATFORM: "Which platform answers this kind of moment best?",
}
# The guide's lines.
ABOVE_BASELINE = 2.0
SHARED_PERCENT = 8.0
CPE_TIMES_ORGANIC = 3.0
NEGATIVE_PERCENT = 20.0
LEAST_SPEND, MOST_SPEND = 50, 500
FAST_PER_HOUR = 5_000
"""The guide's example: 5,000 interactions in the first hour are worth the whole $500."""

# Ours: below these an answer says that there is too little to say.
BASELINE_POSTS = 5
LEAST_INTERACTIONS = 10
LEAST_IMPRESSIONS = 200
LEAST_REPLIES = 10
LEAST_POSITIVE = 5
PLATFORM_POSTS = 5
SLOW_PER_HOUR = 50
"""Ours: so slow a post gets the least of the guide's range; in between the sum grows with the root of the velocity."""


@dataclass(frozen=True)
class Sure:
    """What an answer stands on: `count` of `what`, and where its figure may lie (95 of 100; None: not computed).

    `word`: "sure" where the whole interval lies on the figure's side of the line, "leaning" where it does not, "too
    little to say" below our floor.
    """

    word: str
    count: int
    what: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Answer:
    """One question about one publication; for the best platform, about the kind of moment that it answered.

    `figure` and `threshold` are in `unit`. `action` is empty where nothing is to be done.
    """

    question: Question
    publication_id: int
    says: Says
    figure: float | None
    threshold: float
    unit: str
    action: str
    sure: Sure
    words: str

    @property
    def acts(self) -> bool:
        """Whether it asks somebody to do something."""
        return bool(self.action)


@dataclass(frozen=True)
class Measured:
    """A publication at the newest age at which posts are compared. `velocity`: interactions per hour."""

    publication_id: int
    age_minutes: int
    interactions: int | None
    rate: Rate | None
    velocity: float | None


@dataclass(frozen=True)
class Usual:
    """Thirty days of posts of the same platform and kind at the same age (the guide). Rates in percent.

    `deviation`: of the single rates around their mean; None where it is not known.
    """

    posts: int
    mean: float | None
    of: str
    deviation: float | None = None


@dataclass(frozen=True)
class Mood:
    """What was read of the replies under a publication: how many were judged, and how many of those were which."""

    read: int
    positive: int
    negative: int


@dataclass(frozen=True)
class Paid:
    """Money put behind a publication, in hundredths of one currency, and the interactions that it bought."""

    hundredths: int
    currency: str
    interactions: int | None


@dataclass(frozen=True)
class Organic:
    """What the programme costs in a month, as a manager entered it (None: nobody did), and what thirty days brought."""

    hundredths: int | None
    currency: str
    interactions: int


@dataclass(frozen=True)
class Responsive:
    """How one platform answered one kind of moment: its posts' rates at the same age. `deviation` of single rates."""

    platform: str
    label: str
    posts: int
    mean: float
    deviation: float
    of: str


def restrained(found: Sequence[Answer], reasons: Mapping[int, str]) -> tuple[Answer, ...]:
    """Nothing is pushed that hurts or does not pay (ours): the figures stay, what would add to it is not advised.

    `reasons`: why nothing is to be added to a publication, for instance a hold. Where it turns negative, or where the
    money behind it is wasted already, the answers themselves are the reason.
    """
    why = dict(reasons)
    for one in found:
        if one.acts and one.question == Question.TURNING:
            why.setdefault(one.publication_id, "Add nothing to it while it is turning negative.")
    wasted = {one.publication_id for one in found if one.acts and one.question == Question.SPEND}
    return tuple(_restrained(one, why, wasted) for one in found)


def _restrained(one: Answer, why: Mapping[int, str], wasted: set[int]) -> Answer:
    said = why.get(one.publication_id, "") if one.question in (Question.AMPLIFY, Question.FOLLOW_UP) else ""
    if not said and one.question == Question.AMPLIFY and one.publication_id in wasted:
        said = "What is paid for it already costs too much: put nothing more behind it."
    return replace(one, action="", words=f"{one.words} {said}") if said and one.acts else one


def by_urgency(found: Sequence[Answer]) -> tuple[Answer, ...]:
    """Those that ask for something first, in the order of the questions; then what is known, then what is not."""
    order = list(Question)
    rank = {Says.YES: 1, Says.NO: 1, Says.UNKNOWN: 2}
    key = lambda one: (0 if one.acts else rank[one.says], order.index(one.question), -one.publication_id)  # noqa: E731
    return tuple(sorted(found, key=key))


def in_words(minutes: int) -> str:
    """An age: `30 min`, `6 h`, `7 days`."""
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"
