"""A website that runs WordPress, over its REST interface, signed in with an application password.

There is no key that makes a repeated request harmless, so a lost answer is looked up: the article's slug is chosen
before the first attempt and contains part of the post's key, and everything that this account wrote since can be
listed. What is found under the slug is certainly ours. What has our title alone may be an older article or ours under
another slug, so a person looks. What is not found either way is certainly not there, as long as nobody else's plugin
writes the database behind WordPress; a full page of results counts as not knowing.

Pictures are uploaded first and stand below the words; who takes the article down takes them down as well, because they
have addresses of their own.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

import httpx

from data.errors import BadInput, ChannelError
from data.plain import plain_text
from data.reference import playbook
from data.reference.parts import Parts, parts_of
from publishing.channels import Account, Channel, Figures, Outgoing, OutgoingMedia, Published, Receipt, Reply, Setting
from publishing.channels._addresses import base_address, with_links
from publishing.channels._platform import (
    Api,
    dig,
    figures_of,
    identified,
    last_look,
    made,
    preparing,
    rows,
    secret,
    word,
)
from publishing.door import Door
from publishing.trouble import Declined, Gone, Unsure

LABEL = "The blog"
# For all requests of one deed, four pictures included (ours).
SECONDS = 30.0
# What one look lists; WordPress gives no more.
PAGE = 100
# A website's clock and its time zone may be this far from ours (ours).
CLOCKS_APART = timedelta(days=2)

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_PICTURE = re.compile(r"\bwp-image-([0-9]{1,18})\b")
# Every state that WordPress itself knows: whoever looks for a post must not miss it in the bin.
_STATES = "publish,future,draft,pending,private,trash"


class Blog(Channel):
    """One author on one website."""

    idempotent = False
    platforms = ("blog",)
    looks_up = measures = hears = True

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        self._door = door
        self._base = base_address(account.config, "address") + "/wp-json/wp/v2"
        password = secret(account, "password", "application password")
        self._basic = base64.b64encode(f"{_user(account.config)}:{password}".encode()).decode("ascii")

    @contextmanager
    def _api(self) -> Iterator[Api]:
        with self._door.client(SECONDS) as client:
            headers = {"Authorization": f"Basic {self._basic}"}
            yield Api(client, LABEL, self._base, lambda method, url: headers, _reason, _judge)

    def prepare(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """The article's place in its address: its title, and a part of the key so that no other article has it."""
        return {"slug": _slug(_parts(outgoing).head, outgoing.key)}

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Upload the pictures, then publish the article in one request."""
        parts = _parts(outgoing)
        with self._api() as api:
            with preparing(LABEL):
                figures = "".join(_uploaded(api, one) for one in outgoing.media)
            last_look(outgoing, LABEL)
            article = {
                "title": parts.head,
                "content": _paragraphs(parts.body) + figures,
                "slug": outgoing.prepared["slug"],
                "status": "publish",
            }
            return _receipt(api.read("POST", "/posts", json=article), article["content"])

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """Whether what this account wrote since has the slug; Unsure where something has the title alone."""
        try:
            with self._api() as api:
                return _found(api, outgoing)
        except (Declined, Gone) as error:
            raise Unsure(f"Nobody can tell whether it is out. {error.message}", error.cause) from error

    def delete(self, published: Published) -> None:
        """The article goes into WordPress's bin, its pictures go for good."""
        article = _article(published)
        with self._api() as api:
            _delete(api, f"/posts/{article}")
            for one in published.payload.get("media") or ():
                _delete(api, f"/media/{int(one)}", force="true")

    def figures(self, published: Published) -> Figures:
        """How many comments there are; WordPress itself counts no readers."""
        with self._api() as api:
            article = api.read("GET", f"/posts/{_article(published)}", params={"context": "edit"})
            if dig(article, "status") == "trash":
                raise Gone("The article lies in the bin.")
            reply = api.call("GET", "/comments", params={"post": _article(published), "per_page": "1"})
        total = reply.headers.get("x-wp-total", "")
        raw = {"comments": int(total)} if total.isdigit() and len(total) < 10 else {}
        posted, edited = _gmt(dig(article, "date_gmt")), _gmt(dig(article, "modified_gmt"))
        return figures_of("blog", raw, reply, posted, edited if edited != posted else None)

    def replies(self, published: Published) -> Sequence[Reply]:
        """The newest comments that everybody sees."""
        how = {"post": _article(published), "per_page": str(PAGE), "orderby": "date_gmt", "order": "desc"}
        with self._api() as api:
            found = rows(api.read("GET", "/comments", params=how))
        return [one for one in map(_reply, found) if one is not None]

    def check(self) -> str:
        """Ask who we are there and what we may do."""
        with self._api() as api:
            me = api.read("GET", "/users/me", params={"context": "edit"})
        if dig(me, "capabilities", "publish_posts") is not True:
            raise Declined("This user may not publish there: make it an author or an editor in WordPress.")
        return f"Signed in as {word(me, 'name') or 'an author'}, who may publish."


