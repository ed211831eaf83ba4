"""The sample day's feed server: RSS, Google Trends' RSS and Mastodon's JSON on the loopback address.

The ordinary sources poll it over HTTP like any feed of the world; the product does not know that the day is invented.
Runs inside a test, or alone: `python -m data.sample_day.feed_server --port 8900 --speed 30`. A presenter moves the
story on with `curl -X POST http://127.0.0.1:8900/story/advance/tragedy`.

Paths: /feeds/{coast-courier,overland-daily,mentions,warnings}.rss · /trending/rss · /api/v1/timelines/tag/:tag ·
/api/v1/trends/tags · /posts/:number · /story (what has been told) · POST /story/advance/:moment, /story/release/:moment
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, quote, unquote, urlsplit

from data.errors import BadInput, TactError
from data.sample_day import feeds
from data.sample_day.broadcast import Broadcast, Shown
from data.sample_day.day import Day, load_day

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
# Mastodon's own page sizes: https://docs.joinmastodon.org/methods/timelines/#tag
USUAL_PAGE, LARGEST_PAGE = 20, 40

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Reply:
    """An answer. `changed` is when its content last changed, None for what carries no validators."""

    body: bytes
    kind: str
    changed: datetime | None = None
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] | None = None


class StoryServer:
    """Serves a day on a loopback port; `port` 0 takes a free one. A context manager, or `start()` and `stop()`.

    `speed`: story seconds for each real second, None for the day's own. `clock` returns aware UTC. `manual`: moments
    wait for `advance_to`; the everyday chatter goes on in real time either way. Raises OSError where the port is taken.
    """

    def __init__(
        self, day: Day, port: int = 0, speed: float | None = None, *, clock: Clock, manual: bool = False
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._told = Broadcast(day, clock(), speed, manual=manual)
        self._http = ThreadingHTTPServer((HOST, port), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sample day", daemon=True)
        self.address = f"http://{HOST}:{self._http.server_address[1]}"

    @property
    def started_at(self) -> datetime:
        """When the day began, in real time: what `history_rows` and `publish_at` want to know."""
        return self._told.start

    def start(self) -> StoryServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> StoryServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    def advance_to(self, moment_key: str) -> None:
        """Tell every moment up to and including this one now. Raises BadInput for an unknown one."""
        with self._lock:
            self._told.advance_to(moment_key, self._clock())

    def release(self, moment_key: str) -> None:
        """Tell this moment now, and no other. Raises BadInput for an unknown one."""
        with self._lock:
            self._told.release(moment_key, self._clock())

    def words_at(self, address: str) -> str | None:
        """The words of the post at a web address of this server; None where it shows none."""
        found = re.fullmatch(rf"{re.escape(self.address)}/posts/([0-9]{{1,30}})", address)
        with self._lock:
            shown = self._told.find(int(found[1])) if found else None
        return shown.piece.text if shown else None

    def get(self, target: str) -> Reply:
        """The answer to a GET for this path and query."""
        split = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        with self._lock:
            now = self._clock()
            self._told.tell(now)
            for pattern, answer in _ROUTES:
                if found := pattern.fullmatch(split.path):
                    return answer(self, unquote(found["name"]), query, now)
        return _problem(HTTPStatus.NOT_FOUND, "There is nothing at this address.")

    def post(self, target: str) -> Reply:
        """The answer to a POST: a presenter moves the story on."""
        found = re.fullmatch(r"/story/(?P<how>advance|release)/(?P<key>[a-z_-]+)", urlsplit(target).path)
        if found is None:
            return _problem(HTTPStatus.NOT_FOUND, "There is nothing at this address.")
        try:
            (self.advance_to if found["how"] == "advance" else self.release)(found["key"])
        except BadInput as error:
            return _problem(HTTPStatus.NOT_FOUND, error.message)
        return self.get("/story")

    def _feed(self, name: str, _: Mapping[str, str], __: datetime) -> Reply:
        if name not in feeds.TITLES:
            return _problem(HTTPStatus.NOT_FOUND, "There is no such feed.")
        body = feeds.rss(name, self.address, self._told.shown(name))
        return Reply(body, "application/rss+xml; charset=utf-8", self._told.changed(name))

    def _searches(self, _: str, __: Mapping[str, str], ___: datetime) -> Reply:
        body = feeds.searches(self.address, self._told.searches())
        return Reply(body, "application/xml; charset=utf-8", self._told.changed("searches"))

    def _timeline(self, tag: str, query: Mapping[str, str], _: datetime) -> Reply:
        tag = tag.casefold()
        try:
            page = _page(self._told.shown(f"tag:{tag}"), query)
        except ValueError:
            return _problem(HTTPStatus.BAD_REQUEST, "limit, since_id, min_id and max_id are numbers.")
        links = {"Link": _links(f"{self.address}/api/v1/timelines/tag/{quote(tag)}", page)} if page else {}
        return _json(feeds.statuses(self.address, tag, page), self._told.changed(f"tag:{tag}"), headers=links)

    def _trends(self, _: str, query: Mapping[str, str], now: datetime) -> Reply:
        wanted = query.get("limit", "10")
        most = min(int(wanted), LARGEST_PAGE) if wanted.isascii() and wanted.isdigit() else 10
        tags = feeds.trending_tags(self.address, self._told.trends()[:most], now)
        return _json(tags, self._told.changed("trends"))

    def _post(self, number: str, _: Mapping[str, str], __: datetime) -> Reply:
        shown = self._told.find(int(number))
        if shown is None:
            return _problem(HTTPStatus.NOT_FOUND, "This post is no longer shown.")
        return Reply(feeds.page(shown), "text/html; charset=utf-8")

    def _story(self, _: str, __: Mapping[str, str], now: datetime) -> Reply:
        told = self._told
        moments = [
            {
                "key": moment.key,
                "title": moment.title,
                "due": None if told.manual else told.due(told.day.second(moment.at)).isoformat(),
                "released": told.released[moment.key].isoformat() if moment.key in told.released else None,
            }
            for moment in told.day.moments
        ]
        facts = {"started": told.start.isoformat(), "now": now.isoformat(), "speed": told.speed, "manual": told.manual}
        return _json({**facts, "moments": moments}, None)


_Answer = Callable[[StoryServer, str, Mapping[str, str], datetime], Reply]
_ROUTES: tuple[tuple[re.Pattern[str], _Answer], ...] = (
    (re.compile(r"/feeds/(?P<name>[a-z-]+)\.rss"), StoryServer._feed),
    (re.compile(r"/trending/rss(?P<name>)"), StoryServer._searches),
    (re.compile(r"/api/v1/timelines/tag/(?P<name>[^/]+)"), StoryServer._timeline),
    (re.compile(r"/api/v1/trends/tags(?P<name>)"), StoryServer._trends),
    (re.compile(r"/posts/(?P<name>[0-9]{1,30})"), StoryServer._post),
    (re.compile(r"/story(?P<name>)"), StoryServer._story),
)


def _page(shown: list[Shown], query: Mapping[str, str]) -> list[Shown]:
    """Newest first, as Mastodon pages: `since_id` gives the newest after it, `min_id` those right after it."""
    limit = max(1, min(int(query.get("limit", USUAL_PAGE)), LARGEST_PAGE))
    if "max_id" in query:
        shown = [one for one in shown if one.number < int(query["max_id"])]
    if "since_id" in query:
        shown = [one for one in shown if one.number > int(query["since_id"])]
    if "min_id" in query:
        return [one for one in shown if one.number > int(query["min_id"])][:limit][::-1]
    return shown[-limit:][::-1]


def _links(base: str, page: list[Shown]) -> str:
    return f'<{base}?max_id={page[-1].number}>; rel="next", <{base}?min_id={page[0].number}>; rel="prev"'


def _json(content: object, changed: datetime | None, *, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(json.dumps(content).encode(), "application/json; charset=utf-8", changed, headers=headers)


def _problem(status: HTTPStatus, sentence: str) -> Reply:
    return Reply(json.dumps({"error": sentence}).encode(), "application/json; charset=utf-8", status=status)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def _unchanged(reply: Reply, none_match: str | None, since: str | None) -> bool:
    """Whether the asker has this already. A tag that was sent decides alone; the date only without one (RFC 9110)."""
    if reply.changed is None:
        return False
    if none_match is not None:
        return none_match.strip() == "*" or _etag(reply.body) in (tag.strip() for tag in none_match.split(","))
    try:
        return since is not None and reply.changed.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _handler_for(story: StoryServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request. Everything that is not HTTP is the story's."""

        timeout = 30

        def do_GET(self) -> None:
            self._send(story.get(self.path))

        def do_POST(self) -> None:
            self._send(story.post(self.path))

        def log_message(self, format: str, *args: object) -> None:
            log.debug(format, *args)

        def _send(self, reply: Reply) -> None:
            unchanged = _unchanged(reply, self.headers["If-None-Match"], self.headers["If-Modified-Since"])
            self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else reply.status)
            if reply.changed is not None:
                self.send_header("ETag", _etag(reply.body))
                self.send_header("Last-Modified", format_datetime(reply.changed, usegmt=True))
            for name, value in (reply.headers or {}).items():
                self.send_header(name, value)
            if not unchanged:
                self.send_header("Content-Type", reply.kind)
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if not unchanged:
                self.wfile.write(reply.body)

    return Handler


def main(arguments: list[str] | None = None) -> int:
    """Serve the day until Ctrl-C or a termination signal. The exit status: 0, or 2 with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m data.sample_day.feed_server", description="Serve the sample day.")
    parser.add_argument("--port", type=int, default=8900, help="loopback port (default 8900; 0 takes a free one)")
    parser.add_argument("--speed", type=float, default=None, help="story seconds for each real second (default 30)")
    parser.add_argument("--manual", action="store_true", help="moments wait for POST /story/advance/MOMENT")
    options = parser.parse_args(arguments)
    try:
        if options.speed is not None and options.speed <= 0:
            raise BadInput("--speed must be above 0.")
        server = StoryServer(load_day(), options.port, options.speed, clock=_real_clock, manual=options.manual)
    except TactError as error:
        return _refuse(error.message)
    except (OSError, OverflowError) as error:
        return _refuse(f"Port {options.port} cannot be used ({error}). Choose another one with --port.")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with server:
        sys.stdout.write(f"{server.address}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


def _real_clock() -> datetime:
    # The one place of this room that reads the clock: it runs as a process of its own, below app/clock.py.
    return datetime.now(UTC)  # noqa: TID251


if __name__ == "__main__":
    sys.exit(main())
