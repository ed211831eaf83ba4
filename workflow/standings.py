"""Where the signatures of many drafts stand, read together: a dozen statements for a queue, however long it is.

The queue asks of each draft what `approve`, `tiering` and `gatekeeper` answer for one. Those read draft by draft, which
is right where one is signed or sent, and costs thousands of statements where hundreds are listed. Here the same rows
are read at once and handed to the same functions; nothing is decided here that they do not decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, func, select

from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import (
    alerts,
    approvals,
    draft_versions,
    drafts,
    events,
    opportunities,
    people,
    topics,
    verdicts,
)
from workflow import brand as brands
from workflow.access import Person, same_people
from workflow.approve import approval_in
from workflow.categories import CHOSEN, counted
from workflow.gatekeeper import window_closes_at
from workflow.rules.approvals import Approval, Decision, Standing, Tier, standing
from workflow.rules.tiers import tier_for
from workflow.rules.verdict_keys import PLANNED
from workflow.rules.windows import closes_at
from workflow.templating import contexts_in, library
from workflow.tiering import category_facts, facts_in, template_fact
from workflow.verdict_key import key_in

# So many drafts are named in one statement (ours): SQLite takes some thousand values at most.
_AT_ONCE = 500


@dataclass(frozen=True)
class Case:
    """One draft as a queue needs it. `authors` and `given` are of people, not of accounts; `tier`: who must sign."""

    version: RowMapping
    authors: frozenset[int]
    given: tuple[Approval, ...]
    tier: Tier
    content_hash: str
    closes_at: datetime | None

    @property
    def standing(self) -> Standing:
        """Where the signatures on the current content stand."""
        return standing(self.given, self.content_hash, self.authors, self.tier)

    def helped_by(self, me: int, person: Person, now: datetime) -> bool:
        """Whether this person's signature would leave fewer missing, or take an objection of theirs back."""
        mine = Approval(me, person.role, Decision.APPROVE, self.content_hash, now)
        after = standing((*self.given, mine), self.content_hash, self.authors, self.tier)
        return after.missing < self.standing.missing or len(after.objections) < len(self.standing.objections)


@dataclass(frozen=True)
class _Moment:
    """A moment: its row with topic and `raised_at`, its newest verdict, and the categories that count."""

    row: RowMapping
    verdict: RowMapping | None
    categories: tuple[str, ...]
    key: str


def cases(tx: Tx, rows: Sequence[RowMapping]) -> dict[int, Case]:
    """The cases of these drafts by their ids."""
    found: dict[int, Case] = {}
    for start in range(0, len(rows), _AT_ONCE):
        found |= _cases(tx, rows[start : start + _AT_ONCE])
    return found


def _cases(tx: Tx, rows: Sequence[RowMapping]) -> dict[int, Case]:
    ids = [row["id"] for row in rows]
    same, profile = same_people(tx), brands.the_brand(tx).profile
    versions, wrote, given = _versions(tx, ids), _wrote(tx, ids), _given(tx, ids)
    moments = _moments(tx, {row["opportunity_id"] for row in rows if row["opportunity_id"] is not None})
    templates = {one.name: one for one in library()}
    found: dict[int, Case] = {}
    windows: dict[tuple[str, str | None], datetime | None] = {}
    for row in rows:
        version, moment = versions[row["id"]], moments.get(row["opportunity_id"])
        template = templates.get(version["template"])
        contexts = _contexts(moment)
        used = template_fact(template, version, row["platform"], contexts, tx.now.date()) if template else None
        facts = facts_in(
            row,
            version,
            profile,
            category_facts(moment.categories) if moment else (),
            str(moment.verdict["tragedy"]) if moment and moment.verdict else None,
            moment.row["decision"] if moment else None,
            used,
        )
        key = moment.key if moment else PLANNED
        found[row["id"]] = Case(
            version=version,
            authors=frozenset(same[one] for one in (row["author_id"], *wrote[row["id"]])),
            given=tuple(approval_in(one, same, key) for one in given[row["id"]]),
            tier=tier_for(facts).tier,
            content_hash=row["content_hash"],
            closes_at=_closes_at(tx, row, moment, windows),
        )
    return found


