"""Puts the evidence together: what speaks of a moment, and what speaks against a post just before it would leave.

The policies are two tables: `scoring.layers.LAYERS` for a moment, `scoring.checks.CHECKS` for a post. Here both are
given what they look at; nothing here decides alone that a post is good.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from scoring.breaking import holds_called_for
from scoring.category import suggest
from scoring.checks import CHECKS, Case
from scoring.context import Climate, climate, context_of, topic_verdict
from scoring.contract import (
    BrandProfile,
    Embedder,
    Moment,
    MomentVerdict,
    Post,
    Reason,
    TextScorer,
    Tragedy,
    TragedyVerdict,
)
from scoring.interest import interest, outlets
from scoring.layers import unheard, verdict_in_layers
from scoring.look import MAX_REASONS, MAX_USES, Tied, darker, look_at, recent, tied_news
from scoring.matrix import cell
from scoring.overlap import subject_of
from scoring.relevance import relevance
from scoring.safety import failed, score_safely
from scoring.sentiment import mean
from scoring.thresholds import STRONG_AT
from scoring.wrong_approaches import Seen, wrong_approaches

__all__ = ["holds_called_for", "judge_moment", "judge_post"]


def judge_moment(scorer: TextScorer, moment: Moment, brand: BrandProfile, now: datetime) -> MomentVerdict:
    """The machine's view of a moment: a suggestion with its reasons, never a decision."""
    look = look_at(scorer, moment, brand, now)
    tragedy = verdict_in_layers(look)
    sentiment = mean([verdict.sentiment for verdict in look.verdicts])
    fit = relevance(moment, brand, scorer if isinstance(scorer, Embedder) else None)
    posts = sum(bool(use.author) for use in moment.uses)
    in_news = outlets(item.use for item in look.tied)
    heard = interest(moment.count, moment.baseline, in_news, moment.authors, posts)
    kind = suggest(moment, brand, sentiment, [item.use.text for item in look.tied])
    return MomentVerdict(
        sentiment=sentiment,
        tragedy=tragedy,
        relevance=fit,
        interest=heard,
        cell=cell(fit.value, heard.value),
        category=kind.key,
        subcategory=kind.subcategory,
        category_why=kind.why,
        wrong_approaches=wrong_approaches(brand, Seen(moment, tragedy, kind.key, kind.subcategory)),
        scorer=scorer.name,
        scored_at=now,
        context=context_of(look.air),
    )


def judge_post(
    scorer: TextScorer, post: Post, moment: Moment, brand: BrandProfile, now: datetime
) -> tuple[Reason, ...]:
    """Everything that speaks against this post leaving at `now`; empty when nothing does.

    `moment` is what is known about the post's topic; for a post without one it carries only news and warnings.
    """
    uses = recent(moment.uses, now)[-MAX_USES:]
    news = recent(moment.news, now)
    own, *verdicts = score_safely(scorer, [post.text, *(use.text for use in uses)])
    tied = tied_news(scorer, subject_of(post.text, post.topic), news, post.regions, uses)
    topic = _topic_of_post(climate(uses, verdicts), tied)
    silence = unheard(moment, uses)
    case = Case(
        post=post,
        moment=moment,
        brand=brand,
        now=now,
        own=own,
        topic=darker(topic, silence) if silence is not None else topic,
        uses=tuple(uses),
        news=tuple(news),
        tied=tied,
        lost=any(failed(verdict) for verdict in [own, *verdicts, *(item.verdict for item in tied)]),
    )
    return tuple(reason for check in CHECKS for reason in check(case)[:MAX_REASONS])


def _topic_of_post(air: Climate, tied: tuple[Tied, ...]) -> TragedyVerdict:
    """What its uses say; for a post one very dark use is enough where the news speaks of the same."""
    topic = topic_verdict(air)
    if topic.label is not Tragedy.CLEAR or not air.strong or not any(item.dark and item.named for item in tied):
        return topic
    worst, text = air.darkest[0]
    said = Reason("topic_uses", "One of the topic's uses is very dark, and the news speaks of the same.", text)
    return replace(topic, label=Tragedy.REVIEW, probability=max(STRONG_AT, worst), reasons=(said,))
