"""What exactly was agreed: the content of a post and its SHA-256, to which signatures and the schedule are bound.

Here, because the draft page, the approval and the publisher must compute the same value from the same parts.
Text is hashed exactly as it will be sent, byte for byte: two spellings that look alike are two contents, since an
approver agreed to the one on the screen and a platform counts and cuts bytes. Where a picture came from is not part
of what is sent; the gate looks at that by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from data.errors import BadInput

FORMAT = 2
"""Part of the hash. It changes when the meaning of a field does, so that no old signature covers new content."""


@dataclass(frozen=True)
class Media:
    """One file of a post. `sha256` is over its bytes as they will be sent."""

    sha256: str
    kind: str
    alt_text: str = ""


@dataclass(frozen=True)
class Content:
    """A post as it would be sent, and where and when. `planned_for` None: as soon as it is agreed.

    `regions` is a set in meaning (order does not count); links and media keep their order. `answering` is the post that
    this one replies to or quotes: which of the two, and its address.
    """

    channel: str
    text: str
    links: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    regions: tuple[str, ...] = ()
    topic: str | None = None
    planned_for: datetime | None = None
    zone: str = "UTC"
    reactive: bool = True
    promotional: bool = True
    template: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    answering: tuple[str, str] | None = None


def content_hash(content: Content) -> str:
    """64 hexadecimal digits over every field. `BadInput` for text that cannot be sent as UTF-8."""
    return hashlib.sha256(canonical(_fields(content))).hexdigest()


def canonical(fields: Mapping[str, object]) -> bytes:
    """JSON with sorted keys and no spaces, as UTF-8: equal fields give equal bytes, whatever their order."""
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            "The text holds half of a character that no platform can show. Retype the last emoji or symbol.",
            str(error),
        ) from error


def _fields(content: Content) -> dict[str, object]:
    # Left out where there is none, as every hash did before posts could answer: old signatures keep their meaning.
    answers = {"answering": list(content.answering)} if content.answering is not None else {}
    return answers | {
        "format": FORMAT,
        "channel": content.channel,
        "text": content.text,
        "links": list(content.links),
        "media": [{"sha256": one.sha256, "kind": one.kind, "alt_text": one.alt_text} for one in content.media],
        # A hold covers a post by its topic and regions: changing them must cost the signatures, too.
        "regions": sorted(set(content.regions)),
        "topic": content.topic,
        "planned_for": _instant(content.planned_for),
        "zone": content.zone,
        # The gate and the judge treat posts differently by these, and signers read a template's evidence fields:
        # a signature is for these, too.
        "reactive": content.reactive,
        "promotional": content.promotional,
        "template": content.template,
        "fields": sorted(list(pair) for pair in content.fields),
    }


def _instant(at: datetime | None) -> str | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError(f"an instant without a time zone: {at!r}")
    return at.astimezone(UTC).isoformat()
