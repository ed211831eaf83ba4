"""What the layers of a verdict look at: everything known of a moment or around a post, read and scored once.

Built before any rule is asked, so that the rules in `scoring.layers` and `scoring.checks` are pure functions of what
is gathered here, and no text is scored twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.breaking import is_mass_harm
from scoring.context import Climate, climate
from scoring.contract import BrandProfile, Moment, TextScorer, TextVerdict, Tragedy, TragedyVerdict, Use
from scoring.distance import counts_here
from scoring.overlap import Subject, by_topic, subject_of, ties
from scoring.reference import load
from scoring.safety import failed, score_safely
from scoring.text import tokens

SPAN = timedelta(hours=48)
"""How far back uses and news are read: the guide lets a tragedy silence a brand for 24 to 48 hours."""
MAX_USES, MAX_REASONS = 200, 4
UNVERIFIED = "context_unverified"
ORDER = {Tragedy.CLEAR: 0, Tragedy.REVIEW: 1, Tragedy.HOLD: 2}


@dataclass(frozen=True)
class Tied:
    """A headline that is about what a post or topic is about. `named`: it says the topic or a hashtag outright."""

    use: Use
    verdict: TextVerdict
    words: tuple[str, ...]
    named: bool

    @property
    def mass(self) -> bool:
        """It tells of harm to many."""
        return is_mass_harm(self.use.text) and self.verdict.tragedy.label is not Tragedy.CLEAR

    @property
    def dark(self) -> bool:
        """Dark enough to matter; a headline nobody could score counts only where its words say mass harm."""
        return not failed(self.verdict) and self.verdict.tragedy.label is not Tragedy.CLEAR


@dataclass(frozen=True)
class Look:
    """A moment as the layers see it. `uses` are those of the last 48 hours, the oldest first."""

    moment: Moment
    brand: BrandProfile
    now: datetime
    uses: tuple[Use, ...]
    verdicts: tuple[TextVerdict, ...]
    air: Climate
    news: tuple[Use, ...]
    tied: tuple[Tied, ...]

    @property
    def lost(self) -> bool:
        """The scorer failed on some text that matters here."""
        return any(failed(one) for one in (*self.verdicts, *(item.verdict for item in self.tied)))


def look_at(scorer: TextScorer, moment: Moment, brand: BrandProfile, now: datetime) -> Look:
    """Gather and score what the layers ask about a moment."""
    uses = recent(moment.uses, now)[-MAX_USES:]
    verdicts = score_safely(scorer, [use.text for use in uses])
    news = recent(moment.news, now)
    tied = tied_news(scorer, subject_of("", moment.topic), news, brand.regions, uses)
    air = climate(uses, verdicts)
    return Look(moment, brand, now, tuple(uses), tuple(verdicts), air, tuple(news), tied)


def recent(items: Sequence[Use], now: datetime) -> list[Use]:
    """What was said in the last 48 hours, the oldest first."""
    return sorted((item for item in items if now - SPAN < item.at <= now), key=lambda item: item.at)


def tied_news(
    scorer: TextScorer, subject: Subject, news: Sequence[Use], regions: Sequence[str], uses: Sequence[Use]
) -> tuple[Tied, ...]:
    """The news about a subject, scored; the comparison comes first, because it is cheaper than scoring.

    A headline from elsewhere that only shares the kind of thing, a storm here and a storm there, is left out.
    """
    found = []
    for use in news:
        other = subject_of(use.text, use.topic)
        words = ties(subject, other)
        if words and counts_here(use.text, use.region, words, regions, uses):
            found.append((use, words, by_topic(subject, other)))
    verdicts = score_safely(scorer, [use.text for use, _, _ in found])
    return tuple(Tied(use, verdict, words, named) for (use, words, named), verdict in zip(found, verdicts, strict=True))


def manner_of(text: str) -> frozenset[str]:
    """How a text speaks: selling, solemn, in crisis; any of them or none."""
    tables = load()
    return frozenset(found.what for found in tables.manner.find(tokens(text, tables.vocabulary)))


def names(brand: BrandProfile, text: str) -> bool:
    """The brand or a product by name, capitals included: "Target recalls", not "they missed the target"."""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in (brand.name, *brand.products) if name)


def darker(one: TragedyVerdict, other: TragedyVerdict) -> TragedyVerdict:
    """The more cautious label with the evidence of both."""
    worse, milder = sorted((one, other), key=lambda item: (-ORDER[item.label], -item.probability))
    reasons = worse.reasons + (milder.reasons if milder.label is not Tragedy.CLEAR else ())
    return TragedyVerdict(worse.label, max(one.probability, other.probability), reasons)
