"""`python -m app user`: an operator looks after accounts and sign-ins without a browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import main
from data.storage.store import Store
from tests import factory as f
from workflow import access


@pytest.fixture
def team(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> f.Team:
    monkeypatch.setenv("TACT_DATABASE_URL", f"sqlite:///{tmp_path / 'tact.db'}")
    return f.team_in(sqlite_store)


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main(["user", *words]) == status
    found = capsys.readouterr()
    return found.err if status else found.out


def test_a_role_an_address_and_a_lock_are_changed_from_a_terminal(team: f.Team, capsys) -> None:
    said(capsys, "role", "LEA", "viewer")
    found = access.who(team.store, team.tokens["lea"])
    assert found is not None
    assert found.role == "viewer"
    said(capsys, "email", "lea", "lea@example.org")
    assert "Another account" in said(capsys, "email", "pia", "Lea@example.org", status=2)
    said(capsys, "unlock", "lea")
    assert "nobody called" in said(capsys, "role", "nemo", "viewer", status=2)


def test_access_is_taken_and_given_back(team: f.Team, capsys) -> None:
    said(capsys, "revoke", "lea")
    assert access.who(team.store, team.tokens["lea"]) is None
    assert "revoked" in said(capsys, "list")
    said(capsys, "restore", "lea")
    assert "revoked" not in said(capsys, "list")


def test_two_accounts_are_one_person_and_two_again(team: f.Team, capsys) -> None:
    said(capsys, "link", "max", "lea")
    assert "same person as lea" in said(capsys, "list")
    said(capsys, "separate", "max")
    assert "same person" not in said(capsys, "list")


def test_somebody_who_comes_by_the_companys_own_sign_in_needs_no_password(team: f.Team, capsys) -> None:
    said(capsys, "add", "eve", "--role", "pr", "--email", "eve@example.org", "--no-password")
    assert "no password" in said(capsys, "list")
    said(capsys, "identity", "eve", "--issuer", "https://sign-in.example.org", "--subject", "s-1")
    assert said(capsys, "identity", "eve", "--forget") == "1 forgotten.\n"


def test_sign_ins_are_listed_and_ended(team: f.Team, capsys) -> None:
    with team.store.read() as tx:
        number = access.signed_in(tx, team.tokens["lea"])["sign_in_id"]
        theirs = access.signed_in(tx, team.tokens["max"])["sign_in_id"]
    with team.store.write() as tx:  # the command reads the real clock, the test's stands still
        tx.run(access.sign_ins.update().values(seen_at=datetime.now(UTC), created_at=datetime.now(UTC)))
    assert str(number) in said(capsys, "sign-ins", "lea")
    assert "no open sign-in" in said(capsys, "sign-ins", "lea", "--end", str(theirs), status=2)
    said(capsys, "sign-ins", "lea", "--end", str(number))
    assert access.who(team.store, team.tokens["lea"]) is None
    assert "1 ended" in said(capsys, "sign-ins", "max", "--end-all")
    assert "not signed in" in said(capsys, "sign-ins", "max")
