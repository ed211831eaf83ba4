"""What `doctor` says of the team's accounts: what an operator has to do, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.commands import doctor
from app.settings import Settings
from data.errors import BadInput
from data.storage.seal import Seal
from data.storage.store import Store
from tests.factory import team_in
from workflow import channel_accounts as accounts

KEY, OTHER = Fernet.generate_key().decode(), Fernet.generate_key().decode()


class Somewhere:
    """A kind, as far as doctor asks."""


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Mapping[str, object] = {"square": Somewhere()}
    monkeypatch.setattr(doctor, "account_kinds", lambda: known)


def test_accounts_are_listed_with_their_last_check_and_what_is_wrong(sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings(database_url=str(sqlite_store.engine.url), secret_key=KEY)
    assert "none yet" in doctor._accounts(settings, sqlite_store)
    team, seal = team_in(sqlite_store), Seal(KEY)
    token = team.tokens["ada"]
    one = accounts.add(team.store, token, "square", "Larkfield", {}, {"token": "tok-31415"}, lambda _: None, seal)
    assert doctor._accounts(settings, sqlite_store) == "Larkfield (square), not checked yet"
    with pytest.raises(BadInput, match="Larkfield: its secrets cannot be opened with this key"):
        doctor._accounts(Settings(database_url=settings.database_url, secret_key=OTHER), sqlite_store)
    seen = accounts.to_check(team.store, token, one)["changed_at"]
    accounts.note_check(team.store, token, one, "It does not know us.", False, seen, seal)
    with pytest.raises(BadInput, match=r"last check failed\. It does not know us\. See the Channels page"):
        doctor._accounts(settings, sqlite_store)
    accounts.note_check(team.store, token, one, "Signed in.", True, seen, seal)
    assert doctor._accounts(settings, sqlite_store) == "Larkfield (square), checked 02 March, 09:00 UTC"
    accounts.add(team.store, token, "circle", "Round", {}, {}, lambda _: None, seal)
    with pytest.raises(BadInput, match="Round: this program has no channel of the kind 'circle'"):
        doctor._accounts(settings, sqlite_store)
    accounts.switch(team.store, token, 2, False)
    assert doctor._accounts(settings, sqlite_store).endswith("Round (circle), switched off")
