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
KEEP, FORGET, TIDY = "/auth/keep", "/auth/forget", "/auth/tidy"
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


def hand_over() -> None:
    """Draw the pending script, once."""
    script = st.session_state.pop(PENDING, None)
    if script:
        st.html(script, unsafe_allow_javascript=True)


def _script(path: str, body: str) -> str:
    # The token is our own, of URL-safe characters; json.dumps is what makes it a literal.
    return f"<script>fetch({json.dumps(path)}, {{method: 'POST', body: {json.dumps(body)}}})</script>"


async def _keep(request: Request) -> Response:
    token = (await request.body()).decode("ascii", "ignore")
    if not _same_origin(request) or not 20 <= len(token) <= 100:
        return Response(status_code=403)
    answer = Response(status_code=204)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    age = int(ABSOLUTE.total_seconds())
    _clear_the_providers(request, answer)
    answer.set_cookie(NAME, token, max_age=age, httponly=True, samesite="strict", secure=secure, path="/")
    return answer


async def _forget(request: Request) -> Response:
    if not _same_origin(request):
        return Response(status_code=403)
    answer = Response(status_code=204)
    answer.delete_cookie(NAME, path="/", httponly=True, samesite="strict")
    _clear_the_providers(request, answer)
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


ROUTES = [Route(path, do, methods=["POST"]) for path, do in ((KEEP, _keep), (FORGET, _forget), (TIDY, _tidy))]
