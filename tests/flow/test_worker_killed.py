"""Kill -9 of the worker in the middle: nothing that was saved is lost, and nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from data.sample_day.day import load_day
from data.storage import events as chain
from data.storage.tables import alerts, drafts, holds, items, publications, sources
from tests.factory import good_answers
from tests.processes import Sample, sample_workspace, wait_for
from workflow import access, approve, checking, draft
from workflow.rules.approvals import Decision

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def _count(sample: Sample, table) -> int:
    with sample.house.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table)))


def _agree_on_a_post(sample: Sample) -> None:
    """A planned post that leaves as soon as two have signed: by the use cases, because no other way leads out."""
    store, scorer = sample.house.store, sample.house.scorer
    amara, leilani, ingrid = (
        access.sign_in(store, name, sample.passwords[name]) for name in ("amara", "leilani", "ingrid")
    )
    draft_id = draft.start(store, amara, draft.Writing("A quiet morning, and new boots by the door.", reactive=False))
    with store.read() as tx:
        seen = tx.value(select(drafts.c.content_hash).where(drafts.c.id == draft_id))
    checking.answer(store, amara, draft_id, seen, good_answers())
    draft.submit(store, scorer, amara, draft_id, 1)
    for token in (leilani, ingrid):
        approve.sign(store, token, draft_id, seen, Decision.APPROVE)


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
            lease = {"lease_owner": "a dead worker", "lease_until": tx.now - timedelta(seconds=1)}
            tx.run(update(sources).where(sources.c.enabled).values(**lease))
        _agree_on_a_post(sample)

        worker = sample.start("worker")
        wait_for(lambda: _count(sample, publications), "the post that fell due", 90)
        sample.kill(worker)
        sample.server.release(next(m.key for m in day.moments if m.kind == "tragedy"))
        sample.start("worker")
        wait_for(lambda: _count(sample, holds), "the hold", 90)

        with sample.house.store.read() as tx:
            states = sorted(row["state"] for row in tx.rows(select(drafts.c.state)))
            keys = [row["external_id"] for row in tx.rows(select(items.c.external_id, items.c.source_id))]
        # The hold stops what waits, unless the queue's own look at the same headline was faster: then it is blocked.
        assert states[-1:] == ["published"]
        assert set(states[:-1]) <= {"held", "blocked"}
        assert len(states) == 4
        assert _count(sample, publications) == 1
        assert len(list((tmp_path / "dry_run").glob("*.json"))) == 1
        assert _count(sample, items) > before
        assert len(keys) == _count(sample, items)
        assert chain.verify(sample.house.store)[1] is None
