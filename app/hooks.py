"""The address that other programs call: `POST /hooks/<number of the source>`, beside the console's pages.

Here because it is HTTP and nothing else: the body is read under a cap and a deadline, only so many at a time, and only
after its headers; `monitors.receiving` decides. No cookie opens this door and no answer sets one; what counts is the
signature.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.settings import load
from app.wiring import build
from data.errors import StorageError
from monitors.receiving import BUSY, MOST_BYTES, NOBODY, Receiver, Reply

PATH = "/hooks/{source}"
MOST_BODIES = 32  # ours: how many are in memory at a time; what honest senders bring is read in milliseconds
_NUMBER = re.compile(r"[0-9]{1,10}")
MOST_SECONDS = 10.0  # ours: for the whole body, so that nobody keeps a line busy by dripping
TOO_LARGE = Reply(413, {"error": f"A delivery may have {MOST_BYTES // 1024} KB: send its events in several."})
TOO_SLOW = Reply(408, {"error": f"The body took longer than {MOST_SECONDS:g} seconds. Send it again."})
TOO_MANY = Reply(503, {"error": "Too many deliveries come at once. Send it again in some seconds."}, retry_after=5)
NO_JSON = Reply(415, {"error": "Send JSON, and say so: Content-Type: application/json."})


@cache
def _receiver() -> Receiver:
    """This process's own, on the settings of the console that serves it."""
    return build(load()).receiver()


def route(receiver: Callable[[], Receiver] = _receiver) -> Route:
    """The route, for `st.App`. A test brings its own receiver."""

    room = asyncio.Semaphore(MOST_BODIES)

    async def take(request: Request) -> JSONResponse:
        try:
            return _answer(await _reply(request, receiver, room))
        except StorageError:
            return _answer(BUSY)

    return Route(PATH, take, methods=["POST"])


async def _reply(request: Request, receiver: Callable[[], Receiver], room: asyncio.Semaphore) -> Reply:
    written = request.path_params["source"]
    if not _NUMBER.fullmatch(written) or (number := int(written)) >= 2**31:
        return NOBODY
    here = await run_in_threadpool(receiver)
    if (no := await run_in_threadpool(here.turns_away, number, request.headers)) is not None:
        return no
    if request.headers.get("content-type", "").split(";")[0].strip().casefold() != "application/json":
        return NO_JSON
    if room.locked():
        return TOO_MANY  # not: wait, for whoever waits keeps a line open
    async with room:
        body = await _body(request)
        return body if isinstance(body, Reply) else await run_in_threadpool(here.receive, number, request.headers, body)


async def _body(request: Request) -> bytes | Reply:
    """What was sent, or why it was not read to its end."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:12]) > MOST_BYTES:
        return TOO_LARGE
    body = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    return TOO_LARGE
    except TimeoutError:
        return TOO_SLOW
    except ClientDisconnect:
        return TOO_SLOW  # nobody is there to read it
    return bytes(body)


def _answer(reply: Reply) -> JSONResponse:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(reply.retry_after)} if reply.retry_after else {})
    return JSONResponse(dict(reply.said), status_code=reply.status, headers=headers)
