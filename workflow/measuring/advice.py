"""The five answers about what went out lately, and the advice that follows from them: said once, taken or declined.

`answers` only reads. The worker's duty `advise` keeps what asks for something as a row (one for each publication and
question), writes the event, and tells whom it concerns. People say that they did it or will not, and can take that
back; nothing here spends money, writes a post or takes one down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update

from data.errors import BadInput, Refused
from data.reference import playbook
from data.reference.metrics import metrics
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import advices, deletions, drafts, engagement_marks, opportunities, publications
from scoring.reference import load
from workflow import duty
from workflow.access import require
from workflow.lifecycle import draft_row
from workflow.measuring import lately, money, spend
from workflow.measuring.baselines import DENOMINATORS, average, percent, still_out
from workflow.measuring.lately import Post
from workflow.notices import settled, tell
from workflow.rules import answers as rules
from workflow.rules.metrics import KINDS, Denominator, passed_on, share_rate
from workflow.rules.notices import Kind
from workflow.rules.questions import Answer, Question, Responsive, by_urgency, restrained
from workflow.telling import named

PLATFORMS_SINCE = timedelta(days=90)
"""Ours: how far back platforms are compared for one kind of moment; thirty days bring too few of most kinds."""
AFTER_A_DAY = 24 * 60
"""Ours: the age at which platforms are compared, when most of them have brought what they bring."""


class State(StrEnum):
    """What became of an advice."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"


def answers(tx: Tx, now: datetime) -> tuple[Answer, ...]:
    """The five questions about everything that went out in the last day, the most urgent first."""
    return answered(tx, lately.posts(tx, now), now)


def answered(tx: Tx, posts: Sequence[Post], now: datetime) -> tuple[Answer, ...]:
    """The same about posts that were read already."""
    found = [answer for post in posts for answer in _about(post)]
    found += _about_money(tx, posts, now)
    found += _about_platforms(tx, posts, now)
    held = {post.id: "A hold covers it: add nothing until it is lifted." for post in posts if post.held}
    return by_urgency(restrained(found, held))


def _about(post: Post) -> list[Answer]:
    mark, seen = post.mark, post.newest
    counts = seen.counts if seen is not None else None
    shared = share_rate(post.platform, counts) if counts is not None else None
    return [
        rules.turning(post.id, post.mood),
        rules.above_baseline(post.measured, mark.usual if mark is not None else None),
        rules.follow_up(
            post.id, shared, passed_on(counts) if counts else None, counts.impressions if counts else None, post.mood
        ),
    ]


def _about_money(tx: Tx, posts: Sequence[Post], now: datetime) -> list[Answer]:
    """Of those that money was put behind."""
    spent = spend.spent(tx, [post.id for post in posts])
    if not spent:
        return []
    organic = money.organic(tx, now)
    return [rules.spend_efficient(one, money.paid(each), organic) for one, each in spent.items()]


def _about_platforms(tx: Tx, posts: Sequence[Post], now: datetime) -> list[Answer]:
    """Once for each kind of moment that the last day's posts were about; the newest of them carries it."""
    newest = {post.category: post.id for post in reversed(posts) if post.category}
    if not newest:
        return []
    told = _responsive(tx, newest, now)
    return [
        rules.best_platform(publication, _title(category), told[category]) for category, publication in newest.items()
    ]


def _responsive(tx: Tx, categories: Collection[str], now: datetime) -> Mapping[str, list[Responsive]]:
    """By kind of moment, how each platform's posts had done after a day. What came down is no example."""
    found: defaultdict[str, list[Responsive]] = defaultdict(list)
    for of in DENOMINATORS:
        for category, platform, rated, added, squared in tx.conn.execute(_by_platform(categories, of, now)):
            one = average(of, rated, added, squared)
            mean, deviation = one.mean or 0.0, one.deviation or 0.0
            found[category].append(Responsive(platform, playbook(platform).label, rated, mean, deviation, of))
    return found


