"""Telling other programs and mailboxes: signed, once for each worker, again after trouble, and given up visibly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select, update

from app.caller import Caller
from app.commands.export import export
from data import signing
from data.errors import BadInput, Refused
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import calls, events, people
from monitors import signatures
from monitors.fetch import Fetcher
from publishing.mail import Letter, Mailer, Refusal, Unreachable, mailer_from
from tests import factory as f
from tests.conftest import HandClock
from tests.monitors.conftest import Web, status
from tests.processes import free_port
from workflow import webhooks
from workflow.calls import claim, done, failed
from workflow.notices import tell, tell_on_duty

KEY = signing.new_key()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    return Seal(file=tmp_path / "a.key")


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def caller(team: f.Team, seal: Seal, *places: str, mailer: Mailer | None = None, owner: str = "one") -> Caller:
    return Caller(team.store, Fetcher("Tact/test", allow_private=frozenset(places)), seal, mailer, owner)


def program(team: f.Team, seal: Seal, url: str, *kinds: str) -> int:
    return webhooks.add(team.store, team.tokens["ada"], seal, "Pager", url, kinds or ("drill",), KEY)


def drill(team: f.Team, number: int = 1) -> None:
    with team.store.write() as tx:
        tell_on_duty(tx, "drill", "drill", number, "A drill – nothing stops.", f"drill:{number}")


def kept(team: f.Team) -> Any:
    with team.store.read() as tx:
        return tx.row(select(calls).order_by(calls.c.id.desc()))


def test_a_program_hears_what_it_wants_signed_so_that_it_can_check(
    team: f.Team, web: Web, seal: Seal, clock: HandClock
) -> None:
    web.routes = {"/in": status(204)}
    program(team, seal, web.url("/in?secret=s3"), "drill")
    drill(team)
    with team.store.write() as tx:
        tell_on_duty(tx, "alert", "alert", 1, "Not for it.", "alert:1")
    assert caller(team, seal, web.place).call_due() == 1
    assert caller(team, seal, web.place).call_due() == 0
    [(_, headers)], [body] = web.seen, web.bodies
    said = signatures.check(headers, body, [KEY], clock.at)
    assert said.sent_at == clock.at
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "schema": "tact-notice/1", "kind": "drill", "key": "drill:1", "at": clock.at.isoformat(), "subject": "drill",
        "subject_id": 1, "text": "A drill – nothing stops.", "detail": {},
    }  # fmt: skip
    assert (kept(team)["done_at"], kept(team)["last_message"]) == (clock.at, "It answered 204.")


def test_trouble_is_tried_again_after_growing_gaps_for_a_day_and_then_given_up(
    team: f.Team, web: Web, seal: Seal, clock: HandClock
) -> None:
    web.routes = {"/in": status(503)}
    program(team, seal, web.url("/in"))
    drill(team)
    begun, gaps = clock.at, []
    for number in range(60):
        if number < 2:  # with a real answer
            caller(team, seal, web.place).call_due()
        elif (call := claim(team.store, "one", False)) is not None:
            failed(team.store, call, "It answered 503.", again=True)
        row = kept(team)
        if row["next_try_at"] is None:
            break
        gaps.append(row["next_try_at"] - clock.at)
        clock.at = row["next_try_at"]
    assert [gap.total_seconds() for gap in gaps[:4]] == [30, 60, 120, 240]
    assert max(gaps) == timedelta(hours=1)
    assert timedelta(hours=22) < clock.at - begun <= timedelta(hours=24)
    assert (row["done_at"], row["last_message"]) == (None, "It answered 503.")
    assert len({headers[signing.ID] for _, headers in web.seen}) == 1
    with team.store.read() as tx:
        [lost] = webhooks.programs(tx, clock.at - timedelta(days=7))
        assert tx.value(select(events.c.why).where(events.c.kind == "call_given_up")) == "It answered 503."
    assert (lost.given_up, lost.waiting, lost.last_arrived) == (1, 0, False)


def test_a_program_in_trouble_is_tried_once_in_a_gap_and_keeps_nobody_else_waiting(
    team: f.Team, web: Web, seal: Seal, clock: HandClock
) -> None:
    web.routes = {"/down": status(500), "/up": status(200)}
    program(team, seal, web.url("/down"))
    webhooks.add(team.store, team.tokens["ada"], seal, "Chat", web.url("/up"), ["drill"], KEY)
    for number in range(3):
        drill(team, number)
    caller(team, seal, web.place).call_due()
    assert sorted(path for path, _ in web.seen) == ["/down", "/up", "/up", "/up"]
    web.routes["/down"] = status(200)
    clock.forward(seconds=30)
    assert caller(team, seal, web.place).call_due() == 3
    said = [json.loads(body)["key"] for (path, _), body in zip(web.seen, web.bodies, strict=True) if path == "/down"]
    assert said == ["drill:0", "drill:0", "drill:1", "drill:2"]


@pytest.mark.parametrize("code", [404, 302])
def test_a_refusal_is_the_last_word(team: f.Team, web: Web, seal: Seal, code: int) -> None:
    web.routes = {"/in": status(code, {"Location": web.url("/else")} if code == 302 else None)}
    program(team, seal, web.url("/in"))
    drill(team)
    assert caller(team, seal, web.place).call_due() == 1
    assert kept(team)["next_try_at"] is None
    assert len(web.seen) == 1


def test_a_private_address_is_not_called_unless_it_is_allowed(
    team: f.Team, web: Web, seal: Seal, caplog: pytest.LogCaptureFixture
) -> None:
    program(team, seal, web.url("/hush/s3cret"))
    drill(team)
    caller(team, seal).call_due()
    assert web.seen == []
    assert "private address" in kept(team)["last_message"]
    assert "s3cret" not in caplog.text + kept(team)["last_message"]


def test_a_lost_key_waits_until_it_is_back(team: f.Team, web: Web, seal: Seal, tmp_path: Path) -> None:
    web.routes = {"/in": status(200)}
    program(team, seal, web.url("/in"))
    drill(team)
    caller(team, Seal(file=tmp_path / "none.key"), web.place).call_due()
    assert web.seen == []
    assert kept(team)["next_try_at"] is not None


def test_only_one_worker_has_a_call_and_a_late_one_settles_nothing(store: Store, seal: Seal, clock: HandClock) -> None:
    team = f.team_in(store)
    program(team, seal, "https://pager.example/in")
    drill(team)
    first = claim(store, "one", False)
    assert first is not None
    assert claim(store, "two", False) is None
    clock.forward(seconds=61)
    second = claim(store, "two", False)
    assert second is not None
    assert (second.id, second.fence) == (first.id, 2)
    assert not failed(store, first, "late", again=False)
    assert not done(store, first, "late")
    assert done(store, second, "It answered 200.")
    assert kept(team)["last_message"] == "It answered 200."


def test_administrators_alone_choose_who_is_told(team: f.Team, seal: Seal, web: Web) -> None:
    mine = program(team, seal, web.url("/in"))
    with pytest.raises(Refused):
        webhooks.add(team.store, team.tokens["max"], seal, "Mine", "https://x.example", ["drill"], KEY)
    for url, kinds in (("ftp://x.example", ["drill"]), ("pager", ["drill"]), ("https://x.example", [])):
        with pytest.raises(BadInput):
            webhooks.add(team.store, team.tokens["ada"], seal, "Another", url, kinds, KEY)
    drill(team)
    webhooks.switch(team.store, team.tokens["ada"], mine, False)
    assert caller(team, seal, web.place).call_due() == 0
    assert kept(team)["last_message"] == "Switched off before it was told."
    with pytest.raises(Refused, match="Switch it on"):
        webhooks.test(team.store, team.tokens["ada"], mine)


def test_neither_key_nor_address_leaves_by_an_export(team: f.Team, seal: Seal, tmp_path: Path) -> None:
    program(team, seal, "https://pager.example/services/s3cret")
    drill(team)
    export(team.store, tmp_path / "out.db")
    content = (tmp_path / "out.db").read_bytes()
    assert b"Pager" in content
    for secret in (b"s3cret", b"gAAAA", KEY.encode()):
        assert secret not in content


# --- e-mail ------------------------------------------------------------------------------------------------------


class Box:
    """A mail server that keeps what it takes. `answer`: what it says to each letter."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Message]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return self.answer


