"""What a server says about when to come again: `Retry-After`, HTTP dates, `Cache-Control`.

Pure, and apart from `fetch.py` so that every odd spelling can be tried without a socket.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MOST_PATIENCE = timedelta(hours=24)
_AN_INSTANT = 10**8  # more seconds than anybody asks for: then it counts from 1970


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long the server asks us to stay away: seconds or a date, between 0 and 24 hours; None if unsaid or absurd.

    A date is measured against the server's own `Date` where it tells one, so that its clock need not be ours.
    """
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:12]), int(MOST_PATIENCE.total_seconds())))
    until = http_date(said)
    if until is None:
        return None
    return max(timedelta(0), min(until - (http_date(headers.get("date", "")) or now), MOST_PATIENCE))


def quota_wait(headers: Mapping[str, str], now: datetime, needed: float = 1.0) -> timedelta | None:
    """How long until an allowance that is used up is renewed, at most 24 hours; None while `needed` requests are left.

    Servers spell it in two ways, and tell the renewal in seconds, as an instant since 1970, or as a date.
    """
    for name in ("x-ratelimit", "x-rate-limit"):
        left, reset = headers.get(f"{name}-remaining", ""), headers.get(f"{name}-reset", "").strip()
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", left) and float(left) < needed:
            wait = _until(reset, now)
            return None if wait is None else max(timedelta(0), min(wait, MOST_PATIENCE))
    return None


def _until(reset: str, now: datetime) -> timedelta | None:
    if re.fullmatch(r"[0-9]{1,11}(\.[0-9]+)?", reset):
        seconds = float(reset)
        return timedelta(seconds=seconds if seconds < _AN_INSTANT else seconds - now.timestamp())
    try:
        at = datetime.fromisoformat(reset)
        return at - now if at.tzinfo else None
    except ValueError:
        return None


def http_date(text: str) -> datetime | None:
    """An HTTP date in UTC, None where there is none."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def max_age(cache_control: str) -> timedelta | None:
    """How long a cache may keep the answer, at most 24 hours; None where it is not said."""
    for part in cache_control.split(","):
        name, _, value = part.strip().partition("=")
        value = value.strip('"')
        if name.casefold() == "max-age" and value.isascii() and value.isdigit():
            return timedelta(seconds=min(int(value[:12]), int(MOST_PATIENCE.total_seconds())))
    return None
