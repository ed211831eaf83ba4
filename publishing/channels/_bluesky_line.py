"""A signed-in talk with a Bluesky server: the library `atproto`, and nothing of it outside this file.

The library keeps the session (signing in, refreshing, moving on from the entrance to the account's own server) and
finds links, hashtags and mentions in a text. Its requests go through the guarded client that the door gave; its
hundreds of generated models are not used for answers, since a field more or less in a lexicon must not stop a post.

It takes more than a second and 33 MB to import (docs/decisions), so that happens when a talk begins, or before, in
`load`, and never in a process that speaks to no Bluesky server.

Signing in is what Bluesky limits most (30 in five minutes, 300 a day for an account), so a session is kept in memory
from deed to deed. It is a cache: what it says no more to, signs in anew, once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from data.errors import ChannelError
from data.storage.seal import masked
from publishing.channels._http import (
    LONGEST_REASON,
    LONGEST_WAIT,
    instant,
    retry_after,
    status_trouble,
    transport_trouble,
)
from publishing.door import Door
from publishing.trouble import Declined, Gone, NotBegun, Unsure

LABEL = "Bluesky"
# For all requests of one deed together, four pictures included; less than an outbox's lease (ours).
SECONDS = 25.0

_SESSION_OVER = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
_NOT_THERE = frozenset({"RecordNotFound", "NotFound"})

T = TypeVar("T")


class NotServed(Declined):
    """This server does not do that at all."""


class _SessionOver(Declined):
    """It does not know us, or no longer."""


def load() -> None:
    """Import the library, where that has not happened yet: before a moment in which seconds count."""
    import atproto_client  # noqa: F401


class Line:
    """The requests of one deed, signed in."""

    def __init__(self, client: Any, password: str) -> None:
        self._client = client
        self._password = password

    def _keys(self) -> tuple[str, ...]:
        session = self._client._session
        return (self._password, session.access_jwt, session.refresh_jwt)

    @property
    def did(self) -> str:
        """The identifier of the account that speaks."""
        return str(self._client._session.did)

    @property
    def handle(self) -> str:
        return str(self._client._session.handle)

    @property
    def server_at(self) -> datetime | None:
        """The server's clock, as its last answer told it."""
        at: datetime | None = self._client.request.server_at
        return at

    def query(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a question."""
        from atproto_client.models.dot_dict import DotDict

        with troubles_told(self._keys()):
            return _json(self._client.invoke_query(method, params=DotDict(params), output_encoding="application/json"))

    def do(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to something that changes the account's records."""
        return self._post(method, json.dumps(body, ensure_ascii=False).encode(), "application/json")

    def upload(self, content: bytes, mime: str) -> dict[str, Any]:
        """Hand over a file; what a record refers to it by. Unseen until one does, and forgotten by the server then."""
        return dict(self._post("com.atproto.repo.uploadBlob", content, mime)["blob"])

    def _post(self, method: str, content: bytes, mime: str) -> dict[str, Any]:
        with troubles_told(self._keys()):
            headers = {"Content-Type": mime}
            return _json(self._client.invoke_procedure(method, content=content, headers=headers))

    def did_of(self, actor: str) -> str | None:
        """The identifier behind a handle; None where there is nobody of that name."""
        if actor.startswith("did:"):
            return actor
        try:
            return str(self.query("com.atproto.identity.resolveHandle", handle=actor.lower())["did"])
        except (NotServed, _SessionOver):
            raise
        except (Declined, Gone):
            return None

    def facets(self, text: str) -> list[dict[str, Any]]:
        """Links, hashtags and mentions in a text, by their bytes. Whom nobody knows stays plain words."""
        from atproto_client.models.utils import get_model_as_dict
        from atproto_client.utils import facet_detection

        found = [get_model_as_dict(one) for one in facet_detection.detect_facets(text)]
        for one in facet_detection.detect_mentions(text):
            did = self.did_of(one.handle)
            if did is not None:
                found.append(_mention(did, one.byte_start, one.byte_end))
        return sorted(found, key=lambda one: int(one["index"]["byteStart"]))


class Talk:
    """An account on a server. Safe to share between threads: each deed has a client of its own."""

    def __init__(self, door: Door, server: str, handle: str, password: str) -> None:
        self._door = door
        self._server = server
        self._handle = handle
        self._password = password
        self._session: str | None = None

    def deed(self, what: Callable[[Line], T]) -> T:
        """Do it signed in. Where a kept session is over, everything is done again after signing in anew."""
        kept = self._session
        if kept is None:
            return self._once(what, None)
        try:
            return self._once(what, kept)
        except _SessionOver:
            self._session = None
            return self._once(what, None)

    def sign_in(self) -> str:
        """Sign in with the password, whatever is kept; the handle."""
        return self._once(lambda line: line.handle, None)

    def _once(self, what: Callable[[Line], T], kept: str | None) -> T:
        from atproto_client import Client

        with self._door.client(SECONDS) as http:
            client = Client(self._server, request=_guarded(http))
            client.on_session_change(self._keep)
            with beforehand(), troubles_told((self._password,)):
                if kept is None:
                    client.login(self._handle, self._password, fetch_bsky_profile=False)
                else:
                    client.login(session_string=kept, fetch_bsky_profile=False)
            return what(Line(client, self._password))

    def _keep(self, _: object, session: Any) -> None:
        self._session = session.export()


@contextmanager
def beforehand() -> Iterator[None]:
    """Around what happens before anything can be seen: whatever became of it, the deed itself has not begun."""
    try:
        yield
    except Unsure as error:
        raise NotBegun(f"{error.message} Nothing was changed there.", error.cause) from error


@contextmanager
def troubles_told(keys: tuple[str, ...]) -> Iterator[None]:
    """Whatever the library raises, as an error of `publishing.trouble`. None of `keys` is repeated in one."""
    from atproto_core.exceptions import AtProtocolError

    try:
        yield
    except ChannelError:
        raise
    except httpx.TransportError as error:
        raise transport_trouble(LABEL, error) from error
    except (httpx.InvalidURL, UnicodeError) as error:
        said = "The address of the Bluesky server cannot be used: correct it on the Channels page."
        raise NotBegun(said, repr(error)) from error
    except AtProtocolError as error:
        raise _trouble_of(error, keys) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unsure(f"{LABEL} answered with something that cannot be read.", type(error).__name__) from error


def _trouble_of(error: Exception, keys: tuple[str, ...]) -> ChannelError:
    if isinstance(error.__cause__, httpx.TransportError):
        return transport_trouble(LABEL, error.__cause__)
    response = getattr(error, "response", None)
    if response is None:
        return Unsure(f"{LABEL} answered with something that cannot be read.", type(error).__name__)
    name = masked(str(getattr(response.content, "error", "") or ""), keys)[:100]
    words = " ".join(str(getattr(response.content, "message", "") or name).split())
    said = masked(words, keys)[:LONGEST_REASON]
    return _refusal(int(response.status_code), name, said, response.headers)


def _refusal(status: int, name: str, said: str, headers: Mapping[str, str]) -> ChannelError:
    """What a server's no means. Lexicons name their errors; a status alone says less."""
    cause = f"HTTP {status}: {name} {said}"
    if name == "AuthFactorTokenRequired":
        return Declined("Bluesky wants a code from an e-mail: use an app password instead of the main one.", cause)
    if name in _SESSION_OVER or (status == 401 and name != "RateLimitExceeded"):
        words = f"{LABEL} does not let this account in: check it on the Channels page. It says: “{said}”"
        return _SessionOver(words, cause)
    if name in _NOT_THERE:
        return Gone(f"{LABEL} has nothing there.", cause)
    if status in (404, 501):
        return NotServed(
            f"There is no Bluesky server at this address, or it does not do that (status {status}).", cause
        )
    trouble = status_trouble(LABEL, status, headers, said)
    if status == 429:
        trouble.after = _patience(headers)  # type: ignore[attr-defined]
    return trouble


def _patience(headers: Mapping[str, str]) -> timedelta | None:
    """How long to wait: `Retry-After`, or when the window of `RateLimit-Reset` begins anew, by the server's clock."""
    told = retry_after(headers)
    reset, now = headers.get("ratelimit-reset", ""), instant(headers.get("date", ""))
    if told is not None or not reset.isdigit() or len(reset) > 11 or now is None:
        return told
    return min(max(datetime.fromtimestamp(int(reset), UTC) - now, timedelta(0)), LONGEST_WAIT)


def _guarded(http: httpx.Client) -> Any:
    """The library's way of making requests, over a client of the door instead of one of its own."""
    from atproto_client.request import Request, RequestBase

    class Guarded(Request):  # type: ignore[misc]
        def __init__(self) -> None:
            RequestBase.__init__(self)  # not Request's: that makes a client that follows redirects
            self._client = http
            self.server_at: datetime | None = None
            self.set_additional_headers({"User-Agent": http.headers["User-Agent"]})

        def _send_request(self, method: str, url: str, **more: Any) -> httpx.Response:
            reply: httpx.Response = super()._send_request(method, url, **more)
            self.server_at = instant(reply.headers.get("date", ""))
            return reply

    return Guarded()


def _json(response: Any) -> dict[str, Any]:
    if not isinstance(response.content, dict):
        raise Unsure(f"{LABEL} answered with something that cannot be read.", f"{type(response.content).__name__}")
    return response.content


def _mention(did: str, start: int, end: int) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
    return {"features": [feature], "index": {"byteStart": start, "byteEnd": end}}
