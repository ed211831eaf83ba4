"""What the Live page shows: what went out in the last day, held against what is usual, and what follows from it.

Read at once, in a fixed number of statements, by every open page every few seconds. The page itself decides what is
shown at once and what waits to be asked for; here is only what is so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from app.views import deletions
from app.views.deletions import Out
from app.views.posts import names
from app.views.words import VERDICT, Badge
from data.reference import playbook
from data.storage.store import Store, Tx
from data.storage.tables import advices, alerts, opportunities, topics, verdicts
from workflow.access import Person
from workflow.grouping import answered as is_answered
from workflow.measuring import advice, cascade, forecasting, lately, money
from workflow.measuring.lately import Mark, Post
from workflow.measuring.spend import currency_of
from workflow.mutes import hidden
from workflow.rules.cascade import StepState
from workflow.rules.forecast import LEAST_POSTS, Forecast
from workflow.rules.metrics import MARKS, engagement_rate, interactions, share_rate
from workflow.rules.questions import ASKED, Answer, Question, Says, in_words
from workflow.rules.roles import may
from workflow.triage import CLAIMED, OPEN

# So many posts have a line of their own, the newest; all of them are asked about (ours).
MOST_POSTS = 12
MOST_TRIGGERS = 6
MOST_REST = 40
# The ages of the heat map: those that the last day can have reached.
AGES = tuple(mark for mark in MARKS if mark <= 24 * 60)
# Within a fifth of the usual a post does as usual (ours); the guide names the three colours and no lines between them.
BAND = 0.2


@dataclass(frozen=True)
class Heat:
    """A post against the usual at one age. `sign` says what the colour says, for who sees no colours."""

    age: str
    ratio: float | None
    sign: str
    colour: str


@dataclass(frozen=True)
class Line:
    """One post of the feed. `figures`: what is known of it by now, each with its name; `seen_at`: when it was read."""

    id: int
    draft_id: int
    platform: str
    text: str
    address: str
    at: datetime
    seen_at: datetime | None
    figures: tuple[tuple[str, str], ...]
    forecast: str
    heat: tuple[Heat, ...]
    held: bool


@dataclass(frozen=True)
class Advised:
    """What was said of an answer once, and what somebody made of it. `state`: open, done or declined."""

    id: int
    state: str
    who: str
    note: str


@dataclass(frozen=True)
class Told:
    """An answer as it is drawn. `sure`: what it stands on, in words. `out`: only where taking it down is offered."""

    answer: Answer
    title: str
    platform: str
    text: str
    draft_id: int
    sure: str
    advised: Advised | None
    out: Out | None

    @property
    def key(self) -> tuple[int, str]:
        return self.answer.publication_id, self.answer.question.value


@dataclass(frozen=True)
class Trigger:
    """An open alert, with how relevant it is to us: what people agreed on, else what the machine guessed."""

    id: int
    topic: str
    sentence: str
    ratio: float | None
    at: datetime
    relevance: float | None
    agreed: bool
    verdict: Badge


@dataclass(frozen=True)
class Live:
    """The page at one instant. `more`: posts of the last day that have no line; `leads`: the words of each."""

    now: datetime
    lines: tuple[Line, ...]
    more: int
    acting: tuple[Told, ...]
    rest: tuple[Told, ...]
    triggers: tuple[Trigger, ...]
    steps: tuple[cascade.Told, ...]
    leads: Mapping[int, str]
    may_write: bool


@dataclass(frozen=True)
class Cost:
    """What the programme costs in a month, in hundredths (None: nobody has said), and whether the reader may say."""

    cost: int | None
    currency: str
    may_cost: bool


def read_cost(store: Store, person: Person) -> Cost:
    """For the form that enters it."""
    with store.read() as tx:
        return Cost(money.cost_of_month(tx), currency_of(tx), may(person.role, "enter_cost"))


def read(store: Store, person: Person) -> Live:
    """Everything at once."""
    with store.read() as tx:
        posts = lately.posts(tx, tx.now)
        found = advice.answered(tx, posts, tx.now)
        shown = posts[:MOST_POSTS]
        foretold = forecasting.newest(tx, [post.id for post in shown])
        acting, rest = _told(tx, person, posts, found)
        steps = tuple(one for one in cascade.told(tx, posts) if one.lead_id in {post.id for post in posts})
        return Live(
            now=tx.now,
            lines=tuple(_line(post, foretold.get(post.id)) for post in shown),
            more=len(posts) - len(shown),
            acting=acting,
            rest=rest,
            triggers=_triggers(tx),
            steps=steps,
            leads={post.id: post.text for post in posts},
            may_write=may(person.role, "write"),
        )


# --- the feed and its heat ----------------------------------------------------------------------------------------


def _line(post: Post, told: tuple[int, Forecast] | None) -> Line:
    reached = {mark.age_minutes: mark for mark in post.marks}
    return Line(
        id=post.id,
        draft_id=post.draft_id,
        platform=playbook(post.platform).label,
        text=post.text,
        address=post.address,
        at=post.at,
        seen_at=post.newest.at if post.newest is not None else None,
        figures=tuple(_figures(post)),
        forecast=forecast_in_words(told),
        heat=tuple(heat(age, reached.get(age)) for age in AGES),
        held=post.held,
    )


def _figures(post: Post) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    # The newest reading, as the words "read just now" beside it say; the marks are for the comparison with the usual.
    counts = post.newest.counts if post.newest is not None else None
    total = interactions(post.platform, counts) if counts is not None else None
    rate = engagement_rate(post.platform, counts) if counts is not None else None
    if total is not None:
        found.append(("interactions", f"{total:,}"))
    if rate is not None:
        of = "followers" if rate.of == "audience" else rate.of
        found.append(("engagement", f"{rate.percent:.1f} % of {of}"))
    if post.velocity is not None:
        found.append(("speed", f"{post.velocity:,.0f} an hour"))
    shared = share_rate(post.platform, counts) if counts is not None else None
    if shared is not None and shared.of == "impressions":
        found.append(("passed on", f"{shared.percent:.1f} %"))
    if post.mood.read:
        found.append(("replies", f"{post.mood.read:,} read, {post.mood.negative:,} negative"))
    return found


def heat(age_minutes: int, mark: Mark | None) -> Heat:
    """The guide's colours: green above the baseline, yellow at it, red below; with a sign each."""
    age, ratio = in_words(age_minutes), mark.ratio if mark is not None else None
    if ratio is None:
        return Heat(age, None, "·", "gray")
    if ratio > 1 + BAND:
        return Heat(age, ratio, "▲▲" if ratio > 2 else "▲", "green")
    if ratio < 1 - BAND:
        return Heat(age, ratio, "▼", "red")
    return Heat(age, ratio, "●", "yellow")


