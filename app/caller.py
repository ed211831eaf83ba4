"""Sending what is to be told outside: signed calls to other programs, and e-mail to our own people.

The worker's duty `tell`. `workflow.calls` says what is due and keeps what became of it; here is how it is sent. A call
that is lost on the way is sent again under the same identifier, as the receiver was told to expect (docs/notices.md).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app import weekly_pdf
from data.errors import BadInput, ChannelError, FetchError
from data.signing import signed
from data.storage.seal import Seal
from data.storage.store import Store
from monitors.fetch import Answered, Fetcher
from publishing.mail import Attachment, Letter, Mailer, Refusal, Unreachable
from workflow import calls
from workflow.calls import Call
from workflow.measuring import weekly
from workflow.measuring.weekly import Report
from workflow.rules.notices import WORDS, Kind
from workflow.webhooks import KEY

log = logging.getLogger(__name__)

# What a server says that may be otherwise in a while; any other refusal is its last word (ours).
_FOR_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Caller:
    """Sends due calls, one after the other. Any number of these may run on one store."""

    store: Store
    fetcher: Fetcher
    seal: Seal
    mailer: Mailer | None
    owner: str

    def call_due(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send whatever is due until nothing is, or until told to stop; how many were taken up."""
        mail, count = self.mailer is not None, 0
        with self.store.read() as tx:
            due = calls.anything_to_call(tx, mail)
        if due:
            calls.give_up_old(self.store)
        while due and not stop() and (call := calls.claim(self.store, self.owner, mail)) is not None:
            self._send(call)
            count += 1
        return count

    def _send(self, call: Call) -> None:
        """Every way it can end is kept with the call; none of the words names an address or a key."""
        try:
            said = self._write(call) if call.webhook is None else self._post(call)
        except Answered as error:
            again = error.status >= 500 or error.status in _FOR_NOW
            said = f"It answered {error.status}."
            self._failed(call, said, error.cause, again=again, nobody_there=again, after=error.retry_after)
        except (FetchError, BadInput) as error:
            # A key that cannot be opened may be put back; an address may be reachable again.
            self._failed(call, error.message, error.cause, again=True, nobody_there=True)
        except ChannelError as error:
            unreached = isinstance(error, Unreachable)
            self._failed(call, error.message, error.cause, again=not isinstance(error, Refusal), nobody_there=unreached)
        else:
            calls.done(self.store, call, said)

    def _failed(
        self, call: Call, said: str, cause: str, *, again: bool, nobody_there: bool, after: timedelta | None = None
    ) -> None:
        log.warning("call %s (%s) did not arrive: %s (%s)", call.id, call.kind, said, _host_only(cause))
        calls.failed(self.store, call, said, again=again, after=after, nobody_there=nobody_there)

    def _post(self, call: Call) -> str:
        assert call.webhook is not None
        key, now = self.seal.open(call.webhook["secrets"])[KEY], self.store.now()
        body, name, seconds = packed(call.body), identifier(call), str(int(now.timestamp()))
        headers = signed(key, name, seconds, body)
        status = self.fetcher.post_json(call.webhook["url"], body, headers, now=now)
        return f"It answered {status}."

    def _write(self, call: Call) -> str:
        assert self.mailer is not None
        self.mailer.send(self._letter(call))
        return "The mail server took it."

    def _letter(self, call: Call) -> Letter:
        now = self.store.now()
        if not _is_report(call):
            return letter_of(call, now)
        with self.store.read() as tx:
            return report_letter(call, weekly.report(tx, int(call.body["subject_id"])), now)


def _is_report(call: Call) -> bool:
    return call.kind == Kind.WEEKLY_REPORT and str(call.body["key"]).endswith(":sent")


def identifier(call: Call) -> str:
    """The same for every try, so that a receiver can tell a second one from a second thing."""
    return f"tact-call-{call.id}"


def packed(body: dict[str, object]) -> bytes:
    """The JSON that is signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def letter_of(call: Call, now: datetime) -> Letter:
    """A notice as a letter: what happened, when by the reader's clock, and where to look."""
    zone = ZoneInfo(str(call.body.get("zone") or "UTC"))
    at = datetime.fromisoformat(str(call.body["at"])).astimezone(zone)
    label = WORDS[Kind(call.kind)].label
    lines = [
        f"{call.body.get('to', '')},".lstrip(","),
        "",
        str(call.body["text"]),
        "",
        f"{at:%A, {at.day} %B, %H:%M} ({zone.key}). Open your inbox in Tact: what can be done about it is there.",
        "",
        "You choose on your own page in Tact which of these are sent to you.",
    ]
    return Letter(call.address, f"Tact: {label}", "\n".join(lines), f"<{identifier(call)}@tact.invalid>", now)


def report_letter(call: Call, report: Report, now: datetime) -> Letter:
    """A week's report: the words to read at once, the figures attached, drawn from what was frozen: always the same."""
    attached = Attachment(weekly_pdf.name_of(report), weekly_pdf.MIME, weekly_pdf.render(report))
    lines = [report.words, "", f"– {report.author}", "", f"The figures of the week are attached ({attached.name})."]
    subject, name = f"{report.brand}, week {report.week}", f"<{identifier(call)}@tact.invalid>"
    return Letter(call.address, subject, "\n".join(lines), name, now, (attached,))


def _host_only(cause: str) -> str:
    """Causes name addresses, and a webhook's path may be a secret: the log keeps what kind of trouble it was."""
    return cause.split(" from ", 1)[0] if "://" in cause else cause
