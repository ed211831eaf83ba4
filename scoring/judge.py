"""Puts the evidence together: what speaks of a moment, and what speaks against a post just before it would leave.

The list CHECKS reads like the policy. Each check looks at the same case and gives reasons or nothing; nothing here
decides alone that a post is good, it only says why one should not go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from scoring.breaking import holds_called_for, is_mass_harm
from scoring.category import suggest
from scoring.context import ENOUGH_USES, climate, context_of, topic_verdict
from scoring.contract import (
    BrandProfile,
    Moment,
    MomentVerdict,
    Post,
    Reason,
    TextScorer,
    TextVerdict,
    Tragedy,
    TragedyVerdict,
    Use,
)
from scoring.dates import dates_touched
from scoring.interest import interest
from scoring.matrix import cell
from scoring.overlap import Subject, by_topic, subject_of, ties
from scoring.politics import minutes_to_wait, political_evidence
from scoring.reference import load
from scoring.relevance import relevance
from scoring.safety import SCORER_FAILED, failed, score_safely
from scoring.sentiment import mean
from scoring.text import tokens
from scoring.thresholds import STRONG_AT
from scoring.warnings import alert_reason, concerns, in_force
from scoring.wrong_approaches import Seen, wrong_approaches

__all__ = ["holds_called_for", "judge_moment", "judge_post"]

NEWS_SPAN = timedelta(hours=48)
USES_SPAN = timedelta(hours=48)
MAX_USES, MAX_REASONS = 200, 4
CRISIS_USES, CRISIS_SHARE = 3, 0.3
UNVERIFIED = "context_unverified"
_ORDER = {Tragedy.CLEAR: 0, Tragedy.REVIEW: 1, Tragedy.HOLD: 2}


@dataclass(frozen=True)
class Tied:
    """A headline that is about what a post or topic is about. `mass`: it tells of harm to many."""

    use: Use
    verdict: TextVerdict
    words: tuple[str, ...]
    named: bool

    @property
    def mass(self) -> bool:
        return is_mass_harm(self.use.text) and self.verdict.tragedy.label is not Tragedy.CLEAR

    @property
    def dark(self) -> bool:
        """Dark enough to matter; a headline nobody could score counts only where its words say mass harm."""
        return not failed(self.verdict) and self.verdict.tragedy.label is not Tragedy.CLEAR


@dataclass(frozen=True)
class Case:
    """Everything the checks look at, scored once."""

    post: Post
    moment: Moment
    brand: BrandProfile
    now: datetime
    own: TextVerdict
    topic: TragedyVerdict
    tied: tuple[Tied, ...]
    lost: bool

    @cached_property
    def sells(self) -> bool:
        """What sells is promotional, whatever its author ticked."""
        return self.post.promotional or "selling" in self.manner

    @cached_property
    def manner(self) -> frozenset[str]:
        return _manner(self.post.text)

    @cached_property
    def statement(self) -> bool:
        """A planned, solemn word that sells nothing: the guide allows it to those who are directly hit."""
        return not self.sells and not self.post.reactive and "solemn" in self.manner


def judge_moment(scorer: TextScorer, moment: Moment, brand: BrandProfile, now: datetime) -> MomentVerdict:
    """The machine's view of a moment: a suggestion with its reasons, never a decision."""
    uses = _recent(moment.uses, now, USES_SPAN)[-MAX_USES:]
    verdicts = score_safely(scorer, [use.text for use in uses])
    tied = _tied(scorer, subject_of("", moment.topic), moment.news, now)
    air = climate(uses, verdicts)
    tragedy = _darker(topic_verdict(air), _from_news(tied))
    tragedy = _darker(tragedy, _from_warnings(moment, uses, now))
    tragedy = _darker(tragedy, _from_silence(moment, uses))
    if any(failed(item) for item in [*verdicts, *(item.verdict for item in tied)]):
        unread = Reason(SCORER_FAILED, "The judge failed on some of this topic's texts; a person has to read them.")
        tragedy = _darker(tragedy, TragedyVerdict(Tragedy.REVIEW, 0.5, (unread,)))
    sentiment = mean([verdict.sentiment for verdict in verdicts])
    fit = relevance(moment, brand)
    heard = interest(moment.count, moment.baseline, len(tied), moment.authors)
    kind = suggest(moment, brand, sentiment, [item.use.text for item in tied])
    return MomentVerdict(
        sentiment=sentiment,
        tragedy=tragedy,
        relevance=fit,
        interest=heard,
        cell=cell(fit.value, heard.value),
        category=kind.key,
        subcategory=kind.subcategory,
        category_why=kind.why,
        wrong_approaches=wrong_approaches(brand, Seen(moment, tragedy, kind.key, kind.why)),
        scorer=scorer.name,
        scored_at=now,
        context=context_of(air),
    )


