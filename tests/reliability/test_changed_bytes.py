"""R3: what leaves is what two people agreed to, byte for byte.

A post with everything on it – text, a link, a picture with its description, a place, a topic, a time – is signed and
on the schedule. Then one thing about it changes: by a person through the product, which costs the signatures, or past
the product in the database, which the gate notices. Nothing may be sent either way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from data.storage.engine import open_store
from data.storage.store import Store, Tx
from data.storage.tables import approvals, draft_versions, drafts, media, scheduled_posts
from publishing.outbox import Outbox
from tests.factory import Team, state_of, team_in
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, Line, Platform, SharedClock, tell
from workflow import draft
from workflow.imports import ImportedMedia, ImportedPost, import_post

pytestmark = pytest.mark.timeout(1800 if LONG else 120)

WORDS = "A cup for the patient: kettle on, biscuits out."
PICTURE = b"\x89 a cup of tea, as bytes \x00\xff"
SOON = timedelta(minutes=5)


@dataclass
class Signed:
    """The team, and the post that two of them signed."""

    team: Team
    draft_id: int


def a_signed_post(store: Store) -> Signed:
    team = team_in(store)
    signers = (team.people["lea"], team.people["max"])
    picture = ImportedMedia("cup.png", "image", signers, "in-house", content=PICTURE, alt_text="A cup of tea")
    with store.write() as tx:
        writing = draft.Writing(
            WORDS,
            links=("https://larkfield.example/tea",),
            regions=("GB",),
            topic="tea time",
            reactive=False,
            planned_for=tx.now + SOON,
        )
        post = ImportedPost(team.people["ana"], writing, tx.now + SOON, signers, True, (picture,))
        return Signed(team, import_post(tx, post))


def flipped(given: str, at: int) -> str:
    """The same text with one bit of one character changed."""
    return given[:at] + chr(ord(given[at]) ^ 1) + given[at + 1 :]


# --- by a person, through the product --------------------------------------------------------------------------


def _shift(what: draft.Writing) -> Any:
    assert what.planned_for is not None
    return what.planned_for + timedelta(microseconds=1)


def _other_picture(what: draft.Writing, **change: str) -> Any:
    return tuple({**one, **change} for one in what.media)


EDITS: dict[str, Callable[[draft.Writing], draft.Writing]] = {
    "text": lambda one: replace(one, text=flipped(one.text, 0)),
    "link": lambda one: replace(one, links=(flipped(one.links[0], 9),)),
    "no link": lambda one: replace(one, links=()),
    "alt text": lambda one: replace(one, media=_other_picture(one, alt_text="A cup of tea.")),
    "picture": lambda one: replace(one, media=()),
    "platform": lambda one: replace(one, platform="linkedin"),
    "channel": lambda one: replace(one, channel="by_hand"),
    "place": lambda one: replace(one, regions=("US",)),
    "topic": lambda one: replace(one, topic="tea times"),
    "time": lambda one: replace(one, planned_for=_shift(one)),
    "zone": lambda one: replace(one, zone="Europe/London"),
    "kind": lambda one: replace(one, promotional=not one.promotional),
    "moment": lambda one: replace(one, reactive=not one.reactive),
}


def test_any_change_by_a_person_costs_every_signature(
    prepare: Prepare, shared_clock: SharedClock, kind: str, subtests: pytest.Subtests
) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(a_signed_post)
    start = shared_clock.at
    signed: Signed = template.kept
    with template.copy() as url:
        store = open_store(url, clock=shared_clock, migrate=False)
        team = replace(signed.team, store=store)
        for name, change in EDITS.items():
            with subtests.test(name):
                assert _edit_costs_the_signatures(team, signed.draft_id, change) == ("writing", 0)
                _sign_again_behind_the_back(store, signed.draft_id)
        store.close()
    shared_clock.at = start


def _edit_costs_the_signatures(team: Team, draft_id: int, change: Callable[[draft.Writing], Any]) -> tuple[str, int]:
    with team.store.read() as tx:
        row = tx.row(select(drafts).where(drafts.c.id == draft_id))
        assert row is not None
        now, number = draft.writing_of(tx, row), row["number"]
    draft.save(team.store, team.tokens["ben"], draft_id, number, change(now))
    with team.store.read() as tx:
        left = tx.rows(select(approvals.c.id).where(approvals.c.voided_at.is_(None)))
    return state_of(team, draft_id), len(left)


def _sign_again_behind_the_back(store: Store, draft_id: int) -> None:
    """Back to a scheduled draft with a live signature, for the next edit to void."""
    with store.write() as tx:
        tx.run(update(drafts).where(drafts.c.id == draft_id).values(state="scheduled"))
        row = tx.row(select(approvals).order_by(approvals.c.id).limit(1))
        assert row is not None
        again = {name: row[name] for name in row if name != "id"} | {"voided_at": None, "at": tx.now}
        tx.insert(approvals.insert().values(**again))


# --- past the product, in the database -------------------------------------------------------------------------


def _version(change: Callable[[Any], dict[str, Any]]) -> Callable[[Tx, int], None]:
    def deed(tx: Tx, draft_id: int) -> None:
        _open_the_wall(tx, "versions_stay", "draft_versions")
        row = tx.row(select(draft_versions).where(draft_versions.c.draft_id == draft_id))
        tx.run(update(draft_versions).where(draft_versions.c.draft_id == draft_id).values(**change(row)))

    return deed


def _draft(**values: Any) -> Callable[[Tx, int], None]:
    def deed(tx: Tx, draft_id: int) -> None:
        tx.run(update(drafts).where(drafts.c.id == draft_id).values(**values))

    return deed


def _post(change: Callable[[Any], dict[str, Any]]) -> Callable[[Tx, int], None]:
    def deed(tx: Tx, draft_id: int) -> None:
        row = tx.row(select(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id))
        tx.run(update(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id).values(**change(row)))

    return deed


def _file(at: int) -> Callable[[Tx, int], None]:
    def deed(tx: Tx, _draft_id: int) -> None:
        swapped = bytes([*PICTURE[:at], PICTURE[at] ^ 1, *PICTURE[at + 1 :]])
        tx.run(update(media).values(content=swapped))

    return deed


def _open_the_wall(tx: Tx, name: str, table: str) -> None:
    where = f" ON {table}" if tx.conn.dialect.name == "postgresql" else ""
    tx.conn.execute(text(f"DROP TRIGGER {name}{where}"))


def _alt(row: Any) -> dict[str, Any]:
    return {"media": [{**one, "alt_text": flipped(one["alt_text"], 3)} for one in row["media"]]}


def _digest(row: Any) -> dict[str, Any]:
    return {"media": [{**one, "sha256": "0" * 64} for one in row["media"]]}


TAMPERINGS: dict[str, Callable[[Tx, int], None]] = {
    "text": _version(lambda row: {"text": flipped(row["text"], 5)}),
    "link": _version(lambda row: {"links": [flipped(row["links"][0], 12)]}),
    "alt text": _version(_alt),
    "file": _file(3),
    "time": _version(lambda row: {"planned_for": row["planned_for"] - timedelta(minutes=1)}),
    "zone": _version(lambda _: {"zone": "Asia/Tokyo"}),
    "template": _version(lambda _: {"template": "holiday"}),
    "fields": _version(lambda _: {"fields": {"day": "Monday"}}),
    "platform": _draft(platform="linkedin"),
    "place": _draft(regions=["US"]),
    "topic": _draft(topic="something else"),
    "hashtags": _draft(hashtags=["elsewhere"]),
    "kind": _draft(promotional=False),
    "moment": _draft(reactive=True),
    "the hash": _draft(content_hash="0" * 64),
    "the agreed hash": _post(lambda _: {"content_hash": "0" * 64}),
}


def test_anything_changed_behind_the_products_back_is_caught_at_the_gate(
    prepare: Prepare, shared_clock: SharedClock, kind: str, subtests: pytest.Subtests
) -> None:
    template = prepare(a_signed_post)
    wanted = dict(TAMPERINGS)
    if LONG:
        wanted |= {f"character {at}": _version(_at(at)) for at in range(len(WORDS))}
        wanted |= {f"byte {at} of the file": _file(at) for at in range(len(PICTURE))}
    elif kind == "postgresql":
        wanted = {name: TAMPERINGS[name] for name in ("file",)}
    start = shared_clock.at
    with Platform() as platform:
        assert _sent_after(template, shared_clock, platform, start, lambda *_: None) == 1, "untouched, it does leave"
        for name, deed in wanted.items():
            with subtests.test(name):
                assert _sent_after(template, shared_clock, platform, start, deed) == 0, f"{name} changed, and it left"
    tell(f"R3 {kind}: {len(EDITS)} kinds of edit, {len(wanted)} changes past the product; 0 left")


def _at(at: int) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {"text": flipped(row["text"], at)}


def _sent_after(
    template: Any, clock: SharedClock, platform: Platform, start: Any, deed: Callable[[Tx, int], None]
) -> int:
    clock.at = start
    platform.forget()
    signed: Signed = template.kept
    with template.copy() as url:
        store = open_store(url, clock=clock, migrate=False)
        with store.write() as tx:
            deed(tx, signed.draft_id)
        line = Line(platform.port)
        clock.at = start + SOON
        Outbox(store, {"dry_run": line}, signed.team.scorer, "worker").publish_due()
        store.close()
    return len(platform.requests)


def test_a_time_moved_forward_in_the_database_does_not_make_a_post_leave_early(
    prepare: Prepare, shared_clock: SharedClock
) -> None:
    """The schedule's row is no content: the agreed time counts, wherever the row says that the post is due."""
    template = prepare(a_signed_post)
    signed: Signed = template.kept
    with Platform() as platform, template.copy() as url:
        store = open_store(url, clock=shared_clock, migrate=False)
        with store.write() as tx:
            _post(lambda row: {"publish_at": row["publish_at"] - SOON})(tx, signed.draft_id)
        Outbox(store, {"dry_run": Line(platform.port)}, signed.team.scorer, "worker").publish_due()
        store.close()
        assert platform.requests == []
