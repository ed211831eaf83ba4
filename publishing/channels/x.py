"""X, over its own interface (version 2), signed with the four keys of OAuth 1.0a, which do not run out.

The way of OAuth 2 is not taken: its tokens live two hours, and the new ones would have to be written back by a channel,
which keeps nothing. Followed here: docs.x.com as of 2026 for `POST /2/tweets` and its delete, `POST /2/media/upload` in
one piece for pictures and in pieces (`initialize`, `append`, `finalize`, STATUS) for animations,
`POST /2/media/metadata` for descriptions, metrics, timelines, recent search and the `x-rate-limit-*` headers. Only
memory vouches for: uploads taking OAuth 1.0a with a body that is not signed, the `x-app-limit-24hour-*` and
`x-user-limit-24hour-*` headers, and the address `x.com/i/web/status/…`. Since 2026 X lets accounts that pay by use
answer only those who mentioned or quoted them; its refusal is passed on.

An upload is seen by nobody and may be repeated; the one request that makes a post is `POST /2/tweets`. After a lost
answer the account's own latest posts can show that it is out, but never that it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from authlib.oauth1 import ClientAuth  # type: ignore[import-untyped]

from data.errors import ChannelError
from publishing.channels import Account, Channel, Figures, Outgoing, OutgoingMedia, Published, Receipt, Reply, Setting
from publishing.channels import _platform as shared
from publishing.channels import _x_posts as posts
from publishing.channels._addresses import base_address, with_links
from publishing.channels._http import json_of
from publishing.channels._platform import CLOCKS_APART, PREPARE_SECONDS, Api, dig, preparing, rows
from publishing.channels._x_posts import LABEL
from publishing.door import Door
from publishing.trouble import Declined, Gone, NotBegun, Unsure

ADDRESS = "https://api.x.com"
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
MOST_PICTURES = 4
PIECE = 4 * 1024 * 1024
KEYS = {
    "api_key": "API key",
    "api_secret": "API key secret",
    "access_token": "access token",
    "access_secret": "access token secret",
}
FIELDS = "created_at,public_metrics"


class X(Channel):
    """One account on X."""

    platforms = ("x",)
    answers = frozenset({"reply", "quote"})
    looks_up = True
    measures = True
    hears = True
    # How often an animation's preparation is asked about, and after how many seconds (ours).
    looks = 6
    look_seconds = 1.0

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._base = base_address(account.config, "address", ADDRESS)
        keys = [shared.secret(account, name, said) for name, said in KEYS.items()]
        self._signer = ClientAuth(keys[0], keys[1], token=keys[2], token_secret=keys[3])
        self._door = door

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Upload what has to be shown, then make the post with one request."""
        body = _body(outgoing)
        if outgoing.media:
            with preparing(LABEL), self._api(PREPARE_SECONDS) as api:
                body["media"] = {"media_ids": [self._upload(api, one) for one in outgoing.media]}
            shared.last_look(outgoing, LABEL)
        with self._api() as api:
            said = api.read("POST", "/2/tweets", json=body)
        return _receipt(shared.identified(dig(said, "data", "id"), LABEL))

    def delete(self, published: Published) -> None:
        """Take one post down; one that is gone already is no error."""
        try:
            with self._api() as api:
                said = api.read("DELETE", f"/2/tweets/{_id(published)}")
        except Gone:
            return
        if dig(said, "data", "deleted") is not True:
            raise Unsure(f"{LABEL} did not confirm the deletion.", f"answered {shared.outline(said)}")

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """The receipt where the account's own posts since the first attempt show these very words; Unsure otherwise."""
        text, answered = with_links(outgoing).strip(), posts.answering_of(outgoing)
        since = (outgoing.at - CLOCKS_APART).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = "created_at,entities,referenced_tweets"
        with self._api() as api:
            mine = shared.identified(dig(api.read("GET", "/2/users/me"), "data", "id"), LABEL)
            params = {"max_results": "100", "start_time": since, "tweet.fields": fields}
            said = api.read("GET", f"/2/users/{mine}/tweets", params=params)
        found = [
            _receipt(shared.identified(post.get("id"), LABEL))
            for post in rows(said, "data")
            if text and posts.words_of(post) == text and posts.answered_by(post) == answered
        ]
        return shared.the_only(found, LABEL, self.label)

    def figures(self, published: Published) -> Figures:
        """Public numbers, and clicks as long as X tells them (thirty days)."""
        params = {"expansions": "author_id", "user.fields": "public_metrics"}
        with self._api() as api:
            reply, said = _look(api, published, {**params, "tweet.fields": f"{FIELDS},non_public_metrics"})
            if dig(said, "data", "public_metrics") is None and _problem(said, "not-authorized-for-field"):
                reply, said = _look(api, published, {**params, "tweet.fields": FIELDS})
        post = dig(said, "data")
        if not isinstance(post, Mapping):
            if _problem(said, "resource-not-found"):
                raise Gone(f"{LABEL} no longer has this post.", f"answered {shared.outline(said)}")
            raise ChannelError(f"{LABEL} does not tell the figures of this post.", f"answered {shared.outline(said)}")
        raw = {name: post[name] for name in ("public_metrics", "non_public_metrics") if name in post}
        raw["author"] = {"public_metrics": dig(said, "includes", "users", 0, "public_metrics")}
        return shared.figures_of("x", raw, reply, post.get("created_at"))

    def replies(self, published: Published) -> Sequence[Reply]:
        """The conversation below a post, newest first: recent search goes back seven days."""
        post = _id(published)
        params = {
            "query": f"(conversation_id:{post} OR in_reply_to_tweet_id:{post})",
            "max_results": "100",
            "tweet.fields": "created_at,lang,author_id,entities",
            "expansions": "author_id",
            "user.fields": "username",
        }
        with self._api() as api:
            said = api.read("GET", "/2/tweets/search/recent", params=params)
        names = {one.get("id"): str(one.get("username", "")) for one in rows(said, "includes", "users")}
        found = [posts.reply_of(one, names) for one in rows(said, "data") if str(one.get("id")) != post]
        return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)

    def check(self) -> str:
        """Who these keys belong to."""
        with self._api() as api:
            said = api.read("GET", "/2/users/me")
        return f"Signed in to {LABEL} as @{shared.identified(dig(said, 'data', 'username'), LABEL)}."

    def _upload(self, api: Api, one: OutgoingMedia) -> str:
        if one.mime == "image/gif":
            found = self._upload_animation(api, one)
        else:
            files = {"media": (one.name, one.content, one.mime)}
            data = {"media_category": "tweet_image", "media_type": one.mime}
            said = api.read("POST", "/2/media/upload", files=files, data=data)
            found = shared.made(dig(said, "data", "id"), LABEL)
        if one.alt_text:
            metadata = {"id": found, "metadata": {"alt_text": {"text": one.alt_text}}}
            api.call("POST", "/2/media/metadata", json=metadata)
        return found

    def _upload_animation(self, api: Api, one: OutgoingMedia) -> str:
        start = {"media_type": one.mime, "total_bytes": len(one.content), "media_category": "tweet_gif"}
        said = api.read("POST", "/2/media/upload/initialize", json=start)
        found = shared.made(dig(said, "data", "id"), LABEL)
        for index, begin in enumerate(range(0, len(one.content), PIECE)):
            piece = (one.name, one.content[begin : begin + PIECE], "application/octet-stream")
            data = {"segment_index": str(index)}
            api.call("POST", f"/2/media/upload/{found}/append", files={"media": piece}, data=data)
        said = api.read("POST", f"/2/media/upload/{found}/finalize")
        params = {"command": "STATUS", "media_id": found}
        if not _prepared(said) and not shared.ready(
            lambda: _prepared(api.read("GET", "/2/media/upload", params=params)), self.looks, self.look_seconds
        ):
            raise NotBegun(f"{LABEL} is still preparing the animation.", f"media {found}")
        return found

    @contextmanager
    def _api(self, seconds: float = 20.0) -> Iterator[Api]:
        with self._door.client(seconds) as client:
            yield Api(client, LABEL, self._base, self._signed, posts.reason, posts.judge)

    def _signed(self, method: str, url: str) -> Mapping[str, str]:
        """One request's signature, over its address and the query; a body in JSON or in parts is never signed."""
        _, headers, _ = self._signer.sign(method, url, {}, b"")
        return {"Authorization": headers["Authorization"]}