class _Blog:
    kind = "blog"
    label = "Website or blog (WordPress)"
    platforms = ("blog",)
    settings = (
        Setting("address", "Address", "address", True, "Of the website, for example https://blog.example.com."),
        Setting("user", "User", "text", True, "The name with which an author signs in to WordPress."),
        Setting(
            "password",
            "Application password",
            "secret",
            True,
            "Made in WordPress under Users, Profile, Application Passwords. Not the user's own password.",
        ),
    )

    def check(self, config: Mapping[str, object]) -> None:
        base_address(config, "address")
        _user(config)

    def open(self, account: Account, door: Door) -> Blog:
        return Blog(account, door)


KIND = _Blog()


def _user(config: Mapping[str, object]) -> str:
    user = word(config, "user")
    if not user or ":" in user or not user.isprintable():
        raise BadInput("Write the user with whose name the articles appear; a colon cannot be in it.")
    return user


# --- what is sent ----------------------------------------------------------------------------------------------


def _parts(outgoing: Outgoing) -> Parts:
    return parts_of(playbook("blog"), with_links(outgoing))


def _slug(title: str, key: str) -> str:
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    words = re.sub(r"[^a-z0-9]+", "-", letters)[:60].strip("-")
    return f"{words}-{hashlib.sha256(key.encode()).hexdigest()[:10]}".lstrip("-")


def _paragraphs(text: str) -> str:
    """Plain words as markup: a blank line ends a paragraph, an address becomes a link."""
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join(f"<p>{_linked(block.strip())}</p>\n" for block in blocks)


def _linked(text: str) -> str:
    written, at = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        written += [escape(text[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return "".join([*written, escape(text[at:])]).replace("\n", "<br />\n")


def _uploaded(api: Api, one: OutgoingMedia) -> str:
    """The markup of a picture that lies in the media library by now, with what it shows."""
    if not one.mime.startswith("image/"):
        raise Declined("Only pictures can be sent to a blog from here: add a film by hand.", one.mime)
    headers = {"Content-Type": one.mime, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(one.name)}"}
    said = api.read("POST", "/media", headers=headers, content=one.content)
    number = made(dig(said, "id"), LABEL)
    api.call("POST", f"/media/{number}", json={"alt_text": one.alt_text})
    address, alt = escape(str(dig(said, "source_url") or "")), escape(one.alt_text)
    return f'<figure class="wp-block-image"><img class="wp-image-{number}" src="{address}" alt="{alt}" /></figure>\n'


# --- what came of it -------------------------------------------------------------------------------------------


def _receipt(article: Any, content: str) -> Receipt:
    number = identified(dig(article, "id"), LABEL)
    address = dig(article, "link")
    if not isinstance(address, str) or not address:
        raise Unsure(f"{LABEL} took the article, but did not say where it is.", f"article {number}")
    kept = {"id": number, "slug": dig(article, "slug"), "content": content, "media": _PICTURE.findall(content)}
    return Receipt(address, kept)


def _found(api: Api, outgoing: Outgoing) -> Receipt | None:
    me = identified(dig(api.read("GET", "/users/me"), "id"), LABEL)
    since = (outgoing.at - CLOCKS_APART).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    how = {"author": me, "after": since, "per_page": str(PAGE), "status": _STATES, "context": "edit"}
    listed = rows(api.read("GET", "/posts", params=how))
    title, slug = _parts(outgoing).head, str(outgoing.prepared["slug"])
    ours = [one for one in listed if word(one, "slug").startswith(slug)]
    if ours:
        return _shown(ours[0])
    if any(dig(one, "title", "raw") == title for one in listed):
        raise Unsure("There is an article with this title under another address: see whether it is this one.", slug)
    if len(listed) >= PAGE:
        raise Unsure("There is too much on the blog to look through: look for the article there.", f"{PAGE} articles")
    return None


def _shown(article: Mapping[str, Any]) -> Receipt:
    if article.get("status") == "publish":
        return _receipt(article, str(dig(article, "content", "raw") or ""))
    said = f"WordPress has the article, and does not show it ({word(article, 'status')}): look there."
    raise Unsure(said, f"article {article.get('id')}")


def _article(published: Published) -> str:
    number = str(published.payload.get("id") or "")
    if not number.isdigit():
        raise Declined("Nobody knows which article this is: delete it by hand.", published.address[:200])
    return number


def _delete(api: Api, path: str, **how: str) -> None:
    try:
        api.call("DELETE", path, params=how)
    except Gone:
        return


def _reply(comment: Mapping[str, Any]) -> Reply | None:
    at = _gmt(comment.get("date_gmt"))
    if at is None:
        return None
    text = plain_text(str(dig(comment, "content", "rendered") or ""))
    author, address = plain_text(word(comment, "author_name"), 200), word(comment, "link")
    return Reply(str(comment.get("id")), author, text, address, datetime.fromisoformat(at))


def _gmt(said: Any) -> str | None:
    """WordPress's `…_gmt`, which is UTC and does not say so, as ISO 8601 that says it."""
    try:
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC).isoformat()
    except ValueError:
        return None


def _reason(said: Any) -> str:
    return plain_text(str(dig(said, "message") or ""), 200)


def _judge(reply: httpx.Response) -> ChannelError | None:
    """A 404 means that an article is gone only where WordPress itself says so."""
    if reply.status_code != 404:
        return None
    try:
        code = str(dig(reply.json(), "code") or "")
    except ValueError:
        code = ""
    if code.endswith("_invalid_id"):
        return None
    return Declined("There is no WordPress interface at this address: check it on the Channels page.", code[:100])
