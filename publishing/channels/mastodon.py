"""Mastodon, and servers that speak its language: posts, replies and quotes, under a key that the server keeps an hour.

Within that hour the same key brings the same post, however often it is sent; before it is over this channel stops
repeating and looks the post up instead, among the account's newest ones. Whoever is not found there may still be out
(deleted, changed, on a server that is behind): then a person decides.

Mastodon's own scheduling is never used: a hold could not reach it, and older servers ignore the key there
(mastodon#30039). A quote needs a server of version 4.5: an older one would leave the quoted post out without a word,
so it is asked first. The words are sent as they were agreed, so whoever is answered is told of it only if the words
mention them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from data.errors import BadInput
from data.plain import one_line, plain_text
from data.reference.metrics import unified
from publishing.channels import (
    Account,
    Answering,
    Channel,
    Figures,
    Outgoing,
    OutgoingMedia,
    Published,
    Receipt,
    Setting,
)
from publishing.channels import Reply as Said
from publishing.channels._addresses import base_address, with_links
from publishing.channels._mastodon_talk import LABEL, Line, load, talk, when
from publishing.channels._platform import dig, last_look, outline, preparing, ready, rows
from publishing.door import Door
from publishing.trouble import Declined, Gone, NotBegun, Unsure

# Mastodon keeps a key for about an hour; we stop before.
KEY_TRUSTED = timedelta(minutes=50)
# What our clock and a server's may differ by, when its posts since our first attempt are looked through (ours).
CLOCKS_APART = timedelta(minutes=5)
# An account that posts more than a page between an attempt and its look-up is a person's to look through (ours).
PAGE = 40
# How often a picture's processing is asked after (ours); a film that takes longer is sent at the next try.
LOOKS = 12
# The first interface version that takes `quoted_status_id`.
QUOTES_SINCE = 7
VISIBILITIES = ("public", "unlisted")
_NUMBER_AT_END = re.compile(r"/(?:statuses|@[^/]+|notice)/(?P<id>[0-9A-Za-z]+)/?$")
_COUNTS = ("favourites_count", "reblogs_count", "quotes_count", "replies_count", "created_at", "edited_at")


class MastodonAccount(Channel):
    """One account."""

    idempotent = True
    repeatable_for = KEY_TRUSTED
    platforms = ("mastodon",)
    answers = frozenset({"reply", "quote"})
    looks_up = measures = hears = True
    # Seconds between two looks at a picture that is processed.
    pause = 1.0

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._server = base_address(account.config, "server")
        self._visibility = _visibility(account.config)
        self._token = account.secrets.get("access_token", "").strip()
        if not self._token or not self._token.isascii() or not self._token.isprintable():
            raise BadInput(f"{account.label} has no usable access token: enter it again on the Channels page.")
        self._door = door

    def load(self) -> None:
        """The library."""
        load()

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Hand over the pictures, find what is answered, and post."""
        with talk(self._door, self._server, self._token) as line:
            with preparing(LABEL):
                answered = _answered(line, outgoing)
                pictures = [self._upload(line, one) for one in outgoing.media]
            last_look(outgoing, LABEL)
            made = line.do(
                "status_post",
                with_links(outgoing),
                media_ids=pictures or None,
                visibility=self._visibility,
                idempotency_key=outgoing.key,
                **answered,
            )
            return _receipt(made)

    def _upload(self, line: Line, one: OutgoingMedia) -> str:
        sent = line.do(
            "media_post", one.content, mime_type=one.mime, description=one.alt_text or None, file_name=one.name
        )
        number = _id(sent)
        if not sent.get("url") and not ready(lambda: bool(line.do("media", number).get("url")), LOOKS, self.pause):
            raise NotBegun(f"{LABEL} is still working on {one.name}.", f"media {number} has no url")
        return number

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """The post, if exactly one of the account's newest has these words. Unsure otherwise, never None."""
        with talk(self._door, self._server, self._token) as line:
            me = _id(line.do("account_verify_credentials"))
            newest = line.every("account_statuses", me, limit=PAGE, exclude_reblogs=True)
            found = [
                one for one in newest if _may_be(one, outgoing) and _words(line, one) == with_links(outgoing).strip()
            ]
        if len(found) == 1:
            return _receipt(found[0])
        if found:
            raise Unsure(f"{LABEL} shows {len(found)} posts with these words: look at the account, and delete one.")
        raise Unsure(f"{LABEL} shows no post with these words: look at the account, and say whether it is out.")

    def delete(self, published: Published) -> None:
        """Delete the status; what is gone is no error. Declined where it is there, and another account's."""
        with talk(self._door, self._server, self._token) as line:
            number = _number(published, self._server)
            try:
                line.do("status_delete", number)
            except Gone:
                _refuse_shown(line, number)

    def figures(self, published: Published) -> Figures:
        """What the server counts, and who follows the account."""
        with talk(self._door, self._server, self._token) as line:
            status = line.do("status", _number(published, self._server))
            return figures_of(status, line.server_at)

    def replies(self, published: Published) -> Sequence[Said]:
        """What people wrote below it, directly and further down, newest first."""
        with talk(self._door, self._server, self._token) as line:
            below = line.do("status_context", _number(published, self._server))
        return replies_of(below, str(published.payload.get("account", "")))

    def check(self) -> str:
        """Ask whose token it is."""
        with talk(self._door, self._server, self._token) as line:
            me = line.do("account_verify_credentials")
        return f"Signed in as @{me.get('acct', '')}, with {me.get('followers_count', 0)} followers."