def judge_post(
    scorer: TextScorer, post: Post, moment: Moment, brand: BrandProfile, now: datetime
) -> tuple[Reason, ...]:
    """Everything that speaks against this post leaving at `now`; empty when nothing does.

    `moment` is what is known about the post's topic; for a post without one it carries only news and warnings.
    """
    uses = _recent(moment.uses, now, USES_SPAN)[-MAX_USES:]
    own, *verdicts = score_safely(scorer, [post.text, *(use.text for use in uses)])
    tied = _tied(scorer, subject_of(post.text, post.topic), moment.news, now)
    air = climate(uses, verdicts)
    topic = topic_verdict(air)
    if topic.label is Tragedy.CLEAR and air.strong and any(item.dark and item.named for item in tied):
        worst = air.darkest[0]
        said = Reason("topic_uses", "One of the topic's uses is very dark, and the news speaks of the same.", worst[1])
        topic = TragedyVerdict(Tragedy.REVIEW, max(STRONG_AT, worst[0]), (said,))
    topic = _darker(topic, _from_silence(moment, uses))
    lost = any(failed(verdict) for verdict in [own, *verdicts, *(item.verdict for item in tied)])
    case = Case(post, moment, brand, now, own, topic, tied, lost)
    return tuple(reason for check in CHECKS for reason in check(case)[:MAX_REASONS])


def _unread(case: Case) -> list[Reason]:
    if not case.lost:
        return []
    return [Reason(UNVERIFIED, "The judge failed on this post or its context; a person has to look first.")]


def _own_words(case: Case) -> list[Reason]:
    verdict = case.own.tragedy
    if verdict.label is Tragedy.CLEAR or failed(case.own) or case.statement:
        return []
    if not (case.sells or case.post.reactive):
        return []
    words = ", ".join(reason.evidence for reason in verdict.reasons[:3] if reason.evidence)
    return [Reason(_code(verdict.label), f"The post's own words are dark: {words}.", words, verdict.probability)]


def _topic_uses(case: Case) -> list[Reason]:
    label = case.topic.label
    if label is Tragedy.CLEAR or case.statement:
        return []
    if label is Tragedy.REVIEW and not (case.sells or case.post.reactive):
        return []
    code = _code(label)
    return [
        reason if reason.code == UNVERIFIED else Reason(code, reason.text, reason.evidence, reason.weight)
        for reason in case.topic.reasons
    ]


def _news(case: Case) -> list[Reason]:
    """Headlines about the same thing. Harm to many stops every post; a lone crime what names it or meets it twice."""
    if case.statement:
        return []
    reasons = []
    for item in case.tied:
        shared = ", ".join(item.words)
        if item.mass:
            reasons.append(Reason("tragedy", f"The news tells of harm to many; shared: {shared}.", item.use.text))
        elif item.dark and (case.sells or case.post.reactive) and (item.named or len(item.words) > 1):
            reasons.append(Reason("sensitive_topic", f"The news about it is dark; shared: {shared}.", item.use.text))
    return sorted(reasons, key=lambda reason: reason.code != "tragedy")


def _official(case: Case) -> list[Reason]:
    """A warning stops what sells in its region, and any reaction to it; a planned service notice may go."""
    active = [item for item in in_force(case.moment.warnings, case.now) if concerns(item, case.post.regions)]
    if not case.sells:
        own = subject_of(case.post.text, case.post.topic)
        active = [
            item
            for item in active
            if case.post.reactive and ties(own, subject_of(f"{item.event}. {item.area}. {item.text}"))
        ]
    return [alert_reason(item) for item in active]


def _political(case: Case) -> list[Reason]:
    if not case.post.reactive:
        return []
    uses = _recent(case.moment.uses, case.now, USES_SPAN)
    named = [item.use.text for item in case.tied if item.named]
    evidence = political_evidence(case.post.topic, [use.text for use in uses], named, case.post.text)
    wait = minutes_to_wait(case.moment.first_seen, case.now) if evidence else 0
    if not wait:
        return []
    return [
        Reason("political_delay", f"A political or legal topic: wait {wait} more minute(s) before reacting.", evidence)
    ]


def _dates(case: Case) -> list[Reason]:
    if not case.sells:
        return []
    return list(dates_touched(case.post.text, case.post.topic, case.post.regions, case.now))


