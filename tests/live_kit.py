"""Posts of the last day and before, with figures and replies of their own: what answers and the Live page read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Table, func, insert, select, update

from data.storage.store import Store, Tx
from data.storage.tables import drafts, engagement_marks, opportunities, post_replies, publications, scheduled_posts
from tests.factory import Team, add_alert, add_opportunity
from tests.measured import publication
from workflow.measuring import engagement
from workflow.rules.metrics import Counts


def out(
    team: Team, at: datetime, *, text: str = "", platform: str = "x", channel: str = "dry_run",
    opportunity: int | None = None, name: str = "ana", regions: tuple[str, ...] = ("GB",),
) -> int:  # fmt: skip
    """A post that left at `at`; its publication's id."""
    words = text or f"Iced tea {uuid4().hex}."
    found = publication(team.store, at, platform=platform, channel=channel, text=words)
    with team.store.write() as tx:
        values = {"opportunity_id": opportunity, "author_id": team.people[name].id, "regions": list(regions)}
        tx.run(update(drafts).where(drafts.c.id == draft_of(tx, found)).values(**values))
    return found


def moment(team: Team) -> int:
    """A moment that two people decided to take up, without the judging and scoring that led there."""
    found = add_opportunity(team.store, add_alert(team.store))
    with team.store.write() as tx:
        decided = {"state": "decided", "decision": "go", "decided_at": tx.now}
        tx.run(update(opportunities).where(opportunities.c.id == found).values(**decided))
    return found


def draft_of(tx: Tx, publication_id: int) -> int:
    return int(tx.value(select(publications.c.draft_id).where(publications.c.id == publication_id)))


def figures(
    store: Store, publication: int, at: datetime, *, impressions: int | None = 1_000, likes: int = 0, shares: int = 0
) -> None:
    """What the platform says of it at `at`, with the marks that this reaches."""
    with store.write() as tx:
        engagement.keep(tx, publication, Counts(impressions=impressions, likes=likes, shares=shares), at)


def earlier(
    team: Team, posts: Sequence[tuple[datetime, Mapping[int, int]]], *, platform: str = "x",
    opportunity: int | None = None, impressions: int = 1_000,
) -> None:  # fmt: skip
    """Posts that lie further back, each as (when, interactions by age): what is compared with. In one transaction."""
    with team.store.write() as tx:
        first = 1_000 + int(tx.value(select(func.max(publications.c.id))) or 0)
        draft: dict[str, object] = {"brand_id": 1, "author_id": 1, "channel": "dry_run", "platform": platform}
        draft |= {"reactive": True, "promotional": False, "hashtags": [], "regions": [], "state": "published"}
        draft |= {"number": 1, "opportunity_id": opportunity}
        post: dict[str, object] = {"wall_clock": "", "refusals": []}
        mark: dict[str, object] = {"platform": platform, "kind": "text", "impressions": impressions}
        tables: dict[Table, list[dict[str, object]]] = {t: [] for t in (drafts, scheduled_posts, publications)}
        marks: list[dict[str, object]] = []
        for one, (at, reached) in enumerate(posts, start=first):
            digest = f"{one:064d}"
            same = {"id": one, "content_hash": digest}
            tables[drafts].append(draft | same | {"created_at": at, "updated_at": at})
            key = {"idempotency_key": digest, "publish_at": at, "created_at": at, "closed_at": at}
            tables[scheduled_posts].append(post | same | key | {"draft_id": one})
            out_row = {"scheduled_post_id": one, "draft_id": one, "channel": "dry_run", "at": at, "payload": {}}
            tables[publications].append(same | out_row)
            for age, count in reached.items():
                when = {"published_at": at, "at": at + timedelta(minutes=age)}
                marks.append(mark | when | {"publication_id": one, "age_minutes": age, "interactions": count})
        for table, rows in (*tables.items(), (engagement_marks, marks)):
            tx.run(insert(table), rows)


def usual(team: Team, now: datetime, percent: int = 2, posts: int = 6, minutes: tuple[int, ...] = (60,)) -> None:
    """Earlier posts on X with that engagement rate at these ages."""
    reached = {age: 10 * percent for age in minutes}
    earlier(team, [(now - timedelta(days=2 + number), reached) for number in range(posts)])


def replies(store: Store, publication: int, **tones: int) -> None:
    """Replies that were read already: so many of each tone."""
    with store.write() as tx:
        for tone, count in tones.items():
            row = {"publication_id": publication, "text": f"{tone}.", "at": tx.now, "taken_in_at": tx.now}
            row |= {"sentiment": tone, "scored_by": "lexicon"}
            tx.run(insert(post_replies), [row | {"external_id": f"{tone}-{uuid4().hex}"} for _ in range(count)])
