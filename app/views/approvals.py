"""What the Approvals page shows: whose turn it is, and one whole case for somebody with two minutes and a phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from app.views.checks import ChecksView, checks_view
from app.views.media import MediaView, media_views
from app.views.posts import MomentCard, Signature, moment_card, names, signatures, standing_in_words
from app.views.since import Looked, Since, looked, since
from app.views.tier import TierView, tier_view
from app.views.ways import KNOWN_FOR, WaysOut, ways_out
from app.views.words import VERDICT
from app.wiring import House
from data.storage.store import Tx
from scoring.contract import Scope
from templates_library import Template
from workflow import brand as brands
from workflow.access import Person, same_people
from workflow.checking import checks_of
from workflow.content import authors_of, media_facts, version_of
from workflow.gatekeeper import window_closes_at
from workflow.hold import covering, scope_of
from workflow.looks import looks_at
from workflow.queue import after_mine, queue_of, stamp
from workflow.rules.answering import cannot
from workflow.rules.approvals import Standing
from workflow.rules.roles import PLAIN, Role
from workflow.standings import Case as Read
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
class Case:
    """Everything that a signature rests on. `content_hash` is what would be signed.

    `blocked`: why it may not be approved as it stands, empty when it may; the use case refuses it anyway.
    `effect`: what this reader's signature would bring about. `turn`: the newest change of the moment's verdict that
    this shows; 0 when there was none.
    """

    id: int
    number: int
    content_hash: str
    brand: str
    text: str
    platform: str
    channel: str
    ways: WaysOut
    answering: Mapping[str, str]
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
    looked: tuple[Looked, ...]
    media: tuple[MediaView, ...]
    blocked: tuple[str, ...]
    effect: str
    tier: TierView
    turn: int


@dataclass(frozen=True)
class ApprovalsView:
    """Mine to sign (the most urgent first), what waits for others, and the case that is open."""

    mine: tuple[Waiting, ...]
    others: tuple[Waiting, ...]
    case: Case | None
    stamp: tuple[object, ...]
    now: datetime


def approvals_view(house: House, person: Person, chosen: int | None = None) -> ApprovalsView:
    """The queue; open is the chosen draft where it is the reader's to sign, else the most urgent one."""
    house.refresh_channels(KNOWN_FOR)
    with house.store.read() as tx:
        known = names(tx)
        found_queue, me = queue_of(tx, person), same_people(tx)[person.id]
        rows, may_sign, cases = found_queue.rows, found_queue.may, found_queue.cases
        lines = {row["id"]: _line(row, cases[row["id"]], known, me, row["id"] in found_queue.turn) for row in rows}
        mine = _by_urgency([line for line in lines.values() if not line.why_not])
        opened = chosen if chosen in may_sign else (mine[0].id if mine else None)
        found = next((row for row in rows if row["id"] == opened), None)
        return ApprovalsView(
            mine=mine,
            others=_by_urgency([line for line in lines.values() if line.why_not]),
            case=_case(tx, house, person, found, known) if found is not None else None,
            stamp=stamp(tx, person),
            now=tx.now,
        )


def queue(house: House, person: Person) -> tuple[object, ...]:
    """What the queue was like when it was drawn, to be compared every few seconds."""
    with house.store.read() as tx:
        return stamp(tx, person)


def _by_urgency(lines: Sequence[Waiting]) -> tuple[Waiting, ...]:
    timed = sorted((line for line in lines if line.closes_at), key=lambda line: (line.closes_at, line.id))
    return (*timed, *(line for line in lines if not line.closes_at))


def _line(draft: RowMapping, case: Read, known: dict[int, str], me: int, my_turn: bool) -> Waiting:
    ends = [at for at in (case.version["planned_for"], case.closes_at) if at is not None]
    return Waiting(
        id=draft["id"],
        text=case.version["text"],
        platform=draft["platform"],
        author=known[draft["author_id"]],
        closes_at=min(ends, default=None),
        why_not="" if my_turn else _why_not(case, me),
    )


def _why_not(case: Read, me: int) -> str:
    if me in case.authors:
        return "You wrote some of this; two others sign it."
    if me in case.standing.signed:
        return "You have signed; somebody else is needed."
    return f"Your signature would not bring it further: it waits for {wanted_in_words(case.standing)}."


