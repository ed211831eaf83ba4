"""A platform's web interface on the loopback, for the channels that speak to one: it answers as a test says.

Every request is kept as it came. What no test has foreseen is answered with 418 and named, so that a channel cannot ask
for something unnoticed. The two tables of faults are the same for every platform: what a fault of the one request that
makes a post means, and what a fault before it means.
"""

from __future__ import annotations

import json as jsons
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from data.errors import ChannelError
from monitors.speaking import SpeakingDoor
from publishing.channels import Answering, Outgoing, OutgoingMedia
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DATE = "Mon, 02 Mar 2026 09:00:30 GMT"


@dataclass(frozen=True)
class Answer:
    """What is answered, `slow` seconds later. `cut`: the connection ends without a word, after the request was read."""

    json: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    cut: bool = False
    slow: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return jsons.loads(self.body)

    @property
    def parts(self) -> dict[str, bytes]:
        """The parts of a form, by name."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        found = BytesParser().parsebytes(head + self.body)
        return {
            str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
            for part in found.get_payload()
        }


class PlatformServer:
    """Answers on the loopback until it is closed."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.unforeseen: list[str] = []
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._closing = threading.Event()
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.address = f"http://{self.host}"
        self.door = SpeakingDoor("Tact tests", allow_private=frozenset({self.host}))
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answer these one after another; the last one stays."""
        self._answers[method, path] = list(answers)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        ahead = self._answers.get((asked.method, asked.path))
        if ahead is None:
            self.unforeseen.append(f"{asked.method} {asked.path}")
            return Answer(status=418)
        return ahead.pop(0) if len(ahead) > 1 else ahead[0]

    def wait(self, seconds: float) -> None:
        """Nothing for so long, or until the platform closes."""
        if seconds:
            self._closing.wait(seconds)

    def sent(self, method: str, path: str) -> list[Asked]:
        return [one for one in self.asked if (one.method, one.path) == (method, path)]

    @property
    def steps(self) -> list[str]:
        """`POST /2/tweets` and so on, in the order in which they came."""
        return [f"{one.method} {one.path}" for one in self.asked]

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(platform: PlatformServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            headers["target"] = self.path
            answer = platform.answer(Asked(self.command, url.path, query, headers, body))
            platform.wait(answer.slow)
            if answer.cut:
                self.close_connection = True
                return
            text = answer.text if answer.text is not None else jsons.dumps(answer.json)
            self.send_response_only(answer.status)
            for name, value in {"Date": DATE, "Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = _any

        def log_message(self, *args: object) -> None:
            return

    return Handler


@contextmanager
def serving() -> Iterator[PlatformServer]:
    """A platform for one test; what it did not foresee is an error."""
    platform = PlatformServer()
    try:
        yield platform
    finally:
        platform.close()
    assert not platform.unforeseen


# What went wrong with the one request that makes a post, and what it means.
CREATING: tuple[tuple[str, Answer, type[ChannelError]], ...] = (
    ("cut off", Answer(cut=True), Unsure),
    ("500", Answer({"error": {"message": "oops"}}, 500), Unsure),
    ("504", Answer(status=504, text="gateway"), Unsure),
    ("200 that is no JSON", Answer(text="<html>"), Unsure),
    ("200 with nothing in it", Answer({}), Unsure),
    ("200 of another shape", Answer([1]), Unsure),
    ("400", Answer({}, 400), Declined),
    ("401", Answer({}, 401), Declined),
    ("403", Answer({}, 403), Declined),
    ("404", Answer({}, 404), Gone),
    ("429", Answer({}, 429), Limited),
)
# The same before it: nothing of the post exists, so nothing here is Unsure.
PREPARING: tuple[tuple[str, Answer, type[ChannelError]], ...] = (
    ("cut off", Answer(cut=True), NotBegun),
    ("500", Answer(status=500, text="oops"), NotBegun),
    ("400", Answer({}, 400), Declined),
    ("401", Answer({}, 401), Declined),
    ("404", Answer({}, 404), Declined),
    ("429", Answer({}, 429), Limited),
)
# And where a step answers with what it should have made.
MAKING = (
    *PREPARING,
    ("200 that is no JSON", Answer(text="<html>"), NotBegun),
    ("200 with nothing in it", Answer({}), NotBegun),
)


def named(faults: tuple[tuple[str, Answer, type[ChannelError]], ...]) -> list[str]:
    return [name for name, _, _ in faults]


PICTURE = OutgoingMedia("cup.png", "image/png", b"\x89PNG tea", "A cup of tea")


def post(
    platform: str,
    text: str = "Tea & sympathy",
    *media: OutgoingMedia,
    answering: Answering | None = None,
) -> Outgoing:
    """A post on its way."""
    return Outgoing("k1", platform, text, (), media, "0" * 64, AT, answering)


def stopped(outgoing: Outgoing) -> Outgoing:
    """The same post, when somebody has paused everything meanwhile."""
    return replace(outgoing, may_begin=lambda: False)
