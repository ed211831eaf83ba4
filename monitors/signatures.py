"""Is a delivery from whom it says, unaltered, and of now? Pure: the key and the clock are handed in.

The convention is that of the Standard Webhooks specification, so that a sender can use a ready-made library:
HMAC-SHA256 over identifier, time and raw body. The identifier is under the signature, or a captured delivery could be
sent again under another name. https://www.standardwebhooks.com
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.errors import Refused

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
# How far a sender's clock and ours may be apart, and how long a captured delivery is worth anything.
WINDOW = timedelta(minutes=5)
PREFIX = "whsec_"
KEY_BYTES = 32
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


def new_key() -> str:
    """A fresh key, as a sender writes it down."""
    return PREFIX + b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


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


def sign(key: str, delivery_id: str, seconds: str, body: bytes) -> str:
    """The signature in base64, without its version."""
    signed = f"{delivery_id}.{seconds}.".encode() + body
    return b64encode(hmac.new(_raw(key), signed, hashlib.sha256).digest()).decode("ascii")


def _raw(key: str) -> bytes:
    try:
        return b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a signing key that is none") from error


def _instant(seconds: str) -> datetime:
    if not _SECONDS.fullmatch(seconds):
        raise Refused(f"{TIMESTAMP} must be a whole number of seconds since 1970.", ("bad_time",))
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(f"{TIMESTAMP} is beyond the calendar.", ("bad_time",)) from error
