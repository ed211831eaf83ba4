"""Instagram, over the Graph API: films of a professional account, as a reel in the feed or as a story.

Followed here: developers.facebook.com, Instagram Platform with Facebook Login, Graph API v25.0 (content publishing,
resumable uploads, IG Container, IG Media and its insights, comments). Instagram takes a film's bytes, but fetches a
picture from a public web address, and Tact shows its pictures to nobody outside: so pictures are refused with what to
do instead, before anything is asked. Deleting by a program does not exist either. Only memory vouches for the token in
the Authorization header, which keeps it out of addresses and logs.

A film goes into a container, which nobody sees and which is forgotten after a day; the one request that makes a post is
`media_publish`. A story takes no caption, so one with words is refused: they would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from data.errors import ChannelError
from publishing.channels import Account, Channel, Figures, Outgoing, OutgoingMedia, Published, Receipt, Reply, Setting
from publishing.channels import _meta as meta
from publishing.channels import _platform as shared
from publishing.channels._addresses import with_links
from publishing.channels._platform import CLOCKS_APART, PREPARE_SECONDS, Api, dig, preparing, rows
from publishing.door import Door
from publishing.trouble import Declined, NotBegun

LABEL = "Instagram"
STORY = "instagram_story"
FILMS = frozenset({"video/mp4", "video/quicktime"})
FEED_INSIGHTS = ("views", "shares", "saved")
STORY_INSIGHTS = ("views", "shares", "replies")


class Instagram(Channel):
    """One professional account on Instagram."""

    platforms = ("instagram_feed", STORY)
    looks_up = True
    measures = True
    hears = True
    # How often a film's preparation is asked about, and after how many seconds (ours).
    looks = 8
    look_seconds = 2.5

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._base = meta.versioned(account.config)
        self._user = shared.word(account.config, "user_id")
        self._token = shared.secret(account, "access_token", "access token")
        self._door = door

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Bring the film to Instagram, wait until it is prepared, and publish it with one request."""
        film = _film(outgoing)
        with preparing(LABEL), self._api(PREPARE_SECONDS) as api:
            container = self._contain(api, outgoing, film)
        shared.last_look(outgoing, LABEL)
        with self._api() as api:
            said = api.read("POST", f"/{self._user}/media_publish", data={"creation_id": container})
            post = shared.identified(dig(said, "id"), LABEL)
            return Receipt(_seen_at(api, post), {"id": post})

    def delete(self, published: Published) -> None:
        """Always Declined: a person deletes it."""
        said = f"{LABEL} lets no program delete a post: delete it by hand, in the app."
        raise Declined(said, f"no deletion for {published.key}")

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """The receipt where the account's latest posts show these very words since the first attempt; else Unsure."""
        text, since = with_links(outgoing).strip(), outgoing.at - CLOCKS_APART
        with self._api() as api:
            params = {"fields": "id,caption,timestamp,permalink", "limit": "50"}
            said = api.read("GET", f"/{self._user}/media", params=params)
        found = []
        for post in rows(said, "data"):
            at = shared.when(post.get("timestamp"))
            if text and at is not None and at >= since and str(post.get("caption", "")).strip() == text:
                known = {"id": shared.identified(post.get("id"), LABEL)}
                found.append(Receipt(str(post.get("permalink") or _ANYWHERE), known))
        return shared.the_only(found, LABEL, self.label)

    def figures(self, published: Published) -> Figures:
        """The post's own counts, its insights as far as Instagram tells them, and who follows the account."""
        is_story = published.platform == STORY
        with self._api() as api:
            account = meta.look_at_own(api, self._user, "followers_count")
            reply, post = meta.look(api, _id(published), "timestamp,like_count,comments_count")
            names = STORY_INSIGHTS if is_story else FEED_INSIGHTS
            insights = meta.numbers(api, _id(published), names, together=True)
        raw = {
            "media": {name: dig(post, name) for name in ("like_count", "comments_count")},
            "insights": insights,
            "account": {"followers_count": dig(account, "followers_count")},
        }
        return shared.figures_of(STORY if is_story else "instagram_feed", raw, reply, dig(post, "timestamp"))

    def replies(self, published: Published) -> Sequence[Reply]:
        """The comments below a post, newest first; what answers a story are messages, which are not read."""
        if published.platform == STORY:
            return ()
        params = {"fields": "id,text,username,timestamp", "limit": "50"}
        with self._api() as api:
            said = api.read("GET", f"/{_id(published)}/comments", params=params)
        found = [_reply(one, published.address) for one in rows(said, "data")]
        return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)

    def check(self) -> str:
        """Which account this token speaks for."""
        with self._api() as api:
            account = meta.look_at_own(api, self._user, "username")
        return f"Signed in to {LABEL} as {dig(account, 'username') or self._user}."

    def _contain(self, api: Api, outgoing: Outgoing, film: OutgoingMedia) -> str:
        """A container with the film, ready to be published."""
        form = {"upload_type": "resumable", "media_type": "STORIES" if outgoing.platform == STORY else "REELS"}
        text = with_links(outgoing)
        if text:
            form["caption"] = text
        said = api.read("POST", f"/{self._user}/media", data=form)
        container, where = (shared.made(dig(said, name), LABEL) for name in ("id", "uri"))
        headers = {"Authorization": f"OAuth {self._token}", "offset": "0", "file_size": str(len(film.content))}
        taken = api.read("POST", where, signed=False, headers=headers, content=film.content)
        if dig(taken, "success") is not True:
            raise NotBegun(f"{LABEL} did not take the film.", f"answered {shared.outline(taken)}")
        if not shared.ready(lambda: _is_prepared(api, container), self.looks, self.look_seconds):
            raise NotBegun(f"{LABEL} is still preparing the film.", f"container {container}")
        return container

    @contextmanager
    def _api(self, seconds: float = 20.0) -> Iterator[Api]:
        headers = {"Authorization": f"Bearer {self._token}"}
        with self._door.client(seconds) as client:
            yield Api(client, LABEL, self._base, lambda method, url: headers, meta.reason, meta.judge_for(LABEL))