class _Mastodon:
    kind = "mastodon"
    label = LABEL
    platforms = ("mastodon",)
    settings = (
        Setting("server", "Server", "address", True, "Where the account lives, for example https://mastodon.social."),
        Setting(
            "visibility",
            "Who sees posts",
            "choice",
            False,
            "Unlisted posts are seen by followers and in the profile, not in the public timelines.",
            VISIBILITIES,
            "public",
        ),
        Setting(
            "access_token",
            "Access token",
            "secret",
            True,
            "Made there under Preferences, Development, New application, with the rights read and write.",
        ),
    )

    def check(self, config: Mapping[str, object]) -> None:
        base_address(config, "server")
        _visibility(config)

    def open(self, account: Account, door: Door) -> MastodonAccount:
        return MastodonAccount(account, door)


KIND = _Mastodon()


def _visibility(config: Mapping[str, object]) -> str:
    said = str(config.get("visibility") or VISIBILITIES[0])
    if said not in VISIBILITIES:
        raise BadInput(f"Who sees posts is {' or '.join(VISIBILITIES)}.")
    return said


def _refuse_shown(line: Line, number: str) -> None:
    """Mastodon says "not there" of a post that is not this token's as well."""
    try:
        line.do("status", number)
    except Gone:
        return
    said = f"{LABEL} still shows it, and does not let this account delete it: the access token is another account's."
    raise Declined(said, f"status {number}")


# --- what is answered ------------------------------------------------------------------------------------------


def _answered(line: Line, outgoing: Outgoing) -> dict[str, str]:
    """The parameter that names the answered post, as this server knows it."""
    answering = outgoing.answering
    if answering is None:
        return {}
    if answering.kind == "reply":
        return {"in_reply_to_id": _theirs(line, answering)}
    if outgoing.media:
        raise Declined("Mastodon takes either a quote or pictures: leave the pictures out, or answer with a reply.")
    version = dig(line.do("instance_v2"), "api_versions", "mastodon")
    if not isinstance(version, int) or version < QUOTES_SINCE:
        raise Declined("This Mastodon server is too old to quote posts: answer with a reply.", f"version {version!r}")
    return {"quoted_status_id": _theirs(line, answering)}


def _theirs(line: Line, answering: Answering) -> str:
    """The number that our server has for somebody's post; it fetches a post that it does not know yet."""
    found = rows(line.do("search_v2", answering.address, resolve=True, result_type="statuses"), "statuses")
    if not found:
        raise Declined("The Mastodon server cannot find the post that this one answers.", answering.address[:200])
    return _id(found[0])


# --- what came of it -------------------------------------------------------------------------------------------


def _id(said: Mapping[str, Any]) -> str:
    number = said.get("id")
    if not isinstance(number, str) or not number:
        raise Unsure(f"{LABEL} answered with something that cannot be read.", f"no id in {outline(said)}")
    return number


def _receipt(status: Mapping[str, Any]) -> Receipt:
    number = _id(status)
    kept = {name: status.get(name) for name in ("uri", "created_at", "visibility", "in_reply_to_id")}
    address = str(status.get("url") or status.get("uri") or "")
    return Receipt(address, {"id": number, "account": dig(status, "account", "id"), **kept})


def _number(published: Published, server: str) -> str:
    """The status's number, from the receipt or from the address on our server that a person pasted."""
    number = published.payload.get("id")
    if isinstance(number, str) and number:
        return number
    found = _NUMBER_AT_END.search(published.address) if published.address.startswith(f"{server}/") else None
    if found is None:
        said = f"The address of this post is none on {server}: look after it by hand."
        raise Declined(said, published.address[:200])
    return found["id"]


def _may_be(status: Mapping[str, Any], outgoing: Outgoing) -> bool:
    """Whether it is as new as our first attempt, and answers somebody as ours does."""
    at = when(status.get("created_at"))
    is_reply = outgoing.answering is not None and outgoing.answering.kind == "reply"
    return at is not None and at >= outgoing.at - CLOCKS_APART and bool(status.get("in_reply_to_id")) == is_reply


def _words(line: Line, status: Mapping[str, Any]) -> str:
    """What was sent to make this status: the page shows it shortened and linked."""
    said = line.do("status_source", _id(status))
    return str(said.get("text", "")).strip()


def figures_of(status: Mapping[str, Any], server_at: datetime | None) -> Figures:
    """A status's numbers in our words."""
    raw: dict[str, Any] = {name: status[name] for name in _COUNTS if name in status}
    raw["account"] = {"followers_count": dig(status, "account", "followers_count")}
    counts: dict[str, Any] = {str(word): count for word, count in unified("mastodon", raw).items()}
    posted, edited = when(status.get("created_at")), when(status.get("edited_at"))
    return Figures(**counts, posted_at=posted, edited_at=edited, server_at=server_at, raw=raw)


def replies_of(context: Mapping[str, Any], ours: str) -> list[Said]:
    """The descendants in a context, without our own words and without what was said to us alone."""
    found = [_said(one) for one in rows(context, "descendants") if _is_public(one, ours)]
    return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)


def _is_public(status: Mapping[str, Any], ours: str) -> bool:
    author = dig(status, "account", "id")
    return status.get("visibility") in ("public", "unlisted") and (not ours or author != ours)


def _said(status: Mapping[str, Any]) -> Said | None:
    at, number = when(status.get("created_at")), status.get("id")
    if at is None or not number:
        return None
    author = str(dig(status, "account", "acct") or "")
    text = plain_text(str(status.get("content", "")))
    return Said(str(number), one_line(author, 200), text, str(status.get("url") or ""), at, status.get("language"))
