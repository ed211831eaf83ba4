"""What a Bluesky post consists of: its key, its record, and the addresses by which people and servers name it.

Apart from the channel because nothing here asks anybody: bytes and words in, plain JSON out. The shapes are those of
the published lexicons (app.bsky.feed.post and its embeds).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

from publishing.channels import OutgoingMedia

POSTS = "app.bsky.feed.post"
MOST_PICTURES = 4

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESS = re.compile(
    r"https://[a-z0-9.-]+/profile/(?P<actor>[a-zA-Z0-9.:_-]+)/post/(?P<rkey>[a-zA-Z0-9._:~-]{1,512})/?"
)
_URI = re.compile(r"at://(?P<actor>[a-zA-Z0-9.:_-]+)/app\.bsky\.feed\.post/(?P<rkey>[a-zA-Z0-9._:~-]{1,512})")


class Named(NamedTuple):
    """A post as its address names it: by handle or identifier of the account, and the record's key."""

    actor: str
    rkey: str


class Ref(NamedTuple):
    """A record as records refer to each other: where, and which bytes."""

    uri: str
    cid: str

    def json(self) -> dict[str, str]:
        return {"uri": self.uri, "cid": self.cid}


def tid(at: datetime, key: str) -> str:
    """A record key for a post begun at `at`: 13 letters that sort by time.

    A TID has 53 bits of microseconds and 10 bits of who made it. Ours are true to the second only: the rest comes from
    the post's own key, so that two posts of one instant differ without anybody rolling dice.
    """
    noise = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    microseconds = (at - timedelta(seconds=2) - _EPOCH) // timedelta(microseconds=1)
    number = ((microseconds >> 20 << 20 | noise >> 12) << 10) | (noise & 0x3FF)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def moment(at: datetime) -> str:
    """An instant as records write it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def named(address: str) -> Named | None:
    """From an address in a browser (https://bsky.app/profile/…/post/…) or an at:// address; None for anything else."""
    bare = re.split(r"[?#]", address.strip(), maxsplit=1)[0]
    found = _ADDRESS.fullmatch(bare) or _URI.fullmatch(bare)
    return Named(found["actor"], found["rkey"]) if found else None


def address_of(did: str, rkey: str) -> str:
    """Where people see a post. By the account's identifier, which stays when its handle changes."""
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def address_of_uri(uri: str) -> str:
    """The same, of an at:// address; the address itself where it is no post."""
    found = named(uri)
    return address_of(*found) if found else uri


def record(
    text: str, created_at: str, facets: Sequence[Mapping[str, Any]], reply: Mapping[str, Any] | None, embed: object
) -> dict[str, Any]:
    """The post itself."""
    found: dict[str, Any] = {"$type": POSTS, "text": text, "createdAt": created_at}
    if facets:
        found["facets"] = list(facets)
    if reply is not None:
        found["reply"] = dict(reply)
    if embed is not None:
        found["embed"] = embed
    return found


def reply_to(parent: Ref, parents_record: Mapping[str, Any]) -> dict[str, Any]:
    """Whom a reply answers, and the post at which that conversation began."""
    above = parents_record.get("reply")
    root = above.get("root") if isinstance(above, Mapping) else None
    return {"root": dict(root) if isinstance(root, Mapping) else parent.json(), "parent": parent.json()}


def embed(pictures: Sequence[Mapping[str, Any]], quoted: Ref | None) -> dict[str, Any] | None:
    """Pictures, somebody's post, both or neither."""
    images = {"$type": "app.bsky.embed.images", "images": list(pictures)} if pictures else None
    quote = {"$type": "app.bsky.embed.record", "record": quoted.json()} if quoted else None
    if images and quote:
        return {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": images}
    return images or quote


def picture(one: OutgoingMedia, blob: Mapping[str, Any]) -> dict[str, Any]:
    """An uploaded picture with what it shows, and its shape so that no page jumps while it loads."""
    found: dict[str, Any] = {"alt": one.alt_text, "image": dict(blob)}
    size = _size(one.content)
    if size is not None:
        found["aspectRatio"] = {"width": size[0], "height": size[1]}
    return found


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height from a picture's header, without opening the picture."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            return opened.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
