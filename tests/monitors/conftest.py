"""A web server on the loopback that a test teaches what to answer, and the door that is allowed to reach it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monitors.feeds import FeedParser
from monitors.fetch import Fetcher

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Answer = Callable[[BaseHTTPRequestHandler], None]


class Web:
    """`routes` maps a path (without its query) to an answer; `seen` lists the requests, `bodies` the forms."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.routes: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                web.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.close_connection = True
                answer = web.routes.get(self.path.split("?")[0], status(404))
                try:
                    answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    return  # the reader had enough, which is what some tests are about

            def do_POST(self) -> None:
                web.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.address = (host, self._server.server_port)
        self.place = f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://{self.place}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def status(code: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    """An answer with this status, these headers and this body."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        if code != 304:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def page(body: bytes, **headers: str) -> Answer:
    """A 200 with this body."""
    return status(200, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture
def other_web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture(scope="session")
def parser() -> Iterator[FeedParser]:
    opened = FeedParser()
    yield opened
    opened.close()


@pytest.fixture
def fetcher(web: Web, parser: FeedParser) -> Fetcher:
    """A door that may reach the taught server and no other private host. The parser outlives it."""
    return Fetcher("Tact/test (+ops@example.org)", allow_private=frozenset({web.place}), parser=parser)
