"""Opening a picture from outside: in a process of its own that may die of it (`workflow.picture_child`).

A picture is added a few times a day, so each gets a fresh child, and nothing of one file is left for the next.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from data.children import Child
from data.errors import BadInput
from workflow.rules.media import MOST_BYTES, type_of

SECONDS = 30.0
_CHILD = "workflow.picture_child"
# Not the console's environment: a decoder that somebody took over should find no keys there.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
_TYPES = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "WEBP": "webp"}


@dataclass(frozen=True)
class Picture:
    """A picture as it would be sent. `given_sha256` is of the file as it was handed in.

    `looks` is kept; `turned` is how it would look turned and mirrored, for one question: whether it is a refused one.
    """

    content: bytes
    sha256: str
    given_sha256: str
    mime: str
    width: int
    height: int
    looks: tuple[str, ...]
    turned: tuple[str, ...]
    remark: str


def opened(given: bytes, seconds: float = SECONDS) -> Picture:
    """The picture made anew. BadInput, in a sentence that says what to do, for what is none or cannot be opened."""
    type_of(given)  # most mistakes are told without a process
    head, content = _made(given, seconds)
    if type_of(content) != head["type"]:
        raise BadInput(_BROKEN, cause="the child answered with something else than it said")
    return Picture(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        given_sha256=hashlib.sha256(given).hexdigest(),
        mime=f"image/{head['type'].lower()}",
        width=int(head["width"]),
        height=int(head["height"]),
        looks=tuple(str(one) for one in head["looks"]),
        turned=tuple(str(one) for one in head["turned"]),
        remark=str(head["remark"]),
    )


_BROKEN = (
    "The picture cannot be opened: it is damaged, cut off, or built to do harm. Open it on your computer and save it "
    "anew as JPEG or PNG, then add that."
)


def _made(given: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
    child = Child(_CHILD, _ENVIRONMENT)
    try:
        answers = child.exchange((given,), seconds, MOST_BYTES, answers=2)
    finally:
        status = child.end(patience=0.5)
    if len(answers) < 2:
        raise BadInput(_BROKEN, cause=f"the child ended with status {status} (limit {seconds:g} seconds)")
    head: dict[str, Any] = json.loads(answers[0])
    if "refused" in head:
        raise BadInput(head["refused"], cause=head["cause"])
    if "broken" in head:
        raise BadInput(_BROKEN, cause=head["broken"])
    return head, answers[1]


def named(name: str, mime: str) -> str:
    """A file's name without folders and odd signs, ending as its type does: `../x.php` is `x.jpg`."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    plain = "".join(sign for sign in stem if sign.isalnum() or sign in " -_()").strip()[:80].strip()
    return f"{plain or 'picture'}.{_TYPES[mime.removeprefix('image/').upper()]}"
