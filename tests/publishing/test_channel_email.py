"""Letters to a list, through a real mail server on the loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from data.errors import BadInput, ChannelError
from monitors.speaking import SpeakingDoor
from publishing import mail as mails
from publishing.channels import Account, Channel, Published
from publishing.channels.email import KIND
from publishing.trouble import Declined, NotBegun, Unsure
from tests.processes import free_port
from tests.publishing.platform_server import PICTURE, post

LETTER = "Tea, & patience\n\nÜber 3 °C:\n.a line that begins with a dot"


class Post:
    """A mail server that keeps what it is given; `say` is its answer to a letter, `rcpt` to an address."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.say, self.rcpt, self.signed_in = "250 taken", "250 OK", list[bytes]()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return self.say

    def authenticate(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
        self.signed_in.append(data.password)
        return AuthResult(success=data.password == b"right one", handled=False)


@pytest.fixture(scope="module")
def mail() -> Iterator[tuple[Post, int]]:
    here = Post()
    running = Controller(
        here, hostname="127.0.0.1", port=free_port(), authenticator=here.authenticate, auth_require_tls=False
    )
    running.start()
    yield here, running.port
    running.stop()


@pytest.fixture
def server(mail: tuple[Post, int]) -> Post:
    mail[0].__init__()  # type: ignore[misc]
    return mail[0]


def settings(port: int = 25, **more: object) -> dict[str, object]:
    return {"to": "list@example.org", "sender": "us@example.org", "host": "127.0.0.1", "port": str(port), **more}


def channel(port: int, password: str = "") -> Channel:
    config = settings(port, user="us" if password else "")
    KIND.check(config)
    door = SpeakingDoor("Tact tests", allow_private=frozenset({f"127.0.0.1:{port}"}))
    return KIND.open(Account("email-1", "Our list", config, {"password": password}), door)


def words_of(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n").strip()


def test_the_first_line_is_the_subject_and_the_rest_the_letter(mail: tuple[Post, int], server: Post) -> None:
    receipt = channel(mail[1]).publish(post("email", LETTER))
    [letter] = server.letters
    assert (letter["Subject"], letter["From"], letter["To"]) == (
        "Tea, & patience",
        "us@example.org",
        "list@example.org",
    )
    assert words_of(letter) == "Über 3 °C:\n.a line that begins with a dot"
    assert letter["Message-ID"] == "<k1@example.org>"
    assert letter["Date"].datetime.isoformat() == "2026-03-02T09:00:00+00:00"
    assert server.envelopes == [("us@example.org", ["list@example.org"])]
    assert receipt.address == "mid:k1@example.org"


def test_a_link_that_stands_beside_the_words_is_sent_below_them(mail: tuple[Post, int], server: Post) -> None:
    channel(mail[1]).publish(replace(post("email", LETTER), links=("https://example.com/tea",)))
    assert words_of(server.letters[0]).endswith("dot\nhttps://example.com/tea")


def test_pictures_travel_inside_with_what_they_show(mail: tuple[Post, int], server: Post) -> None:
    channel(mail[1]).publish(post("email", "Tea\n<b>Hello</b>", PICTURE))
    [letter] = server.letters
    plain, markup = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert markup is not None
    assert plain.get_content().strip() == "<b>Hello</b>"
    html = markup.get_content()
    assert "&lt;b&gt;Hello" in html
    assert 'alt="A cup of tea"' in html
    [picture] = [one for one in letter.walk() if one.get_content_type() == "image/png"]
    assert picture.get_content() == PICTURE.content
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in html


def test_a_pause_that_comes_while_the_server_is_greeted_stops_the_letter(mail: tuple[Post, int], server: Post) -> None:
    with pytest.raises(NotBegun, match="stopped"):
        channel(mail[1]).publish(replace(post("email", LETTER), may_begin=lambda: False))
    assert server.letters == []


@pytest.mark.parametrize(
    ("say", "rcpt", "means"),
    [
        ("554 spam", "250 OK", Declined),
        ("451 later", "250 OK", NotBegun),
        ("250 OK", "550 no such list", Declined),
        ("250 OK", "450 busy", NotBegun),
    ],
)
def test_what_a_mail_server_says_no_to_it_did_not_take(
    mail: tuple[Post, int], server: Post, say: str, rcpt: str, means: type[ChannelError]
) -> None:
    server.say, server.rcpt = say, rcpt
    with pytest.raises(means) as refused:
        channel(mail[1]).publish(post("email", LETTER))
    assert (say if rcpt == "250 OK" else rcpt).partition(" ")[2] in refused.value.message


def test_who_may_not_sign_in_is_told_so_without_the_password(mail: tuple[Post, int], server: Post) -> None:
    assert channel(mail[1], "right one").check() == "The mail server lets us in. Letters go to list@example.org."
    with pytest.raises(Declined, match="user and password") as refused:
        channel(mail[1], "wrong one").publish(post("email", LETTER))
    assert "wrong one" not in f"{refused.value} {refused.value.cause} {channel(mail[1], 'wrong one')!r}"
    assert server.letters == []


@contextmanager
def listening(script: list[bytes], pause: float = 0.0) -> Iterator[int]:
    """A server that says these lines, one for each line it hears, and hangs up."""

    def talk() -> None:
        talking, _ = listener.accept()
        with talking, talking.makefile("rb") as heard:
            for line in script:
                try:
                    talking.sendall(line)
                except OSError:
                    return  # we were hung up on
                if line.startswith(b"354"):
                    while heard.readline() not in (b".\r\n", b""):
                        pass
                elif line.startswith(b"250-"):
                    threading.Event().wait(pause)
                elif line is not script[-1]:
                    heard.readline()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


HELLO = [b"220 here\r\n", b"250 here\r\n", b"250 sender\r\n", b"250 list\r\n"]


@pytest.mark.parametrize(
    ("script", "means"),
    [
        ([b"421 go away\r\n"], NotBegun),
        ([b"HTTP/1.1 400 Bad Request\r\n"], NotBegun),
        (HELLO[:2], NotBegun),
        (HELLO[:3], NotBegun),
        ([*HELLO, b"354 go on\r\n"], Unsure),
        ([*HELLO, b"354 go on\r\n", b"queued, thank you\r\n"], Unsure),
        ([*HELLO, b"354 go on\r\n", b"299 fine\r\n"], Unsure),
        ([*HELLO, b"554 no letters today\r\n"], Declined),
    ],
    ids=[
        "turned away",
        "no mail server",
        "gone after hello",
        "gone after sender",
        "gone after the letter",
        "an answer without a number",
        "an answer of an unknown number",
        "no letter",
    ],
)
def test_where_the_talk_breaks_off_decides_what_is_known(script: list[bytes], means: type[ChannelError]) -> None:
    with listening(script) as port, pytest.raises(means):
        channel(port).publish(post("email", LETTER))


@pytest.mark.parametrize(("script", "means"), [(HELLO[:2], NotBegun), ([*HELLO, b"354 go on\r\n"], Unsure)])
def test_a_server_that_never_comes_to_an_end_is_hung_up_on(
    script: list[bytes], means: type[ChannelError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its words comes in time; all of them together would keep every other post waiting."""
    monkeypatch.setattr(mails, "TALK_SECONDS", 0.3)
    with listening([*script, *[b"250-wait\r\n"] * 100, b"250 taken\r\n"], pause=0.02) as port, pytest.raises(means):
        channel(port).publish(post("email", LETTER))


def test_a_letter_is_not_taken_back(mail: tuple[Post, int]) -> None:
    with pytest.raises(Declined, match="cannot be taken back"):
        channel(mail[1]).delete(Published("k1", "email", "mid:k1@example.org", {}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "nobody"}, {"to": "A <a@example.org>"}, {"sender": "a@example.org\nBcc: b@example.org"},
        {"host": "https://smtp.example.org"}, {"host": ""}, {"port": "70000"}, {"port": "many"},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        KIND.check({**settings(), **wrong})
