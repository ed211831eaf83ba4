"""Posts of the last day and before, with figures and replies of their own: what answers and the Live page read."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert, select, update

from data.storage.store import Store, Tx
from data.storage.tables import drafts, post_replies, publications
from tests.factory import Team
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


def draft_of(tx: Tx, publication_id: int) -> int:
    return int(tx.value(select(publications.c.draft_id).where(publications.c.id == publication_id)))


def figures(
    store: Store, publication: int, at: datetime, *, impressions: int | None = 1_000, likes: int = 0, shares: int = 0
) -> None:
    """What the platform says of it at `at`, with the marks that this reaches."""
    with store.write() as tx:
        engagement.keep(tx, publication, Counts(impressions=impressions, likes=likes, shares=shares), at)


def usual(team: Team, now: datetime, percent: int = 2, posts: int = 6, minutes: tuple[int, ...] = (60,)) -> None:
    """Earlier posts on X with that engagement rate at these ages."""
    for number in range(posts):
        at = now - timedelta(days=2 + number)
        earlier = out(team, at)
        for age in minutes:
            figures(team.store, earlier, at + timedelta(minutes=age), likes=10 * percent)


def replies(store: Store, publication: int, **tones: int) -> None:
    """Replies that were read already: so many of each tone."""
    with store.write() as tx:
        for tone, count in tones.items():
            row = {"publication_id": publication, "text": f"{tone}.", "at": tx.now, "taken_in_at": tx.now}
            row |= {"sentiment": tone, "scored_by": "lexicon"}
            tx.run(insert(post_replies), [row | {"external_id": f"{tone}-{uuid4().hex}"} for _ in range(count)])
