"""What the pages about a post share: who signed it, which moment it answers, and how two versions differ.

Frozen values, read in the caller's transaction. A page of its own reads none of this by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import RowMapping, func, select

from app.views.evidence import Evidence, evidence_of
from app.views.sure import how_sure
from app.views.words import DECISION, VERDICT, Badge, category_title
from data.storage.store import Tx
from data.storage.tables import alerts, approvals, events, opportunities, people, scheduled_posts, topics
from workflow.approve import standing_of
from workflow.corrections import Word, verdict_words
from workflow.judge import latest_verdict
from workflow.rules.approvals import Standing
from workflow.rules.drafts import PLAIN_STATE
from workflow.rules.roles import PLAIN, Role
from workflow.rules.versions import words

# So many drafts are named in one statement (ours): SQLite takes some thousand values at most.
_AT_ONCE = 500


@dataclass(frozen=True)
class Signature:
    """One person's word on a post."""

    name: str
    decision: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class MomentCard:
    """The moment that a post answers, as much as fits above the post. `doubts`: who sees its verdict otherwise."""

    alert_id: int
    topic: str
    raised_at: datetime
    count: int
    baseline: float | None
    decision: Badge | None
    category: str
    verdict: Badge
    sure: str
    reasons: tuple[Evidence, ...]
    doubts: tuple[Word, ...]


@dataclass(frozen=True)
class Piece:
    """Some words of a comparison. `kind`: same, added or removed."""

    kind: str
    words: str


def names(tx: Tx) -> dict[int, str]:
    """Everybody's name by id, those without access too: their signatures stay readable."""
    return {row["id"]: row["display_name"] for row in tx.rows(select(people.c.id, people.c.display_name))}


def signatures(tx: Tx, draft: RowMapping, known: Mapping[int, str]) -> tuple[Signature, ...]:
    """What was said on the content as it is now, and not voided since, oldest first."""
    return signatures_of(tx, [draft], known)[draft["id"]]


def signatures_of(tx: Tx, rows: Sequence[RowMapping], known: Mapping[int, str]) -> dict[int, tuple[Signature, ...]]:
    """The same of many drafts, read together, by their ids."""
    now = {row["id"]: row["content_hash"] for row in rows}
    found: dict[int, tuple[Signature, ...]] = dict.fromkeys(now, ())
    for ids in _parts(now):
        given = select(approvals).where(approvals.c.draft_id.in_(ids), approvals.c.voided_at.is_(None))
        for r in tx.rows(given.order_by(approvals.c.id)):
            if r["content_hash"] == now[r["draft_id"]]:
                said = Signature(known[r["person_id"]], r["decision"], r["reason"], r["at"])
                found[r["draft_id"]] = (*found[r["draft_id"]], said)
    return found


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """So many as one statement may name."""
    found = sorted(ids)
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]


def standing_in_words(tx: Tx, draft: RowMapping, known: Mapping[int, str]) -> str:
    """`Signed by Lea, one more needed (legal).`"""
    return in_words(standing_of(tx, draft), known)


def in_words(stands: Standing, known: Mapping[int, str]) -> str:
    """The same of a standing that is known already."""
    signed = ", ".join(known[person] for person in stands.signed)
    begin = f"Signed by {signed}" if signed else "Nobody has signed yet"
    if stands.expired:
        begin = f"{_expired(stands, known)} {begin if signed else 'Nobody has signed since'}"
    if not stands.missing:
        return f"{begin}."
    count = {1: "one", 2: "two"}.get(stands.missing, str(stands.missing))
    return f"{begin}, {count} {'more ' if signed else ''}needed{_wanted(stands)}."


def _expired(stands: Standing, known: Mapping[int, str]) -> str:
    who = " and ".join(known[person] for person in stands.expired)
    return f"The verdict has changed since {who} signed, so that no longer counts."


def _wanted(stands: Standing) -> str:
    """Whose signatures the trigger's category still asks for."""
    roles = [" or ".join(PLAIN[role] for role in Role if role in one) for one in stands.wanted]
    if not roles:
        return ""
    return f": {' and '.join(roles)}" if len(roles) == stands.missing else f", {' and '.join(roles)} among them"


