"""A letter to a list of readers: one message to one address, through the team's own mail server.

The list behind the address is a mailing tool's; here is no reader's address. The first line is the subject, pictures
travel inside the letter with what they show. The Message-ID is made from the post's key and stays the same, but no mail
server promises to send only the first of two: so a letter goes out at most once, and where the end of the talk was not
heard, a person looks. What was sent cannot be taken back, and nobody tells how often it was opened.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from html import escape

import httpx

from data.errors import BadInput, ChannelError
from data.reference import playbook
from data.reference.parts import parts_of
from publishing.channels import Account, Channel, Outgoing, OutgoingMedia, Published, Receipt, Setting
from publishing.channels._addresses import with_links
from publishing.channels._http import LONGEST_REASON, transport_trouble
from publishing.channels._platform import last_look, word
from publishing.door import Door
from publishing.mail import Mailer, Unreachable
from publishing.trouble import Declined, NotBegun, Unsure

LABEL = "The mail server"
STARTTLS, TLS = "STARTTLS (port 587)", "TLS from the start (port 465)"
# Letters for old machines as well: nothing but seven bits a byte.
_POLICY = SMTP.clone(cte_type="7bit")


class Email(Channel):
    """One list, reached through one mail server."""

    idempotent = False
    platforms = ("email",)

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        config = account.config
        self._sender, self._to = _address(config, "sender"), _address(config, "to")
        host, port = _server(config)
        user, password = word(config, "user"), account.secrets.get("password", "")
        encrypted = word(config, "security") == TLS
        self._mailer = Mailer(host, port, self._sender, encrypted, user, password, connect=door.connect)

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Hand the letter over, once."""
        message = _message(self._sender, self._to, outgoing)
        with self._connected() as server:
            _envelope(server, self._sender, self._to)
            last_look(outgoing, LABEL)
            _hand_over(server, message.as_bytes(policy=_POLICY))
        name = str(message["Message-ID"])
        kept = {"message_id": name, "to": self._to, "subject": str(message["Subject"]), "text": outgoing.text}
        return Receipt(f"mid:{name.strip('<>')}", kept)

    def delete(self, published: Published) -> None:
        """Always Declined: a letter is in other people's boxes."""
        raise Declined("A letter that was sent cannot be taken back. Send a correction to the same list.")

    def check(self) -> str:
        """Sign in, and send nothing."""
        with self._connected() as server:
            server.noop()
        return f"The mail server lets us in. Letters go to {self._to}."

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._opened()
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()  # politeness: whatever comes of it, the letter is where it is
            server.close()

    def _opened(self) -> smtplib.SMTP:
        try:
            return self._mailer.connected()
        except httpx.TransportError as error:
            raise transport_trouble(LABEL, error) from error
        except smtplib.SMTPAuthenticationError as error:
            said = "The mail server does not accept user and password: check them on the Channels page."
            raise Declined(said, f"code {error.smtp_code}") from error
        except Unreachable as error:
            said = "The mail server offers no encryption, so the password was not sent: choose TLS from the start."
            raise Declined(said, error.cause) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotBegun("The mail server does not talk to us.", repr(error)) from error


class _Email:
    kind = "email"
    label = "E-mail to a list"
    platforms = ("email",)
    settings = (
        Setting("to", "List", "text", True, "The address of the list that all readers are on."),
        Setting("sender", "From", "text", True, "Whom the letters are from, an address that may write to the list."),
        Setting("host", "Mail server", "address", True, "Its name, for example smtp.example.com."),
        Setting("security", "Encryption", "choice", True, "How it is spoken to.", (STARTTLS, TLS), STARTTLS),
        Setting("port", "Port", "address", False, "Only where it is another than the usual one."),
        Setting("user", "User", "text", False, "With which name we sign in there, if with any."),
        Setting("password", "Password", "secret", False, "Sent over an encrypted connection, or to this machine."),
    )

    def check(self, config: Mapping[str, object]) -> None:
        _address(config, "sender")
        _address(config, "to")
        _server(config)

    def open(self, account: Account, door: Door) -> Email:
        return Email(account, door)


