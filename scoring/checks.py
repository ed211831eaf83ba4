"""What speaks against a post just before it would leave, as a list of small checks.

The list CHECKS reads like the policy. Each check looks at the same case and gives reasons or nothing; nothing here
decides alone that a post is good, it only says why one should not go. A moment has layers of its own in
`scoring.layers`: a topic may be looked at closely without any post being stopped for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from scoring.contract import BY_FEEL, BrandProfile, Moment, Post, Reason, TextVerdict, Tragedy, TragedyVerdict, Use
from scoring.crisis import crisis_reasons
from scoring.dates import dates_touched
from scoring.deaths import deaths_told, names_in, names_of_topic
from scoring.look import UNVERIFIED, Tied, manner_of
from scoring.overlap import subject_of, ties
from scoring.politics import minutes_to_wait, political_evidence
from scoring.safety import failed
from scoring.warnings import alert_reason, concerns, in_force


@dataclass(frozen=True)
class Case:
    """Everything the checks look at, scored once."""

    post: Post
    moment: Moment
    brand: BrandProfile
    now: datetime
    own: TextVerdict
    topic: TragedyVerdict
    uses: tuple[Use, ...]
    news: tuple[Use, ...]
    tied: tuple[Tied, ...]
    lost: bool

    @cached_property
    def sells(self) -> bool:
        """What sells is promotional, whatever its author ticked."""
        return self.post.promotional or "selling" in self.manner

    @cached_property
    def manner(self) -> frozenset[str]:
        return manner_of(self.post.text)

    @cached_property
    def statement(self) -> bool:
        """A planned, solemn word that sells nothing: the guide allows it to those who are directly hit."""
        return not self.sells and not self.post.reactive and "solemn" in self.manner


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
    if verdict.label is Tragedy.REVIEW and all(reason.code == BY_FEEL for reason in verdict.reasons):
        return []  # a mere doubt of the model, without a word of harm, is no reason against what two people will sign
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
    return [alert_reason(item, case.now) for item in active]


def _deaths(case: Case) -> list[Reason]:
    """Whom it names has just died: no reaction and nothing that sells; a solemn word may go."""
    if case.statement or not (case.sells or case.post.reactive):
        return []
    told = deaths_told([*names_of_topic(case.post.topic, case.uses), *names_in(case.post.text)], case.news, case.uses)
    if told is None:
        return []
    code = "tragedy" if told.certain else "sensitive_topic"
    return [Reason(code, f"{told.name} is reported dead.", text) for text in told.reports]


def _political(case: Case) -> list[Reason]:
    if not case.post.reactive:
        return []
    named = [item.use.text for item in case.tied if item.named]
    evidence = political_evidence(case.post.topic, [use.text for use in case.uses], named, case.post.text)
    wait = minutes_to_wait(case.moment.first_seen, case.now) if evidence else 0
    if not wait:
        return []
    minutes = "1 more minute" if wait == 1 else f"{wait} more minutes"
    return [Reason("political_delay", f"A political or legal topic: wait {minutes} before reacting.", evidence)]


def _dates(case: Case) -> list[Reason]:
    if not case.sells:
        return []
    return list(dates_touched(case.post.text, case.post.topic, case.post.regions, case.now))


def _crisis(case: Case) -> list[Reason]:
    """The brand itself in trouble: then nothing sells, but an answer may go."""
    if not case.sells:
        return []
    return list(crisis_reasons(case.brand, case.news, case.uses, case.moment.pulse))


CHECKS: tuple[Callable[[Case], list[Reason]], ...] = (
    _unread,
    _own_words,
    _topic_uses,
    _news,
    _official,
    _deaths,
    _political,
    _dates,
    _crisis,
)


def _code(label: Tragedy) -> str:
    return "tragedy" if label is Tragedy.HOLD else "sensitive_topic"
