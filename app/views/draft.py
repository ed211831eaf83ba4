"""What the Drafts page shows: the list, the start of a new draft, and one draft with everything around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select

from app.views.answerable import Answerable, answerable
from app.views.checks import ChecksView, checks_view
from app.views.media import MediaView, media_views
from app.views.posts import (
    MomentCard,
    Piece,
    Signature,
    compare,
    last_move,
    moment_card,
    names,
    refusals,
    signatures,
    standing_in_words,
)
from app.views.tier import TierView, tier_view
from app.views.unsaved import Unsaved, unsaved_of
from app.views.ways import KNOWN_FOR, WaysOut, ways_out
from app.wiring import House
from data.storage.store import Tx
from data.storage.tables import approvals, draft_versions, drafts, opportunities, publications
from workflow import brand as brands
from workflow import rescoring
from workflow.access import Person, same_people
from workflow.checking import checks_of, expired_answers, open_to_answers
from workflow.content import authors_of
from workflow.draft import Writing, writing_of
from workflow.gatekeeper import window_closes_at
from workflow.lifecycle import draft_row, state_of
from workflow.machine_answers import evidence
from workflow.rules.drafts import Move, State, allowed
from workflow.rules.roles import may
from workflow.schedule import live_post
from workflow.templating import Offer, offers

# How the list is grouped: what waits for a writer first, what is over last.
GROUPS: tuple[tuple[str, frozenset[State]], ...] = (
    ("Needs you", frozenset({State.BLOCKED, State.UNKNOWN, State.BY_HAND})),
    ("Needs a new time", frozenset({State.NEEDS_TIME, State.EXPIRED})),
    ("Being written", frozenset({State.WRITING})),
    ("With the approvers", frozenset({State.IN_REVIEW})),
    ("On the schedule", frozenset({State.APPROVED, State.SCHEDULED, State.HELD, State.PUBLISHING})),
    ("Over", frozenset({State.PUBLISHED, State.REJECTED, State.WITHDRAWN})),
)
MOST_OVER = 20


@dataclass(frozen=True)
class DraftRow:
    """One line of the list."""

    id: int
    text: str
    platform: str
    state: State
    author: str
    updated_at: datetime
    topic: str
    mine: bool
    planned_for: datetime | None


@dataclass(frozen=True)
class DraftList:
    """The drafts by group, newest first; empty groups are left out. `may_write`: the reader may start one."""

    groups: tuple[tuple[str, tuple[DraftRow, ...]], ...]
    may_write: bool
    now: datetime


@dataclass(frozen=True)
class NewDraft:
    """What a draft can begin with. `refusal`: why this moment cannot be written about, empty when it can.

    `answers`: the post that it is to answer, where it begins from one.
    """

    moment: MomentCard | None
    answers: Answerable | None
    ways: WaysOut
    offers: tuple[Offer, ...]
    refusal: str
    may_write: bool
    now: datetime


@dataclass(frozen=True)
class Version:
    """One saved version, and its difference from the one before it."""

    number: int
    author: str
    at: datetime
    text: str
    changed: tuple[Piece, ...]


@dataclass(frozen=True)
class DraftView:
    """One draft, for one reader. The `can_` fields only spare people clicks: the use cases decide.

    `stays`: why the decision about its moment lets it go no further, empty where that lets it.
    """

    id: int
    number: int
    brand: str
    state: State
    content_hash: str
    writing: Writing
    saved_by: str
    standing: str
    signatures: tuple[Signature, ...]
    objection: Signature | None
    refusals: tuple[str, ...]
    why: str
    moment: MomentCard | None
    closes_at: datetime | None
    publish_at: datetime | None
    address: str
    offers: tuple[Offer, ...]
    checks: ChecksView
    versions: tuple[Version, ...]
    media: tuple[MediaView, ...]
    unsaved: Unsaved | None
    tier: TierView
    ways: WaysOut
    stays: str
    can_edit: bool
    can_submit: bool
    can_withdraw: bool
    can_ask_again: bool
    can_object: bool
    can_answer: bool
    can_decide: bool
    now: datetime

    @property
    def offer(self) -> Offer | None:
        """The template that the saved version was made from."""
        return next((one for one in self.offers if one.template.name == self.writing.template), None)


def draft_list(house: House, person: Person, mine: bool) -> DraftList:
    """All drafts, or those that the person wrote."""
    with house.store.read() as tx:
        known = names(tx)
        rows = [_line(row, known, person) for row in tx.rows(_lines())]
        now = tx.now
    kept = [row for row in rows if row.mine or not mine]
    groups = ((title, _of(kept, states)) for title, states in GROUPS)
    return DraftList(tuple(g for g in groups if g[1]), may(person.role, "write"), now)


def _lines() -> Select[Any]:
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    return (
        select(drafts, draft_versions.c.text, draft_versions.c.planned_for)
        .join(draft_versions, current)
        .order_by(drafts.c.updated_at.desc())
    )


def _line(row: RowMapping, known: dict[int, str], person: Person) -> DraftRow:
    return DraftRow(
        id=row["id"],
        text=row["text"],
        platform=row["platform"],
        state=state_of(row),
        author=known[row["author_id"]],
        updated_at=row["updated_at"],
        topic=row["topic"] or "",
        mine=row["author_id"] == person.id,
        planned_for=row["planned_for"],
    )


def _of(rows: Sequence[DraftRow], states: frozenset[State]) -> tuple[DraftRow, ...]:
    found = tuple(row for row in rows if row.state in states)
    return found[:MOST_OVER] if State.PUBLISHED in states else found


def new_draft(house: House, person: Person, opportunity_id: int | None, item_id: int | None = None) -> NewDraft:
    """What a new draft can begin with, for a moment or planned; `item_id` names the post that it is to answer."""
    house.refresh_channels(KNOWN_FOR)
    with house.store.read() as tx:
        moment = moment_card(tx, opportunity_id)
        return NewDraft(
            moment=moment,
            answers=answerable(tx, [item_id]).get(item_id) if item_id is not None else None,
            ways=ways_out(tx, house),
            offers=offers(tx, opportunity_id),
            refusal=_refusal(tx, opportunity_id),
            may_write=may(person.role, "write"),
            now=tx.now,
        )


def _refusal(tx: Tx, opportunity_id: int | None) -> str:
    if opportunity_id is None:
        return ""
    row = tx.row(select(opportunities).where(opportunities.c.id == opportunity_id))
    if row is None:
        return "There is no such moment."
    if row["state"] != "decided":
        return "Two people assess this moment first; then it can be written about."
    return "Two people agreed to let this moment go." if row["decision"] == "no_go" else ""


def draft_view(house: House, person: Person, draft_id: int) -> DraftView:
    """One draft and everything around it. BadInput when there is none."""
    house.refresh_channels(KNOWN_FOR)
    with house.store.read() as tx:
        draft = draft_row(tx, draft_id)
        known, moves = names(tx), allowed(state_of(draft))
        post = live_post(tx, draft_id)
        versions = _versions(tx, draft_id, known)
        stays = rescoring.why_not(tx, draft["opportunity_id"])
        checks = checks_view(checks_of(tx, draft, house.scorer), expired_answers(tx, draft), evidence(tx, draft))
        writes = may(person.role, "write")
        return DraftView(
            id=draft_id,
            number=draft["number"],
            brand=brands.the_brand(tx).name,
            state=state_of(draft),
            content_hash=draft["content_hash"],
            writing=writing_of(tx, draft),
            saved_by=versions[0].author,
            standing=standing_in_words(tx, draft, known),
            signatures=signatures(tx, draft, known),
            objection=_objection(tx, draft, known),
            refusals=refusals(tx, draft_id) if state_of(draft) in (State.BLOCKED, State.HELD) else (),
            why=sentence_of(state_of(draft), last_move(tx, draft_id)[1]),
            moment=moment_card(tx, draft["opportunity_id"]),
            closes_at=window_closes_at(tx, draft),
            # A post that waits for its platform leaves at its next try, not at the time that has passed.
            publish_at=(post["next_try_at"] or post["publish_at"]) if post else None,
            address=_address(tx, draft_id),
            offers=offers(tx, draft["opportunity_id"]),
            checks=checks,
            versions=versions,
            media=media_views(tx, writing_of(tx, draft).media, person),
            unsaved=unsaved_of(tx, draft, person),
            tier=tier_view(tx, draft),
            ways=ways_out(tx, house),
            stays=stays,
            can_edit=writes and Move.EDIT in moves,
            can_submit=writes and Move.SUBMIT in moves and not stays,
            can_withdraw=writes and Move.WITHDRAW in moves,
            can_object=may(person.role, "sign") and state_of(draft) in (State.SCHEDULED, State.HELD),
            can_ask_again=writes and state_of(draft) == State.BLOCKED,
            can_answer=may(person.role, "answer_checklist") and open_to_answers(tx, draft),
            can_decide=may(person.role, "decide_checklist")
            and checks.decision == "manager"
            and same_people(tx)[person.id] not in authors_of(tx, draft),
            now=tx.now,
        )


# What the schedule's short reasons mean to whoever has to do something about them.
_SENTENCES = {
    "not signed by its planned time": "Its planned time came before two people had signed.",
    "signed after its planned time": "The last signature came after its planned time, so it did not go out.",
    "nothing could send it in time": "It was agreed, but nothing could send it in time.",
}
_NEW_TIME = "Choose a new time: the checklist is answered and two people sign once more."


def sentence_of(state: State, why: str) -> str:
    """Why a draft is where it is, and what to do where its time has passed."""
    said = _SENTENCES.get(why, why)
    return f"{said} {_NEW_TIME}".strip() if state in (State.EXPIRED, State.NEEDS_TIME) else said


def _versions(tx: Tx, draft_id: int, known: dict[int, str]) -> tuple[Version, ...]:
    rows = tx.rows(
        select(draft_versions).where(draft_versions.c.draft_id == draft_id).order_by(draft_versions.c.number)
    )
    before = ["", *(row["text"] for row in rows)]
    made = [
        Version(row["number"], known[row["author_id"]], row["at"], row["text"], compare(old, row["text"]))
        for old, row in zip(before, rows, strict=False)
    ]
    return tuple(reversed(made))


def _objection(tx: Tx, draft: RowMapping, known: dict[int, str]) -> Signature | None:
    """The last request for changes or rejection, while nothing was submitted since."""
    if state_of(draft) not in (State.WRITING, State.REJECTED):
        return None
    row = tx.row(
        select(approvals)
        .where(approvals.c.draft_id == draft["id"], approvals.c.decision != "approve")
        .order_by(approvals.c.id.desc())
        .limit(1)
    )
    return Signature(known[row["person_id"]], row["decision"], row["reason"], row["at"]) if row else None


def _address(tx: Tx, draft_id: int) -> str:
    found = tx.value(select(publications.c.address).where(publications.c.draft_id == draft_id))
    return str(found or "")