def forecast_in_words(told: tuple[int, Forecast] | None) -> str:
    """Where a post is going, or why nobody can say; empty before its first hour."""
    if told is None:
        return ""
    age, one = told
    if one.expected is None or one.low is None or one.high is None:
        return f"No forecast: {one.history} posts like it with a whole week, and it takes {LEAST_POSTS}."
    return (
        f"After a week about {one.expected:,.0f} interactions, four times in five {one.low:,.0f} to {one.high:,.0f} "
        f"(told at an age of {in_words(age)}, from {one.history} posts like it)."
    )


# --- the answers --------------------------------------------------------------------------------------------------


def _told(
    tx: Tx, person: Person, posts: Sequence[Post], found: Sequence[Answer]
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """Those that ask for something, or that somebody has decided about; and the rest."""
    said = _advised(tx, posts)
    known = lately.by_id(posts)
    outs = deletions.outs(tx, person, tx.now - lately.LATELY) if any(_turns(one) for one in found) else {}
    told = [_one(one, known[one.publication_id], said, outs) for one in found]
    top = tuple(one for one in told if one.answer.acts or one.advised is not None)
    return top, tuple(one for one in told if one not in top)


def _turns(one: Answer) -> bool:
    return one.question == Question.TURNING and one.acts


def _one(one: Answer, post: Post, said: Mapping[tuple[int, str], Advised], outs: Mapping[int, Out]) -> Told:
    return Told(
        answer=one,
        title=ASKED[one.question],
        platform=playbook(post.platform).label,
        text=post.text,
        draft_id=post.draft_id,
        sure=sure_in_words(one),
        advised=said.get((post.id, one.question.value)),
        out=outs.get(post.draft_id) if _turns(one) else None,
    )


def sure_in_words(one: Answer) -> str:
    """What the answer stands on: how many, and where its figure may lie by chance alone."""
    sure, line = one.sure, f"the guide's line is {one.threshold:g}"
    of = f"{sure.count:,} {sure.what}"
    if one.says == Says.UNKNOWN and sure.word == "too little to say":
        return f"Too little to say ({of}; {line} {one.unit})."
    known = sure.low is not None and sure.high is not None
    between = f" ({sure.low:.1f} to {sure.high:.1f} with chance allowed for)" if known else ""
    figure = f"{one.figure:.1f} {one.unit}{between}, from " if one.figure is not None else ""
    word = "Sure" if sure.word == "sure" else "Not certain"
    tail = "" if one.question == Question.PLATFORM else f"; {line}"
    return f"{word}: {figure}{of}{tail}."


def _advised(tx: Tx, posts: Sequence[Post]) -> dict[tuple[int, str], Advised]:
    ids = [post.id for post in posts]
    rows = tx.rows(select(advices).where(advices.c.publication_id.in_(ids)))
    known = names(tx) if any(row["decided_by"] for row in rows) else {}
    return {
        (row["publication_id"], row["question"]): Advised(
            row["id"], row["state"], known.get(row["decided_by"], ""), row["note"]
        )
        for row in rows
    }


# --- what else moves ----------------------------------------------------------------------------------------------


def _triggers(tx: Tx) -> tuple[Trigger, ...]:
    """The open alerts that nobody has answered, newest first."""
    newest = select(func.max(verdicts.c.id).label("id")).group_by(verdicts.c.alert_id).subquery()
    current = select(verdicts).join(newest, newest.c.id == verdicts.c.id).subquery()
    alive = alerts.c.state.in_((OPEN, CLAIMED)) & ~is_answered() & ~hidden(tx.now)
    rows = tx.rows(
        select(
            alerts.c.id, alerts.c.raised_at, alerts.c.ratio, alerts.c.why, topics.c.label, current.c.tragedy,
            current.c.relevance.label("guess"), opportunities.c.relevance,
        )
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(current, current.c.alert_id == alerts.c.id)
        .outerjoin(opportunities, opportunities.c.alert_id == alerts.c.id)
        .where(alive)
        .order_by(alerts.c.raised_at.desc(), alerts.c.id.desc())
        .limit(MOST_TRIGGERS)
    )  # fmt: skip
    return tuple(_trigger(row) for row in rows)


def _trigger(row: RowMapping) -> Trigger:
    agreed = row["relevance"] is not None
    return Trigger(
        id=row["id"],
        topic=row["label"],
        sentence=row["why"].get("sentence", ""),
        ratio=row["ratio"],
        at=row["raised_at"],
        relevance=row["relevance"] if agreed else row["guess"],
        agreed=agreed,
        verdict=VERDICT[row["tragedy"] or ""],
    )


def step_in_words(one: cascade.Told) -> str:
    """Where a step of the cascade is, in a few words."""
    if one.step.state == StepState.DECLINED:
        return "left out"
    if one.step.state == StepState.CLOSED:
        return "over"
    if one.step.state == StepState.PREPARED:
        return "a draft is prepared"
    return "waits"
