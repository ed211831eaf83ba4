"""Bluesky, and every server of its protocol: posts, replies and quotes under a record key that we choose ourselves.

That key (a TID) is stored before the first request, and everything is said to it: `getRecord` tells for certain whether
a post is out, and `putRecord` may be repeated as often as one likes and there is one record. So a post of unknown
outcome is never a question for a person here.

Figures and replies are counted by another server, the AppView, which the account's own server asks for us; where it
knows none, the channel says so. Nothing is scheduled over there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from data.errors import BadInput
from data.reference.metrics import unified
from publishing.channels import Account, Answering, Channel, Figures, Outgoing, Published, Receipt, Reply, Setting
from publishing.channels import _bluesky_record as records
from publishing.channels._addresses import base_address, with_links
from publishing.channels._bluesky_line import LABEL, Line, NotServed, Talk, beforehand, load
from publishing.channels._bluesky_record import POSTS, Named, Ref
from publishing.channels._platform import last_look
from publishing.door import Door
from publishing.trouble import Declined, Gone, Unsure

_NO_FIGURES = "This server tells no figures and no replies: it knows no AppView that counts them."


class Bluesky(Channel):
    """One account."""

    idempotent = True
    platforms = ("bluesky",)
    answers = frozenset({"reply", "quote"})
    looks_up = measures = hears = True

    def __init__(self, account: Account, door: Door) -> None:
        self.name, self.label = account.name, account.label
        config = account.config
        server, handle = base_address(config, "server", "https://bsky.social"), _handle(config)
        self._talk = Talk(door, server, handle, account.secrets.get("password", ""))

    def load(self) -> None:
        """The library."""
        load()

    def prepare(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """The record's key, and the time that the record will bear."""
        return {"rkey": records.tid(outgoing.at, outgoing.key), "created_at": records.moment(outgoing.at)}

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Ask whether it is out already, hand over the pictures, and put the record in its place."""
        return self._talk.deed(lambda line: _publish(line, outgoing))

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """Whether the record is there, from the server that keeps it."""
        try:
            return self._talk.deed(lambda line: _found(line, outgoing))
        except (Declined, Gone) as error:
            said = f"Nobody can tell whether it is out. {error.message}"
            raise Unsure(said, error.cause) from error

    def delete(self, published: Published) -> None:
        """Delete the record; the server says yes as well where there is none."""
        did, rkey = _ours(published)
        self._talk.deed(
            lambda line: line.do("com.atproto.repo.deleteRecord", {"repo": did, "collection": POSTS, "rkey": rkey})
        )

    def figures(self, published: Published) -> Figures:
        """What the AppView counts for the post and its author."""
        return self._talk.deed(lambda line: _figures(line, published))

    def replies(self, published: Published) -> Sequence[Reply]:
        """The direct answers, as the AppView threads them."""
        return self._talk.deed(lambda line: _replies(line, published))

    def check(self) -> str:
        """Sign in anew."""
        handle = self._talk.sign_in()
        return f"Signed in as @{handle}."


class _Bluesky:
    kind = "bluesky"
    label = LABEL
    platforms = ("bluesky",)
    settings = (
        Setting(
            "server",
            "Server",
            "address",
            required=False,
            help="Where the account signs in. Leave it as it is, unless your team runs its own server.",
            default="https://bsky.social",
        ),
        Setting("handle", "Handle", "text", required=True, help="Without the @, for example larkfield.bsky.social."),
        Setting(
            "password",
            "App password",
            "secret",
            required=True,
            help="Made on Bluesky under Settings, Privacy and security, App passwords. Not the account's own password.",
        ),
    )

    def check(self, config: Mapping[str, object]) -> None:
        base_address(config, "server", "https://bsky.social")
        _handle(config)

    def open(self, account: Account, door: Door) -> Bluesky:
        return Bluesky(account, door)


KIND = _Bluesky()


def _handle(config: Mapping[str, object]) -> str:
    handle = str(config.get("handle") or "").strip().lstrip("@")
    if not handle or any(one.isspace() or one == "/" for one in handle):
        raise BadInput("Write the handle without the @, for example larkfield.bsky.social.")
    return handle


# --- publishing ------------------------------------------------------------------------------------------------


def _publish(line: Line, outgoing: Outgoing) -> Receipt:
    with beforehand():
        found = _found(line, outgoing)
        if found is not None:
            return found  # an earlier attempt arrived; whoever is mentioned may resolve to others by now
        record = _record(line, outgoing)
    last_look(outgoing, LABEL)
    rkey = outgoing.prepared["rkey"]
    said = line.do(
        "com.atproto.repo.putRecord", {"repo": line.did, "collection": POSTS, "rkey": rkey, "record": record}
    )
    if not said.get("cid"):
        raise Unsure("Bluesky did not say what became of the post.", f"rkey {rkey}")
    return _receipt(line.did, rkey, str(said["cid"]), record)


def _found(line: Line, outgoing: Outgoing) -> Receipt | None:
    """The post under its key, if it is there."""
    rkey = outgoing.prepared["rkey"]
    try:
        said = line.query("com.atproto.repo.getRecord", repo=line.did, collection=POSTS, rkey=rkey)
    except Gone:
        return None
    record = said["value"]
    if record.get("text") != with_links(outgoing) or record.get("createdAt") != outgoing.prepared["created_at"]:
        raise Declined("Under this post’s key stands another text: look at the account.", f"rkey {rkey}")
    return _receipt(line.did, rkey, str(said.get("cid", "")), record)


def _record(line: Line, outgoing: Outgoing) -> dict[str, Any]:
    for one in outgoing.media:
        if not one.mime.startswith("image/"):
            raise Declined("Only pictures can be sent to Bluesky from here: post a film by hand.", one.mime)
    if len(outgoing.media) > records.MOST_PICTURES:
        raise Declined("Bluesky takes at most four pictures: take some away.", f"{len(outgoing.media)} pictures")
    reply, quoted = None, None
    if outgoing.answering is not None:
        ref, theirs = _answered(line, outgoing.answering)
        if outgoing.answering.kind == "reply":
            reply = records.reply_to(ref, theirs)
        else:
            quoted = ref
    pictures = [records.picture(one, line.upload(one.content, one.mime)) for one in outgoing.media]
    text = with_links(outgoing)
    embed = records.embed(pictures, quoted)
    return records.record(text, outgoing.prepared["created_at"], line.facets(text), reply, embed)


def _answered(line: Line, answering: Answering) -> tuple[Ref, Mapping[str, Any]]:
    """The post that ours answers, as it stands now."""
    there = records.named(answering.address)
    if there is None:
        said = "The post that this one answers needs an address like https://bsky.app/profile/somebody/post/3k…"
        raise Declined(said, answering.address[:200])
    did = line.did_of(there.actor)
    if did is None:
        raise Declined(f"Nobody on Bluesky is called {there.actor}: the post that this one answers is not there.")
    try:
        said_of_it = line.query("com.atproto.repo.getRecord", repo=did, collection=POSTS, rkey=there.rkey)
        return Ref(str(said_of_it["uri"]), str(said_of_it["cid"])), said_of_it["value"]
    except (Gone, KeyError) as error:
        raise Declined("The post that this one answers is not there any more.", repr(error)) from error


def _receipt(did: str, rkey: str, cid: str, record: Mapping[str, Any]) -> Receipt:
    payload = {"uri": f"at://{did}/{POSTS}/{rkey}", "cid": cid, "record": dict(record)}
    return Receipt(records.address_of(did, rkey), payload)


# --- what became of it -----------------------------------------------------------------------------------------


def _ours(published: Published) -> Named:
    """Identifier and key of a post of ours, from the receipt or from the address that a person pasted."""
    there = records.named(str(published.payload.get("uri") or "")) or records.named(published.address)
    if there is None:
        raise Declined("The address of this post is none of Bluesky's: delete it by hand.", published.address[:200])
    return there


def _uri(line: Line, published: Published) -> str:
    actor, rkey = _ours(published)
    did = line.did_of(actor)  # an address that a person pasted may have a handle
    if did is None:
        raise Gone(f"Nobody on Bluesky is called {actor} any more.", published.address[:200])
    return f"at://{did}/{POSTS}/{rkey}"


def _figures(line: Line, published: Published) -> Figures:
    uri = _uri(line, published)
    try:
        said = line.query("app.bsky.feed.getPosts", uris=[uri])
        server_at = line.server_at
        if not said["posts"]:
            raise Gone("Bluesky shows this post no longer.", uri)
        post = said["posts"][0]
        # The author inside a post has no number of followers.
        author = line.query("app.bsky.actor.getProfile", actor=post["author"]["did"])
    except NotServed as error:
        raise Declined(_NO_FIGURES, error.cause) from error
    counts = ("likeCount", "repostCount", "quoteCount", "replyCount", "bookmarkCount")
    raw = {name: post[name] for name in counts if name in post}
    raw["author"] = {"followersCount": author.get("followersCount")}
    told: dict[str, Any] = {str(word): count for word, count in unified("bluesky", raw).items()}
    return Figures(**told, posted_at=_instant(post.get("indexedAt")), server_at=server_at, raw=raw)


def _replies(line: Line, published: Published) -> list[Reply]:
    uri = _uri(line, published)
    try:
        said = line.query("app.bsky.feed.getPostThread", uri=uri, depth=1, parentHeight=0)
    except NotServed as error:
        raise Declined(_NO_FIGURES, error.cause) from error
    # Of what is blocked or gone there is a place in the thread, and no post.
    posts = [node["post"] for node in said["thread"].get("replies") or () if "post" in node]
    found = [one for one in map(_reply, posts) if one is not None]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _reply(post: Mapping[str, Any]) -> Reply | None:
    record, author = post.get("record") or {}, post.get("author") or {}
    at = _instant(post.get("indexedAt")) or _instant(record.get("createdAt"))
    if at is None or not post.get("uri"):
        return None
    languages = record.get("langs") or [None]
    address = records.address_of_uri(str(post["uri"]))
    return Reply(
        str(post["uri"]), str(author.get("handle", "")), str(record.get("text", "")), address, at, languages[0]
    )


def _instant(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else None
