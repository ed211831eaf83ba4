"""TikTok, over its Content Posting API: one film straight into an account's profile.

Followed here: developers.tiktok.com as of November 2026 (Direct Post with FILE_UPLOAD, creator info, post status,
Video List and Query, User Info). Photos are only fetched from a web address that the app has proved to be its own, so
they are refused with what to do instead; deleting and reading comments do not exist for such an app. Only memory
vouches for the addresses of a profile and of a film.

`init` makes nothing that anybody sees: without the film's bytes it is forgotten after an hour. The one request that
makes a post is the PUT with them. What became of it can be asked by its number at once, and is; if TikTok is still at
work when the time is over, nobody knows yet, and the account's own films are looked through later.

An access token lives two hours, and each new one makes the refresh token before it worthless. A channel keeps nothing,
so it cannot renew them: somebody enters a fresh token when one is needed, and otherwise posts by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Channel, Figures, Outgoing, OutgoingMedia, Published, Receipt, Setting
from publishing.channels import _platform as shared
from publishing.channels._addresses import base_address, with_links
from publishing.channels._http import LONGEST_WAIT, json_of, retry_after, status_trouble, told
from publishing.channels._platform import CLOCKS_APART, Api, dig, preparing, rows
from publishing.door import Door
from publishing.trouble import Declined, Gone, Limited, Unsure

LABEL = "TikTok"
ADDRESS = "https://open.tiktokapis.com"
FILMS = frozenset({"video/mp4", "video/quicktime", "video/webm"})
# One piece may be as large; nothing that large comes through here.
MOST_BYTES = 64_000_000
PRIVACY = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY")
A_DAYS_LIMIT = frozenset({"spam_risk_too_many_posts", "reached_active_user_cap"})
# Its limits are told for a minute at a time, and no header says when that ends.
A_MINUTE = timedelta(minutes=1)
# For what is asked before the film goes, and after it (ours): with the film itself less than the outbox's lease.
TALK_SECONDS = 16.0
COUNTS = "id,create_time,view_count,like_count,comment_count,share_count"


class TikTok(Channel):
    """One account on TikTok."""

    platforms = ("tiktok",)
    looks_up = True
    measures = True
    # How often the outcome is asked about, and after how many seconds (ours).
    looks = 6
    look_seconds = 2.5

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._base = base_address(account.config, "address", ADDRESS)
        self._privacy = shared.word(account.config, "privacy") or PRIVACY[0]
        self._is_promoting = account.config.get("promotes", True) is not False
        self._token = shared.secret(account, "access_token", "access token")
        self._door = door

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Announce the film, send its bytes with one request, and hear what became of it."""
        film = _film(outgoing)
        with preparing(LABEL), self._api(TALK_SECONDS) as api:
            name = self._creator(api)
            said = _ask(api, "/v2/post/publish/video/init/", self._announcement(with_links(outgoing), film))
            number, where = (shared.made(dig(said, "data", key), LABEL) for key in ("publish_id", "upload_url"))
        shared.last_look(outgoing, LABEL)
        lost: Unsure | None = None
        with self._api() as api:
            try:
                api.call("PUT", where, signed=False, headers=_whole(film), content=film.content)
            except Unsure as error:
                lost = error
        with self._api(TALK_SECONDS) as api:
            return self._outcome(api, number, name, lost)

    def delete(self, published: Published) -> None:
        """Always Declined: a person deletes it."""
        said = f"{LABEL} lets no program delete a post: delete it by hand, in the app."
        raise Declined(said, f"no deletion for {published.key}")

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """The receipt where the account's latest films have these very words since the first attempt; else Unsure."""
        text, since = with_links(outgoing).strip(), outgoing.at - CLOCKS_APART
        fields = {"fields": "id,title,video_description,create_time,share_url"}
        with self._api() as api:
            said = _ask(api, "/v2/video/list/", {"max_count": 20}, fields)
        found = []
        for film in rows(said, "data", "videos"):
            at, words = shared.when(film.get("create_time")), (film.get("video_description"), film.get("title"))
            if text and at is not None and at >= since and text in words:
                number = shared.identified(film.get("id"), LABEL)
                found.append(_receipt(str(film.get("share_url") or ""), "", number))
        return shared.the_only(found, LABEL, self.label)

    def figures(self, published: Published) -> Figures:
        """What a film has come to. Gone when it is; TikTok names a film only once it is public."""
        with self._api() as api:
            film = str(published.payload.get("id") or "") or _public_number(_status(api, published))
            if not film:
                raise ChannelError(f"{LABEL} has not made this film public yet.", f"no number for {published.key}")
            body = {"filters": {"video_ids": [film]}}
            reply = api.call("POST", "/v2/video/query/", params={"fields": COUNTS}, json=body)
            found = rows(_heard(json_of(reply, LABEL), reply), "data", "videos")
            if not found:
                raise Gone(f"{LABEL} no longer has this film.", f"video {film}")
            raw = {**found[0], "user": {"follower_count": self._followers(api)}}
        return shared.figures_of("tiktok", raw, reply, found[0].get("create_time"))

    def check(self) -> str:
        """Whose token this is, and that the account may be posted to as chosen."""
        with self._api() as api:
            return f"Signed in to {LABEL} as @{self._creator(api)}."

    def _creator(self, api: Api) -> str:
        """The account's name. Declined where it does not allow who is to see the posts."""
        said = _ask(api, "/v2/post/publish/creator_info/query/", {})
        allowed = dig(said, "data", "privacy_level_options")
        if not isinstance(allowed, list) or self._privacy not in allowed:
            sentence = (
                f"{LABEL} does not let this account post for {self._privacy}: choose another on the Channels page."
            )
            raise Declined(sentence, f"allowed: {allowed!r:.200}")
        return str(dig(said, "data", "creator_username") or "")

    def _announcement(self, text: str, film: OutgoingMedia) -> dict[str, Any]:
        size = len(film.content)
        post = {
            "title": text,
            "privacy_level": self._privacy,
            "disable_duet": False,
            "disable_comment": False,
            "disable_stitch": False,
            "brand_organic_toggle": self._is_promoting,
        }
        source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": size, "total_chunk_count": 1}
        return {"post_info": post, "source_info": source}

    def _outcome(self, api: Api, number: str, name: str, lost: Unsure | None) -> Receipt:
        """What became of the bytes: out, refused, or still unsure; `lost` is how their sending ended, if badly."""
        state: dict[str, Any] = {}

        def is_told() -> bool:
            state.update(dig(_ask(api, _STATUS, {"publish_id": number}), "data") or {})
            return state.get("status") in ("PUBLISH_COMPLETE", "FAILED")

        try:
            shared.ready(is_told, self.looks if lost is None else 1, self.look_seconds)
        except ChannelError as error:
            raise lost or Unsure(f"{LABEL} took the film, but does not say what became of it.", error.cause) from error
        if state.get("status") == "PUBLISH_COMPLETE":
            return _receipt("", name, _public_number(state), number)
        if state.get("status") == "FAILED":
            why = str(state.get("fail_reason") or "")
            raise Declined(f"{LABEL} did not publish the film. It says: “{why}”", f"{state!r:.200}")
        raise lost or Unsure(f"{LABEL} took the film and is still at work on it.", f"{state!r:.200}")

    def _followers(self, api: Api) -> int | None:
        """Who follows the account; None where the token may not ask."""
        try:
            reply = api.call("GET", "/v2/user/info/", params={"fields": "follower_count"})
            count = dig(_heard(json_of(reply, LABEL), reply), "data", "user", "follower_count")
        except Declined:
            return None
        return count if isinstance(count, int) else None

    @contextmanager
    def _api(self, seconds: float = 20.0) -> Iterator[Api]:
        headers = {"Authorization": f"Bearer {self._token}"}
        with self._door.client(seconds) as client:
            yield Api(client, LABEL, self._base, lambda method, url: headers, _reason, _judge)