def _crisis(case: Case) -> list[Reason]:
    """The brand itself in trouble: then nothing sells, but an answer may go."""
    if not case.sells:
        return []
    news = [use for use in _recent(case.moment.news, case.now, NEWS_SPAN) if _names(case.brand, use.text)]
    told = [use.text for use in news if "crisis" in _manner(use.text)]
    uses = [use for use in _recent(case.moment.uses, case.now, USES_SPAN) if _names(case.brand, use.text)]
    upset = [use.text for use in uses if "crisis" in _manner(use.text)]
    if len(upset) >= CRISIS_USES and len(upset) / len(uses) >= CRISIS_SHARE:
        told.append(upset[-1])
    return [
        Reason("brand_crisis", f"{case.brand.name} is itself in the news for harm or scandal.", text) for text in told
    ]


CHECKS: tuple[Callable[[Case], list[Reason]], ...] = (
    _unread,
    _own_words,
    _topic_uses,
    _news,
    _official,
    _political,
    _dates,
    _crisis,
)


def _code(label: Tragedy) -> str:
    return "tragedy" if label is Tragedy.HOLD else "sensitive_topic"


def _recent(items: Sequence[Use], now: datetime, span: timedelta) -> list[Use]:
    return sorted((item for item in items if now - span < item.at <= now), key=lambda item: item.at)


def _tied(scorer: TextScorer, subject: Subject, news: Sequence[Use], now: datetime) -> tuple[Tied, ...]:
    """The news about a subject, scored; the comparison comes first, because it is cheaper than scoring."""
    found = []
    for use in _recent(news, now, NEWS_SPAN):
        other = subject_of(use.text, use.topic)
        words = ties(subject, other)
        if words:
            found.append((use, words, by_topic(subject, other)))
    verdicts = score_safely(scorer, [use.text for use, _, _ in found])
    return tuple(Tied(use, verdict, words, named) for (use, words, named), verdict in zip(found, verdicts, strict=True))


def _from_news(tied: Sequence[Tied]) -> TragedyVerdict:
    mass = [item for item in tied if item.mass]
    dark = mass or [item for item in tied if item.dark]
    if not dark:
        return TragedyVerdict(Tragedy.CLEAR, 0.0)
    what = "tells of harm to many" if mass else "is dark"
    reasons = tuple(
        Reason("news", f"A headline about this topic {what}.", item.use.text) for item in dark[:MAX_REASONS]
    )
    level = max(item.verdict.tragedy.probability for item in dark)
    return TragedyVerdict(Tragedy.HOLD if mass else Tragedy.REVIEW, max(level, 0.7) if mass else level, reasons)


def _from_warnings(moment: Moment, uses: Sequence[Use], now: datetime) -> TragedyVerdict:
    """A warning in force about the topic, or about what its uses speak of, makes it one for people to look at."""
    subjects = [subject_of("", moment.topic), *(subject_of(use.text) for use in uses[-20:])]
    about = [
        warning
        for warning in in_force(moment.warnings, now)
        if any(ties(subject, subject_of(f"{warning.event}. {warning.area}")) for subject in subjects)
    ]
    reasons = tuple(alert_reason(warning) for warning in about[:MAX_REASONS])
    return TragedyVerdict(Tragedy.REVIEW, 0.6, reasons) if about else TragedyVerdict(Tragedy.CLEAR, 0.0)


def _from_silence(moment: Moment, uses: Sequence[Use]) -> TragedyVerdict:
    """Much was said about the topic, and too little of it is at hand to read: nobody knows what it is about."""
    if moment.heard < ENOUGH_USES or len(uses) >= ENOUGH_USES:
        return TragedyVerdict(Tragedy.CLEAR, 0.0)
    said = (
        f"{moment.heard:,} posts with {moment.topic} went by lately, and {len(uses)} of them could be read: too few to "
        f"know what it is about. Tact keeps them while a draft names it; look again later, or leave it out."
    )
    return TragedyVerdict(Tragedy.REVIEW, 0.5, (Reason(UNVERIFIED, said, moment.topic),))


def _darker(one: TragedyVerdict, other: TragedyVerdict) -> TragedyVerdict:
    """The more cautious label with the evidence of both."""
    worse, milder = sorted((one, other), key=lambda item: (-_ORDER[item.label], -item.probability))
    reasons = worse.reasons + (milder.reasons if milder.label is not Tragedy.CLEAR else ())
    return TragedyVerdict(worse.label, max(one.probability, other.probability), reasons)


def _manner(text: str) -> frozenset[str]:
    tables = load()
    return frozenset(found.what for found in tables.manner.find(tokens(text, tables.vocabulary)))


def _names(brand: BrandProfile, text: str) -> bool:
    """The brand or a product by name, capitals included: "Target recalls", not "they missed the target"."""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in (brand.name, *brand.products) if name)
