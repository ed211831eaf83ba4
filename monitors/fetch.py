"""The one door to addresses that a person typed or a feed named.

Everything outside is assumed hostile: only http and https, only machines that `guard.py` lets us talk to (asked again
at each redirect), a deadline for the whole request, bodies read raw and unpacked under a cap of our own (`unpack.py`),
and no more than we asked for. What comes back is bytes and a few facts; `feeds.py` opens them. Manners are kept here
as well: validators are sent back byte for byte, `Retry-After` is understood, every request says who we are, and no
host is asked twice within a gap (`pace.py`).
"""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx

from data.errors import BadInput, FetchError
from monitors.feeds import FeedParser
from monitors.guard import Deadline, GuardedTransport, allowance, tls_context
from monitors.manners import max_age, quota_wait, retry_after
from monitors.pace import Pace, is_paced
from monitors.refusals import ASTRAY, plainly, sentence
from monitors.unpack import ACCEPTED, Damaged, TooMuch, UnknownPacking, unpacked

FEEDS = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.8, application/json;q=0.8, */*;q=0.1"
)
JSON = "application/json"
MOST_HINT = timedelta(hours=1)  # a cache's or a feed's hint slows us down, but must not make us miss the day
_REDIRECTS = (301, 302, 303, 307, 308)


class Answered(FetchError):
    """The server answered, but not with what we came for. `gone` means it never will again."""

    def __init__(self, message: str, cause: str, status: int, retry_after: timedelta | None) -> None:
        super().__init__(message, cause)
        self.status = status
        self.retry_after = retry_after
        self.gone = status == 410


@dataclass(frozen=True)
class Limits:
    """What one request may cost: seconds over all redirects, seconds of silence, bytes unpacked, redirects.

    JSON has limits of its own, for it is opened in our own process: bytes, and brackets and commas, which tell how many
    values it holds (ours: a megabyte of warnings has 23,000 of these, of posts 41,000).
    `gap_seconds` is the least time between two requests to one host; waiting for it counts into the total. The total
    and the ten seconds that `feeds.py` gives a feed make half a minute together.
    """

    total_seconds: float = 20.0
    silence_seconds: float = 10.0
    body_bytes: int = 15_000_000
    json_bytes: int = 3_000_000
    json_parts: int = 300_000
    redirects: int = 5
    gap_seconds: float = 1.0


@dataclass(frozen=True)
class Response:
    """What came back. Header names are in lower case; `url` is where the last redirect led.

    `paced`: the host is to be left in peace between two requests; false on loopback hosts that were allowed by name.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    url: str
    etag: str | None
    last_modified: str | None
    retry_after: timedelta | None
    not_modified: bool
    paced: bool = True


@dataclass(frozen=True)
class _Asked:
    """What we ask for. `key` is the authorization for the server that the address names, and for no other."""

    method: str
    headers: Mapping[str, str]
    key: str = field(default="", repr=False)
    form: bytes | None = field(default=None, repr=False)
    most_bytes: int = 0
    unread: bool = False  # the status is all that we came for

    @property
    def is_json(self) -> bool:
        """Whether JSON is asked for, and nothing else."""
        return self.headers["Accept"].endswith("json")

    def headers_for(self, at_home: bool) -> dict[str, str]:
        return {**self.headers, **({"Authorization": self.key} if self.key and at_home else {})}


def user_agent(version: str, contact: str) -> str:
    """Who we are. `contact` is the operator's address (mail or web), as several sources require."""
    return f"Tact/{version} (+{contact})"


class Fetcher:
    """Reads addresses, one request at a time in each thread. `parser` opens what it brought; `close()` ends both.

    `allow_private` names hosts (`intranet.example`, `127.0.0.1:8080`) that may be read although they are private.
    `transport` replaces the guarded network in tests; the rules that need no socket still hold.
    """

    def __init__(
        self,
        agent: str,
        *,
        allow_private: frozenset[str] = frozenset(),
        limits: Limits | None = None,
        transport: httpx.BaseTransport | None = None,
        parser: FeedParser | None = None,
    ) -> None:
        self.parser = parser or FeedParser()
        self._agent = agent
        self._allowed = frozenset(name.strip().casefold() for name in allow_private)
        self._limits = limits or Limits()
        self._transport = transport
        self._pace = Pace()
        self._poll = threading.local()

    @property
    def names_contact(self) -> bool:
        """Whether the operator can be reached by what we say of ourselves, as some sources require."""
        return re.search(r"\(\+[^\s)]+\)", self._agent) is not None

    @contextmanager
    def allowing(self, seconds: float) -> Iterator[None]:
        """All requests that this thread makes in the block share these seconds, however many they are."""
        self._poll.deadline = Deadline(seconds)
        try:
            yield
        finally:
            self._poll.deadline = None

    def stop_waiting(self) -> None:
        """Let no request wait for its turn any longer: one that would is refused. For a worker that must stop."""
        self._pace.close()

    def close(self) -> None:
        """Stop waiting, and end the parser's child process."""
        self.stop_waiting()
        self.parser.close()

    def get(
        self,
        url: str,
        *,
        now: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEEDS,
        gap_seconds: float = 0.0,
        bearer: str = "",
        most_bytes: int = 0,
    ) -> Response:
        """Read `url`; a 2xx or 304 returns. Raises `BadInput` for what is no web address, else `FetchError`.

        `now` is only used to read a `Retry-After` date of a server that does not tell its own time. `gap_seconds`
        leaves the host alone for longer afterwards than our own limit does. `bearer` is a key for this server: a
        redirect to another one does not carry it along. `most_bytes` replaces our own limit on what is read.
        """
        headers = self._headers(accept)
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        key = f"Bearer {bearer}" if bearer else ""
        return self._ask(web_address(url), _Asked("GET", headers, key, most_bytes=most_bytes), now, gap_seconds)

    def post_form(self, url: str, fields: Mapping[str, str], *, now: datetime, user: str, password: str) -> Response:
        """Send a form with a name and a password, as servers want it that hand out keys. It follows no redirect."""
        headers = self._headers(JSON) | {"Content-Type": "application/x-www-form-urlencoded"}
        key = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return self._ask(web_address(url), _Asked("POST", headers, key, urlencode(fields).encode("ascii")), now, 0.0)

    def post_json(self, url: str, body: bytes, headers: Mapping[str, str], *, now: datetime) -> int:
        """Tell another program something; the status of its 2xx. What it says besides is not read.

        It follows no redirect. Raises as `get` does; over http it sends only to a host that was allowed by name.
        """
        at = web_address(url)
        if at.scheme != "https" and not allowance(at, self._allowed):
            raise FetchError(f"What we tell is sent over https, or to a private address that is allowed: {at.host}.")
        all_of_them = self._headers(JSON) | {"Content-Type": JSON} | dict(headers)
        return self._ask(at, _Asked("POST", all_of_them, form=body, unread=True), now, 0.0).status

    def _headers(self, accept: str) -> dict[str, str]:
        return {"User-Agent": self._agent, "Accept": accept, "Accept-Encoding": ACCEPTED}

    def _ask(self, at: httpx.URL, asked: _Asked, now: datetime, gap_seconds: float) -> Response:
        """Every way a request can fail, as a sentence; none of them names a key, a query or a form."""
        if asked.key and at.scheme != "https" and not allowance(at, self._allowed):
            raise FetchError(
                f"A key is sent over https, or to a private address that an administrator has allowed: write "
                f"https://{at.host}."
            )
        seconds = self._limits.total_seconds
        with plainly(at.host, seconds):
            shared: Deadline | None = getattr(self._poll, "deadline", None)
            deadline = Deadline(shared.left(seconds) if shared else seconds)
            return self._follow(at, asked, deadline, now, max(gap_seconds, self._limits.gap_seconds))

    def _follow(self, url: httpx.URL, asked: _Asked, deadline: Deadline, now: datetime, gap: float) -> Response:
        """Hop by hop, by our own rules. An open site may not send us on to a private host, allowed or not."""
        allowed, home = self._allowed, _origin(url)
        for _ in range(self._limits.redirects + 1):
            allowed = allowance(url, allowed)
            if is_paced(url, allowed):
                self._pace.take_turn(url.host, gap, deadline)
            transport = self._transport or self._guarded(allowed, deadline)
            with httpx.Client(transport=transport, trust_env=False, timeout=self._limits.silence_seconds) as client:
                headers = asked.headers_for(_origin(url) == home)
                request = client.build_request(asked.method, url, headers=_raw(headers), content=asked.form)
                reply = client.send(request, stream=True)
                try:
                    onward = reply.headers.get("location")
                    if reply.status_code not in _REDIRECTS or not onward or asked.form is not None:
                        return self._read(reply, url, asked, deadline, now)
                finally:
                    reply.close()
            url = _onward(url, onward)
        raise FetchError(
            f"{url.host} sends us from address to address without end: check the address.",
            f"more than {self._limits.redirects} redirects",
        )

    def _guarded(self, allowed: frozenset[str], deadline: Deadline) -> GuardedTransport:
        return GuardedTransport(allowed, deadline, self._limits.silence_seconds, tls_context())

    def _read(
        self, reply: httpx.Response, url: httpx.URL, asked: _Asked, deadline: Deadline, now: datetime
    ) -> Response:
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in reply.headers.raw}
        status = reply.status_code
        patience = retry_after(headers, now)
        if patience is None and status == 429:
            patience = quota_wait(headers, now)
        if status != 304 and not 200 <= status < 300:
            raise Answered(sentence(status, url.host), f"HTTP {status} from {_shown(url)}", status, patience)
        body = b"" if status == 304 or asked.unread else self._body(reply, headers, url, asked, deadline)
        return Response(
            status=status,
            body=body,
            headers=headers,
            url=str(url),
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            retry_after=patience,
            not_modified=status == 304,
            paced=is_paced(url, self._allowed),
        )

    def _body(
        self, reply: httpx.Response, headers: Mapping[str, str], url: httpx.URL, asked: _Asked, deadline: Deadline
    ) -> bytes:
        cap = asked.most_bytes or (self._limits.json_bytes if asked.is_json else self._limits.body_bytes)
        body = _unpacked(reply, headers, url, deadline, cap)
        if asked.is_json and (parts := sum(map(body.count, (b"{", b"[", b",")))) > self._limits.json_parts:
            raise FetchError(
                f"{url.host} sent a document of more parts than any source has: it was not read.",
                f"{parts} brackets and commas from {_shown(url)}",
            )
        return body


def _unpacked(reply: httpx.Response, headers: Mapping[str, str], url: httpx.URL, deadline: Deadline, cap: int) -> bytes:
    """The body, unpacked piece by piece; neither what comes in nor what any layer gives out passes the cap."""
    body = io.BytesIO()  # gives its bytes away without a copy
    try:
        for piece in unpacked(_timely(reply.iter_raw(), deadline), headers.get("content-encoding", ""), cap):
            body.write(piece)
    except TooMuch as error:
        raise FetchError(
            f"{url.host} sent more than {cap // 1_000_000} MB, which no feed needs: it was not read.",
            f"{error} from {_shown(url)}",
        ) from error
    except Damaged as error:
        raise FetchError(f"{url.host} sent a damaged answer: we try again later.", str(error)) from error
    except UnknownPacking as error:
        raise FetchError(
            f"{url.host} packs its answer in a way we did not ask for and do not open.", str(error)
        ) from error
    return body.getvalue()


def _timely(chunks: Iterable[bytes], deadline: Deadline) -> Iterator[bytes]:
    """The same chunks, for as long as there is time for them."""
    for chunk in chunks:
        deadline.left()
        yield chunk


def web_address(url: str) -> httpx.URL:
    """A complete http or https address. Raises `BadInput`."""
    try:
        at = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput("This is not a web address: it must look like https://example.org/feed.", repr(error)) from error
    if "%" in at.host:  # httpx lets what can be no host through in this form
        raise BadInput("This is not a web address: its host cannot be one.", f"host {at.host!r}")
    if at.scheme not in ("http", "https") or not at.host:
        raise BadInput("Only addresses that begin with http:// or https:// are read.", f"scheme {at.scheme!r}")
    return at


def asked_wait(response: Response, ttl: timedelta | None = None) -> timedelta | None:
    """The least wait the server asks for: its `Retry-After`, or a hint (the feed's ttl, the cache's max-age)."""
    hints = [hint for hint in (ttl, max_age(response.headers.get("cache-control", ""))) if hint]
    asked = [min(hint, MOST_HINT) for hint in hints] + ([response.retry_after] if response.retry_after else [])
    return max(asked, default=None)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _onward(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return web_address(str(url.join(location)))
    except (BadInput, httpx.InvalidURL, ValueError) as error:
        raise FetchError(ASTRAY.format(host=url.host), repr(error)) from error


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Latin-1 both ways, so that a validator returns byte for byte as it came."""
    return [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in headers.items()]


def _shown(url: httpx.URL) -> str:
    """Without name, password and query, which may hold secrets."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))
