"""The unified metrics: one definition each, so that no page, rule or report has a second one.

Five are the guide's ("Instant data processing and unified metrics"): engagement rate, engagement velocity, share rate,
response rate, cost per engagement. Which number of a platform is what to us, what an interaction is there and what a
rate is of stands in data/reference/metrics.yaml; here is only the arithmetic over it. Pure.

Two rules run through all of it (ours). What a platform does not say is None and never zero: a rate without its
denominator, or of a denominator of zero, is None. And a platform has one denominator: a rate of followers never stands
in for a missing rate of impressions, because the two cannot be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from data.reference.metrics import metrics_of

MARKS = (15, 30, 60, 120, 360, 1440, 10080)
"""The ages, in minutes since publishing, at which posts are compared with each other (ours): a quarter of an hour, half
an hour, one hour, two, six (the guide's span for velocity), a day, a week."""

VELOCITY_SPAN = timedelta(hours=6)
"""The guide: interactions per hour in the first six hours."""
VELOCITY_LEAST = timedelta(minutes=MARKS[0])
"""Below this age no velocity is told (ours): two likes in the first minute are not 120 an hour."""

Denominator = Literal["impressions", "audience"]
KINDS = ("text", "picture", "reply", "quote")
"""What is compared with its like: a plain post, one with a file, a reply to somebody, a quote of somebody."""


@dataclass(frozen=True)
class Counts:
    """What a platform says of one post by now, in counts since it was posted. None: it does not say.

    `shares` are passed on unchanged, `quotes` with words added, `audience` is how many follow the account.
    """

    impressions: int | None = None
    likes: int | None = None
    shares: int | None = None
    quotes: int | None = None
    replies: int | None = None
    clicks: int | None = None
    saves: int | None = None
    audience: int | None = None


@dataclass(frozen=True)
class Rate:
    """Percent (0.5 is half of one in a hundred) of what: only rates of the same may be compared."""

    percent: float
    of: Denominator


def interactions(platform: str, counts: Counts) -> int | None:
    """How many interactions a post had: the sum of what counts as one on this platform (the guide: they differ).

    Of what the platform told; None where it told none of it. Unit: interactions.
    """
    return _sum(counts, *metrics_of(platform).interactions)


def passed_on(counts: Counts) -> int | None:
    """How often it was passed on, unchanged or with words added. Unit: shares and quotes together."""
    return _sum(counts, "shares", "quotes")


def rate(platform: str, part: int | None, impressions: int | None, audience: int | None) -> Rate | None:
    """`part` in percent of what this platform's rates are of; None without either, or where the whole is nothing."""
    of = metrics_of(platform).denominator
    if of is None or part is None:
        return None
    whole = impressions if of == "impressions" else audience
    return Rate(100 * part / whole, of) if whole else None


def engagement_rate(platform: str, counts: Counts) -> Rate | None:
    """The guide: total interactions ÷ impressions × 100. Unit: percent of `Rate.of`."""
    return rate(platform, interactions(platform, counts), counts.impressions, counts.audience)


def share_rate(platform: str, counts: Counts) -> Rate | None:
    """The guide: shares ÷ impressions × 100; a quote passes a post on too. Unit: percent of `Rate.of`."""
    return rate(platform, passed_on(counts), counts.impressions, counts.audience)


def response_rate(platform: str, counts: Counts) -> Rate | None:
    """The guide: replies ÷ impressions × 100. Unit: percent of `Rate.of`."""
    return rate(platform, counts.replies, counts.impressions, counts.audience)


def velocity(points: Sequence[tuple[datetime, int]], published_at: datetime) -> float | None:
    """The guide: interactions per hour in the first six hours. Unit: interactions per hour.

    `points` are (when, how many by then), in any order and by one clock. The last one inside the six hours counts, over
    its own age: a platform that recounts downwards is believed, and what came in before publishing (another clock) or
    after six hours is left out. None before a quarter of an hour has passed, and where no point lies inside.
    """
    inside = [(at, count) for at, count in points if VELOCITY_LEAST <= at - published_at <= VELOCITY_SPAN]
    if not inside:
        return None
    at, count = max(inside)
    return count / ((at - published_at) / timedelta(hours=1))


def cost_per_engagement(hundredths: int, interactions: int | None) -> float | None:
    """The guide: ad spend ÷ total interactions. From hundredths of a currency; unit: whole currency per interaction.

    None where nobody interacted, or nobody knows: money spent for nothing has no price each.
    """
    if not interactions or interactions < 0:
        return None
    return hundredths / 100 / interactions


def kind_of(media_kinds: Sequence[str], answering: str | None) -> str:
    """Which of KINDS a post is. `media_kinds`: of its files; `answering`: "reply" or "quote" where it answers somebody.

    What it answers weighs more than what it shows: a reply is read by other people than a post.
    """
    if answering in ("reply", "quote"):
        return answering
    return "picture" if media_kinds else "text"


def _sum(counts: Counts, *words: str) -> int | None:
    told = [value for word in words if (value := getattr(counts, word)) is not None]
    return sum(told) if told else None