def guard(_server: object, _session: object, _envelope: object, _how: str, given: Any) -> AuthResult:
    right = (given.login, given.password) == (b"tact@team.example", b"p:ss")
    return AuthResult(success=right, handled=right)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Box, Controller]]:
    box = Box()
    plain = {"enable_SMTPUTF8": False, "auth_require_tls": False}
    running = Controller(box, hostname="127.0.0.1", port=free_port(), authenticator=guard, **plain)
    running.start()
    yield box, running
    running.stop()


@pytest.fixture
def box(server: tuple[Box, Controller]) -> tuple[Box, Mailer]:
    found, running = server
    found.letters.clear()
    found.answer = "250 OK"
    mailer = mailer_from(f"smtp://tact%40team.example:p%3Ass@127.0.0.1:{running.port}", "")
    assert mailer is not None
    return found, mailer


def write_to_lea(team: f.Team) -> None:
    with team.store.write() as tx:
        lea = team.people["lea"].id
        tx.run(update(people).where(people.c.id == lea).values(email="lea@team.example"))
        tell(tx, [lea], "hold_opened", "hold", 1, "On hold: everything.\nBcc: all@team.example", "hold:1:opened")


def test_an_urgent_notice_goes_to_a_persons_mailbox(team: f.Team, seal: Seal, box: tuple[Box, Mailer]) -> None:
    write_to_lea(team)
    assert caller(team, seal).call_due() == 0  # a worker without a mail server leaves it to one that has
    assert caller(team, seal, mailer=box[1]).call_due() == 1
    [(to, letter)] = box[0].letters
    assert to == ["lea@team.example"]
    assert (letter["Subject"], letter["From"]) == ("Tact: A hold is on", "tact@team.example")
    text = letter.get_content()  # type: ignore[attr-defined]
    assert text.startswith("Lea,")
    assert "On hold: everything." in text
    assert "Monday, 2 March, 09:00 (Europe/London)" in text
    assert letter["Bcc"] is None