def _decided(decision: str, tragedy: str) -> Badge | None:
    """What two people decided; without the colour of a go where the verdict says stop by now."""
    found = DECISION.get(decision)
    return replace(found, colour="gray") if found is not None and tragedy == "hold" else found


def moment_card(tx: Tx, opportunity_id: int | None) -> MomentCard | None:
    """The card of a draft's moment; None for a planned post."""
    row = tx.row(
        select(
            alerts,
            topics.c.label,
            opportunities.c.decision,
            opportunities.c.category,
            people.c.display_name.label("chose"),
        )
        .join(opportunities, opportunities.c.alert_id == alerts.c.id)
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(people, people.c.id == opportunities.c.category_by)
        .where(opportunities.c.id == opportunity_id)
    )
    if row is None:
        return None
    verdict = latest_verdict(tx, row["id"])
    return MomentCard(
        alert_id=row["id"],
        topic=row["label"],
        raised_at=row["raised_at"],
        count=row["count"],
        baseline=row["baseline"],
        decision=_decided(row["decision"] or "", verdict["tragedy"] if verdict else ""),
        # Who signs should see that the machine did not say so, a colleague did.
        category=category_title(row["category"]) + (f", chosen by {row['chose']}" if row["chose"] else ""),
        verdict=VERDICT[verdict["tragedy"] if verdict else ""],
        sure=how_sure(verdict["tragedy"], verdict["probability"]).words if verdict else "",
        reasons=evidence_of(tx, verdict["reasons"]) if verdict else (),
        doubts=tuple(word for word in verdict_words(tx, row["id"]) if not word.agrees),
    )


def last_move(tx: Tx, draft_id: int) -> tuple[str, str]:
    """The kind of the event that brought the draft where it is, and what was said with it."""
    return last_moves(tx, [draft_id]).get(draft_id, ("", ""))


def last_moves(tx: Tx, draft_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The same of many, by draft; a draft that never moved is not among them."""
    found: dict[int, tuple[str, str]] = {}
    for ids in _parts(draft_ids):
        moved = (events.c.subject == "draft") & events.c.subject_id.in_(ids) & events.c.after.in_(list(PLAIN_STATE))
        newest = select(func.max(events.c.id)).where(moved).group_by(events.c.subject_id)
        rows = tx.rows(select(events.c.subject_id, events.c.kind, events.c.why).where(events.c.id.in_(newest)))
        found |= {row["subject_id"]: (row["kind"], row["why"]) for row in rows}
    return found


def refusals(tx: Tx, draft_id: int) -> tuple[str, ...]:
    """The gate's sentences on the draft's newest place on the schedule, if it refused it there; then what to do."""
    return refusals_of(tx, [draft_id]).get(draft_id, ())


def refusals_of(tx: Tx, draft_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The same of many, by draft; one that was never on the schedule is not among them."""
    found: dict[int, tuple[str, ...]] = {}
    place = scheduled_posts.c
    for ids in _parts(draft_ids):
        newest = select(func.max(place.id)).where(place.draft_id.in_(ids)).group_by(place.draft_id)
        rows = tx.rows(select(place.draft_id, place.refusals).where(place.id.in_(newest)))
        found |= {row["draft_id"]: _told(row["refusals"] or ()) for row in rows}
    return found


def _told(given: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    advice = (one["then"] for one in given if one.get("then"))
    return tuple(dict.fromkeys((*(one["text"] for one in given), *advice)))


def compare(old: str, new: str) -> tuple[Piece, ...]:
    """The two texts word by word, in the order a reader goes through them."""
    before, after = words(old), words(new)
    pieces: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", "".join(after[c:d])))
            continue
        if b > a:
            pieces.append(Piece("removed", "".join(before[a:b])))
        if d > c:
            pieces.append(Piece("added", "".join(after[c:d])))
    return tuple(pieces)
