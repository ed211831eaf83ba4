"""The sign-in's cookie: set and cleared by two small routes of our own, because Streamlit can only read cookies.

What Streamlit itself keeps of a sign-in at a provider is cleared by the same routes: only our row counts.

The page hands the fresh token to the browser once, a one-line script posts it back to `/auth/keep`, and that answer
sets a cookie that no script can read and no other site can send. Nothing else in the product runs a script.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from workflow.access import ABSOLUTE

NAME = "tact_sign_in"
WAY = "tact_way"
KEEP, FORGET, TIDY, LEAVE = "/auth/keep", "/auth/forget", "/auth/tidy", "/auth/leave"
# How long somebody may take at a provider and still go on where they were going (ours).
WAY_LIVES = 600
PENDING = "_cookie_script"


def read() -> str | None:
    """The token in the browser's cookie, if it sent one."""
    value = st.context.cookies.get(NAME)
    return str(value) if value else None


def remember(token: str) -> None:
    """After signing in: have the next run of the page give the token to the browser."""
    st.session_state[PENDING] = _script(KEEP, token)


def forget() -> None:
    """After signing out: have the next run of the page clear the browser's cookie."""
    st.session_state[PENDING] = _script(FORGET, "")


def tidy() -> None:
    """After coming back from a provider: have the next run clear what Streamlit keeps of it, thirty days long."""
    st.session_state.setdefault(PENDING, _script(TIDY, ""))


def leave(way: str) -> None:
    """Before somebody goes to a provider: have this run note where they were going (`app.ui.way` has checked it)."""
    st.session_state[PENDING] = st.session_state.get(PENDING, "") + _script(LEAVE, way)


def hand_over() -> None:
    """Draw the pending script, once."""
    script = st.session_state.pop(PENDING, None)
    if script:
        st.html(script, unsafe_allow_javascript=True)


def _script(path: str, body: str) -> str:
    # Token and way are our own, of harmless characters; json.dumps is what makes them a literal.
    return f"<script>fetch({json.dumps(path)}, {{method: 'POST', body: {json.dumps(body)}}})</script>"


async def _keep(request: Request) -> Response:
    token = (await request.body()).decode("ascii", "ignore")
    if not _same_origin(request) or not 20 <= len(token) <= 100:
        return Response(status_code=403)
    answer = Response(status_code=204)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    age = int(ABSOLUTE.total_seconds())
    _clear_the_providers(request, answer)
    answer.delete_cookie(WAY, path="/", httponly=True, samesite="strict")
    answer.set_cookie(NAME, token, max_age=age, httponly=True, samesite="strict", secure=secure, path="/")
    return answer


async def _forget(request: Request) -> Response:
    if not _same_origin(request):
        return Response(status_code=403)
    answer = Response(status_code=204)
    answer.delete_cookie(NAME, path="/", httponly=True, samesite="strict")
    _clear_the_providers(request, answer)
    return answer


async def _leave(request: Request) -> Response:
    way = (await request.body()).decode("ascii", "ignore")
    if not _same_origin(request) or not 1 <= len(way) <= 120:
        return Response(status_code=403)
    answer = Response(status_code=204)
    answer.set_cookie(WAY, way, max_age=WAY_LIVES, httponly=True, samesite="strict", path="/")
    return answer


async def _tidy(request: Request) -> Response:
    if not _same_origin(request):
        return Response(status_code=403)
    answer = Response(status_code=204)
    _clear_the_providers(request, answer)
    return answer


def _clear_the_providers(request: Request, answer: Response) -> None:
    """Streamlit's cookies with what the provider said: in parts where that was long."""
    for name in request.cookies:
        if name.startswith(USER_COOKIE_NAME):
            answer.delete_cookie(name, path="/", httponly=True, samesite="lax")


def _same_origin(request: Request) -> bool:
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host")


_DOES = {KEEP: _keep, FORGET: _forget, TIDY: _tidy, LEAVE: _leave}
ROUTES = [Route(path, do, methods=["POST"]) for path, do in _DOES.items()]
