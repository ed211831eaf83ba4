"""Where somebody was going when the provider took their tab: a link that was followed still leads there.

A provider sends everybody back to the front door. So the sign-in page leaves a note in a cookie of ours: the name of
one of our pages and numbers behind it, nothing else, since both are written and read back as if a stranger had.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from app.ui import cookie

_WAY = re.compile(r"[a-z_]{1,20}(?:\?[a-z_]{1,20}=[0-9]{1,9}(?:&[a-z_]{1,20}=[0-9]{1,9}){0,3})?")
_NOTED, _FOUND = "_way_noted", "_way_found"


def note() -> None:
    """On the sign-in page: keep in the browser which page this is."""
    # The address that Streamlit knows ends before the question mark.
    way = plain(urlsplit(st.context.url or "").path, st.query_params.to_dict())
    if way and st.session_state.get(_NOTED) != way:
        cookie.leave(way)
        st.session_state[_NOTED] = way


def plain(path: str, query: Mapping[str, str]) -> str:
    """The way as it is kept; empty for an address that is none of our pages with numbers behind it."""
    way = path.strip("/") + (f"?{urlencode(query)}" if query else "")
    return way if _WAY.fullmatch(way) else ""


def take_up() -> None:
    """Somebody has come back: they go on where they were going."""
    way = st.context.cookies.get(cookie.WAY, "")
    if _WAY.fullmatch(way):
        st.session_state[_FOUND] = way


def found() -> tuple[str, dict[str, str]] | None:
    """The page and what stands behind its question mark, once."""
    way = st.session_state.pop(_FOUND, None)
    if way is None:
        return None
    page, _, query = way.partition("?")
    return page, dict(parse_qsl(query))
