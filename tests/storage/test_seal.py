"""Secrets at rest: what opens them, what does not, and that nothing else ever says them."""

from __future__ import annotations

import logging
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from app.commands.export import export
from data.errors import BadInput
from data.storage.engine import open_store
from data.storage.seal import ELSEWHERE, Seal, not_opened, seal_for
from data.storage.store import Store
from data.storage.tables import sources
from monitors.fetch import Fetcher
from monitors.poller import Poller
from monitors.sources import Config, ItemKind, Poll, PollState, Setting
from tests.conftest import HandClock
from tests.factory import Team, team_in
from workflow import sources as deeds

TOKEN = "tok-31415926535"


def key() -> str:
    return Fernet.generate_key().decode()


class NeedsKey:
    """A kind that repeats, in its sentence, whatever is none of its business to say but the secret."""

    kind = "needs_key"
    label = "Needs a key"
    item_kind: ItemKind = "news"
    settings: tuple[Setting, ...] = ()
    default_interval = timedelta(minutes=5)

    def __init__(self) -> None:
        self.handed: list[object] = []

    def check(self, config: Config) -> None:
        if not config.get("token"):
            raise BadInput("Key is missing: fill it in.")

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        self.handed.append(config["token"])
        return Poll((), (), state)


def add(team: Team, seal: Seal, kind: NeedsKey, secrets: Mapping[str, str]) -> int:
    quarter = timedelta(minutes=15)
    token = team.tokens["ada"]
    return deeds.add(team.store, token, "needs_key", "S", {}, quarter, kind.check, secrets=secrets, seal=seal)


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "tact.key"
    seal = Seal(file=file)
    assert seal.open({}) == {}
    assert not file.exists(), "nothing is sealed: no key is needed"

    closed = seal.close({"token": TOKEN})

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (seal.exposed(), TOKEN in closed["token"]) == (False, False)
    assert Seal(file=file).open(closed) == {"token": TOKEN}
    assert [one.name for one in file.parent.iterdir()] == ["tact.key"]
    file.chmod(0o644)
    assert seal.exposed()


def test_processes_that_begin_together_share_one_key(tmp_path: Path) -> None:
    seals = [Seal(file=tmp_path / "tact.key") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        closed = list(pool.map(lambda seal: seal.close({"t": TOKEN}), seals))

    assert [Seal(file=tmp_path / "tact.key").open(one) for one in closed] == [{"t": TOKEN}] * 8


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    old, new = key(), key()
    closed = Seal(old).close({"t": TOKEN})
    both = Seal(f"{new}, {old}")

    assert both.open(closed) == {"t": TOKEN}
    assert Seal(new).open(both.close({"t": TOKEN})) == {"t": TOKEN}


@pytest.mark.parametrize(
    ("keys", "says"),
    [(key(), "another key"), ("", "is missing"), ("short-key", "TACT_SECRET_KEY holds something")],
    ids=["another key", "no key", "no real key"],  # one of them is random: two test processes would not agree on it
)
def test_what_cannot_be_opened_says_what_to_do(keys: str, says: str) -> None:
    closed = Seal(key()).close({"t": TOKEN})

    with pytest.raises(BadInput, match=says) as refused:
        Seal(keys).open(closed)

    assert "short-key" not in refused.value.message + refused.value.cause


def test_a_seal_without_any_place_for_a_key_says_so() -> None:
    with pytest.raises(BadInput, match="set TACT_SECRET_KEY"):
        Seal().close({"t": TOKEN})


def test_where_the_key_lies(tmp_path: Path) -> None:
    assert seal_for(f"sqlite:///{tmp_path}/tact.db").file == tmp_path / "tact.key"
    assert seal_for("postgresql+psycopg://host/tact").file == ELSEWHERE.absolute()
    assert seal_for("sqlite:///:memory:").file == ELSEWHERE.absolute()


def test_a_secret_is_handed_to_its_kind_and_stands_nowhere_in_the_open(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    team, kind, seal = team_in(store), NeedsKey(), Seal(file=tmp_path / "tact.key")
    add(team, seal, kind, {"token": TOKEN})

    Poller(store, {"needs_key": kind}, Fetcher("x"), "here", seal).poll_one()
    export(store, tmp_path / "out.db")

    assert kind.handed == [TOKEN]
    with store.read() as tx:
        everything = repr([tx.rows(select(table)) for table in sources.metadata.sorted_tables])
    written = (tmp_path / "out.db").read_bytes()
    assert TOKEN not in everything
    assert TOKEN.encode() not in written
    assert b"gAAAA" not in written, "not even sealed"
    assert TOKEN not in caplog.text


def test_a_source_that_cannot_be_opened_says_so_and_waits(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    team, kind = team_in(sqlite_store), NeedsKey()
    add(team, Seal(file=tmp_path / "tact.key"), kind, {"token": TOKEN})

    Poller(sqlite_store, {"needs_key": kind}, Fetcher("x"), "here", Seal(key())).poll_one()

    with sqlite_store.read() as tx:
        row = tx.row(select(sources))
        assert row is not None
        assert not_opened(Seal(key()), [row]) == ["S"]
        assert not_opened(Seal(file=tmp_path / "tact.key"), [row]) == []
    assert (kind.handed, row["failures"]) == ([], 1)
    assert "sealed with another key" in row["last_message"]
    assert "Traceback" not in caplog.text


def test_a_missing_secret_is_named_and_nothing_is_stored(sqlite_store: Store, tmp_path: Path) -> None:
    team = team_in(sqlite_store)
    with pytest.raises(BadInput, match="Key is missing"):
        add(team, Seal(file=tmp_path / "tact.key"), NeedsKey(), {})
    assert not (tmp_path / "tact.key").exists()


def test_what_a_form_leaves_empty_is_kept() -> None:
    seal = Seal(key())
    before = seal.close({"token": TOKEN, "other": "a"})

    after = deeds.sealed(seal, before, {"token": "", "other": "b"})

    assert after["token"] == before["token"]
    assert seal.open(after) == {"token": TOKEN, "other": "b"}


def test_a_copied_database_alone_opens_nothing(tmp_path: Path) -> None:
    clock = HandClock()
    store = open_store(f"sqlite:///{tmp_path}/tact.db", clock=clock)
    add(team_in(store), seal_for(str(store.engine.url)), NeedsKey(), {"token": TOKEN})
    store.close()
    elsewhere = tmp_path / "copy"
    elsewhere.mkdir()
    (elsewhere / "tact.db").write_bytes((tmp_path / "tact.db").read_bytes())

    assert (tmp_path / "tact.key").exists()
    copied = open_store(f"sqlite:///{elsewhere}/tact.db", clock=clock)
    with copied.read() as tx:
        assert not_opened(seal_for(str(copied.engine.url)), tx.rows(select(sources))) == ["S"]
    copied.close()
