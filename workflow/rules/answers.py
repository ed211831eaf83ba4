"""The five questions answered, each in words with its figure, its line and how sure it is (the types: `questions`).

Pure: what is compared was read before. An answer is yes, no or unknown, and "unknown" always says what is missing.
Nothing here does anything: money is spent, posts are written and taken down by people.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from workflow.rules import chance
from workflow.rules.metrics import Rate
from workflow.rules.questions import (
    ABOVE_BASELINE,
    BASELINE_POSTS,
    CPE_TIMES_ORGANIC,
    FAST_PER_HOUR,
    LEAST_IMPRESSIONS,
    LEAST_INTERACTIONS,
    LEAST_POSITIVE,
    LEAST_REPLIES,
    LEAST_SPEND,
    MOST_SPEND,
    NEGATIVE_PERCENT,
    PLATFORM_POSTS,
    SHARED_PERCENT,
    SLOW_PER_HOUR,
    Answer,
    Measured,
    Mood,
    Organic,
    Paid,
    Question,
    Responsive,
    Says,
    Sure,
    Usual,
    in_words,
)


def above_baseline(post: Measured, usual: Usual | None) -> Answer:
    """(a) The guide: the engagement rate now against the thirty-day average; above twice of it, amplify."""
    stops = _no_baseline(post, usual)
    if stops or usual is None or post.rate is None or not usual.mean:
        count = usual.posts if usual is not None else 0
        return _unknown(Question.AMPLIFY, post.publication_id, ABOVE_BASELINE, _TIMES, stops, count, "earlier posts")
    ratio, count = post.rate.percent / usual.mean, post.interactions or 0
    bounds = chance.of_ratio(ratio, count, usual.mean, usual.deviation, usual.posts)
    says = Says.YES if ratio > ABOVE_BASELINE else Says.NO
    words = (
        f"{ratio:.1f} × the usual after {in_words(post.age_minutes)}: {post.rate.percent:.1f} interactions for every "
        f"100 {_OF[post.rate.of]}; {usual.mean:.1f} is the mean of {usual.posts} posts like it in thirty days."
    )
    action = _amplify(post) if says == Says.YES else ""
    sure = _sure(bounds, ratio, ABOVE_BASELINE, usual.posts, "earlier posts")
    return Answer(Question.AMPLIFY, post.publication_id, says, ratio, ABOVE_BASELINE, _TIMES, action, sure, words)


def follow_up(publication_id: int, shared: Rate | None, passed_on: int | None, whole: int | None, mood: Mood) -> Answer:
    """(b) The guide: more than 8 % of impressions passed it on, and people speak well of it: make more.

    `whole`: of how many impressions. A rate of followers is shown and held against nothing: the line is not of those.
    """
    ask = Question.FOLLOW_UP
    if shared is None or shared.of != "impressions" or not whole or whole < LEAST_IMPRESSIONS:
        why = _no_share(shared, whole)
        figure = shared.percent if shared is not None else None
        unit = "percent of followers" if shared is not None and shared.of == "audience" else _PERCENT
        return _unknown(ask, publication_id, SHARED_PERCENT, unit, why, whole or 0, "impressions", figure)
    low, high = chance.of_share(min(passed_on or 0, whole), whole)
    sure = _sure((100 * low, 100 * high), shared.percent, SHARED_PERCENT, whole, "impressions")
    much = shared.percent > SHARED_PERCENT
    first = f"{_percent(shared.percent)} of {whole:,} impressions passed it on"
    heard = f"{mood.positive} of {mood.read} replies are positive, {mood.negative} negative"
    if not much:
        return Answer(ask, publication_id, Says.NO, shared.percent, SHARED_PERCENT, _PERCENT, "", sure, f"{first}.")
    if mood.read < LEAST_POSITIVE:
        why = f"{first}, but only {_replies(mood.read)} could be read: wait for {LEAST_POSITIVE} before writing more."
        return _unknown(ask, publication_id, SHARED_PERCENT, _PERCENT, why, mood.read, "replies", shared.percent)
    says = Says.YES if mood.positive > mood.negative else Says.NO
    action = "Write a second part, a thread, or a longer piece for the blog." if says == Says.YES else ""
    words = f"{first}, and {heard}." if says == Says.YES else f"{first}, but {heard}: that is no wish for more."
    return Answer(ask, publication_id, says, shared.percent, SHARED_PERCENT, _PERCENT, action, sure, words)


def spend_efficient(publication_id: int, paid: Paid, organic: Organic) -> Answer:
    """(c) The guide: a paid interaction that costs more than three times an organic one is not worth it: stop."""
    ask, least = Question.SPEND, LEAST_INTERACTIONS
    missing = _no_cost(paid, organic)
    count = paid.interactions or 0
    if missing or organic.hundredths is None:
        return _unknown(ask, publication_id, CPE_TIMES_ORGANIC, _TIMES_ORGANIC, missing, count, "paid interactions")
    each = organic.hundredths / 100 / organic.interactions
    if not count:
        words = f"{_money(paid.hundredths / 100, paid.currency)} bought not one interaction so far."
        sure = Sure("leaning", 0, "paid interactions")
        return Answer(ask, publication_id, Says.NO, None, CPE_TIMES_ORGANIC, _TIMES_ORGANIC, _STOP_BOOST, sure, words)
    cost = paid.hundredths / 100 / count
    times = cost / each
    bounds = chance.of_ratio(times, count, 1.0, None, 1)
    sure = _sure(bounds, times, CPE_TIMES_ORGANIC, count, "paid interactions")
    if count < least:
        sure = Sure("leaning", count, "paid interactions", *(bounds or (None, None)))
    words = (
        f"A paid interaction costs {_money(cost, paid.currency)}, {times:.1f} × an organic one "
        f"({_money(each, organic.currency)}, from {organic.interactions:,} in thirty days)."
    )
    says = Says.NO if times > CPE_TIMES_ORGANIC else Says.YES
    action = _STOP_BOOST if says == Says.NO else ""
    return Answer(ask, publication_id, says, times, CPE_TIMES_ORGANIC, _TIMES_ORGANIC, action, sure, words)


def best_platform(publication_id: int, category: str, found: Sequence[Responsive]) -> Answer:
    """(d) The guide: where this kind of moment gets the highest engagement rate is where to lead next time.

    Rates of the same denominator only: followers and impressions are never put side by side. `category` in a reader's
    words. Said only where chance alone would hardly make the first two change places.
    """
    ask = Question.PLATFORM
    told = max(_by_denominator(found), key=lambda group: (len(group), sum(one.posts for one in group)), default=[])
    ranked = sorted(told, key=lambda one: one.mean, reverse=True)
    if len(ranked) < 2:
        why = f"Two platforms with {PLATFORM_POSTS} posts each about “{category}” are needed to compare: {_few(found)}."
        return _unknown(ask, publication_id, 0.0, _POINTS, why, sum(one.posts for one in found), "posts")
    first, second = ranked[:2]
    gap = first.mean - second.mean
    bounds = chance.of_difference(_three(first), _three(second))
    sure = _sure(bounds, gap, 0.0, sum(one.posts for one in ranked), "posts")
    listed = ", ".join(f"{one.label} {_percent(one.mean)} ({one.posts} posts)" for one in ranked)
    words = f"“{category}”, engagement of {_OF[first.of]} after a day: {listed}."
    if sure.word != "sure":
        words = f"{words} That is too close to call."
        return Answer(ask, publication_id, Says.UNKNOWN, gap, 0.0, _POINTS, "", sure, words)
    action = f"Lead with {first.label} the next time, and write it into the playbook."
    return Answer(ask, publication_id, Says.YES, gap, 0.0, _POINTS, action, sure, words)


def turning(publication_id: int, mood: Mood) -> Answer:
    """(e) The guide: more than 20 % negative replies mean that it is misunderstood, or hurts.

    Said from the plain share, and how sure beside it: to look once too often costs less than once too late (ours).
    """
    ask = Question.TURNING
    if mood.read < LEAST_REPLIES:
        of = f"{mood.negative} of {_replies(mood.read)} negative. " if mood.read else ""
        why = f"{of}It takes {LEAST_REPLIES} replies to say anything."
        figure = 100 * mood.negative / mood.read if mood.read else None
        return _unknown(ask, publication_id, NEGATIVE_PERCENT, _OF_REPLIES, why, mood.read, "replies", figure)
    share = 100 * mood.negative / mood.read
    low, high = (100 * bound for bound in chance.of_share(mood.negative, mood.read))
    sure = _sure((low, high), share, NEGATIVE_PERCENT, mood.read, "replies")
    words = f"{share:.0f} % of {mood.read:,} replies are negative; at least {low:.0f} % once chance is allowed for."
    says = Says.YES if share > NEGATIVE_PERCENT else Says.NO
    action = _TURNED if says == Says.YES else ""
    return Answer(ask, publication_id, says, share, NEGATIVE_PERCENT, _OF_REPLIES, action, sure, words)


def suggested(velocity: float | None) -> tuple[int, int]:
    """The guide's $50–500 by velocity: a first sum and the most, in dollars, rounded to tens."""
    speed = min(max(velocity or 0.0, SLOW_PER_HOUR), FAST_PER_HOUR)
    most = min(max(_tens(LEAST_SPEND * sqrt(speed / SLOW_PER_HOUR)), LEAST_SPEND), MOST_SPEND)
    return max(LEAST_SPEND, _tens(most / 2)), most


