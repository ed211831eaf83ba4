"""The sample brand's last two months on Mastodon, lived through in seconds before a demo begins.

A baseline of thirty days and the first hour of twenty earlier posts cannot be had in a demo's quarter of an hour, and
figures that nobody counted would be a lie. So the posts of `past.yaml` are written, signed, sent and read back by the
same use cases and over the same wire as everything else, only by a clock that is moved: the store's and the server's.
It stops at the day's beginning; from then on both clocks are real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.clock import utc_now
from app.sample import Plan, plan, signers
from app.wiring import House
from data.reference.metrics import WORDS
from data.sample_day.mastodon_server import MastodonServer
from data.sample_day.past import Told
from data.storage.tables import drafts, publications, scheduled_posts
from publishing.channels import Published
from workflow.imports import add_account
from workflow.measuring.engagement import keep
from workflow.rules.metrics import MARKS, Counts

# What the account is called where people choose a channel.
ACCOUNT = "{name} on Mastodon"
# A post is written so long before it leaves.
AHEAD = timedelta(minutes=20)
# Whoever signs takes so long to come to it, and a little more or less from post to post.
TO_SIGN = (timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=5))


class Stage:
    """A clock that stands where it is put, until `go_on` makes it this machine's."""

    def __init__(self) -> None:
        self._at: datetime | None = None

    def __call__(self) -> datetime:
        return self._at or utc_now()

    def stand_at(self, at: datetime) -> None:
        """It is this instant now."""
        self._at = at

    def go_on(self) -> None:
        """From now on it is what it is."""
        self._at = None


@dataclass(frozen=True)
class _Deed:
    """Something to be done at an instant of the past."""

    at: datetime
    do: Callable[[], None]


def add_mastodon(house: House, server: MastodonServer, name: str) -> str:
    """The sample brand's account on the sample day's server; the channel's name."""
    config = {"server": server.address, "visibility": "public"}
    house.account_kinds["mastodon"].check(config)
    with house.store.write() as tx:
        closed = house.seal.close({"access_token": server.token})
        channel = add_account(tx, "mastodon", ACCOUNT.format(name=name), config, closed)
    house.refresh_channels()
    return channel


def live_through(
    house: House, stage: Stage, server: MastodonServer, posts: list[Told], channel: str, zone: str
) -> None:
    """Say everything that was said, and read back what became of it, up to the day's beginning."""
    until = utc_now()
    deeds = [deed for post in posts for deed in _deeds(house, stage, server, post, channel, zone)]
    for deed in sorted(deeds, key=lambda one: one.at):
        if deed.at <= until:
            stage.stand_at(max(deed.at, stage()))
            deed.do()


def _deeds(house: House, stage: Stage, server: MastodonServer, post: Told, channel: str, zone: str) -> Iterator[_Deed]:
    made: list[int] = []

    def write() -> None:
        one = Plan(post.line.text, "mastodon", channel, ("US",), post.line.topic, post.at, zone, promotional=False)
        with signers(house) as tokens:
            made.append(plan(house, one, tokens, lambda: stage.stand_at(stage() + TO_SIGN[len(post.line.text) % 3])))

    def send() -> None:
        server.expect(post.fate)
        house.outbox().publish_due()

    yield _Deed(post.at - AHEAD, write)
    yield _Deed(post.at, send)
    for mark in MARKS:
        yield _Deed(post.at + timedelta(minutes=mark, seconds=20), lambda: _read(house, made[0], channel))


def _read(house: House, draft_id: int, channel: str) -> None:
    """Keep what the server says of it by now. The collector keeps the rest, and the replies, once the day has begun."""
    with house.store.read() as tx:
        row = tx.row(
            select(publications.c.id, publications.c.address, publications.c.payload, drafts.c.platform)
            .add_columns(scheduled_posts.c.idempotency_key)
            .join(drafts, drafts.c.id == publications.c.draft_id)
            .join(scheduled_posts, scheduled_posts.c.id == publications.c.scheduled_post_id)
            .where(publications.c.draft_id == draft_id)
        )
    if row is None:
        return  # the gate had a reason against it, as on any day
    published = Published(row["idempotency_key"], row["platform"], row["address"], row["payload"])
    figures = house.channels[channel].figures(published)
    counts = Counts(**{word: getattr(figures, word) for word in WORDS})
    with house.store.write() as tx:
        keep(tx, row["id"], counts, tx.now, raw=figures.raw)