def _contexts(moment: _Moment | None) -> tuple[str, ...]:
    return contexts_in(moment.row["label"], moment.categories, moment.verdict) if moment else ()


def _closes_at(
    tx: Tx, draft: RowMapping, moment: _Moment | None, known: dict[tuple[str, str | None], datetime | None]
) -> datetime | None:
    if not draft["reactive"]:
        return None
    if moment is None:  # it answers a topic without an alert: there are few, and each is asked about once
        about = (draft["platform"], draft["topic"])
        if about not in known:
            known[about] = window_closes_at(tx, draft)
        return known[about]
    return closes_at(moment.row["raised_at"], playbook(draft["platform"]).closes_minutes)


def _versions(tx: Tx, ids: Sequence[int]) -> Mapping[int, RowMapping]:
    current = (drafts.c.id == draft_versions.c.draft_id) & (drafts.c.number == draft_versions.c.number)
    rows = tx.rows(select(draft_versions).join(drafts, current).where(drafts.c.id.in_(ids)))
    return {row["draft_id"]: row for row in rows}


def _wrote(tx: Tx, ids: Sequence[int]) -> Mapping[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    wanted = (draft_versions.c.draft_id, draft_versions.c.author_id)
    for row in tx.rows(select(*wanted).where(draft_versions.c.draft_id.in_(ids)).distinct()):
        found[row["draft_id"]].append(row["author_id"])
    return found


def _given(tx: Tx, ids: Sequence[int]) -> Mapping[int, list[RowMapping]]:
    found: defaultdict[int, list[RowMapping]] = defaultdict(list)
    rows = tx.rows(
        select(approvals, people.c.active, people.c.role.label("role_now"))
        .join(people, people.c.id == approvals.c.person_id)
        .where(approvals.c.draft_id.in_(ids))
        .order_by(approvals.c.id)
    )
    for row in rows:
        found[row["draft_id"]].append(row)
    return found


def _moments(tx: Tx, ids: Iterable[int]) -> dict[int, _Moment]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows = tx.rows(
        select(opportunities, alerts.c.raised_at, topics.c.label)
        .join(alerts, alerts.c.id == opportunities.c.alert_id)
        .join(topics, topics.c.id == alerts.c.topic_id)
        .where(opportunities.c.id.in_(wanted))
    )
    said = _newest_verdicts(tx, opportunities.c.id.in_(wanted))
    chosen = _choices(tx, wanted)
    return {
        row["id"]: _Moment(
            row=row,
            verdict=said.get(row["alert_id"]),
            categories=counted(str(row["category"]), chosen[row["id"]]),
            key=key_in(said.get(row["alert_id"])),
        )
        for row in rows
    }


def _newest_verdicts(tx: Tx, which: ColumnElement[bool]) -> dict[int, RowMapping]:
    """The newest verdict on each alert of these moments, with the opportunity's `category_by` beside it."""
    on_them = opportunities.c.alert_id == verdicts.c.alert_id
    newest = select(func.max(verdicts.c.id)).join(opportunities, on_them).where(which).group_by(verdicts.c.alert_id)
    rows = tx.rows(
        select(verdicts, opportunities.c.category_by).join(opportunities, on_them).where(verdicts.c.id.in_(newest))
    )
    return {row["alert_id"]: row for row in rows}


def _choices(tx: Tx, ids: Sequence[int]) -> Mapping[int, list[RowMapping]]:
    found: defaultdict[int, list[RowMapping]] = defaultdict(list)
    own = (events.c.subject == "opportunity") & events.c.subject_id.in_(ids) & (events.c.kind == CHOSEN)
    for row in tx.rows(select(events).where(own).order_by(events.c.id.desc())):
        found[row["subject_id"]].append(row)
    return found
