"""One request to a platform's HTTP interface, with every way it can fail as an error of `publishing.trouble`.

For the channels that speak plain HTTP. Nothing here retries or waits: that is the outbox's and the collector's to
decide. A sentence has the platform's own reason where it gave one in words, and never an address, a key or a form.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from data.errors import ChannelError
from data.storage.seal import masked
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure

OTHER_KEY = "its key may be wrong or lack a right. Give it another on the Channels page, under “Change an account”."
LONGEST_REASON = 200
# No platform's key is shorter (ours); a shorter word of a request may well be said back.
SHORTEST_KEY = 12
_BETWEEN = re.compile(r"[\s\",]+")
# However long a platform asks us to wait, somebody looks again after a day (ours).
LONGEST_WAIT = timedelta(days=1)

# From a platform's JSON to its own words for what is wrong; "" where it has none.
Reason = Callable[[Any], str]
# What a refusal means on a platform that says it in its own way; None: what its status means everywhere.
Judge = Callable[[httpx.Response], ChannelError | None]


def ask(
    client: httpx.Client,
    label: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    data: Mapping[str, str] | None = None,
    content: bytes | None = None,
    files: Any = None,
    reason: Reason = lambda said: "",
    judge: Judge = lambda reply: None,
) -> httpx.Response:
    """The answer, if it is a 2xx. `label` is what people call the platform."""
    try:
        reply = client.request(
            method, url, headers=headers, params=params, json=json, data=data, content=content, files=files
        )
    except httpx.TransportError as error:
        raise transport_trouble(label, error) from error
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NotBegun(
            f"The address of {label} cannot be used: correct it on the Channels page.", repr(error)
        ) from error
    if reply.is_success:
        return reply
    raise judge(reply) or status_trouble(label, reply.status_code, reply.headers, told(reply, reason))


def transport_trouble(label: str, error: httpx.TransportError) -> ChannelError:
    """What a failed connection means: ConnectError alone says that nothing was sent."""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)):
        return NotBegun(f"{label} cannot be reached.", repr(error))
    if isinstance(error, httpx.TimeoutException):
        return Unsure(f"{label} did not answer in time.", repr(error))
    return Unsure(f"The connection to {label} broke off.", repr(error))


def status_trouble(label: str, status: int, headers: Mapping[str, str], said: str = "") -> ChannelError:
    """What a status that is no success means. `said` is the platform's own reason."""
    cause = f"HTTP {status}: {said}"
    quoted = f" It says: “{said}”" if said else ""
    if status == 429:
        return Limited(f"{label} asks for patience.{quoted}", cause, retry_after(headers))
    if status in (401, 403):
        return Declined(f"{label} does not let this account do that: {OTHER_KEY}{quoted}", cause)
    if status in (404, 410):
        return Gone(f"{label} has nothing there.{quoted}", cause)
    if status >= 500 or status in (408, 425):
        return Unsure(f"{label} has trouble of its own (status {status}).", cause)
    return Declined(f"{label} refused it (status {status}).{quoted}", cause)


def json_of(reply: httpx.Response, label: str) -> Any:
    """The answer's JSON. Unsure where it is none: something was done, nobody knows what."""
    try:
        return reply.json()
    except ValueError as error:
        raise Unsure(f"{label} answered with something that cannot be read.", repr(error)) from error


def told(reply: httpx.Response, reason: Reason) -> str:
    """The platform's own words for a refusal, short and on one line. Some say back the key that they do not like."""
    try:
        words = reason(reply.json())
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""
    return masked(" ".join(str(words or "").split()), _keys_in(reply.request))[:LONGEST_REASON]


def outline(said: Any) -> str:
    """An answer for the log, by the names in it alone: its words may repeat our key."""
    kind = type(said).__name__
    return f"{kind} with {', '.join(map(str, said))[:LONGEST_REASON]}" if isinstance(said, Mapping) else kind


def _keys_in(request: httpx.Request) -> list[str]:
    """Whatever in a request's signature, or in its address, is long enough to be a key."""
    signature = request.headers.get("authorization", "")
    words = _BETWEEN.split(f"{signature} {' '.join(request.url.params.values())}")
    keys = [word for word in words if len(word) >= SHORTEST_KEY]
    scheme, _, credentials = signature.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):
            keys.append(b64decode(credentials).decode().partition(":")[2])
    return keys


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """`Retry-After` in seconds or as a date; the server's own `Date` is its clock. None where it says nothing."""
    said = headers.get("retry-after", "").strip()
    if said.isdigit():
        return min(timedelta(seconds=int(said)), LONGEST_WAIT) if len(said) < 9 else LONGEST_WAIT
    until, server = instant(said), now or instant(headers.get("date", ""))
    if until is None or server is None:
        return None
    return min(max(until - server, timedelta(0)), LONGEST_WAIT)


def instant(said: str) -> datetime | None:
    """An HTTP date as an aware UTC instant; None for anything else."""
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
