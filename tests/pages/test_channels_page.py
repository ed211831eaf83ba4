"""The Channels page: accounts of a platform that stands on this machine, and a secret that nobody ever sees again."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, select
from streamlit.testing.v1 import AppTest

from app.commands.export import export
from app.ui import context
from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import channel_accounts, metadata
from publishing.channels import Account, Channel, Setting
from publishing.channels._http import ask
from publishing.door import Door
from tests.console_driver import MAIN, calm, errors, plain, press, said, submit
from tests.factory import Team, house_of, scheduled_draft, team_in
from workflow import channel_accounts as deeds
from workflow.draft import Writing

TOKEN = "tok/31415+26535=="


class _Site(ThreadingHTTPServer):
    """A platform that lets the right token in, and otherwise says back everything that it was sent."""

    daemon_threads = True


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        right = self.headers.get("Authorization") == f"Bearer {TOKEN}" and self.path == "/me"
        words = {"as": "larkfield"} if right else {"error": f"{self.path} {self.headers.get('Authorization')} is wrong"}
        body = json.dumps(words).encode()
        self.send_response(200 if right else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


class Square(Channel):
    platforms = ("mastodon",)
    answers = frozenset({"reply"})

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._account, self._door = account, door

    def check(self) -> str:
        headers = {"Authorization": f"Bearer {self._account.secrets['token']}"}
        with self._door.client(5) as client:
            url = f"{self._account.config['server']}{self._account.config.get('path', '/me')}"
            reply = ask(client, "Square", "GET", url, headers=headers, reason=lambda words: str(words["error"]))
        return f"Signed in as {reply.json()['as']}."


class SquareKind:
    kind, label, platforms = "square", "Square", ("mastodon",)
    settings = (
        Setting("server", "Server", "address", required=True, help="Where the account is."),
        Setting("token", "Access token", "secret", required=True, help="Made under Settings, Applications."),
        Setting("spare", "Spare token", "secret", required=False, help="Only for the second server."),
        Setting("path", "Path", "text", required=False, help="", default="/me"),
    )

    def check(self, config: Mapping[str, object]) -> None:
        if not str(config["server"]).startswith("http"):
            raise BadInput("Server must begin with https://.")

    def open(self, account: Account, door: Door) -> Square:
        return Square(account, door)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    site = _Site(("127.0.0.1", 0), _Answer)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}"
    site.shutdown()
    site.server_close()


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def visit(
    team: Team, folder: Path, server: str = "", who: str = "ada", page: str = "channels", **query: object
) -> AppTest:
    house = house_of(team, folder, {"square": SquareKind()}, frozenset({server.removeprefix("http://")}))
    house.refresh_channels()
    at = AppTest.from_file(MAIN, default_timeout=20)
    at.session_state[context.HOUSE] = house
    at.session_state[context.TOKEN] = team.tokens[who]
    for key, value in query.items():
        at.query_params[key] = str(value)
    return calm(at.switch_page(f"pages/{page}.py").run())


def row(team: Team) -> RowMapping:
    with team.store.read() as tx:
        [found] = tx.rows(select(channel_accounts))
    return found


def add(team: Team, server: str, folder: Path, **config: str) -> int:
    house = house_of(team, folder)
    args = ("square", "Larkfield", {"server": server, **config}, {"token": TOKEN}, SquareKind().check)
    return deeds.add(team.store, team.tokens["ada"], *args, house.seal)


def test_an_account_is_added_checked_and_its_secret_is_nowhere_to_be_seen(
    team: Team, tmp_path: Path, server: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    at = visit(team, tmp_path, server)
    drawn = [said(at)]
    assert "none is needed to begin" in drawn[0]
    at = submit(at, "Add the account")
    assert "Give the account a name" in errors(at)
    for field, value in {"name": "Larkfield", "server": server, "path": "/wrong"}.items():
        at.text_input(key=f"new_square_0_{field}").set_value(value)
    at = submit(at, "Add the account")
    assert errors(at) == "Access token is missing: fill it in."
    assert at.text_input(key="new_square_0_token").proto.type == at.text_input(key="new_square_0_token").proto.PASSWORD
    at.text_input(key="new_square_0_token").set_value(TOKEN)
    at = submit(at, "Add the account")
    drawn.append(said(at))
    assert "It has not been checked" in drawn[-1]
    at = press(at, f"check_{row(team)['id']}")
    drawn.append(said(at))
    assert "Square does not let this account do that" in drawn[-1]
    assert "/wrong Bearer … is wrong" in drawn[-1], "what the platform said back, without the token"
    at.text_input(key=f"change_{row(team)['id']}_1_path").set_value("/me")
    at = submit(at, "Save")
    at = press(at, f"check_{row(team)['id']}")
    drawn.append(said(at))
    assert "Signed in as larkfield." in drawn[-1]
    assert (row(team)["check_ok"], row(team)["check_message"]) == (True, "Signed in as larkfield.")
    drawn += [repr(one.proto) for one in at.text_input]
    assert not [page for page in drawn if TOKEN in page or TOKEN in plain(page)]
    assert TOKEN not in caplog.text
    _nowhere(team, tmp_path)


def _nowhere(team: Team, folder: Path) -> None:
    """In no column of any table but sealed, in no event, and not in what is exported."""
    with team.store.read() as tx:
        for table in metadata.sorted_tables:
            for one in tx.rows(select(table)):
                assert TOKEN not in repr(dict(one)), table.name
    export(team.store, folder / "out.db")
    database = sqlite3.connect(folder / "out.db")
    assert TOKEN not in "\n".join(database.iterdump())
    assert "secrets" not in {one[1] for one in database.execute("PRAGMA table_info(channel_accounts)")}
    database.close()
    account = Account("square-1", "Larkfield", {}, {"token": TOKEN})
    assert TOKEN not in repr(account)


def test_a_secret_is_not_kept_for_another_address(team: Team, tmp_path: Path, server: str) -> None:
    account = add(team, server, tmp_path)
    at = visit(team, tmp_path, server)
    assert at.text_input(key=f"change_{account}_0_token").value == ""
    at.text_input(key=f"change_{account}_0_server").set_value("https://elsewhere.example")
    at = submit(at, "Save")
    assert "type all of them again" in errors(at)
    assert row(team)["config"]["server"] == server
    at.text_input(key=f"change_{account}_0_token").set_value("another token")
    at = submit(at, "Save")
    assert row(team)["config"]["server"] == "https://elsewhere.example"
    assert at.text_input(key=f"change_{account}_1_token").value == "", "typed once, it is in no field any more"


def test_switching_off_says_what_waits_and_the_draft_keeps_its_account_in_sight(
    team: Team, tmp_path: Path, server: str
) -> None:
    account = add(team, server, tmp_path)
    words = Writing("The kettle sings.", platform="mastodon", channel=f"square-{account}", reactive=False)
    draft_id = scheduled_draft(team, words)
    at = visit(team, tmp_path, server)
    assert "1 post on the schedule waits for it:" in said(at)
    assert "The kettle sings." in said(at)
    at = press(at, f"off_{account}")
    assert row(team)["enabled"] is False
    assert "1 post on the schedule waits for it" in said(at)
    at = visit(team, tmp_path, server, "ana", "draft", draft=draft_id)
    way = at.selectbox(key=f"draft{draft_id}.{team.people['ana'].id}.channel")
    assert way.options[-1] == "Larkfield – switched off"
    assert "square-" not in said(at)