def _by_platform(categories: Collection[str], of: Denominator, now: datetime) -> Select[Any]:
    marks, each = engagement_marks.c, percent(of)
    platforms = [name for name, row in metrics().items() if row.denominator == of]
    return (
        select(opportunities.c.category, marks.platform, func.count(each), func.sum(each), func.sum(each * each))
        .join(publications, publications.c.id == marks.publication_id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .join(opportunities, opportunities.c.id == drafts.c.opportunity_id)
        # All platforms and kinds by name, so that the index finds the age at once.
        .where(marks.platform.in_(platforms), marks.kind.in_(KINDS), marks.age_minutes == AFTER_A_DAY)
        .where(marks.published_at > now - PLATFORMS_SINCE, marks.at <= now, still_out())
        .where(opportunities.c.category.in_(list(categories)))
        .group_by(opportunities.c.category, marks.platform)
    )


def _title(category: str) -> str:
    known = load().categories.get(category)
    return known.title if known is not None else category.replace("_", " ")


# --- the worker's duty -------------------------------------------------------------------------------------------


def advise(store: Store) -> int:
    """Keep and tell what the answers ask for and nobody has been told; how many that were. Safe in several workers.

    All the reading is done outside the write transaction: most looks find nothing new, and keep no writer waiting.
    """
    with store.read() as tx:
        fresh = _unsaid(tx, [one for one in answers(tx, tx.now) if one.acts])
    if not fresh:
        return 0
    with store.write() as tx:
        still = _unsaid(tx, fresh)
        for one in still:
            _say(tx, one)
    return len(still)


def _unsaid(tx: Tx, found: Sequence[Answer]) -> list[Answer]:
    if not found:
        return []
    ids = {one.publication_id for one in found}
    rows = tx.rows(select(advices.c.publication_id, advices.c.question).where(advices.c.publication_id.in_(ids)))
    said = {(row["publication_id"], row["question"]) for row in rows}
    gone = {row[0] for row in tx.conn.execute(_deleted(ids))}
    return [one for one in found if (one.publication_id, one.question.value) not in said | _pairs(gone)]


def _deleted(ids: Collection[int]) -> Select[Any]:
    return select(deletions.c.publication_id).where(deletions.c.publication_id.in_(ids))


def _pairs(gone: Collection[int]) -> set[tuple[int, str]]:
    return {(one, question.value) for one in gone for question in Question}


def _say(tx: Tx, one: Answer) -> None:
    text = f"{one.words} {one.action}"
    figures = {
        "figure": one.figure,
        "threshold": one.threshold,
        "unit": one.unit,
        "sure": asdict(one.sure),
    }
    advice_id = tx.insert(
        insert(advices).values(
            publication_id=one.publication_id,
            question=one.question.value,
            said_at=tx.now,
            text=text,
            figures=figures,
            state=State.OPEN.value,
        )
    )
    draft = _draft_of(tx, one.publication_id)
    detail = {"advice": advice_id, "publication": one.publication_id, "question": one.question.value, **figures}
    events.append(tx, events.THE_PRODUCT, "advice_given", "draft", draft["id"], after="open", why=text, detail=detail)
    _tell(tx, draft, one.question, advice_id, text)


def _tell(tx: Tx, draft: RowMapping, question: Question, advice_id: int, text: str) -> None:
    """What turns wakes everybody on duty; the rest is for who wrote it and for the leads. A platform can wait."""
    if question == Question.PLATFORM:
        return
    turning = question == Question.TURNING
    whom = {draft["author_id"], *(one.id for one in duty.leads(tx))}
    if turning:
        whom |= {one.id for one in duty.to_tell(tx)}
    said = f"{named(tx, draft)[:1].upper()}{named(tx, draft)[1:]}: {text}"
    tell(tx, whom, Kind.TURNING if turning else Kind.AMPLIFY, "draft", draft["id"], said, f"advice:{advice_id}:said")


def _draft_of(tx: Tx, publication_id: int) -> RowMapping:
    draft_id = tx.value(select(publications.c.draft_id).where(publications.c.id == publication_id))
    return draft_row(tx, draft_id)


# --- what people make of it --------------------------------------------------------------------------------------


def done(store: Store, token: str, advice_id: int, note: str = "") -> None:
    """Somebody did it. Refused where somebody else has decided."""
    _decide(store, token, advice_id, State.DONE, note)


def decline(store: Store, token: str, advice_id: int, note: str = "") -> None:
    """Somebody will not."""
    _decide(store, token, advice_id, State.DECLINED, note)


def reopen(store: Store, token: str, advice_id: int) -> None:
    """Take the decision back: it is open again. Refused where it is."""
    with store.write() as tx:
        person = require(tx, token, "write")
        row = advice_row(tx, advice_id)
        if row["state"] == State.OPEN:
            raise Refused("This is open already: nobody has decided about it.", ("wrong_state",))
        _move(tx, person.actor, row, State.OPEN, None, "")


def _decide(store: Store, token: str, advice_id: int, state: State, note: str) -> None:
    with store.write() as tx:
        person = require(tx, token, "write")
        row = advice_row(tx, advice_id)
        if row["state"] != State.OPEN:
            raise Refused("Somebody has decided about this already. Take that back first.", ("wrong_state",))
        _move(tx, person.actor, row, state, person.id, note.strip())
        draft = _draft_of(tx, row["publication_id"])
        kind = Kind.TURNING if row["question"] == Question.TURNING else Kind.AMPLIFY
        if not _others_open(tx, row, kind):
            settled(tx, (kind,), "draft", draft["id"])


def _others_open(tx: Tx, row: RowMapping, kind: Kind) -> bool:
    """Whether notices of this kind about this publication still ask for something else."""
    mine = (advices.c.publication_id == row["publication_id"]) & (advices.c.state == State.OPEN.value)
    rows = tx.rows(select(advices.c.question).where(mine, advices.c.id != row["id"]))
    return any((one["question"] == Question.TURNING) == (kind == Kind.TURNING) for one in rows)


def _move(tx: Tx, actor: events.Actor, row: RowMapping, state: State, person_id: int | None, note: str) -> None:
    at = tx.now if person_id is not None else None
    values = {"state": state.value, "decided_by": person_id, "decided_at": at, "note": note}
    tx.run(update(advices).where(advices.c.id == row["id"]).values(**values))
    draft = _draft_of(tx, row["publication_id"])
    kind = {State.DONE: "advice_done", State.DECLINED: "advice_declined", State.OPEN: "advice_reopened"}[state]
    detail = {"advice": row["id"], "publication": row["publication_id"], "question": row["question"]}
    events.append(
        tx, actor, kind, "draft", draft["id"], before=row["state"], after=state.value, why=note, detail=detail
    )


def advice_row(tx: Tx, advice_id: int) -> RowMapping:
    """The advice with this id. BadInput when there is none."""
    row = tx.row(select(advices).where(advices.c.id == advice_id))
    if row is None:
        raise BadInput("There is no such advice.")
    return row
