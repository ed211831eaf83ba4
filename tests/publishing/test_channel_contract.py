"""What every channel must keep to; runs over whatever lies in publishing/channels.

Of accounts: what their forms ask for is held to its own contract in test_account_kinds.py; here is how they behave once
open, where nobody is there, where somebody answers nonsense, and where a server repeats our key to us.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.errors import ChannelError
from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Channel, Kind, Outgoing, OutgoingMedia, Published, discover, kinds
from publishing.trouble import Declined, NotBegun
from tests.publishing.platform_server import AT, Answer, Asked, PlatformServer, post

NAMES = sorted(discover({"dry_run_folder": "unused"}))
PICTURE = OutgoingMedia("cup.png", "image/png", b"bytes", "A cup of tea")
POST = Outgoing("k1", "mastodon", "Tea & sympathy – 🍵", (), (PICTURE,), "0" * 64, datetime(2026, 3, 2, tzinfo=UTC))

KINDS = sorted(kinds())
# What a person would type for each kind, besides addresses, choices and secrets. A new kind needs a line only where
# its form asks for more than those.
TYPED: Mapping[str, Mapping[str, object]] = {
    "blog": {"user": "an-author"},
    "bluesky": {"handle": "ours.example"},
    "email": {"to": "list@example.org", "sender": "us@example.org", "host": "127.0.0.1", "port": "9"},
    "facebook": {"page_id": "1234567890"},
    "instagram": {"user_id": "1234567890"},
    "linkedin": {"author": "urn:li:organization:1234567"},
}
# A key of each kind that could be one.
SECRETS: Mapping[str, str] = {"webhook": "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}
SECRET = "s3cr3t-s3cr3t-s3cr3t"


class Everywhere(PlatformServer):
    """A server with one answer to every request."""

    def __init__(self) -> None:
        super().__init__()
        self.door = SpeakingDoor("Tact tests", allow_private=frozenset({self.host}), now=lambda: AT)
        self.reply: Callable[[Asked], Answer] = lambda asked: Answer({}, 500)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return self.reply(asked)


@pytest.fixture(scope="module")
def server() -> Iterator[Everywhere]:
    running = Everywhere()
    yield running
    running.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return kinds()[request.param]


def secret_of(kind: Kind) -> str:
    return SECRETS.get(kind.kind, SECRET)


def account_of(kind: Kind, server: PlatformServer) -> Account:
    config: dict[str, object] = {}
    for one in kind.settings:
        if one.kind == "address" and "://" in f"{one.default or '://'}":
            config[one.name] = server.address
        elif one.default is not None:
            config[one.name] = one.default
    secrets = {one.name: secret_of(kind) for one in kind.settings if one.kind == "secret"}
    return Account(f"{kind.kind}-1", "Ours", {**config, **TYPED.get(kind.kind, {})}, secrets)


def opened(kind: Kind, server: PlatformServer, door: SpeakingDoor | None = None) -> Channel:
    account = account_of(kind, server)
    kind.check({**account.config, **account.secrets})
    return kind.open(account, door or server.door)


def outgoing_for(channel: Channel) -> Outgoing:
    one = post(channel.platforms[0] if channel.platforms else "x", "Tea & sympathy\nA cup of it.", PICTURE)
    channel.load()
    prepared = channel.prepare(one)
    assert json.loads(json.dumps(dict(prepared))) == dict(prepared), "it is kept as JSON"
    return replace(one, prepared=prepared)


def deeds_of(channel: Channel) -> dict[str, Callable[[], object]]:
    """Everything that may be asked of it."""
    one, there = outgoing_for(channel), Published("k1", "x", "https://example.org/1", {"id": "1", "uri": "1"})
    deeds: dict[str, Callable[[], object]] = {
        "publish": lambda: channel.publish(one),
        "delete": lambda: channel.delete(there),
        "check": channel.check,
    }
    if channel.looks_up:
        deeds["look_up"] = lambda: channel.look_up(one)
    if channel.measures:
        deeds["figures"] = lambda: channel.figures(there)
    if channel.hears:
        deeds["replies"] = lambda: channel.replies(there)
    return deeds


def trouble_of(deed: Callable[[], object]) -> ChannelError | None:
    """The error that a channel raised, if any. Anything but a ChannelError is a defect and comes through."""
    try:
        deed()
    except ChannelError as error:
        return error
    return None


def told_by(error: ChannelError) -> str:
    """Everything that a page or a log shows of it."""
    return f"{error!r} {error} {error.message} {error.cause}"


# --- channels without an account -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_channel_says_what_it_is(name: str, tmp_path: Path) -> None:
    channel = discover({"dry_run_folder": str(tmp_path)})[name]
    assert channel.name == name
    assert channel.label
    assert isinstance(channel.idempotent, bool)
    assert not (channel.by_hand and channel.idempotent), "a person cannot be asked twice without a second post"


def test_the_dry_run_writes_exactly_what_would_have_been_sent_and_repeats_nothing(tmp_path: Path) -> None:
    channel = discover({"dry_run_folder": str(tmp_path)})["dry_run"]
    assert channel.publish(POST) == channel.publish(POST)
    [written] = tmp_path.iterdir()
    sent = json.loads(written.read_text(encoding="utf-8"))
    assert (sent["text"], sent["media"][0]["alt_text"]) == (POST.text, "A cup of tea")


# --- accounts --------------------------------------------------------------------------------------------------


def test_an_account_opens_without_a_request_and_says_what_it_can_do(kind: Kind, server: Everywhere) -> None:
    server.asked.clear()
    channel = opened(kind, server)
    assert server.asked == []
    assert (channel.name, channel.by_hand) == (f"{kind.kind}-1", False)
    assert channel.label
    assert set(channel.platforms) == set(kind.platforms)
    assert channel.answers <= {"reply", "quote"}
    assert channel.repeatable_for is None or channel.repeatable_for > timedelta(minutes=2)
    assert channel.idempotent or channel.repeatable_for is None, "what may not be repeated has no time for it"


def test_no_key_is_in_what_a_log_would_print_of_it(kind: Kind, server: Everywhere) -> None:
    account = account_of(kind, server)
    assert secret_of(kind) not in f"{account!r} {account} {opened(kind, server)!r} {opened(kind, server)}"


def test_where_nobody_may_be_reached_nothing_has_begun(kind: Kind, server: Everywhere) -> None:
    """A private address that nobody named: the guard lets no request out, and every channel goes through it."""
    server.asked.clear()
    channel = opened(kind, server, SpeakingDoor("Tact tests", now=lambda: AT))
    troubles = {name: trouble_of(deed) for name, deed in deeds_of(channel).items()}
    assert isinstance(troubles["check"], NotBegun)
    assert isinstance(troubles["publish"], (NotBegun, Declined)), "Declined: it refuses this post without asking"
    assert server.asked == []
    assert secret_of(kind) not in "".join(told_by(one) for one in troubles.values() if one)


NONSENSE: Mapping[str, Answer] = {
    "500": Answer({"error": "oops"}, 500),
    "200 without a word": Answer(text=""),
    "200 of another shape": Answer([1]),
    "200 that is a page": Answer(text="<html>Welcome</html>", headers={"Content-Type": "text/html"}),
    "302": Answer(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "cut off": Answer(cut=True),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_whatever_a_server_answers_is_a_trouble_with_a_name(kind: Kind, server: Everywhere, nonsense: str) -> None:
    if kind.kind == "email":
        pytest.skip("a mail server's nonsense is in test_channel_email.py")
    server.reply = lambda asked: NONSENSE[nonsense]
    for name, deed in deeds_of(opened(kind, server)).items():
        trouble = trouble_of(deed)
        assert trouble is None or trouble.message.endswith((".", "”")), name
        assert trouble is not None or name != "publish" or kind.kind == "webhook", "nobody said that it is out"


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429])
def test_a_refusal_that_repeats_our_key_is_told_without_it(kind: Kind, server: Everywhere, status: int) -> None:
    """Some platforms say back the token that they do not like."""
    if kind.kind == "email":
        pytest.skip("a mail server is never told a key that it could repeat in an answer to a letter")
    secret, known = secret_of(kind), []

    def repeat(asked: Asked) -> Answer:
        signed = asked.headers.get("authorization", "")
        heard = f"{signed} {b64decode(signed[6:]).decode() if signed.startswith('Basic ') else ''} {asked.body!r}"
        words = f"Malformed token {secret}" if secret in heard else "No"
        known.append(secret in heard)
        refusal = {"message": words, "code": "access_token_invalid"}
        return Answer({**refusal, "error": refusal, "error_description": words, "detail": words}, status)

    server.reply = repeat
    for name, deed in deeds_of(opened(kind, server)).items():
        trouble = trouble_of(deed)
        assert trouble is None or secret not in told_by(trouble), name
    assert any(known) or kind.kind in ("webhook", "x"), "these two sign, and send no key itself"
