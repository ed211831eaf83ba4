"""A call to somebody else's program that carries the post: for schedulers and websites that have no channel here.

Signed like everything that goes to or comes from programs (data.signing, docs/webhook.md). The name of the delivery is
the post's key, the same at every attempt, and whoever receives has to know a name again for a day: on that promise of
theirs rests that a repeated delivery makes no second post. What has to come down is told in a delivery of its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from data.errors import BadInput, ChannelError
from data.signing import raw, signed
from publishing.channels import Account, Channel, Outgoing, Published, Receipt, Setting
from publishing.channels._addresses import base_address
from publishing.channels._http import Judge, ask
from publishing.door import Door
from publishing.trouble import Declined, Gone, Unsure

SCHEMA = "tact-post/1"
# All files of a post together; more does not belong into one call (ours).
MOST_BYTES = 8_000_000
# For as long the receiver is asked to remember a delivery's name (ours).
REMEMBERED = timedelta(days=1)


class Webhook(Channel):
    """One receiver."""

    idempotent = True
    repeatable_for = REMEMBERED

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._url = base_address(account.config, "address")
        self._key = _usable(account.secrets.get("key", ""))
        self._door = door

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Deliver the post. Where the answer names an address (`{"address": "https://…"}`), it is the post's."""
        told = _told(outgoing)
        files = [
            {**one, "content": base64.b64encode(file.content).decode("ascii")}
            for one, file in zip(told["media"], outgoing.media, strict=True)
        ]
        if sum(len(one.content) for one in outgoing.media) > MOST_BYTES:
            raise Declined(f"The files are too large for a call: {MOST_BYTES // 1_000_000} MB together are the most.")
        said = self._deliver(f"post-{outgoing.key}", {**told, "kind": "post", "media": files})
        return Receipt(_address(said) or f"webhook:{outgoing.key}", told)

    def delete(self, published: Published) -> None:
        """Tell that it has to come down. 410 means that it is gone already; 404 may as well be a wrong address."""
        body = {"schema": SCHEMA, "kind": "delete", "key": published.key, "address": published.address}
        try:
            self._deliver(f"delete-{published.key}", body, _judge_deletion)
        except Gone:
            return

    def check(self) -> str:
        """A delivery that asks for nothing."""
        self._deliver(f"ping-{int(self._door.now().timestamp())}", {"schema": SCHEMA, "kind": "ping"})
        return "The receiver answered, and took our signature."

    def _deliver(self, name: str, body: Mapping[str, Any], judge: Judge | None = None) -> Any:
        packed = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signed(self._key, name, str(int(self._door.now().timestamp())), packed)
        with self._door.client() as client:
            reply = ask(
                client,
                self.label,
                "POST",
                self._url,
                headers={**headers, "Content-Type": "application/json"},
                content=packed,
                judge=judge or _judge,
            )
            try:
                return reply.json()
            except ValueError:
                return None  # taken, and nothing said: most receivers have nothing to say


class _Webhook:
    kind = "webhook"
    label = "Call to another program"
    platforms: tuple[str, ...] = ()
    settings = (
        Setting(
            "address", "Address", "address", True, "Where posts are delivered, for example https://example.com/in."
        ),
        Setting(
            "key",
            "Signing key",
            "secret",
            True,
            "The key that both sides have: whsec_ and 32 bytes in base64. The receiver checks each delivery with it.",
        ),
    )

    def check(self, config: Mapping[str, object]) -> None:
        base_address(config, "address")
        if config.get("key"):
            _usable(str(config["key"]))

    def open(self, account: Account, door: Door) -> Webhook:
        return Webhook(account, door)


KIND = _Webhook()


def _usable(key: str) -> str:
    try:
        if len(raw(key.strip())) >= 16:
            return key.strip()
    except ValueError:
        pass  # not base64 at all: said below, in the same words
    raise BadInput("The signing key cannot be used: write whsec_ and at least 16 bytes in base64.")


def _judge(reply: httpx.Response) -> ChannelError | None:
    """Many programs answer what they have taken by sending the caller on to a page."""
    if reply.status_code not in (302, 303):
        return None
    said = "The receiver sends us on instead of saying yes (2xx): see there whether it took the delivery."
    return Unsure(said, f"HTTP {reply.status_code} to {reply.headers.get('location', '')[:200]}")


def _judge_deletion(reply: httpx.Response) -> ChannelError | None:
    """As ever; and a 404 is a way that is not there, so nothing was taken down."""
    if reply.status_code == 404:
        return Declined("The receiver has nothing at this address: check it on the Channels page.", "HTTP 404")
    return _judge(reply)


def _told(outgoing: Outgoing) -> dict[str, Any]:
    """The post as its receiver reads it, without the files' bytes."""
    return {
        "schema": SCHEMA,
        "key": outgoing.key,
        "platform": outgoing.platform,
        "at": outgoing.at.isoformat(),
        "text": outgoing.text,
        "links": list(outgoing.links),
        "media": [
            {
                "name": one.name,
                "mime": one.mime,
                "alt_text": one.alt_text,
                "sha256": hashlib.sha256(one.content).hexdigest(),
            }
            for one in outgoing.media
        ],
        "content_hash": outgoing.content_hash,
    }


def _address(said: Any) -> str:
    found = said.get("address") if isinstance(said, Mapping) else None
    return found[:1000] if isinstance(found, str) and found.startswith(("https://", "http://")) else ""
