"""Facebook, over the Graph API: the posts of a page, with a page's own token, which does not run out.

Followed here: developers.facebook.com, Pages API and Graph API v25.0 (page feed, page photos, post, comments,
insights). Photos go up unpublished first and are seen by nobody; the one request that makes a post is
`POST /{page}/feed`. Only memory vouches for: the token in the Authorization header, which keeps it out of addresses and
logs; ten photos a post; the address `facebook.com/{id}`; and `post_media_view`, which Meta's list names where
`post_impressions` was until June 2026 – should a page not have it, impressions stay unknown.

A page answers others only where Meta has approved the app for it, so answering is not offered. The list of a page's
posts leaves some out, so after a lost answer it can show that a post is out, never that it is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from publishing.channels import Account, Channel, Figures, Outgoing, OutgoingMedia, Published, Receipt, Reply, Setting
from publishing.channels import _meta as meta
from publishing.channels import _platform as shared
from publishing.channels._addresses import with_links
from publishing.channels._platform import CLOCKS_APART, PREPARE_SECONDS, Api, dig, preparing, rows
from publishing.door import Door
from publishing.trouble import Declined, Gone, Unsure

LABEL = "Facebook"
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
MOST_PICTURES = 10
INSIGHTS = ("post_media_view", "post_clicks")
FIELDS = "created_time,updated_time,shares,comments.limit(0).summary(true),reactions.limit(0).summary(total_count)"


class Facebook(Channel):
    """One page on Facebook."""

    platforms = ("facebook",)
    looks_up = True
    measures = True
    hears = True

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._base = meta.versioned(account.config)
        self._page = shared.word(account.config, "page_id")
        self._headers = {"Authorization": f"Bearer {shared.secret(account, 'page_token', 'page access token')}"}
        self._door = door

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Upload what has to be shown, unpublished, then make the post with one request."""
        _takes(outgoing)
        text = with_links(outgoing)
        form = {"message": text} if text else {}
        if outgoing.media:
            with preparing(LABEL), self._api(PREPARE_SECONDS) as api:
                photos = [self._upload(api, one) for one in outgoing.media]
            shared.last_look(outgoing, LABEL)
            form |= {
                f"attached_media[{place}]": json.dumps({"media_fbid": photo}) for place, photo in enumerate(photos)
            }
        elif outgoing.links:
            form["link"] = outgoing.links[0]
        with self._api() as api:
            said = api.read("POST", f"/{self._page}/feed", data=form)
        return _receipt(shared.identified(dig(said, "id"), LABEL))

    def delete(self, published: Published) -> None:
        """Take one post down; one that is gone already is no error."""
        with self._api() as api:
            try:
                said = api.read("DELETE", f"/{_id(published)}")
            except Gone:
                # Meta says the same of what is gone and of what a token may not touch: so see whether it is let in.
                meta.look_at_own(api, self._page, "id")
                return
        if dig(said, "success") is not True and said is not True:
            raise Unsure(f"{LABEL} did not confirm the deletion.", f"answered {shared.outline(said)}")

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """The receipt where the page's posts since the first attempt show these very words; Unsure otherwise."""
        text, since = with_links(outgoing).strip(), outgoing.at - CLOCKS_APART
        params = {"fields": "id,message,created_time", "since": str(int(since.timestamp())), "limit": "100"}
        with self._api() as api:
            said = api.read("GET", f"/{self._page}/published_posts", params=params)
        found = []
        for post in rows(said, "data"):
            at = shared.when(post.get("created_time"))
            if text and at is not None and at >= since and str(post.get("message", "")).strip() == text:
                found.append(_receipt(shared.identified(post.get("id"), LABEL)))
        return shared.the_only(found, LABEL, self.label)

    def figures(self, published: Published) -> Figures:
        """The post's own counts, its insights as far as Meta tells them, and who follows the page."""
        with self._api() as api:
            page = meta.look_at_own(api, self._page, "followers_count")
            reply, post = meta.look(api, _id(published), FIELDS)
            insights = meta.numbers(api, _id(published), INSIGHTS, together=False)
        raw = {
            "shares": {"count": dig(post, "shares", "count")},
            "comments": {"summary": dig(post, "comments", "summary")},
            "reactions": {"summary": dig(post, "reactions", "summary")},
            "insights": insights,
            "page": {"followers_count": dig(page, "followers_count")},
        }
        return shared.figures_of("facebook", raw, reply, dig(post, "created_time"))

    def replies(self, published: Published) -> Sequence[Reply]:
        """The comments below a post and below each other, newest first."""
        params = {
            "fields": "id,message,created_time,from,permalink_url",
            "filter": "stream",
            "order": "reverse_chronological",
            "limit": "100",
        }
        with self._api() as api:
            said = api.read("GET", f"/{_id(published)}/comments", params=params)
        found = [_reply(one, published.address) for one in rows(said, "data")]
        return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)

    def check(self) -> str:
        """Which page this token speaks for."""
        with self._api() as api:
            page = meta.look_at_own(api, self._page, "name")
        return f"Signed in to {LABEL} as the page {dig(page, 'name') or self._page}."

    def _upload(self, api: Api, one: OutgoingMedia) -> str:
        data = {"published": "false"}
        if one.alt_text:
            data["alt_text_custom"] = one.alt_text
        files = {"source": (one.name, one.content, one.mime)}
        return shared.made(dig(api.read("POST", f"/{self._page}/photos", data=data, files=files), "id"), LABEL)

    @contextmanager
    def _api(self, seconds: float = 20.0) -> Iterator[Api]:
        with self._door.client(seconds) as client:
            yield Api(client, LABEL, self._base, lambda method, url: self._headers, meta.reason, meta.judge_for(LABEL))


def _takes(outgoing: Outgoing) -> None:
    """Declined where Facebook would not take it, before anything is sent."""
    kinds = [one.mime for one in outgoing.media]
    if outgoing.answering is not None:
        raise Declined(f"From here {LABEL} cannot answer somebody's post: answer it by hand.")
    if not set(kinds) <= PICTURES:
        raise Declined(f"{LABEL} takes JPEG, PNG and GIF pictures from here: change the picture.", f"{kinds}")
    if len(kinds) > MOST_PICTURES:
        raise Declined(f"{LABEL} takes {MOST_PICTURES} pictures from here: take some out.", f"{kinds}")


def _reply(one: Mapping[str, Any], post: str) -> Reply | None:
    at = shared.when(one.get("created_time"))
    if at is None or not one.get("id"):
        return None
    author = str(dig(one, "from", "name") or "")
    return Reply(str(one["id"]), author, str(one.get("message") or ""), str(one.get("permalink_url") or post), at)


def _id(published: Published) -> str:
    return shared.number_of(published, "id", LABEL)


def _receipt(post: str) -> Receipt:
    return Receipt(f"https://www.facebook.com/{post}", {"id": post})


class Kind:
    """What an account on Facebook consists of."""

    kind = "facebook"
    label = "Facebook (page)"
    platforms = ("facebook",)
    settings = (
        Setting("page_id", "Page number", "text", True, "The page's number, from its “About” section."),
        Setting(
            "page_token", "Page access token", "secret", True, "One made from a long-lived token does not run out."
        ),
        *meta.SETTINGS,
    )

    def check(self, config: Mapping[str, object]) -> None:
        """BadInput naming what cannot be used."""
        meta.check_settings(config, "page_id", "The page number")

    def open(self, account: Account, door: Door) -> Channel:
        """The account as a channel."""
        self.check(account.config)
        return Facebook(account, door)


KIND = Kind()
