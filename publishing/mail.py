"""E-mail through the operator's mail server: one plain letter at a time, with the standard library.

In this room because it speaks outwards. The server of our own people's letters comes from the settings
(TACT_SMTP_URL), never from a page, so the rules for typed addresses do not concern it; the channel `email` brings a
guarded way to connect. A password is sent over an encrypted connection, or to this very machine, and nowhere else.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

from data.errors import BadInput, ChannelError

# For each step of the talk with the server: all of them are over before the lease of a call is (ours).
SECONDS = 10.0
# One talk from the first word to the last: less than the outbox's lease (ours). A server that says a word every few
# seconds would otherwise keep everything behind it waiting for ever.
TALK_SECONDS = 40.0
_HERE = ("localhost", "127.0.0.1", "::1")


class Refusal(ChannelError):
    """The server will never take this letter: there is no use in trying again."""


class Unreachable(ChannelError):
    """The server itself is in trouble: another letter would fare no better."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """What one person is told. `message_id` stays the same when it is sent again."""

    to: str
    subject: str
    text: str
    message_id: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Mailer:
    """A mail server and whom the letters are from."""

    host: str
    port: int
    sender: str
    encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)
    # How to reach it, where that is not this machine's own way: host, port, seconds.
    connect: Callable[[str, int, float], socket.socket] | None = field(default=None, repr=False)

    def send(self, letter: Letter) -> None:
        """Hand it over. ChannelError when that did not work this time, `Refusal` when it never will."""
        message = _message(self.sender, letter)
        try:
            with self.connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            refused = next(iter(error.recipients.values()), (0, b""))
            raise _plain(refused[0], error) from error
        except smtplib.SMTPAuthenticationError as error:
            raise Unreachable(
                "The mail server does not accept our password: check TACT_SMTP_URL.", repr(error)
            ) from error
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            raise Unreachable("The mail server does not talk to us: we try again later.", repr(error)) from error
        except smtplib.SMTPResponseException as error:
            raise _plain(error.smtp_code, error) from error
        except smtplib.SMTPNotSupportedError as error:
            # About this address alone: other people's letters must not wait for it.
            said = "Our mail server takes only plain letters in addresses: use another one."
            raise Refusal(said, repr(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable("The mail server cannot be reached: we try again later.", repr(error)) from error

    def connected(self) -> smtplib.SMTP:
        """The server, signed in to. Close it (`with`). Raises smtplib's errors, OSError and `Unreachable`."""
        context = ssl.create_default_context()
        server = _Encrypted(self.connect, context) if self.encrypted else _Plain(self.connect)
        try:
            code, said = server.connect(self.host, self.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            self._prepare(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _prepare(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        covered = self.encrypted
        if not covered and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            covered = True
        if self.user:
            if not covered and self.host not in _HERE:
                raise Unreachable("The mail server offers no encryption, so our password was not sent: use smtps://.")
            server.login(self.user, self.password)


class _Plain(smtplib.SMTP):
    """The standard library's talk with a mail server, over a connection that somebody else may make."""

    def __init__(self, connect: Callable[[str, int, float], socket.socket] | None) -> None:
        super().__init__(timeout=SECONDS)
        self._own = connect
        self._end = threading.Timer(TALK_SECONDS, self._hang_up)
        self._end.daemon = True

    def connect(self, *where: Any, **how: Any) -> tuple[int, bytes]:
        """As the library's; from here on the talk's time runs."""
        self._end.start()
        return super().connect(*where, **how)

    def close(self) -> None:
        """As the library's; there is nothing to hang up on any more."""
        self._end.cancel()
        super().close()

    def _hang_up(self) -> None:
        """Whoever reads or writes finds the connection closed, which the library tells as such."""
        talking = self.sock
        if talking is not None:
            with suppress(OSError):
                socket.socket.shutdown(talking, socket.SHUT_RDWR)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._host = host  # the name that a certificate is held against, where encryption comes later
        if self._own is None:
            return socket.create_connection((host, port), timeout)
        opened = self._own(host, port, timeout)
        opened.settimeout(timeout)
        return opened


class _Encrypted(_Plain):
    """The same, encrypted from the first byte."""

    def __init__(self, connect: Callable[[str, int, float], socket.socket] | None, context: ssl.SSLContext) -> None:
        super().__init__(connect)
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)


def mailer_from(url: str, sender: str) -> Mailer | None:
    """The mail server of TACT_SMTP_URL (`smtp://user:password@host:port`, `smtps://…`); None where none is set.

    BadInput names the setting that cannot be read, never its value.
    """
    if not url.strip():
        return None
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput("TACT_SMTP_URL cannot be read: write smtp://user:password@host:port.") from error
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise BadInput("TACT_SMTP_URL begins with smtp:// or smtps:// and names a host.")
    encrypted, user = parts.scheme == "smtps", unquote(parts.username or "")
    given = sender.strip() or (user if "@" in user else f"tact@{host}")
    if "@" not in parseaddr(given)[1] or any(ord(one) < 32 for one in given):
        raise BadInput("TACT_MAIL_FROM must be an e-mail address.")
    return Mailer(host, port or (465 if encrypted else 587), given, encrypted, user, unquote(parts.password or ""))


def _message(sender: str, letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"] = sender, letter.to
        message["Subject"] = " ".join(letter.subject.split())
        message["Date"], message["Message-ID"] = format_datetime(letter.at), letter.message_id
        message["Auto-Submitted"] = "auto-generated"  # so that nobody's vacation notice answers
    except (ValueError, IndexError) as error:
        raise Refusal("This is not an e-mail address. Correct it on the person's page.", repr(error)) from error
    message.set_content(letter.text)
    for one in letter.attachments:
        kind, _, sub = one.mime.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=sub, filename=one.name)
    return message


def _plain(code: int, error: Exception) -> ChannelError:
    """A server's 5xx is its last word, anything else may change."""
    if 500 <= code < 600:
        return Refusal("The mail server refused the letter: check the address and the sender.", repr(error))
    return ChannelError("The mail server did not take the letter: we try again later.", repr(error))