def _case(tx: Tx, house: House, person: Person, draft: RowMapping, known: dict[int, str]) -> Case:
    version, checks = version_of(tx, draft), checks_view(checks_of(tx, draft, house.scorer))
    ways = ways_out(tx, house)
    moment, looks = moment_card(tx, draft["opportunity_id"]), looks_at(tx, draft["id"])
    template = next((one for one in library() if one.name == version["template"]), None)
    return Case(
        id=draft["id"],
        number=draft["number"],
        content_hash=draft["content_hash"],
        brand=brands.the_brand(tx).name,
        text=version["text"],
        platform=draft["platform"],
        channel=draft["channel"],
        ways=ways,
        answering=version["answering"],
        authors=tuple(known[author] for author in sorted(authors_of(tx, draft))),
        planned_for=version["planned_for"],
        closes_at=window_closes_at(tx, draft),
        regions=tuple(draft["regions"]),
        topic=draft["topic"] or "",
        promotional=draft["promotional"],
        moment=moment,
        template=template,
        evidence=_evidence(template, version),
        checks=checks,
        signatures=signatures(tx, draft, known),
        standing=standing_in_words(tx, draft, known),
        holds=tuple(scope_of(row) for row in covering(tx, draft)),
        since=since(tx, draft, person, looks),
        looked=looked(person, draft, looks, known),
        media=media_views(tx, version["media"], person),
        blocked=(*_blocked(tx, draft, person, moment, checks), *_no_way(draft, version, ways)),
        effect=_effect(after_mine(tx, draft, person), version["planned_for"], tx.now),
        tier=tier_view(tx, draft),
        turn=newest_turn(tx, moment.alert_id if moment is not None else None),
    )


def _evidence(template: Template | None, version: RowMapping) -> tuple[tuple[str, str], ...]:
    """What was filled in for the signers alone."""
    if template is None:
        return ()
    asked = [field for field in template.fields if field.evidence and version["fields"].get(field.name)]
    return tuple((field.label, version["fields"][field.name]) for field in asked)


def wanted_in_words(stands: Standing) -> str:
    """`legal and PR`: whose signatures the tier still waits for."""
    return " and ".join(" or ".join(PLAIN[role] for role in Role if role in one) for one in stands.wanted)


def _blocked(
    tx: Tx, draft: RowMapping, person: Person, moment: MomentCard | None, checks: ChecksView
) -> tuple[str, ...]:
    said = []
    if moment is not None and moment.verdict == VERDICT["hold"]:
        said.append("The verdict on this moment is Stop. Nothing is approved beside it.")
    if checks.decision == "stop":
        said.append("A check says stop. Read it above.")
    if checks.expired:
        said.append("The verdict changed after the checklist was answered. The author answers it again first.")
    me = same_people(tx)[person.id]
    unseen = [fact.name for fact in media_facts(tx, draft) if me not in fact.previewed_by]
    if unseen:
        said.append(f"Look at every picture first. Still unseen: {', '.join(unseen)}.")
    return tuple(said)


def _no_way(draft: RowMapping, version: RowMapping, ways: WaysOut) -> Iterator[str]:
    """What no signature can mend: its way out is for another platform, or cannot answer the post that it answers."""
    way = ways.known.get(draft["channel"])
    trouble = ways.trouble(draft["channel"], draft["platform"])
    if trouble and (way is None or not way.missing):  # one that is switched off may be on again by then
        yield f"{trouble} The author does that first."
    elif way is not None and not way.missing:
        yield from filter(None, [cannot(version["answering"], way.answers, way.label)])


def _effect(after: Standing, planned_for: datetime | None, now: datetime) -> str:
    """What happens when this reader signs, in one sentence."""
    if not after.complete:
        one = "One more" if after.missing == 1 else "Two more"
        wanted = f" ({wanted_in_words(after)})" if after.wanted else ""
        return f"{one} after yours{wanted}."
    if planned_for is not None and planned_for <= now:
        return "Yours is the last one. Its planned time has passed, so it then waits for a new time."
    return "Yours is the last one: it then goes on the schedule by itself."
