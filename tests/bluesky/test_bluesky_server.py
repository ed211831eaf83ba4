"""The channel against a real server: what it accepts, keeps and says."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Answering, Channel, Outgoing, OutgoingMedia, Published, Receipt
from publishing.channels.bluesky import KIND
from publishing.trouble import Declined, Gone, Limited, NotBegun
from tests.bluesky.pds import PASSWORD, Pds, Person, running

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def channel(pds: Pds, person: Person, password: str = PASSWORD, allowed: frozenset[str] | None = None) -> Channel:
    door = SpeakingDoor("Tact/test", allow_private=pds.allowed if allowed is None else allowed)
    config = {"server": pds.address, "handle": person.handle}
    return KIND.open(Account("bluesky-1", "Ours", config, {"password": password}), door)


def post(here: Channel, text: str, key: str = "k1", **more: Any) -> Outgoing:
    one = Outgoing(key, "bluesky", text, (), (), "0" * 64, AT)
    one = replace(one, **more)
    return replace(one, prepared=here.prepare(one))


def published(receipt: Receipt) -> Published:
    return Published("k1", "bluesky", receipt.address, receipt.payload)


def picture() -> OutgoingMedia:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(buffer, "PNG")
    return OutgoingMedia("cup.png", "image/png", buffer.getvalue(), "A cup of tea")


def test_words_facets_and_pictures_come_back_as_they_were_agreed(pds: Pds) -> None:
    us, bob = pds.person("ours"), pds.person("bob")
    here = channel(pds, us)
    text = f"🍵 für @{bob.handle} #Tee https://example.com/ä und @nobody.test"
    receipt = here.publish(post(here, text, media=(picture(),)))
    [kept] = us.posts()
    assert kept["value"]["text"] == text
    assert kept["value"] == receipt.payload["record"]
    pieces = [
        text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in kept["value"]["facets"]
    ]
    assert pieces == [f"@{bob.handle}", "#Tee", "https://example.com/ä"]
    assert kept["value"]["facets"][0]["features"][0]["did"] == bob.did
    image = kept["value"]["embed"]["images"][0]
    assert (image["alt"], image["aspectRatio"]) == ("A cup of tea", {"width": 30, "height": 20})
    blob = httpx.get(
        f"{pds.address}/xrpc/com.atproto.sync.getBlob", params={"did": us.did, "cid": image["image"]["ref"]["$link"]}
    )
    assert blob.content == picture().content


def test_the_same_key_is_one_record_however_often_it_is_sent(pds: Pds) -> None:
    us = pds.person("ours")
    one = post(channel(pds, us), "Tea", media=(picture(),))
    assert channel(pds, us).look_up(one) is None
    receipts = [channel(pds, us).publish(one) for _ in range(3)]
    assert receipts[0] == receipts[1] == receipts[2] == channel(pds, us).look_up(one)
    assert len(us.posts()) == 1


def test_figures_and_replies_come_through_the_server_from_its_appview(pds: Pds) -> None:
    """The counting is the stand-in's (tools/pds/appview.mjs); records, sign-in and forwarding are the real server's."""
    us, bob, eve = pds.person("ours"), pds.person("bob"), pds.person("eve")
    here = channel(pds, us)
    receipt = here.publish(post(here, "Tea"))
    ours = {"uri": receipt.payload["uri"], "cid": receipt.payload["cid"]}
    for one in (bob, eve):
        one.write("app.bsky.feed.like", subject=ours)
        one.write("app.bsky.graph.follow", subject=us.did)
    bob.write("app.bsky.feed.repost", subject=ours)
    eve.write("app.bsky.feed.post", text="Look", embed={"$type": "app.bsky.embed.record", "record": ours})
    bob.write("app.bsky.feed.post", text="Lovely", langs=["en"], reply={"root": ours, "parent": ours})
    figures = here.figures(published(receipt))
    assert (figures.likes, figures.shares, figures.quotes, figures.replies) == (2, 1, 1, 1)
    assert (figures.audience, figures.impressions) == (2, None)
    assert figures.server_at is not None
    [reply] = here.replies(published(receipt))
    assert (reply.text, reply.author, reply.language) == ("Lovely", bob.handle, "en")


@pytest.mark.parametrize("kind", ["reply", "quote"])
def test_it_answers_somebodys_post_by_its_web_address(pds: Pds, kind: Any) -> None:
    us, bob, eve = pds.person("ours"), pds.person("bob"), pds.person("eve")
    root = eve.write("app.bsky.feed.post", text="Tea or coffee?")
    parent = bob.write("app.bsky.feed.post", text="Tea!", reply={"root": root, "parent": root})
    address = f"https://bsky.app/profile/{bob.handle}/post/{parent['uri'].rpartition('/')[2]}"
    here = channel(pds, us)
    here.publish(post(here, "Tea, of course", answering=Answering(kind, address), media=(picture(),)))
    value = us.posts()[0]["value"]
    if kind == "reply":
        assert value["reply"] == {"root": root, "parent": parent}
    else:
        assert value["embed"]["record"]["record"] == parent
        assert value["embed"]["media"]["images"][0]["alt"] == "A cup of tea"
    bob.delete_posts()
    with pytest.raises(Declined, match="not there any more"):
        here.publish(post(here, "Tea, again", "k2", answering=Answering(kind, address)))


def test_what_was_deleted_is_gone_and_may_be_deleted_again(pds: Pds) -> None:
    us = pds.person("ours")
    here = channel(pds, us)
    one = post(here, "Tea")
    receipt = here.publish(one)
    here.delete(published(receipt))
    here.delete(published(receipt))
    assert us.posts() == []
    assert here.look_up(one) is None
    with pytest.raises(Gone):
        here.figures(published(receipt))


def test_the_server_says_no_in_its_own_words(pds: Pds) -> None:
    us = pds.person("ours")
    here = channel(pds, us)
    with pytest.raises(Declined, match="300 graphemes"):
        here.publish(post(here, "tea " * 100))
    with pytest.raises(Declined, match="Invalid identifier or password"):
        channel(pds, us, password="another one").check()
    assert here.check() == f"Signed in as @{us.handle}."
    assert us.posts() == []


def test_a_private_server_is_spoken_to_only_where_its_name_is_allowed(pds: Pds) -> None:
    us = pds.person("ours")
    for allowed in (frozenset[str](), frozenset({f"127.0.0.1:{pds.port}"})):
        # The second lets us sign in; then the account's document names the server as localhost, which is not allowed.
        with pytest.raises(NotBegun):
            here = channel(pds, us, allowed=allowed)
            here.publish(post(here, "Tea"))
    assert us.posts() == []


def test_a_session_that_the_server_takes_no_more_is_opened_anew(pds: Pds) -> None:
    us = pds.person("ours")
    here = channel(pds, us)
    here.publish(post(here, "Tea"))
    parts = here._talk._session.split(":::")  # type: ignore[attr-defined]
    parts[2] = parts[2][:-8] + "AAAAAAAA"  # the access token: its signature fits no more
    here._talk._session = ":::".join(parts)  # type: ignore[attr-defined]
    here.publish(post(here, "More tea", "k2"))
    assert len(us.posts()) == 2


def test_too_many_sign_ins_are_told_with_how_long_to_wait(packages: Path, tmp_path: Path) -> None:
    """The real server's own limit: 30 in five minutes for an account."""
    with running(packages, tmp_path, TACT_PDS_LIMITS="1") as pds:
        here = channel(pds, pds.person("ours"), password="a wrong one")
        for _ in range(30):
            with pytest.raises(Declined):
                here.check()
        with pytest.raises(Limited) as limited:
            here.check()
    assert limited.value.after is not None
    assert timedelta(0) < limited.value.after <= timedelta(minutes=5)
