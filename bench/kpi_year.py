"""A synthetic year of a busy team, for `bench.kpis` and for looking at the KPI page with enough on it.

Written straight into the tables: what is measured is reading them. Drawn from one seed, so that two runs hold the same.
`scale` multiplies everything that grows with a team's use: 1 is 5,000 alerts, 3,000 drafts on moments, 7,000 planned
posts, 10,000 publications with 70,000 marks, and 50,000 event rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, select

from data.storage import events as chain
from data.storage.store import Store, Tx
from data.storage.tables import (
    advices,
    alerts,
    approvals,
    assessments,
    brands,
    deletions,
    drafts,
    drill_answers,
    drills,
    engagement_marks,
    events,
    holds,
    monitors,
    opportunities,
    people,
    publications,
    scheduled_posts,
    tone_hours,
    topics,
)
from scoring.contract import BrandProfile
from workflow.rules.dismissals import SITUATIONS
from workflow.rules.metrics import MARKS
from workflow.rules.roles import Role

YEAR = timedelta(days=365)
ALERTS, ON_MOMENTS, PLANNED, EVENTS = 5_000, 3_000, 7_000, 50_000
PLATFORMS = ("x", "linkedin", "instagram_feed", "mastodon", "tiktok")
TEAM = {
    "Sam": Role.SOCIAL_TEAM, "Tia": Role.SOCIAL_TEAM, "Uwe": Role.SOCIAL_TEAM, "Lin": Role.SOCIAL_LEAD,
    "Mia": Role.MANAGER, "Pat": Role.PR, "Leo": Role.LEGAL,
}  # fmt: skip
PROFILE = BrandProfile(name="Larkfield Tea", category="tea", keywords=("larkfield",), regions=("GB",))
# How interactions come in by the marks' ages: the share of the final figure.
GROWTH = (0.05, 0.12, 0.25, 0.45, 0.7, 0.92, 1.0)
_AT_ONCE = 2_000


@dataclass
class _Year:
    """What is being written, table by table, in the order in which rows refer to each other."""

    until: datetime
    draw: random.Random
    brand: int
    people: Mapping[str, int]
    rows: dict[str, list[dict[str, Any]]]

    def at(self) -> datetime:
        return self.until - YEAR * self.draw.random()

    def add(self, table: Table, **row: Any) -> int:
        kept = self.rows.setdefault(table.name, [])
        kept.append({"id": len(kept) + 1, **row})
        return len(kept)

    def some(self, *roles: Role) -> int:
        return self.people[self.draw.choice([name for name, role in TEAM.items() if role in roles])]


def fill(store: Store, scale: float = 1.0, seed: int = 7) -> None:
    """Write the year that ends now into a store without any moments; its brand, if it has one, is kept."""
    with store.write() as tx:
        brand, known = _brand(tx), _people(tx)
        year = _Year(tx.now, random.Random(seed), brand, known, {})
        own = _topics(tx, brand)
        moments = [_moment(year, own) for _ in range(round(ALERTS * scale))]
        taken = [one for one in moments if one is not None]
        for number in range(round(ON_MOMENTS * scale)):
            _post(year, taken[number % len(taken)])
        for _ in range(round(PLANNED * scale)):
            _post(year, None)
        _brake(year, scale)
        for name in ("alerts", "opportunities", "assessments", "drafts", "approvals", "holds", "scheduled_posts",
                     "publications", "deletions", "advices", "drills", "drill_answers"):  # fmt: skip
            _write(tx, alerts.metadata.tables[name], year.rows.get(name, []))
        _write(tx, engagement_marks, list(_marks(year)))
        _write(tx, tone_hours, list(_tone(year, own[0], days=min(YEAR.days, round(3650 * scale)))))
        _write(tx, events, _chained(tx, year, round(EVENTS * scale)))


def _write(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        tx.run(insert(table), rows[start : start + _AT_ONCE])


def _brand(tx: Tx) -> int:
    found = tx.value(select(brands.c.id).order_by(brands.c.id).limit(1))
    if found is not None:
        return int(found)
    row = {"name": PROFILE.name, "profile": asdict(PROFILE), "settings": {}, "zone": "Europe/London"}
    return tx.insert(insert(brands).values(**row, created_at=tx.now - YEAR))


def _people(tx: Tx) -> dict[str, int]:
    found = {}
    for name, role in TEAM.items():
        row: dict[str, Any] = {
            "username": f"year-{name.lower()}",
            "display_name": name,
            "role": role.value,
            "zone": "Europe/London",
        }
        row |= {"password_hash": "", "active": True, "created_at": tx.now - YEAR}
        found[name] = tx.insert(insert(people).values(**row))
    return found


def _topics(tx: Tx, brand: int) -> list[int]:
    row = {"brand_id": brand, "name": "Year's own brand", "kind": "brand", "floor": 20, "enabled": True}
    monitor = tx.insert(insert(monitors).values(**row, terms=["larkfield"], exclusions=[]))
    labels = ["Year's own brand", *(f"topic {number} of the year" for number in range(200))]
    return [
        tx.insert(insert(topics).values(folded=label.lower(), label=label, first_seen_at=tx.now - YEAR,
                                        monitor_id=None if number else monitor))
        for number, label in enumerate(labels)
    ]  # fmt: skip


def _moment(year: _Year, own: Sequence[int]) -> tuple[int, datetime] | None:
    """An alert and what people made of it; where they said go, the opportunity and when."""
    draw, raised = year.draw, year.at()
    claimed = raised + timedelta(minutes=draw.lognormvariate(1.2, 0.8)) if draw.random() < 0.6 else None
    decided = claimed + timedelta(minutes=draw.lognormvariate(1.6, 0.5)) if claimed and draw.random() < 0.7 else None
    go = decided is not None and draw.random() < 0.5
    gone = not go and draw.random() < 0.8
    reason = draw.choice((*SITUATIONS, "Not ours.", "Spam.")) if gone else None
    alert = year.add(
        alerts, brand_id=year.brand, topic_id=draw.choice(own), raised_at=raised, kind="spike",
        onset_at=raised - timedelta(minutes=draw.uniform(4, 40)), window_start=raised - timedelta(hours=1),
        window_end=raised, count=200, baseline=50.0, ratio=4.0, why={}, claimed_at=claimed, dismissed_reason=reason,
        state="dismissed" if gone else "claimed" if claimed else "open", delivered_at=raised,
        claimed_by=year.some(Role.SOCIAL_TEAM, Role.SOCIAL_LEAD) if claimed else None,
    )  # fmt: skip
    if decided is None or claimed is None:
        return None
    moment = year.add(
        opportunities, alert_id=alert, state="decided", round=1, relevance=8.0, interest=8.0, quadrant="q",
        decision="go" if go else "no_go", category="cultural_moment", opened_at=raised, decided_at=decided,
    )  # fmt: skip
    pair = draw.sample([year.people[name] for name in ("Sam", "Tia", "Uwe", "Lin")], 2)
    for person, at in zip(pair, (claimed + (decided - claimed) / 2, decided), strict=True):
        year.add(assessments, opportunity_id=moment, round=1, person_id=person, at=at, note="",
                 relevance=draw.randint(5, 9), interest=draw.randint(6, 9))  # fmt: skip
    return (moment, decided) if go else None


def _post(year: _Year, moment: tuple[int, datetime] | None) -> None:
    """A draft that went all the way, one in twelve not; with its signatures and, where it left, its publication."""
    draw = year.draw
    begins = moment[1] if moment else year.at() - timedelta(days=1)
    submitted = begins + timedelta(minutes=draw.lognormvariate(2.0, 0.6))
    approved = submitted + timedelta(minutes=draw.lognormvariate(2.0, 0.7))
    left = approved + timedelta(minutes=1)
    out = draw.random() > 1 / 12 and left < year.until
    platform, digest = draw.choice(PLATFORMS), f"{draw.getrandbits(256):064x}"
    draft = year.add(
        drafts, brand_id=year.brand, opportunity_id=moment[0] if moment else None, author_id=year.people["Sam"],
        channel="dry_run", platform=platform, reactive=moment is not None, promotional=False, topic=None,
        hashtags=[], regions=["GB"], state="published" if out else "blocked", number=1, content_hash=digest,
        created_at=begins, updated_at=left,
    )  # fmt: skip
    _tell(year, "draft_submit", draft, submitted)
    signed = (submitted + (approved - submitted) / 2, approved)
    for name, at in zip(draw.sample(("Lin", "Mia", "Pat", "Leo"), 2), signed, strict=True):
        year.add(approvals, draft_id=draft, content_hash=digest, person_id=year.people[name], role=TEAM[name].value,
                 decision="approve", reason="", at=at)  # fmt: skip
    _tell(year, "draft_approve_last", draft, approved)
    if not out:
        codes = draw.choice((["tragedy"], ["out_of_window"], ["frequency_cap"], ["context_unverified", "duplicate"]))
        _tell(year, "draft_block", draft, left, {"reasons": codes})
        return
    post = year.add(
        scheduled_posts, draft_id=draft, content_hash=digest, publish_at=left, zone="UTC", wall_clock="", refusals=[],
        idempotency_key=digest, created_at=approved, closed_at=left, prepared={}, begun=1,
    )  # fmt: skip
    out_id = year.add(publications, scheduled_post_id=post, draft_id=draft, channel="dry_run", at=left, address="",
                      payload={}, content_hash=digest)  # fmt: skip
    if draw.random() < 0.005:
        year.add(deletions, publication_id=out_id, asked_by=year.people["Lin"], asked_at=left + timedelta(hours=1),
                 done_at=left + timedelta(hours=1, seconds=draw.uniform(2, 40)), state="done", reason="",
                 reason_at=None)  # fmt: skip
    if moment and draw.random() < 0.3:
        year.add(advices, publication_id=out_id, question="baseline", said_at=left + timedelta(hours=2), text="",
                 figures={}, state=draw.choice(("done", "declined", "open")))  # fmt: skip


def _tell(year: _Year, kind: str, draft: int, at: datetime, detail: Mapping[str, Any] | None = None) -> None:
    year.rows.setdefault("told", []).append({"kind": kind, "subject_id": draft, "at": at, "detail": dict(detail or {})})


def _brake(year: _Year, scale: float) -> None:
    """A hold a week and a drill a month."""
    for number in range(52):
        opened = year.until - timedelta(days=7 * number + 3)
        lifted = opened + timedelta(hours=year.draw.uniform(1, 20))
        hold = year.add(holds, brand_id=year.brand, scope_kind="everything", scope_value="", origin="rule", reasons=[],
                        note="", opened_at=opened, lifted_at=lifted)  # fmt: skip
        for _ in range(round(4 * scale)):
            draft = year.draw.randint(1, len(year.rows["drafts"]))
            _tell(year, "draft_hold", draft, opened, {"hold": hold, "reasons": ["tragedy"]})
    for number in range(12):
        opened = year.until - timedelta(days=30 * number + 5)
        drill = year.add(
            drills, brand_id=year.brand, opened_by=year.people["Lin"], opened_at=opened, detail={"stops": 3}, note="",
            gate_closed_at=opened + timedelta(seconds=year.draw.uniform(0.05, 0.4)),
            drained_at=opened + timedelta(seconds=1), ended_at=opened + timedelta(minutes=5),
        )  # fmt: skip
        for person in year.people.values():
            seen = opened + timedelta(seconds=year.draw.lognormvariate(4, 1)) if year.draw.random() < 0.8 else None
            year.add(drill_answers, drill_id=drill, person_id=person, worker="", told_at=opened, answered_at=seen)


def _marks(year: _Year) -> Iterator[dict[str, Any]]:
    drafted = {row["id"]: row for row in year.rows["drafts"]}
    for row in year.rows["publications"]:
        draft = drafted[row["draft_id"]]
        reach = year.draw.lognormvariate(9, 0.7)
        rate = year.draw.lognormvariate(-3.2 if draft["reactive"] else -4.2, 0.5)
        for age, share in zip(MARKS, GROWTH, strict=True):
            at = row["at"] + timedelta(minutes=age + 1)
            if at > year.until:
                break
            seen, done = round(reach * share), round(reach * share * rate)
            yield {
                "publication_id": row["id"], "age_minutes": age, "platform": draft["platform"], "kind": "text",
                "published_at": row["at"], "at": at, "impressions": None if draft["platform"] == "mastodon" else seen,
                "interactions": done, "shares": round(done * 0.4), "replies": round(done * 0.3), "audience": 20_000,
            }  # fmt: skip


def _tone(year: _Year, topic: int, days: int) -> Iterator[dict[str, Any]]:
    first = (year.until - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    for hour in range(days * 24):
        read = year.draw.randint(0, 12)
        yield {"topic_id": topic, "hour": first + timedelta(hours=hour), "scored": read,
               "negative": sum(year.draw.random() < 0.2 for _ in range(read))}  # fmt: skip


def _chained(tx: Tx, year: _Year, wanted: int) -> list[dict[str, Any]]:
    """The event rows in order of time, on a chain that holds, filled up with what no report reads."""
    told = list(year.rows["told"])
    told += [
        {"kind": "alert_note", "subject_id": year.draw.randint(1, 100), "at": year.at(), "detail": {}}
        for _ in range(max(0, wanted - len(told)))
    ]
    previous = tx.value(select(events.c.hash).order_by(events.c.id.desc()).limit(1)) or chain.GENESIS
    rows = []
    for one in sorted(told, key=lambda row: row["at"]):
        subject = "draft" if one["kind"].startswith("draft") else "alert"
        row = {"actor_id": None, "actor": chain.SYSTEM, "subject": subject, "before": None, "after": None, "why": ""}
        row |= {"content_hash": None, **one}
        digest = chain.chained(previous, row)
        rows.append({**row, "previous_hash": previous, "hash": digest})
        previous = digest
    return rows