def _body(outgoing: Outgoing) -> dict[str, Any]:
    """What makes the post, without its pictures. Declined where X would not take it, before anything is sent."""
    _takes(outgoing)
    text = with_links(outgoing)
    body: dict[str, Any] = {"text": text} if text else {}
    kind, post = posts.answering_of(outgoing)
    if kind == "replied_to":
        body["reply"] = {"in_reply_to_tweet_id": post}
    elif kind == "quoted":
        body["quote_tweet_id"] = post
    return body


def _takes(outgoing: Outgoing) -> None:
    kinds = [one.mime for one in outgoing.media]
    if not set(kinds) <= PICTURES | {"image/gif"}:
        raise Declined(f"{LABEL} takes JPEG, PNG, WebP and GIF pictures from here: change the picture.", f"{kinds}")
    if len(kinds) > MOST_PICTURES or ("image/gif" in kinds and len(kinds) > 1):
        raise Declined(f"{LABEL} takes four pictures, or one animation alone: take some out.", f"{kinds}")
    if kinds and outgoing.answering is not None and outgoing.answering.kind == "quote":
        raise Declined(f"{LABEL} takes no picture in a post that quotes another: take one of the two out.")


def _look(api: Api, published: Published, params: Mapping[str, str]) -> tuple[httpx.Response, Any]:
    reply = api.call("GET", f"/2/tweets/{_id(published)}", params=params)
    return reply, json_of(reply, LABEL)


def _problem(said: Any, kind: str) -> bool:
    return any(str(one.get("type", "")).endswith(f"/problems/{kind}") for one in rows(said, "errors"))


def _prepared(said: Any) -> bool:
    """Whether X is done with an animation. Declined where it cannot use it."""
    state = dig(said, "data", "processing_info", "state")
    if state == "failed":
        raise Declined(
            f"{LABEL} cannot use this animation: change it.", f"{dig(said, 'data', 'processing_info')!r:.200}"
        )
    return state in (None, "succeeded")


def _id(published: Published) -> str:
    return shared.number_of(published, "id", LABEL)


def _receipt(post: str) -> Receipt:
    return Receipt(posts.address_of(post), {"id": post})


class Kind:
    """What an account on X consists of."""

    kind = "x"
    label = LABEL
    platforms = ("x",)
    settings = (
        *(
            Setting(name, said[0].upper() + said[1:], "secret", True, "From the developer console, for this account.")
            for name, said in KEYS.items()
        ),
        shared.address_setting(ADDRESS),
    )

    def check(self, config: Mapping[str, object]) -> None:
        """BadInput where the interface's address cannot be used."""
        base_address(config, "address", ADDRESS)

    def open(self, account: Account, door: Door) -> Channel:
        """The account as a channel."""
        self.check(account.config)
        return X(account, door)


KIND = Kind()
