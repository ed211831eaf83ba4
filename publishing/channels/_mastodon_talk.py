"""A talk with a Mastodon server: the library Mastodon.py, and nothing of it outside this file.

The library knows the addresses and parameters; its requests go through the guarded door (`_requests_door`), and its
own sleeping until a limit is over is switched off. Answers are read as the JSON that came, not as the library's
objects: a field more or less in a server's answer must not stop a post. It is imported when a talk begins, or before,
in `load` (0.4 s), and never in a process that speaks to no Mastodon server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from data.errors import ChannelError
from publishing.channels._http import (
    LONGEST_WAIT,
    instant,
    outline,
    retry_after,
    status_trouble,
    told,
    transport_trouble,
)
from publishing.door import Door
from publishing.trouble import Declined, Limited, NotBegun, Unsure

LABEL = "Mastodon"
# For all requests of one deed together, four pictures included; less than an outbox's lease (ours).
SECONDS = 35.0
# Which server the library believes to speak with. Nothing is asked about that: every address that we use is older.
SPOKEN = "4.5.0"
_UNREADABLE = f"{LABEL} answered with something that cannot be read."


def load() -> None:
    """Import the library, where that has not happened yet: before a moment in which seconds count."""

    import publishing.channels._requests_door  # noqa: F401


class Line:
    """The requests of one deed."""

    def __init__(self, client: httpx.Client, server: str, token: str) -> None:
        import mastodon

        from publishing.channels._requests_door import session_through

        session, self._adapter = session_through(client)
        self._errors = mastodon.MastodonError
        self._api = mastodon.Mastodon(
            api_base_url=server,
            session=session,
            ratelimit_method="throw",
            version_check_mode="created",
            mastodon_version=SPOKEN,
            request_timeout=SECONDS,
        )
        # Not as an argument: there the library would read a file of that name.
        self._api.access_token = token

    @property
    def server_at(self) -> datetime | None:
        """The server's clock, as its last answer told it."""
        last = self._adapter.last
        return instant(last.headers.get("date", "")) if last is not None else None

    def do(self, method: str, *given: Any, **named: Any) -> Mapping[str, Any]:
        """The object that the server answered to a method of the library. Raises an error of `publishing.trouble`."""
        said = self._do(method, *given, **named)
        if not isinstance(said, Mapping):
            raise Unsure(_UNREADABLE, f"{method}: {outline(said)}")
        return said

    def every(self, method: str, *given: Any, **named: Any) -> list[Mapping[str, Any]]:
        """The same for a method that brings many."""
        said = self._do(method, *given, **named)
        if not isinstance(said, list):
            raise Unsure(_UNREADABLE, f"{method}: {outline(said)}")
        return [one for one in said if isinstance(one, Mapping)]

    def _do(self, method: str, *given: Any, **named: Any) -> Any:
        try:
            getattr(self._api, method)(*given, **named)
        except self._errors as error:
            raise self._trouble(error) from error
        last = self._adapter.last
        assert last is not None
        return last.json()  # the library has read it already

    def _trouble(self, error: Exception) -> ChannelError:
        """What went wrong, told by the request itself: the library keeps neither header nor kind of failure."""
        behind = error.__context__
        if isinstance(behind, httpx.TransportError):
            return transport_trouble(LABEL, behind)
        last = self._adapter.last
        if isinstance(behind, httpx.HTTPError):
            return Unsure(_UNREADABLE, repr(behind))  # an answer came, and could not be unpacked
        if last is None:
            return NotBegun(f"{LABEL} could not be asked: see the log.", repr(error))
        if last.is_redirect:
            said = f"This {LABEL} server sends us on to another address: correct it on the Channels page."
            return Declined(said, f"HTTP {last.status_code} to {last.headers.get('location', '')[:200]}")
        if last.is_success:
            return Unsure(_UNREADABLE, type(error).__name__)  # its words have the answer in them
        reason = told(last, lambda said: str(said["error"]))
        if last.status_code == 429:
            quoted = f" It says: “{reason}”" if reason else ""
            return Limited(f"{LABEL} asks for patience.{quoted}", f"HTTP 429: {reason}", patience(last.headers))
        return status_trouble(LABEL, last.status_code, last.headers, reason)


@contextmanager
def talk(door: Door, server: str, token: str) -> Iterator[Line]:
    """A line for one deed."""
    with door.client(SECONDS) as client:
        yield Line(client, server, token)


def patience(headers: Mapping[str, str]) -> timedelta | None:
    """How long a 429 asks us to wait: until X-RateLimit-Reset, on the clock of the answer itself."""
    asked = retry_after(headers)
    until, server = when(headers.get("x-ratelimit-reset")), instant(headers.get("date", ""))
    if asked is not None or until is None or server is None:
        return asked
    return min(max(until - server, timedelta(0)), LONGEST_WAIT)


def when(said: object) -> datetime | None:
    """An instant in ISO 8601, or in seconds since 1970 as Mastodon’s relatives tell it; None for anything else."""
    text = str(said or "")
    try:
        at = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None
