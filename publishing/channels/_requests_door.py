"""The guarded door for a library that speaks through `requests`: one adapter, under which httpx makes the connection.

A library's own session would connect wherever a typed address leads. Mounted for http and https, this adapter is the
session's only way out, so every request goes through the guard, with its deadline and its bound on what comes back.
Errors of httpx come through unchanged: what a failure means is decided where all channels decide it (`_http`).

Imported only by who needs it, since `requests` costs a tenth of a second at the start of a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest, Response
from requests.structures import CaseInsensitiveDict

# The client names us itself, and counts its bytes itself.
_NOT_THEIRS = frozenset({"user-agent", "content-length", "host", "connection"})
# What a library might sleep on, or warn about on the console; whoever speaks reads `last` instead.
_NOT_FOR_THEM = ("x-ratelimit-", "deprecation", "set-cookie", "content-encoding")


class DoorAdapter(BaseAdapter):
    """Sends through one httpx client. `last` is the answer to the latest request, None while there is none."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self._client = client
        self.last: httpx.Response | None = None

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """The answer. What is said of time-outs, certificates and proxies is the door's to decide, not a library's."""
        self.last = None
        headers = {name: value for name, value in request.headers.items() if name.casefold() not in _NOT_THEIRS}
        body: Any = request.body
        self.last = self._client.request(request.method or "GET", request.url or "", headers=headers, content=body)
        return _as_requests(request, self.last)

    def close(self) -> None:
        """The client belongs to whoever opened it."""


def session_through(client: httpx.Client) -> tuple[requests.Session, DoorAdapter]:
    """A session with no other way out: no proxy or password file of this machine, no redirect, no cookie."""
    session, adapter = requests.Session(), DoorAdapter(client)
    session.trust_env = False
    session.max_redirects = 0
    session.adapters.clear()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session, adapter


def _as_requests(request: PreparedRequest, answered: httpx.Response) -> Response:
    reply = Response()
    reply.status_code, reply.reason = answered.status_code, answered.reason_phrase
    kept = {name: value for name, value in answered.headers.items() if not name.startswith(_NOT_FOR_THEM)}
    reply.headers = CaseInsensitiveDict(kept)
    reply.url, reply.request = request.url or "", request
    reply.encoding = answered.encoding
    reply._content = answered.content
    return reply