_STATUS = "/v2/post/publish/status/fetch/"


def _film(outgoing: Outgoing) -> OutgoingMedia:
    """The one film of a post. Declined where TikTok would not take the post, before anything is sent."""
    kinds = [one.mime for one in outgoing.media]
    if outgoing.answering is not None:
        raise Declined(f"From here {LABEL} cannot answer somebody's post: answer it by hand.")
    if not kinds:
        raise Declined(f"{LABEL} takes no post without a film: add one, and post it by hand.")
    if set(kinds) - FILMS:
        raise Declined(f"{LABEL} fetches photos from an address of its own choice only: post this by hand.", f"{kinds}")
    if len(kinds) > 1 or len(outgoing.media[0].content) > MOST_BYTES:
        raise Declined(f"{LABEL} takes one film of at most 64 MB from here: change it, or post by hand.", f"{kinds}")
    return outgoing.media[0]


def _whole(film: OutgoingMedia) -> dict[str, str]:
    size = len(film.content)
    return {"Content-Type": film.mime, "Content-Range": f"bytes 0-{size - 1}/{size}"}


def _ask(api: Api, path: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None) -> Any:
    reply = api.call("POST", path, params=params, json=dict(body))
    return _heard(json_of(reply, LABEL), reply)


def _heard(said: Any, reply: httpx.Response) -> Any:
    """An answer that is none of its refusals, which may come with status 200 as well."""
    if dig(said, "error", "code") in (None, "ok"):
        return said
    raise _judge(reply) or status_trouble(LABEL, 400, reply.headers, told(reply, _reason))


