"""Web addresses as they may be shown and handed on: some services put a key into theirs.

On the lowest floor because every floor above writes addresses somewhere: cards, links, events, exports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
# What an address is written in: no blanks, no control or direction marks.
_WEB = re.compile(r"https?://[^\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\\<>\"]+", re.IGNORECASE)
_END = re.compile(r"[/?#]")


def bare(address: str) -> str:
    """Scheme, host and path: without name and password, query and fragment."""
    scheme, rest = _parted(address)
    host, path = rest[: _host_ends(rest)], rest[_host_ends(rest) :]
    return scheme + host.rpartition("@")[2] + re.split(r"[?#]", path, maxsplit=1)[0]


def names_somebody(text: object) -> bool:
    """Whether a setting is an address with a user name or a password in it."""
    if not isinstance(text, str):
        return False
    scheme, rest = _parted(text)
    before, at, _ = rest[: _host_ends(rest)].rpartition("@")
    return bool(at) and bool(scheme or ":" in before)


def is_web_address(text: str) -> bool:
    """Whether this is an http(s) address with a host, and nothing in it names somebody or hides."""
    if not _WEB.fullmatch(text) or names_somebody(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a bracketed host that is none
        return False


def bare_within(value: Any) -> Any:
    """Settings or what is said of them, with every address in them made bare."""
    if isinstance(value, Mapping):
        return {key: bare_within(one) for key, one in value.items()}
    if isinstance(value, list):
        return [bare_within(one) for one in value]
    is_address = isinstance(value, str) and (_SCHEME.match(value.strip()) or names_somebody(value))
    return bare(value) if is_address else value


def _parted(address: str) -> tuple[str, str]:
    address = address.strip()
    found = _SCHEME.match(address)
    return (found[0], address[found.end() :]) if found else ("", address)


def _host_ends(rest: str) -> int:
    found = _END.search(rest)
    return found.start() if found else len(rest)