_TIMES = "times the mean of thirty days"
_TIMES_ORGANIC = "times the cost of an organic interaction"
_PERCENT = "percent of impressions"
_OF_REPLIES = "percent of the replies"
_POINTS = "percentage points above the second"
_OF = {"impressions": "impressions", "audience": "followers"}
_STOP_BOOST = "Stop paying for it; let what it does by itself carry it."
_TURNED = (
    "Read the replies now and decide: take it down, or say in a reply what was meant. Until then hold posts like it."
)


def _amplify(post: Measured) -> str:
    first, most = suggested(post.velocity)
    speed = (
        f"at {post.velocity:,.0f} interactions an hour" if post.velocity is not None else "its speed is not known yet"
    )
    sums = f"${first}" if first == most else f"${first}, at most ${most}"
    return (
        f"Put money behind it while it moves: {sums} ({speed}). Stop when a paid interaction costs more than "
        f"{CPE_TIMES_ORGANIC:.0f} × an organic one, when it falls below {ABOVE_BASELINE:.0f} × the usual, or when more "
        f"than {NEGATIVE_PERCENT:.0f} % of the replies are negative."
    )


def _no_baseline(post: Measured, usual: Usual | None) -> str:
    """What is missing before a post can be held against others; empty when nothing is."""
    if post.rate is None:
        return "The platform has not told yet what its rate would be of."
    if usual is None or usual.mean is None or usual.posts < BASELINE_POSTS:
        have = usual.posts if usual is not None else 0
        return f"{have} posts like it in thirty days: it takes {BASELINE_POSTS} to know what is usual."
    if usual.of != post.rate.of:
        return f"Earlier posts are counted in {_OF[usual.of]}, this one in {_OF[post.rate.of]}: no comparison."
    if not usual.mean:
        return "Nobody interacted with the posts before it: nothing is usual yet."
    if (post.interactions or 0) < LEAST_INTERACTIONS:
        return f"{post.interactions or 0} interactions so far: it takes {LEAST_INTERACTIONS} to say anything."
    return ""


