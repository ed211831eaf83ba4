"""How a delivery is signed: the convention of the Standard Webhooks specification, one key for both sides.

On the lowest floor because what comes in is checked by it (monitors.signatures) and what goes out is signed by it
(the calls, the webhook channel). HMAC-SHA256 over identifier, time and raw body; the identifier is under the
signature, or a captured delivery could be sent again under another name. https://www.standardwebhooks.com
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
KEY_BYTES = 32


def new_key() -> str:
    """A fresh key, as a sender writes it down."""
    return PREFIX + b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def signed(key: str, delivery_id: str, seconds: str, body: bytes) -> dict[str, str]:
    """The three headers of a delivery."""
    return {ID: delivery_id, TIMESTAMP: seconds, SIGNATURE: f"v1,{sign(key, delivery_id, seconds, body)}"}


def sign(key: str, delivery_id: str, seconds: str, body: bytes) -> str:
    """The signature in base64, without its version. ValueError for a key that is none."""
    said = f"{delivery_id}.{seconds}.".encode() + body
    return b64encode(hmac.new(raw(key), said, hashlib.sha256).digest()).decode("ascii")


def raw(key: str) -> bytes:
    """The key's bytes. ValueError where it is none."""
    try:
        return b64decode(key.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a signing key that is none") from error