def _status(api: Api, published: Published) -> Any:
    number = shared.number_of(published, "publish_id", LABEL)
    return dig(_ask(api, _STATUS, {"publish_id": number}), "data")


def _public_number(state: Any) -> str:
    """The film's number, which TikTok tells once everybody may see it; "" before."""
    found = dig(state, "publicaly_available_post_id", 0)
    return str(found) if isinstance(found, (int, str)) and not isinstance(found, bool) else ""


def _receipt(address: str, name: str, film: str, number: str = "") -> Receipt:
    profile = f"https://www.tiktok.com/@{name}"
    where = address or (f"{profile}/video/{film}" if film else profile)
    return Receipt(where, {key: value for key, value in (("id", film), ("publish_id", number)) if value})


def _reason(said: Any) -> str:
    code, message = dig(said, "error", "code"), dig(said, "error", "message")
    return str(message or code or "")


def _judge(reply: httpx.Response) -> ChannelError | None:
    """TikTok's patience: a minute's, or the day's."""
    try:
        said = reply.json()
    except ValueError:
        said = None
    code = dig(said, "error", "code")
    quoted = f" It says: “{told(reply, _reason)}”" if code else ""
    cause = f"HTTP {reply.status_code}: {code!s:.100}"
    if code in A_DAYS_LIMIT:
        return Limited(f"{LABEL} takes no more posts of this account today.{quoted}", cause, LONGEST_WAIT)
    if reply.status_code == 429 or code == "rate_limit_exceeded":
        return Limited(f"{LABEL} asks for patience.{quoted}", cause, retry_after(reply.headers) or A_MINUTE)
    return None


class Kind:
    """What an account on TikTok consists of."""

    kind = "tiktok"
    label = LABEL
    platforms = ("tiktok",)
    settings = (
        Setting(
            "access_token",
            "Access token",
            "secret",
            True,
            "TikTok ends it after two hours: enter a fresh one before you post, or post by hand.",
        ),
        Setting("privacy", "Who sees the posts", "choice", True, "As TikTok calls it.", PRIVACY, PRIVACY[0]),
        Setting(
            "promotes", "Posts promote our own business", "flag", False, "TikTok asks a brand to say so.", default=True
        ),
        shared.address_setting(ADDRESS),
    )

    def check(self, config: Mapping[str, object]) -> None:
        """BadInput naming what cannot be used."""
        if (shared.word(config, "privacy") or PRIVACY[0]) not in PRIVACY:
            raise BadInput("Choose who sees the posts.")
        base_address(config, "address", ADDRESS)

    def open(self, account: Account, door: Door) -> Channel:
        """The account as a channel."""
        self.check(account.config)
        return TikTok(account, door)


KIND = Kind()