KIND = _Email()


def _address(config: Mapping[str, object], name: str) -> str:
    written = word(config, name)
    found = parseaddr(written)[1]
    if found != written or "@" not in found or not found.isascii() or not found.isprintable() or " " in found:
        raise BadInput(f"The field {name} needs one plain e-mail address, for example news@example.com.")
    return found


def _server(config: Mapping[str, object]) -> tuple[str, int]:
    host, port = word(config, "host"), word(config, "port")
    if not host or any(one.isspace() or one in "/@" for one in host):
        raise BadInput("The field host needs the mail server's name alone, for example smtp.example.com.")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise BadInput("The field port is a number below 65,536, or empty.")
    return host, int(port) if port else 465 if word(config, "security") == TLS else 587


# --- the letter ------------------------------------------------------------------------------------------------


def _message(sender: str, to: str, outgoing: Outgoing) -> EmailMessage:
    parts = parts_of(playbook("email"), with_links(outgoing))
    message = EmailMessage(policy=_POLICY)
    message["From"], message["To"] = sender, to
    message["Subject"] = " ".join(parts.head.split())
    message["Date"] = format_datetime(outgoing.at)
    message["Message-ID"] = f"<{outgoing.key}@{sender.rpartition('@')[2]}>"
    message.set_content(parts.body)
    if outgoing.media:
        _add_pictures(message, parts.body, outgoing.media)
    return message


def _add_pictures(message: EmailMessage, body: str, media: tuple[OutgoingMedia, ...]) -> None:
    """The same words once more as markup, for the sake of the pictures below them."""
    names = [make_msgid(domain="tact.invalid") for _ in media]
    words = "<br>\n".join(escape(line) for line in body.splitlines())
    shown = "".join(
        f'<p><img src="cid:{name[1:-1]}" alt="{escape(one.alt_text)}" style="max-width:100%"></p>\n'
        for name, one in zip(names, media, strict=True)
    )
    message.add_alternative(f"<html><body><p>{words}</p>\n{shown}</body></html>", subtype="html")
    letter = message.get_payload()[1]  # type: ignore[index]
    for name, one in zip(names, media, strict=True):
        main, _, sub = one.mime.partition("/")
        letter.add_related(one.content, main, sub, cid=name, filename=one.name, disposition="inline")  # type: ignore[union-attr]


# --- the talk --------------------------------------------------------------------------------------------------


def _envelope(server: smtplib.SMTP, sender: str, to: str) -> None:
    """From whom and to whom: nothing has left as long as this is being agreed."""
    try:
        for code, said in (server.mail(sender), server.rcpt(to)):
            if code not in (250, 251):
                raise _refusal(code, said)
    except (OSError, smtplib.SMTPException) as error:
        raise NotBegun("The mail server ended the talk before the letter.", repr(error)) from error


def _hand_over(server: smtplib.SMTP, letter: bytes) -> None:
    """The letter itself: from here on a lost answer may mean either."""
    try:
        code, said = server.data(letter)
    except smtplib.SMTPDataError as error:
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        raise _refusal(error.smtp_code, said) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unsure("The mail server did not say whether it took the letter.", repr(error)) from error
    if code != 250 and 400 <= code < 600:
        raise _refusal(code, said)
    if code != 250:  # no number at all, or one that says neither yes nor no
        raise Unsure("The mail server did not say clearly whether it took the letter.", f"SMTP {code}: {said!r:.200}")


def _refusal(code: int, said: bytes) -> ChannelError:
    """A mail server's answer other than yes: 5xx is its last word, 4xx may change. It took nothing."""
    words = " ".join(said.decode("utf-8", "replace").split())[:LONGEST_REASON]
    cause = f"SMTP {code}: {words}"
    if 500 <= code < 600:
        return Declined(f"The mail server refused the letter. It says: “{words}”", cause)
    return NotBegun(f"The mail server does not take the letter now. It says: “{words}”", cause)
