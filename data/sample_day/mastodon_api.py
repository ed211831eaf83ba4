"""What the sample day's Mastodon server answers to each request: its addresses, who may ask, and which entity returns.

The subset of docs.joinmastodon.org/methods that a channel needs. Called under the server's lock, with the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from http import HTTPStatus

from data.sample_day import mastodon_shapes as shapes
from data.sample_day.mastodon_limits import Limits, refusal
from data.sample_day.mastodon_shapes import Json
from data.sample_day.mastodon_wall import ApiError, Person, Status, Wall, Wanted
from data.sample_day.mastodon_wire import Answer, Asked

LARGEST_PAGE = 40
USUAL_PAGE = 20
NO_TOKEN = ApiError(401, "The access token is invalid")


@dataclass(frozen=True)
class Server:
    """All that an answer is made of."""

    wall: Wall
    tokens: Mapping[str, Person]
    base: str
    skew: timedelta
    now: datetime
    limits: Limits


def answer(server: Server, asked: Asked) -> Answer:
    """The answer to one request, rate limit included."""
    try:
        person = _who(server, asked)
        spent, headers = server.limits.count(person.id if person else "", asked, server.now, server.skew)
        if spent:
            return refusal(headers)
        reply = _answered(server, asked, person)
    except ApiError as error:
        return Answer.json({"error": error.error}, error.status)
    return replace(reply, headers={**reply.headers, **headers})


def _answered(server: Server, asked: Asked, person: Person | None) -> Answer:
    try:
        for method, pattern, public, do in _ROUTES:
            found = pattern.fullmatch(asked.path)
            if found is None or asked.method != method:
                continue
            if person is None and not public:
                raise NO_TOKEN
            return do(server, asked, person or _NOBODY, found["id"] if "id" in pattern.groupindex else "")
        raise ApiError(404, "Not Found")
    except ApiError as error:
        return Answer.json({"error": error.error}, error.status)


def _who(server: Server, asked: Asked) -> Person | None:
    """Whose token it is; None without one. A wrong one is refused even where none is needed."""
    scheme, _, token = asked.header("Authorization").partition(" ")
    if not scheme:
        return None
    person = server.tokens.get(token.strip()) if scheme.casefold() == "bearer" else None
    if person is None:
        raise NO_TOKEN
    return person


_NOBODY = Person("", "", "", datetime(2026, 1, 1, tzinfo=UTC))


def _post(server: Server, asked: Asked, person: Person, _: str) -> Answer:
    wanted = Wanted(
        text=asked.text("status"),
        in_reply_to=asked.text("in_reply_to_id") or None,
        quoted=asked.text("quoted_status_id") or None,
        pictures=asked.every("media_ids"),
        visibility=asked.text("visibility", "public"),
        language=asked.text("language", "en"),
        scheduled_at=_instant(asked.text("scheduled_at")),
    )
    made = server.wall.post(person, wanted, asked.header("Idempotency-Key"), server.now)
    if isinstance(made, Status):
        return Answer.json(_status(server, made))
    at = made.scheduled_at or server.now
    return Answer.json(shapes.scheduled(len(server.wall.scheduled), {"text": made.text}, at))


def _instant(said: str) -> datetime | None:
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError as error:
        raise ApiError(422, "Validation failed: Scheduled at is invalid") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _status(server: Server, one: Status) -> Json:
    quoted = server.wall.find(one.quoted, server.now) if one.quoted else None
    inner = _status(server, quoted) if quoted else None
    person = shapes.account(one.person, server.base, len(server.wall.of(one.person.id)))
    figures = server.wall.numbers(one, server.now)
    return shapes.status(one, figures, person, server.base, server.now, server.skew, inner)


def _get(server: Server, _: Asked, __: Person, status_id: str) -> Answer:
    found = server.wall.find(status_id, server.now)
    if found is None:
        raise ApiError(404, "Record not found")
    return Answer.json(_status(server, found))


def _delete(server: Server, _: Asked, person: Person, status_id: str) -> Answer:
    told = _status(server, server.wall.own(person, status_id))
    gone = server.wall.delete(person, status_id)
    del told["content"]
    return Answer.json({**told, "text": gone.text})


def _edit(server: Server, asked: Asked, person: Person, status_id: str) -> Answer:
    return Answer.json(_status(server, server.wall.edit(person, status_id, asked.text("status"), server.now)))


def _source(server: Server, _: Asked, person: Person, status_id: str) -> Answer:
    found = server.wall.own(person, status_id)
    return Answer.json({"id": found.id, "text": found.text, "spoiler_text": ""})


def _context(server: Server, _: Asked, __: Person, status_id: str) -> Answer:
    found = server.wall.find(status_id, server.now)
    if found is None:
        raise ApiError(404, "Record not found")
    above = [_status(server, one) for one in server.wall.above(found, server.now)]
    below = [_status(server, one) for one in server.wall.below(found, server.now)]
    return Answer.json({"ancestors": above, "descendants": below})


def _upload(server: Server, asked: Asked, person: Person, _: str) -> Answer:
    file = asked.files.get("file")
    if file is None:
        raise ApiError(422, "Validation failed: File can't be blank")
    made = server.wall.upload(person, file.mime, file.content, asked.text("description"), server.now)
    status = HTTPStatus.ACCEPTED if server.now < made.ready_at else HTTPStatus.OK
    return Answer.json(shapes.attachment(made, server.base, server.now), status)


def _picture(server: Server, _: Asked, person: Person, picture_id: str) -> Answer:
    found = server.wall.pictures.get(picture_id)
    if found is None or found.owner != person.id:
        raise ApiError(404, "Record not found")
    status = HTTPStatus.PARTIAL_CONTENT if server.now < found.ready_at else HTTPStatus.OK
    return Answer.json(shapes.attachment(found, server.base, server.now), status)


def _me(server: Server, _: Asked, person: Person, __: str) -> Answer:
    told = shapes.account(person, server.base, len(server.wall.of(person.id)))
    return Answer.json({**told, "source": {"privacy": "public", "sensitive": False, "language": "en"}})


def _statuses_of(server: Server, asked: Asked, _: Person, person_id: str) -> Answer:
    found = server.wall.of(person_id)
    for name, keep in _PAGING.items():
        if bound := asked.text(name):
            found = [one for one in found if keep(int(one.id), _number(bound))]
    limit = max(1, min(_number(asked.text("limit", str(USUAL_PAGE))), LARGEST_PAGE))
    page = found[-limit:] if asked.text("min_id") else found[:limit]
    return Answer.json([_status(server, one) for one in page])


_PAGING: dict[str, Callable[[int, int], bool]] = {
    "max_id": lambda one, bound: one < bound,
    "since_id": lambda one, bound: one > bound,
    "min_id": lambda one, bound: one > bound,
}


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() else 0


def _search(server: Server, asked: Asked, _: Person, __: str) -> Answer:
    found = server.wall.by_address(asked.text("q").strip(), asked.flag("resolve"), server.base, server.now)
    return Answer.json({"accounts": [], "statuses": [_status(server, found)] if found else [], "hashtags": []})


def _instance(server: Server, _: Asked, __: Person, ___: str) -> Answer:
    return Answer.json(shapes.instance(server.base, "Sample day"))


def _page(server: Server, _: Asked, __: Person, status_id: str) -> Answer:
    """A status as a page, for a browser."""
    found = server.wall.find(status_id, server.now)
    if found is None:
        raise ApiError(404, "Record not found")
    figures = server.wall.numbers(found, server.now)
    below = "".join(
        f"<li><b>@{escape(one.person.username)}</b> {shapes.html(one.text, server.base)}</li>"
        for one in server.wall.below(found, server.now)
    )
    body = (
        f'<!doctype html><meta charset="utf-8"><title>@{escape(found.person.username)}</title>'
        f"<h1>{escape(found.person.display_name)}</h1>{shapes.html(found.text, server.base)}"
        f"<p>{figures.likes} favourites, {figures.shares} boosts, {figures.quotes} quotes</p><ul>{below}</ul>"
    )
    return Answer(HTTPStatus.OK, body.encode(), "text/html; charset=utf-8")


_Do = Callable[[Server, Asked, Person, str], Answer]
_STATUS = r"/api/v1/statuses/(?P<id>[0-9]+)"
# Method, address, whether it needs no token, what is done.
_ROUTES: tuple[tuple[str, re.Pattern[str], bool, _Do], ...] = (
    ("POST", re.compile(r"/api/v1/statuses"), False, _post),
    ("GET", re.compile(_STATUS), True, _get),
    ("DELETE", re.compile(_STATUS), False, _delete),
    ("PUT", re.compile(_STATUS), False, _edit),
    ("GET", re.compile(_STATUS + "/source"), False, _source),
    ("GET", re.compile(_STATUS + "/context"), True, _context),
    ("POST", re.compile(r"/api/v2/media"), False, _upload),
    ("GET", re.compile(r"/api/v1/media/(?P<id>[0-9]+)"), False, _picture),
    ("GET", re.compile(r"/api/v1/accounts/verify_credentials"), False, _me),
    ("GET", re.compile(r"/api/v1/accounts/(?P<id>[0-9]+)/statuses"), True, _statuses_of),
    ("GET", re.compile(r"/api/v2/search"), False, _search),
    ("GET", re.compile(r"/api/v2/instance"), True, _instance),
    ("GET", re.compile(r"/@[^/]+/(?P<id>[0-9]+)"), True, _page),
)
