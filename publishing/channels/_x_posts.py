"""What X says in its JSON: whom a post answers, its words as they were sent, and why something is refused.

Beside `x.py`, which makes the requests; here nothing is asked.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from data.errors import ChannelError
from publishing.channels import Outgoing, Reply
from publishing.channels._http import instant, retry_after, told
from publishing.channels._platform import dig, rows, until, when
from publishing.trouble import Declined, Limited

LABEL = "X"
POST_ADDRESS = re.compile(
    r"^https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:[^/?#]+/)+status(?:es)?/(\d{1,19})(?:[/?#]|$)"
)


def answering_of(outgoing: Outgoing) -> tuple[str, str]:
    """X's word for how it answers, and the post's number; Declined where the address is none of X's."""
    if outgoing.answering is None:
        return "", ""
    found = POST_ADDRESS.match(outgoing.answering.address)
    if found is None:
        said = "The post that this one answers has no address on X, like https://x.com/name/status/123: correct it."
        raise Declined(said, outgoing.answering.address)
    return ("replied_to" if outgoing.answering.kind == "reply" else "quoted"), found[1]


def answered_by(post: Mapping[str, Any]) -> tuple[str, str]:
    """The same of a post that X shows."""
    for one in rows(post, "referenced_tweets"):
        if one.get("type") in ("replied_to", "quoted"):
            return str(one["type"]), str(one.get("id"))
    return "", ""


def words_of(post: Mapping[str, Any]) -> str:
    """A post's text as it was sent: links at full length, without those that stand for pictures or a quoted post."""
    text = str(post.get("text", ""))
    quoted = dict([answered_by(post)]).get("quoted", "-")
    for one in rows(post, "entities", "urls"):
        full = str(one.get("expanded_url", ""))
        is_show = "media_key" in one or full.rstrip("/").endswith(f"/status/{quoted}")
        text = text.replace(str(one.get("url", "")), "" if is_show else full)
    return html.unescape(text).strip()


def reply_of(one: Mapping[str, Any], names: Mapping[Any, str]) -> Reply | None:
    """One post of a conversation; None where it lacks its number or its time."""
    at = when(one.get("created_at"))
    if at is None or not one.get("id"):
        return None
    author, language = names.get(one.get("author_id"), ""), one.get("lang")
    known = language if isinstance(language, str) and re.fullmatch("[a-z]{2}", language) else None
    return Reply(str(one["id"]), author, words_of(one), address_of(str(one["id"])), at, known)


def address_of(post: str) -> str:
    """Where a post can be seen, by its number alone."""
    return f"https://x.com/i/web/status/{post}"


def reason(said: Any) -> str:
    """X's own words for a refusal."""
    for found in (dig(said, "detail"), dig(said, "errors", 0, "message"), dig(said, "errors", 0, "detail")):
        if found:
            return str(found)
    return str(dig(said, "title") or "")


def judge(reply: httpx.Response) -> ChannelError | None:
    """X says with which request the patience ends: the window's, or the day's where that one is used up."""
    if reply.status_code != 429:
        return None
    said = told(reply, reason)
    quoted = f" It says: “{said}”" if said else ""
    return Limited(f"{LABEL} asks for patience.{quoted}", f"HTTP 429: {said}", _patience(reply.headers))


def _patience(headers: Mapping[str, str]) -> timedelta | None:
    found = [
        until(headers.get(f"{kind}-reset", ""), headers)
        for kind in ("x-app-limit-24hour", "x-user-limit-24hour")
        if headers.get(f"{kind}-remaining") == "0"
    ]
    found.append(until(headers.get("x-rate-limit-reset", ""), headers))
    known = [one for one in found if one is not None]
    return max(known) if known else retry_after(headers, instant(headers.get("date", "")))