def _no_share(shared: Rate | None, whole: int | None) -> str:
    if shared is None:
        return "The platform tells no impressions of it, so there is no share rate."
    if shared.of != "impressions":
        return (
            f"Passed on as often as {_percent(shared.percent)} of the followers. The guide's line of "
            f"{SHARED_PERCENT:.0f} % is of impressions, which this platform does not tell."
        )
    return f"{whole or 0} impressions so far: it takes {LEAST_IMPRESSIONS} to say anything."


def _no_cost(paid: Paid, organic: Organic) -> str:
    if organic.hundredths is None:
        return "Nobody has entered what the programme costs in a month: a manager does, at the end of the page Live."
    if not organic.interactions:
        return "No interaction without money in thirty days: there is nothing to hold the price against."
    if paid.currency != organic.currency:
        return (
            f"Paid in {paid.currency}, but the programme's cost is in {organic.currency}: enter both in one currency."
        )
    if paid.interactions is None:
        return "Nobody has entered what the money brought."
    return ""


def _by_denominator(found: Sequence[Responsive]) -> list[list[Responsive]]:
    enough = [one for one in found if one.posts >= PLATFORM_POSTS]
    return [group for of in ("impressions", "audience") if (group := [one for one in enough if one.of == of])]


def _few(found: Sequence[Responsive]) -> str:
    return ", ".join(f"{one.label} {one.posts} (of {_OF[one.of]})" for one in found) or "none so far"


def _three(one: Responsive) -> tuple[float, float, int]:
    return one.mean, one.deviation, one.posts


def _sure(bounds: chance.Bounds | None, figure: float, line: float, count: int, what: str) -> Sure:
    if bounds is None:
        return Sure("leaning", count, what)
    low, high = bounds
    clear = low > line if figure > line else high <= line
    return Sure("sure" if clear else "leaning", count, what, low, high)


def _unknown(
    question: Question, publication_id: int, line: float, unit: str, why: str, count: int, what: str,
    figure: float | None = None,
) -> Answer:  # fmt: skip
    sure = Sure("too little to say", count, what)
    return Answer(question, publication_id, Says.UNKNOWN, figure, line, unit, "", sure, why)


def _tens(value: float) -> int:
    return 10 * round(value / 10)


def _percent(value: float) -> str:
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


def _money(value: float, currency: str) -> str:
    return f"{value:,.2f} {currency}"


def _replies(count: int) -> str:
    return "1 reply" if count == 1 else f"{count:,} replies"