_ANYWHERE = "https://www.instagram.com/"


def _film(outgoing: Outgoing) -> OutgoingMedia:
    """The one film of a post. Declined where Instagram would not take the post, before anything is sent."""
    kinds = [one.mime for one in outgoing.media]
    if outgoing.answering is not None:
        raise Declined(f"From here {LABEL} cannot answer somebody's post: answer it by hand.")
    if not kinds:
        raise Declined(f"{LABEL} takes no post without a picture or a film: add one, and post it by hand.")
    if set(kinds) - FILMS:
        said = f"{LABEL} fetches pictures from a public web address, which Tact does not give them: post this by hand."
        raise Declined(said, f"{kinds}")
    if len(kinds) > 1:
        raise Declined(f"From here {LABEL} takes one film: take the others out, or post it by hand.", f"{kinds}")
    if outgoing.platform == STORY and with_links(outgoing).strip():
        raise Declined(f"A story on {LABEL} takes no words from a program, so they would be lost: post this by hand.")
    return outgoing.media[0]


def _is_prepared(api: Api, container: str) -> bool:
    """Whether Instagram is done with a film. Declined where it cannot use it."""
    _, said = meta.look(api, container, "status_code,status")
    code = dig(said, "status_code")
    if code in ("ERROR", "EXPIRED"):
        raise Declined(f"{LABEL} cannot use this film: change it.", f"{said!r:.200}")
    return bool(code == "FINISHED")


def _seen_at(api: Api, post: str) -> str:
    """Where a post can be seen. It is out by now, so an answer that fails must not make it look lost."""
    try:
        _, said = meta.look(api, post, "permalink")
    except ChannelError:
        return _ANYWHERE
    return str(dig(said, "permalink") or _ANYWHERE)


def _reply(one: Mapping[str, Any], post: str) -> Reply | None:
    at = shared.when(one.get("timestamp"))
    if at is None or not one.get("id"):
        return None
    return Reply(str(one["id"]), str(one.get("username") or ""), str(one.get("text") or ""), post, at)


def _id(published: Published) -> str:
    return shared.number_of(published, "id", LABEL)


class Kind:
    """What an account on Instagram consists of."""

    kind = "instagram"
    label = LABEL
    platforms = ("instagram_feed", STORY)
    settings = (
        Setting("user_id", "Account number", "text", True, "The number of the professional account, not its name."),
        Setting("access_token", "Access token", "secret", True, "Lasts 60 days: enter a new one before it ends."),
        *meta.SETTINGS,
    )

    def check(self, config: Mapping[str, object]) -> None:
        """BadInput naming what cannot be used."""
        meta.check_settings(config, "user_id", "The account number")

    def open(self, account: Account, door: Door) -> Channel:
        """The account as a channel."""
        self.check(account.config)
        return Instagram(account, door)


KIND = Kind()
