"""Is a delivery from whom it says, unaltered, and of now? Pure: the key and the clock are handed in.

The convention is `data.signing`, so that a sender can use a ready-made library.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.errors import Refused
from data.signing import ID, SIGNATURE, TIMESTAMP, sign

# How far a sender's clock and ours may be apart, and how long a captured delivery is worth anything.
WINDOW = timedelta(minutes=5)
MOST_SIGNATURES = 5  # a sender that changes its key signs with both
# No dot: it parts the three that are signed, and two ways to part the same letters would be two deliveries.
_IDENTIFIER = re.compile(r"[!-\-/-~]{1,200}")
_SIGNATURES = re.compile(r"[!-~]{2,200}( +[!-~]{2,200}){0,20}")  # other versions may stand beside ours
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class Signed:
    """What an authentic delivery says of itself."""

    delivery_id: str
    sent_at: datetime


def check(headers: Mapping[str, str], body: bytes, keys: Sequence[str], now: datetime) -> Signed:
    """Who sent it and when. `headers` have names in lower case. Refused with the reason: the time comes first."""
    said = claimed(headers, now)
    name, seconds = headers[ID], headers[TIMESTAMP]
    given = headers[SIGNATURE].split()[:MOST_SIGNATURES]
    right = [f"v1,{sign(key, name, seconds, body)}".encode() for key in keys]
    if not any([hmac.compare_digest(one.encode(), mine) for one in given for mine in right]):  # all of them, always
        raise Refused(
            f"{SIGNATURE} does not fit: sign identifier, timestamp and the raw body with the source's key.",
            ("bad_signature",),
        )
    return said


def claimed(headers: Mapping[str, str], now: datetime) -> Signed:
    """What the headers say, which nothing proves yet: reason enough to read the body, or Refused."""
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not headers.get(name)]
    if missing:
        raise Refused(f"The header {missing[0]} is missing.", ("header_missing",))
    name, seconds = headers[ID], headers[TIMESTAMP]
    if not _IDENTIFIER.fullmatch(name):
        raise Refused(f"{ID} must be one word of up to 200 letters, digits and signs, without a dot.", ("bad_id",))
    sent_at = _instant(seconds)
    if abs(now - sent_at) > WINDOW:
        late = "old" if sent_at < now else "far ahead"
        raise Refused(f"{TIMESTAMP} is too {late}: it may be 5 minutes off our clock. Sign it anew.", ("bad_time",))
    if not _SIGNATURES.fullmatch(headers[SIGNATURE]):
        raise Refused(f"{SIGNATURE} must be v1, a comma and the signature in base64.", ("bad_signature",))
    return Signed(name, sent_at)


def _instant(seconds: str) -> datetime:
    if not _SECONDS.fullmatch(seconds):
        raise Refused(f"{TIMESTAMP} must be a whole number of seconds since 1970.", ("bad_time",))
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(f"{TIMESTAMP} is beyond the calendar.", ("bad_time",)) from error