@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("554 never", False)])
def test_a_mail_server_that_says_no_is_asked_again_only_if_it_may_change(
    team: f.Team, seal: Seal, box: tuple[Box, Mailer], answer: str, again: bool
) -> None:
    box[0].answer = answer
    write_to_lea(team)
    caller(team, seal, mailer=box[1]).call_due()
    assert (kept(team)["next_try_at"] is not None) is again


def test_without_any_mail_server_a_letter_is_given_up_after_a_day(team: f.Team, seal: Seal, clock: HandClock) -> None:
    write_to_lea(team)
    clock.forward(hours=24)
    caller(team, seal).call_due()
    assert kept(team)["next_try_at"] is None
    with team.store.read() as tx:
        assert webhooks.mails_given_up(tx, clock.at - timedelta(days=7))[0] == 1


def test_a_wrong_password_or_no_server_is_trouble_that_names_no_secret(box: tuple[Box, Mailer]) -> None:
    letter = Letter("lea@team.example", "Hello", "Hello", "<1@tact.invalid>", HandClock().at)
    with pytest.raises(Unreachable, match="TACT_SMTP_URL") as refused:  # to be mended by an operator: tried again
        replace(box[1], password="hunter22").send(letter)
    assert "hunter22" not in refused.value.message + refused.value.cause + repr(box[1])
    with pytest.raises(Unreachable, match="cannot be reached"):
        replace(box[1], port=1).send(letter)
    with pytest.raises(Refusal, match="not an e-mail address"):
        box[1].send(replace(letter, to="a\nBcc: b@x.example"))
    with pytest.raises(Refusal, match="plain letters"):  # its own trouble: it holds up nobody else's letters
        box[1].send(replace(letter, to="jörg@team.example"))


@pytest.mark.parametrize(
    ("url", "sender"), [("http://x", ""), ("smtp://", ""), ("smtp://h:port", ""), ("smtp://h", "no\naddress@x")]
)
def test_a_setting_that_cannot_be_read_is_named(url: str, sender: str) -> None:
    with pytest.raises(BadInput, match="TACT_"):
        mailer_from(url, sender)


def test_without_a_setting_there_is_no_mail() -> None:
    assert mailer_from("", "tact@team.example") is None
