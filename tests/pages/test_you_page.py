"""The page "You", and what an administrator does to people on the Set-up page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import oidc
from app.settings import Settings, load
from app.ui import cookie, device, way
from data.errors import BadInput
from data.storage.seal import seal_for
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import press, said, submit, team_at, visit
from workflow import access, accounts, passwords

OIDC = {
    "TACT_OIDC_METADATA_URL": "https://sign-in.example.org/.well-known/openid-configuration",
    "TACT_OIDC_CLIENT_ID": "tact",
    "TACT_OIDC_CLIENT_SECRET": "a secret of theirs",
}


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def test_one_changes_what_is_ones_own(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "lea", "you", tmp_path)
    at.text_input(key="own_name").set_value("Lea Lind")
    at.text_input(key="own_email").set_value("Lea@Example.org")
    at = submit(at, "Save")
    found = access.who(team.store, team.tokens["lea"])
    assert found is not None
    assert found.display_name == "Lea Lind"
    assert at.text_input(key="own_email").value == "lea@example.org"


def test_a_new_password_takes_the_old_one(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "lea", "you", tmp_path)
    at.text_input(key="own_old").set_value(f.PASSWORD)
    at.text_input(key="own_new").set_value("a brand new password")
    submit(at, "Change the password")
    with team.store.read() as tx:
        row = access.signed_in(tx, team.tokens["lea"])
    assert passwords.matches(row, "a brand new password")


def test_other_sign_ins_are_seen_and_ended(team: f.Team, tmp_path: Path) -> None:
    with team.store.write() as tx:
        one, other, last = (
            access.begin_sign_in(tx, team.people["lea"].id, device=name)
            for name in ("Firefox on Android", "Edge on Windows", "Safari on iPad")
        )
        first = access.signed_in(tx, one)["sign_in_id"]
    at = visit(team, "lea", "you", tmp_path)
    assert "Firefox on Android" in said(at)
    at = press(at, f"end_sign_in_{first}")
    assert access.who(team.store, one) is None
    assert "Firefox on Android" not in said(at)
    press(at, "end_others")
    assert [access.who(team.store, token) for token in (other, last)] == [None, None]
    assert access.who(team.store, team.tokens["lea"]) is not None


def test_an_administrator_changes_a_role_links_accounts_and_gives_access_back(team: f.Team, tmp_path: Path) -> None:
    lea, max_ = team.people["lea"].id, team.people["max"].id
    at = press(visit(team, "ada", "team", tmp_path), f"change_{lea}")
    at.selectbox(key=f"role_{lea}").set_value("legal")
    at.text_input(key=f"email_{lea}").set_value("lea@example.org")
    at = press(at, f"save_member_{lea}")
    found = access.who(team.store, team.tokens["lea"])
    assert found is not None
    assert found.role == "legal"
    at = press(at, f"change_{max_}")
    at.selectbox(key=f"same_{max_}").set_value(lea)
    at = press(at.run(), f"link_{max_}")
    assert "same person as" in said(at)
    assert "2 people may sign" in said(at)
    at = press(at, f"separate_{max_}")
    assert "same person as" not in said(at)
    at = press(at, f"revoke_{lea}")
    assert access.who(team.store, team.tokens["lea"]) is None
    press(at, f"restore_{lea}")
    with team.store.read() as tx:
        assert accounts.account(tx, lea)["active"]


def test_an_administrator_ends_somebodys_sign_ins(team: f.Team, tmp_path: Path) -> None:
    at = press(visit(team, "ada", "team", tmp_path), f"change_{team.people['lea'].id}")
    press(at, f"end_all_{team.people['lea'].id}")
    assert access.who(team.store, team.tokens["lea"]) is None
    assert access.who(team.store, team.tokens["max"]) is not None


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36", "Chrome on Linux"),
        ("curl/8.9", ""),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    assert device.in_words(agent) == words


def test_only_a_page_and_numbers_are_kept_of_where_somebody_was_going() -> None:
    assert way.plain("/approvals", {"draft": "3"}) == "approvals?draft=3"
    assert way.plain("/desk", {}) == "desk"
    for path, query in (
        ("/approvals", {"draft": "</script><script>alert(1)"}),
        ("/approvals", {"</script>": "1"}),
        ("//elsewhere.example.org", {}),
        ("/auth/keep", {}),
        ("/", {}),
    ):
        assert way.plain(path, query) == ""


def test_the_cookies_routes_serve_our_own_pages_alone_and_clear_what_the_provider_left() -> None:
    client = TestClient(Starlette(routes=cookie.ROUTES), base_url="http://tact.example.org")
    bodies = {cookie.KEEP: "t" * 43, cookie.FORGET: "", cookie.TIDY: "", cookie.LEAVE: "desk"}
    for path, body in bodies.items():
        assert client.post(path, content=body, headers={"origin": "http://elsewhere.example.org"}).status_code == 403
        assert client.post(path, content=body).status_code == 403
    ours = {"origin": "http://tact.example.org", "cookie": "_streamlit_user=1; _streamlit_user_tokens_2=2; other=3"}
    for path in (cookie.KEEP, cookie.FORGET, cookie.TIDY):
        gone = client.post(path, content=bodies[path], headers=ours).headers.get_list("set-cookie")
        ended = {one.split("=")[0] for one in gone if "Max-Age=0" in one}
        assert {"_streamlit_user", "_streamlit_user_tokens_2"} <= ended
        assert "other" not in ended
        assert (cookie.NAME in ended) == (path == cookie.FORGET)


def test_half_a_provider_is_a_sentence_and_none_is_none() -> None:
    assert oidc.secrets(Settings()) is None
    with pytest.raises(BadInput, match="TACT_OIDC_CLIENT_SECRET"):
        load({**OIDC, "TACT_OIDC_CLIENT_SECRET": ""})
    with pytest.raises(BadInput, match="TACT_PUBLIC_URL"):
        load({"TACT_PUBLIC_URL": "tact.example.org"})


def test_the_provider_is_told_to_ask_and_where_to_send_people_back(tmp_path: Path) -> None:
    settings = load({**OIDC, "TACT_DATABASE_URL": f"sqlite:///{tmp_path / 'tact.db'}"})
    settings = replace(settings, public_url="https://tact.example.org/")
    told = oidc.secrets(settings)
    assert told is not None
    assert told["auth"]["redirect_uri"] == "https://tact.example.org/oauth2callback"
    assert told["auth"]["company"]["client_kwargs"]["prompt"] == "login"
    assert told["auth"]["company"]["authorize_params"] == {"max_age": "0"}
    assert "a secret of theirs" not in repr(settings)
    # Made from the workspace's key: the same for every console of it, and not that key.
    assert told == oidc.secrets(settings)
    key = seal_for(settings.database_url).file
    assert key is not None
    assert told["auth"]["cookie_secret"] not in key.read_text()
    assert len(told["auth"]["cookie_secret"]) == 64
