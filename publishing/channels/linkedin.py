"""LinkedIn, over its versioned interface: posts of an organisation's page, or of a member.

Followed here: learn.microsoft.com/linkedin, marketing versions of 2026 (`LinkedIn-Version: 202606` unless an account
says another; a version is served for about a year, then answered with 426): Posts, Images, MultiImage, "little" text,
comments of social actions, organisation share statistics, and limits that end at midnight UTC. Only memory vouches for:
the upload taking the same token, the address under `feed/update`, `commentUrn` in a reply's address, and the word DAY
in what is said of a day's limit. "Little" text is escaped everywhere, as documented, links included; hashtags are left.

An image that is uploaded is seen by nobody; the one request that makes a post is `POST /rest/posts`. To quote is to
share somebody's post with words; a comment below another's post is none of ours to measure, so replies are not offered.
A member's posts can be neither measured nor read back: LinkedIn gives that to few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Channel, Figures, Outgoing, OutgoingMedia, Published, Receipt, Reply, Setting
from publishing.channels import _platform as shared
from publishing.channels._addresses import base_address, with_links
from publishing.channels._http import instant, json_of, retry_after, told
from publishing.channels._platform import CLOCKS_APART, PREPARE_SECONDS, Api, dig, preparing, rows
from publishing.door import Door
from publishing.trouble import Declined, Gone, Limited

LABEL = "LinkedIn"
ADDRESS = "https://api.linkedin.com"
VERSION = "202606"
AUTHOR = re.compile(r"urn:li:(organization|person):[\w-]+")
# A post in an address: written out, or as the app copies it (`…-share-123-ab`). An activity's number is another one.
POST_ADDRESS = re.compile(
    r"^https?://(?:[a-z]{2,3}\.)?linkedin\.com/.*?(?:urn(?::|%3A)li(?::|%3A)|-)(share|ugcPost)(?::|%3A|-)(\d+)", re.I
)
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
MOST_PICTURES = 20
RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
HASHTAG = re.compile(r"(?<!\w)#\w")


class LinkedIn(Channel):
    """One page or member on LinkedIn."""

    platforms = ("linkedin",)
    answers = frozenset({"quote"})

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._base = base_address(account.config, "address", ADDRESS)
        self._author = shared.word(account.config, "author")
        self._headers = {
            "Authorization": f"Bearer {shared.secret(account, 'access_token', 'access token')}",
            "LinkedIn-Version": shared.word(account.config, "version") or VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        self._door = door
        self.looks_up = self.measures = self.hears = self._author.startswith("urn:li:organization:")

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Upload what has to be shown, then make the post with one request."""
        body = self._body(outgoing)
        if outgoing.media:
            with preparing(LABEL), self._api(PREPARE_SECONDS) as api:
                images = [_described(self._upload(api, one), one.alt_text) for one in outgoing.media]
            shared.last_look(outgoing, LABEL)
            body["content"] = {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}
        with self._api() as api:
            reply = api.call("POST", "/rest/posts", json=body)
        return _receipt(shared.identified(reply.headers.get("x-restli-id"), LABEL))

    def delete(self, published: Published) -> None:
        """Take one post down; LinkedIn says yes to what is gone already."""
        try:
            with self._api() as api:
                api.call("DELETE", f"/rest/posts/{_quoted(_urn(published))}", headers={"X-RestLi-Method": "DELETE"})
        except Gone:
            return

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """The receipt where the page's own latest posts show these very words since the first attempt; else Unsure."""
        text, since = with_links(outgoing).strip(), outgoing.at - CLOCKS_APART
        query = f"q=author&author={_quoted(self._author)}&count=50&sortBy=CREATED"
        with self._api() as api:
            said = api.read("GET", f"/rest/posts?{query}", headers={"X-RestLi-Method": "FINDER"})
        found = []
        for post in rows(said, "elements"):
            at, words = shared.when(post.get("createdAt")), str(post.get("commentary", "")).strip()
            if text and at is not None and at >= since and words in (text, little(text)):
                found.append(_receipt(shared.identified(post.get("id"), LABEL)))
        return shared.the_only(found, LABEL, self.label)

    def figures(self, published: Published) -> Figures:
        """What the page's statistics say of a post. Gone when the post is."""
        urn = _urn(published)
        kind = "ugcPosts" if ":ugcPost:" in urn else "shares"
        owner = f"q=organizationalEntity&organizationalEntity={_quoted(self._author)}"
        with self._api() as api:
            reply = api.call("GET", f"/rest/posts/{_quoted(urn)}")
            post = json_of(reply, LABEL)
            said = api.read("GET", f"/rest/organizationalEntityShareStatistics?{owner}&{kind}=List({_quoted(urn)})")
        found = dig(said, "elements", 0)
        raw = {"totalShareStatistics": dig(found, "totalShareStatistics")}
        is_edited = dig(post, "lifecycleStateInfo", "isEditedByAuthor") is True
        edited = dig(post, "lastModifiedAt") if is_edited else None
        return shared.figures_of("linkedin", raw, reply, dig(post, "publishedAt") or dig(post, "createdAt"), edited)

    def replies(self, published: Published) -> Sequence[Reply]:
        """The comments below a post, newest first. LinkedIn tells who wrote them by a number alone."""
        urn = _urn(published)
        with self._api() as api:
            said = api.read("GET", f"/rest/socialActions/{_quoted(urn)}/comments?count=100")
        found = [_reply(one, urn) for one in rows(said, "elements")]
        return sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True)

    def check(self) -> str:
        """That the token is let in, and for whom."""
        kind, _, number = self._author.removeprefix("urn:li:").partition(":")
        with self._api() as api:
            if kind == "organization":
                name = dig(api.read("GET", f"/rest/organizations/{number}"), "localizedName")
            else:
                said = api.read("GET", "/rest/me")
                name = f"{dig(said, 'localizedFirstName') or ''} {dig(said, 'localizedLastName') or ''}".strip()
        return f"Signed in to {LABEL} for {name or self._author}."

    def _body(self, outgoing: Outgoing) -> dict[str, Any]:
        """What makes the post, without its pictures. Declined where LinkedIn would not take it."""
        kinds = [one.mime for one in outgoing.media]
        if not set(kinds) <= PICTURES:
            raise Declined(f"{LABEL} takes JPEG, PNG and GIF pictures from here: change the picture.", f"{kinds}")
        if len(kinds) > MOST_PICTURES:
            raise Declined(f"{LABEL} takes {MOST_PICTURES} pictures: take some out.", f"{kinds}")
        body: dict[str, Any] = {
            "author": self._author,
            "commentary": little(with_links(outgoing)),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if outgoing.answering is not None:
            body["reshareContext"] = {"parent": _quotable(outgoing)}
        return body

    def _upload(self, api: Api, one: OutgoingMedia) -> str:
        start = {"initializeUploadRequest": {"owner": self._author}}
        said = api.read("POST", "/rest/images?action=initializeUpload", json=start)
        image = shared.made(dig(said, "value", "image"), LABEL)
        where = shared.made(dig(said, "value", "uploadUrl"), LABEL)
        token = {"Authorization": self._headers["Authorization"], "Content-Type": one.mime}
        api.call("PUT", where, signed=False, headers=token, content=one.content)
        return image

    @contextmanager
    def _api(self, seconds: float = 20.0) -> Iterator[Api]:
        with self._door.client(seconds) as client:
            yield Api(client, LABEL, self._base, lambda method, url: self._headers, _reason, _judge)


def little(text: str) -> str:
    """A text as LinkedIn's "little" format: its reserved signs escaped, hashtags left as what they are."""
    tags = {match.start() for match in HASHTAG.finditer(text)}
    return RESERVED.sub(lambda sign: sign[0] if sign.start() in tags else f"\\{sign[0]}", text)


def _described(image: str, alt_text: str) -> dict[str, str]:
    return {"id": image, "altText": alt_text} if alt_text else {"id": image}


def _quotable(outgoing: Outgoing) -> str:
    """The post that ours shares. Declined before anything is sent where it cannot be."""
    assert outgoing.answering is not None
    if outgoing.answering.kind != "quote":
        raise Declined(f"From here {LABEL} can share a post with words, not answer below it: answer it by hand.")
    if outgoing.media:
        raise Declined(f"{LABEL} takes no picture in a post that shares another: take one of the two out.")
    found = POST_ADDRESS.match(outgoing.answering.address)
    if found is None:
        said = (
            f"{LABEL} needs the post's own address, with “share” or “ugcPost” and a number in it: copy it from there."
        )
        raise Declined(said, outgoing.answering.address)
    return f"urn:li:{'share' if found[1].lower() == 'share' else 'ugcPost'}:{found[2]}"


def _reply(one: Mapping[str, Any], post: str) -> Reply | None:
    at = shared.when(dig(one, "created", "time"))
    number = one.get("id")
    if at is None or not number:
        return None
    urn = str(one.get("commentUrn") or number)
    address = f"{_address(post)}?commentUrn={_quoted(urn)}"
    return Reply(str(number), str(one.get("actor", "")), str(dig(one, "message", "text") or ""), address, at)


def _urn(published: Published) -> str:
    return shared.number_of(published, "urn", LABEL)


def _quoted(urn: str) -> str:
    return quote(urn, safe="")


def _address(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}/"


def _receipt(urn: str) -> Receipt:
    return Receipt(_address(urn), {"urn": urn})


def _reason(said: Any) -> str:
    return str(dig(said, "message") or "")


def _judge(reply: httpx.Response) -> ChannelError | None:
    """A day's limit ends at midnight UTC; a version that is no longer served has to be changed by a person."""
    said = told(reply, _reason)
    quoted = f" It says: “{said}”" if said else ""
    if reply.status_code == 429:
        after = retry_after(reply.headers)
        if after is None and " DAY " in said:
            after = _to_midnight(reply.headers)
        return Limited(f"{LABEL} asks for patience.{quoted}", f"HTTP 429: {said}", after)
    if reply.status_code == 426:
        sentence = f"{LABEL} no longer serves this version: enter a newer one (a year and month) on the Channels page."
        return Declined(sentence, f"HTTP 426: {said}")
    return None


def _to_midnight(headers: Mapping[str, str]) -> timedelta | None:
    server = instant(headers.get("date", ""))
    if server is None:
        return None
    return server.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - server


class Kind:
    """What an account on LinkedIn consists of."""

    kind = "linkedin"
    label = LABEL
    platforms = ("linkedin",)
    settings = (
        Setting(
            "author", "Who posts", "text", True, "urn:li:organization:123 for a page, urn:li:person:… for a member."
        ),
        Setting("access_token", "Access token", "secret", True, "Lasts 60 days: enter a new one before it ends."),
        Setting("version", "Version", "text", False, "Year and month, such as 202606.", default=VERSION),
        shared.address_setting(ADDRESS),
    )

    def check(self, config: Mapping[str, object]) -> None:
        """BadInput naming what cannot be used."""
        if not AUTHOR.fullmatch(shared.word(config, "author")):
            raise BadInput("Who posts has to look like urn:li:organization:123 or urn:li:person:abc.")
        if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", shared.word(config, "version") or VERSION):
            raise BadInput("The version has to be a year and a month, such as 202606.")
        base_address(config, "address", ADDRESS)

    def open(self, account: Account, door: Door) -> Channel:
        """The account as a channel."""
        self.check(account.config)
        return LinkedIn(account, door)


KIND = Kind()
