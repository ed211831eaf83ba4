"""What the Approvals page shows: whose turn it is, and one whole case for somebody with two minutes and a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from app.views.checks import ChecksView, checks_view
from app.views.posts import MomentCard, Piece, Signature, compare, moment_card, names, signatures, standing_in_words
from app.wiring import House
from data.storage.store import Tx
from data.storage.tables import approvals, draft_versions, drafts
from scoring.contract import Scope
from templates_library import Template
from workflow import brand as brands
from workflow.access import Person, same_people
from workflow.approve import waiting_for
from workflow.checking import checks_of
from workflow.content import authors_of, version_of
from workflow.gatekeeper import window_closes_at
from workflow.hold import covering, scope_of
from workflow.rules.drafts import State
from workflow.templating import library
from workflow.turns import newest_turn


@dataclass(frozen=True)
class Waiting:
    """One draft in review. `closes_at`: its planned time or its moment's end, whichever comes first; None: neither.

    `why_not`: why the reader cannot sign it, empty for one that is theirs to sign.
    """

    id: int
    text: str
    platform: str
    author: str
    closes_at: datetime | None
    why_not: str


@dataclass(frozen=True)
class Since:
    """What is different since the reader's last word on this draft."""

    number: int
    decision: str
    reason: str
    changed: tuple[Piece, ...]


@dataclass(frozen=True)
class Case:
    """Everything that a signature rests on. `content_hash` is what would be signed.

    `turn`: the newest change of the moment's verdict that this shows; 0 when there was none.
    """

    id: int
    number: int
    content_hash: str
    brand: str
    text: str
    platform: str
    channel: str
    authors: tuple[str, ...]
    planned_for: datetime | None
    closes_at: datetime | None
    regions: tuple[str, ...]
    topic: str
    promotional: bool
    moment: MomentCard | None
    template: Template | None
    evidence: tuple[tuple[str, str], ...]
    checks: ChecksView
    signatures: tuple[Signature, ...]
    standing: str
    holds: tuple[Scope, ...]
    since: Since | None
    turn: int


@dataclass(frozen=True)
class ApprovalsView:
    """Mine to sign (the most urgent first), what waits for others, and the case that is open."""

    mine: tuple[Waiting, ...]
    others: tuple[Waiting, ...]
    case: Case | None
    now: datetime


def approvals_view(house: House, person: Person, chosen: int | None = None) -> ApprovalsView:
    """The queue; open is the chosen draft where it is the reader's to sign, else the most urgent one."""
    with house.store.read() as tx:
        known = names(tx)
        turn = [row["id"] for row in waiting_for(tx, person)]
        rows = tx.rows(select(drafts).where(drafts.c.state == State.IN_REVIEW.value).order_by(drafts.c.id))
        lines = {row["id"]: _line(tx, row, known, person, row["id"] in turn) for row in rows}
        mine = _by_urgency([line for line in lines.values() if not line.why_not])
        opened = chosen if chosen in turn else (mine[0].id if mine else None)
        found = next((row for row in rows if row["id"] == opened), None)
        return ApprovalsView(
            mine=mine,
            others=_by_urgency([line for line in lines.values() if line.why_not]),
            case=_case(tx, house, person, found, known) if found is not None else None,
            now=tx.now,
        )


def queue(house: House, person: Person) -> tuple[int, ...]:
    """The ids of what is the reader's to sign: cheap enough to ask every few seconds."""
    with house.store.read() as tx:
        return tuple(row["id"] for row in waiting_for(tx, person))


def _by_urgency(lines: Sequence[Waiting]) -> tuple[Waiting, ...]:
    timed = sorted((line for line in lines if line.closes_at), key=lambda line: (line.closes_at, line.id))
    return (*timed, *(line for line in lines if not line.closes_at))


def _line(tx: Tx, draft: RowMapping, known: dict[int, str], person: Person, my_turn: bool) -> Waiting:
    version = version_of(tx, draft)
    ends = [at for at in (version["planned_for"], window_closes_at(tx, draft)) if at is not None]
    return Waiting(
        id=draft["id"],
        text=version["text"],
        platform=draft["platform"],
        author=known[draft["author_id"]],
        closes_at=min(ends, default=None),
        why_not="" if my_turn else _why_not(tx, draft, person),
    )


def _why_not(tx: Tx, draft: RowMapping, person: Person) -> str:
    if same_people(tx)[person.id] in authors_of(tx, draft):
        return "You wrote some of this; two others sign it."
    return "You have signed; somebody else is needed."


def _case(tx: Tx, house: House, person: Person, draft: RowMapping, known: dict[int, str]) -> Case:
    version = version_of(tx, draft)
    moment = moment_card(tx, draft["opportunity_id"])
    template = next((one for one in library() if one.name == version["template"]), None)
    return Case(
        id=draft["id"],
        number=draft["number"],
        content_hash=draft["content_hash"],
        brand=brands.the_brand(tx).name,
        text=version["text"],
        platform=draft["platform"],
        channel=draft["channel"],
        authors=tuple(known[author] for author in sorted(authors_of(tx, draft))),
        planned_for=version["planned_for"],
        closes_at=window_closes_at(tx, draft),
        regions=tuple(draft["regions"]),
        topic=draft["topic"] or "",
        promotional=draft["promotional"],
        moment=moment,
        template=template,
        evidence=_evidence(template, version),
        checks=checks_view(checks_of(tx, draft, house.scorer), {}),
        signatures=signatures(tx, draft, known),
        standing=standing_in_words(tx, draft, known),
        holds=tuple(scope_of(row) for row in covering(tx, draft)),
        since=_since(tx, draft, person, version["text"]),
        turn=newest_turn(tx, moment.alert_id if moment is not None else None),
    )


def _evidence(template: Template | None, version: RowMapping) -> tuple[tuple[str, str], ...]:
    """What was filled in for the signers alone."""
    if template is None:
        return ()
    asked = [field for field in template.fields if field.evidence and version["fields"].get(field.name)]
    return tuple((field.label, version["fields"][field.name]) for field in asked)


def _since(tx: Tx, draft: RowMapping, person: Person, text: str) -> Since | None:
    """The reader's last word, and what became of the words since; None for a first reading."""
    said = tx.row(
        select(approvals)
        .where(approvals.c.draft_id == draft["id"], approvals.c.person_id == person.id)
        .order_by(approvals.c.id.desc())
        .limit(1)
    )
    if said is None:
        return None
    seen = tx.row(
        select(draft_versions)
        .where(draft_versions.c.draft_id == draft["id"], draft_versions.c.content_hash == said["content_hash"])
        .order_by(draft_versions.c.number.desc())
        .limit(1)
    )
    assert seen is not None
    return Since(seen["number"], said["decision"], said["reason"], compare(seen["text"], text))
