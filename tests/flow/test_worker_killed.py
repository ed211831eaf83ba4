"""Kill -9 of the worker in the middle: nothing that was saved is lost, and nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from data.sample_day.day import load_day
from data.storage import events as chain
from data.storage.tables import alerts, drafts, holds, items, publications, scheduled_posts, sources
from tests.processes import Sample, sample_workspace, wait_for

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def _count(sample: Sample, table) -> int:
    with sample.house.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table)))


def _bring_forward(sample: Sample, draft_id: int) -> None:
    with sample.house.store.write() as tx:
        tx.run(
            update(scheduled_posts)
            .where(scheduled_posts.c.draft_id == draft_id)
            .values(publish_at=tx.now - timedelta(seconds=1))
        )


def test_a_killed_worker_loses_nothing_and_a_new_one_goes_on(tmp_path: Path) -> None:
    day = load_day()
    with sample_workspace(tmp_path) as sample:
        worker = sample.start("worker")
        sample.server.release(next(m.key for m in day.moments if m.kind == "take"))
        wait_for(lambda: _count(sample, alerts), "the first alert", 90)
        sample.kill(worker)
        before = _count(sample, items)
        assert chain.verify(sample.house.store)[1] is None

        # While nobody works, a post falls due, and a source is left with a dead worker's lease.
        with sample.house.store.write() as tx:
            [first, *_] = [row["id"] for row in tx.rows(select(drafts.c.id).order_by(drafts.c.id))]
            lease = {"lease_owner": "a dead worker", "lease_until": tx.now - timedelta(seconds=1)}
            tx.run(update(sources).where(sources.c.enabled).values(**lease))
        _bring_forward(sample, first)

        worker = sample.start("worker")
        wait_for(lambda: _count(sample, publications), "the post that fell due", 90)
        sample.kill(worker)
        sample.server.release(next(m.key for m in day.moments if m.kind == "tragedy"))
        sample.start("worker")
        wait_for(lambda: _count(sample, holds), "the hold", 90)

        with sample.house.store.read() as tx:
            states = sorted(row["state"] for row in tx.rows(select(drafts.c.state)))
            keys = [row["external_id"] for row in tx.rows(select(items.c.external_id, items.c.source_id))]
        assert states == ["held", "held", "published"]
        assert _count(sample, publications) == 1
        assert len(list((tmp_path / "dry_run").glob("*.json"))) == 1
        assert _count(sample, items) > before
        assert len(keys) == _count(sample, items)
        assert chain.verify(sample.house.store)[1] is None
