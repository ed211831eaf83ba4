"""A post that answers somebody's post: as a reply below it, or by quoting it.

Beside the other rules, because the form, a save, the gate and the signers' page must mean the same by it. Stored with a
version as `{"kind", "address", "author", "text"}`, empty where the post stands alone. Kind and address are content and
hashed; author and text are what we had read at that address when the draft began, shown to whoever signs.
"""

from __future__ import annotations

from collections.abc import Mapping

from data.addresses import is_web_address
from data.errors import BadInput

KINDS: dict[str, str] = {"reply": "Reply", "quote": "Quote"}
"""What a draft may be to somebody's post, as the form offers it."""
DOING: dict[str, str] = {"reply": "reply to a post", "quote": "quote a post"}
LONGEST_ADDRESS = 1000
"""Longer than any platform's (ours)."""
LONGEST_WORDS = 2000
"""How much of the answered post is kept beside a draft (ours)."""


def answered(given: Mapping[str, str]) -> tuple[str, str] | None:
    """What is content of it: kind and address; None for a post that stands alone."""
    return (given["kind"], given["address"]) if given else None


def kept(kind: str, address: str, author: str = "", text: str = "") -> dict[str, str]:
    """As it is stored with a version; empty without a kind."""
    if not kind:
        return {}
    words = {"author": author.strip()[:200], "text": text.strip()[:LONGEST_WORDS]}
    return {"kind": kind, "address": address.strip(), **words}


def refuse_unusable(given: Mapping[str, str]) -> None:
    """BadInput with what to do where this names no post that anybody could answer."""
    if not given:
        return
    if set(given) != {"kind", "address", "author", "text"} or given["kind"] not in KINDS:
        raise BadInput("A post either replies to another one or quotes it. Choose one of the two.")
    address = given["address"]
    if not address:
        raise BadInput("Paste the address of the post that this one answers, or let it answer none.")
    if len(address) > LONGEST_ADDRESS or not is_web_address(address):
        raise BadInput(
            "The address of the answered post cannot be used. It begins with https:// and holds no name or password; "
            "copy it from the post itself."
        )


def cannot(given: Mapping[str, str], answers: frozenset[str], label: str) -> str:
    """Why a channel cannot do this, in a sentence that says what to do; empty where it can, or nothing is asked."""
    if not given or given["kind"] in answers:
        return ""
    doing = DOING.get(given["kind"], "answer a post")
    return f"{label} cannot {doing}. Choose another way out, or let the post stand alone."
