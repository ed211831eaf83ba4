"""The judge beside everybody else: no text is read while the store is locked, and no one moment stops the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from data.storage.store import Store, Tx
from publishing.outbox import Outbox
from scoring.contract import BrandProfile, Moment, MomentVerdict, TextScorer, TextVerdict
from scoring.judge import judge_moment
from scoring.lexicon import LexiconScorer
from scoring.remembering import Remembering
from tests import factory as f
from tests.conftest import HandClock
from workflow.judge import judge_open_alerts, latest_verdict


@dataclass
class Listening:
    """Says of each text whether it was read while somebody wrote."""

    writing: list[bool] = field(default_factory=lambda: [False])
    locked_out: list[str] = field(default_factory=list)
    name = "listening"

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        if self.writing[0]:
            self.locked_out += texts
        return LexiconScorer().score(texts)

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        return [(1.0,) for _ in texts]


def test_nothing_is_read_for_the_first_time_while_the_store_is_locked(
    sqlite_store: Store, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Listening()
    team = replace(f.team_in(sqlite_store), scorer=Remembering(lambda: ear))
    write = Store.write

    @contextmanager
    def heard(store: Store) -> Iterator[Tx]:
        with write(store) as tx:
            ear.writing[0] = True
            try:
                yield tx
            finally:
                ear.writing[0] = False

    monkeypatch.setattr(Store, "write", heard)
    f.scheduled_draft(team)
    team = replace(team, scorer=Remembering(lambda: ear))  # the worker is another process
    clock.forward(minutes=1)
    assert Outbox(sqlite_store, f.house_of(team, tmp_path).channels, team.scorer, "w").publish_due() == 1
    assert ear.locked_out == []


def test_a_moment_that_cannot_be_judged_does_not_keep_the_others_waiting(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = f.team_in(sqlite_store)
    broken, sound = (f.add_alert(sqlite_store, topic) for topic in ("iced tea", "green tea"))

    def judged(scorer: TextScorer, moment: Moment, brand: BrandProfile, now: datetime) -> MomentVerdict:
        if moment.topic == "iced tea":
            raise OverflowError("a text that no rule foresaw")
        return judge_moment(scorer, moment, brand, now)

    monkeypatch.setattr("workflow.judge.judge_moment", judged)
    assert judge_open_alerts(sqlite_store, team.scorer) == 1
    with sqlite_store.read() as tx:
        assert latest_verdict(tx, broken) is None
        assert latest_verdict(tx, sound) is not None
