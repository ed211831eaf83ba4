"""What people try who want a post out: the preparation as far as it is honest, and the ways around everybody.

The doors that are not the console's pages: the use cases called directly, the tables changed past all use cases, the
server's own addresses, the command line. `test_incidents` says which is tried on which post.
"""

from __future__ import annotations

import hashlib
import http.client
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.clock import utc_now
from app.settings import as_environment
from app.wiring import build
from data.errors import TactError
from data.storage import events as chain
from data.storage.store import Tx
from data.storage.tables import (
    approvals,
    brands,
    drafts,
    events,
    holds,
    items,
    media,
    people,
    publications,
    scheduled_posts,
)
from tests.browser.dark_week import Incident
from tests.factory import good_answers
from tests.pictures import as_bytes, scene
from tests.processes import Sample, wait_for
from workflow import access, accounts, approve, checking, draft, hold, lifecycle
from workflow import media as pictures
from workflow.held import covering, what_is_held
from workflow.lifecycle import draft_row
from workflow.media import media_row
from workflow.rules.approvals import Decision
from workflow.rules.drafts import Move
from workflow.rules.roles import Role
from workflow.stopped import reasons_of

PASSWORD = "a long enough password"
OPERATOR = chain.Actor(None, "operator")
LATER = timedelta(hours=2)
# The feeds are read every second: what has not come in for so many seconds was read.
STILL = 3.0
CONTROL = "Nine huts, three lakes and one very good bench. See you on the trail."


class Team:
    """The sample's five, an executive, a viewer, second accounts of two of them, and everybody's sign-in."""

    def __init__(self, sample: Sample) -> None:
        self.sample, self.store, self.scorer = sample, sample.house.store, sample.house.scorer
        self.ids: dict[str, int] = {}
        with self.store.write() as tx:
            self._hire(tx, "viktor", Role.EXECUTIVE)
            self._hire(tx, "vida", Role.VIEWER)
            self._hire(tx, "viktor_too", Role.MANAGER, "viktor")
            self._hire(tx, "leilani_too", Role.PR, "leilani")
            known = {row["username"]: row["id"] for row in tx.rows(select(people))}
            self.tokens = {name: access.begin_sign_in(tx, one) for name, one in known.items()}
            self.ended = access.begin_sign_in(tx, known["ingrid"])
        access.sign_out(self.store, self.ended)

    def _hire(self, tx: Tx, name: str, role: Role, same_as: str = "") -> None:
        new = accounts.add(tx, OPERATOR, name, name.title(), role, PASSWORD)
        if same_as:
            accounts.link_in(tx, OPERATOR, new.id, accounts.named(tx, same_as)["id"])

    # --- the honest part ---------------------------------------------------------------------------------------------

    def write(self, incident: Incident, words: str = "", by: str = "amara", at: timedelta | None = LATER) -> int:
        """A draft with its checklist answered well."""
        writing = draft.Writing(
            words or incident.text,
            regions=incident.regions,
            promotional=incident.promotional,
            reactive=incident.reactive,
            planned_for=None if at is None else utc_now().replace(microsecond=0) + at,
        )
        if incident.picture:
            writing = replace(writing, media=(self._picture(incident.picture),))
        new = draft.start(self.store, self.tokens[by], writing)
        checking.answer(self.store, self.tokens[by], new, self.hash_of(new), good_answers())
        return new

    def _picture(self, name: str) -> dict[str, Any]:
        drawn = as_bytes(scene(sum(name.encode())), "PNG")
        taken = pictures.take_in(self.store, self.tokens["amara"], name, drawn)
        self.ids[name] = taken.media_id
        return dict(taken.entry) | {"alt_text": "What the sky looked like"}

    def submit(self, draft_id: int, by: str = "amara") -> None:
        with self.store.read() as tx:
            number = draft_row(tx, draft_id)["number"]
        draft.submit(self.store, self.scorer, self.tokens[by], draft_id, number)

    def sign(self, draft_id: int, *names: str) -> None:
        for name in names:
            self.sign_with(self.tokens[name], draft_id)

    def sign_with(self, token: str, draft_id: int) -> None:
        approve.sign(self.store, token, draft_id, self.hash_of(draft_id), Decision.APPROVE)

    def look(self, name: str, *by: str) -> None:
        with self.store.read() as tx:
            digest = media_row(tx, self.ids[name])["sha256"]
        for one in by:
            pictures.look(self.store, self.tokens[one], self.ids[name], digest)

    def note_origin(self, name: str, origin: str) -> None:
        pictures.note_origin(self.store, self.tokens["amara"], self.ids[name], origin)

    def wait_before_sending(self, seconds: int) -> None:
        with self.store.write() as tx:
            tx.run(update(brands).values(settings={"send_delay_seconds": seconds}))

    # --- what can be seen ----------------------------------------------------------------------------------------

    def hash_of(self, draft_id: int) -> str:
        with self.store.read() as tx:
            return str(draft_row(tx, draft_id)["content_hash"])

    def state_of(self, draft_id: int) -> str:
        with self.store.read() as tx:
            return str(draft_row(tx, draft_id)["state"])

    def standing(self, draft_id: int) -> tuple[str, int]:
        """Where it is, and how many signatures count on it."""
        with self.store.read() as tx:
            row = draft_row(tx, draft_id)
            return row["state"], len(approve.standing_of(tx, row).signed)

    def out(self) -> list[int]:
        """The drafts that left."""
        with self.store.read() as tx:
            return [row["draft_id"] for row in tx.rows(select(publications.c.draft_id).order_by(publications.c.id))]

    def stopped_for(self, draft_id: int) -> dict[str, str]:
        """The codes that stopped it at any time, each with the words that people read."""
        found: dict[str, str] = {}
        with self.store.read() as tx:
            own = (events.c.subject == "draft") & (events.c.subject_id == draft_id)
            for row in tx.rows(select(events).where(own, events.c.kind.in_(_STOPS)).order_by(events.c.id)):
                found |= dict.fromkeys(row["detail"]["reasons"], row["why"])
            found |= {one["code"]: one["text"] for one in reasons_of(tx, draft_id)}
        return found

    def wait_until(self, draft_id: int, *states: str) -> None:
        wait_for(lambda: self.state_of(draft_id) in states, f"draft {draft_id} is {' or '.join(states)}", 60)

    # --- around everybody ----------------------------------------------------------------------------------------

    def refused(self, code: str, deed: Callable[[], object]) -> None:
        """A use case called directly says no, by this code, and not the page."""
        with pytest.raises(TactError) as said:
            deed()
        assert code in getattr(said.value, "codes", ()) or code == type(said.value).__name__, said.value.message

    def move(self, draft_id: int, what: Move) -> None:
        """What every move goes through, called by itself, as somebody who holds the program would."""
        with self.store.write() as tx:
            lifecycle.send_to(tx, OPERATOR, draft_row(tx, draft_id), what)

    def wait_until_all_is_read(self) -> None:
        """New evidence withdraws an agreement to lift: wait until what was told is in, and the holds stand still."""

        def as_it_stands() -> object:
            with self.store.read() as tx:
                return tx.rows(select(holds.c.id, holds.c.reasons)), tx.value(select(func.count()).select_from(items))

        seen, since = as_it_stands(), time.monotonic()

        def still() -> bool:
            nonlocal seen, since
            now = as_it_stands()
            if now != seen:
                seen, since = now, time.monotonic()
            return time.monotonic() - since > STILL

        wait_for(still, "the holds stand still", 60)

    def wait_for_a_hold_over(self, draft_id: int) -> None:
        """Stopped, and a hold covers it. Which comes first is chance: whoever looks through the queue may be faster."""

        def stopped() -> bool:
            with self.store.read() as tx:
                row = draft_row(tx, draft_id)
                return row["state"] in ("held", "blocked") and bool(covering(tx, row))

        wait_for(stopped, f"a hold over draft {draft_id}", 60)

    def hold_over(self, draft_id: int) -> int:
        """The hold that stops this draft."""
        with self.store.read() as tx:
            return int(covering(tx, draft_row(tx, draft_id))[0]["id"])

    def lift(self, hold_id: int, name: str) -> None:
        with self.store.read() as tx:
            stamp = what_is_held(tx)[hold_id].stamp
        hold.lift(self.store, self.tokens[name], hold_id, "I am sure.", stamp)

    def walled(self, said: str, statement: str, **values: object) -> None:
        """The database itself says no to a statement past all use cases."""
        with pytest.raises(DBAPIError, match=said), self.store.write() as tx:
            tx.conn.execute(text(statement), values)

    def force(self, draft_id: int) -> None:
        """Put a draft on the schedule with the database's own tools, due now, as if two people had agreed."""
        with self.store.write() as tx:
            row = draft_row(tx, draft_id)
            tx.run(update(drafts).where(drafts.c.id == draft_id).values(state="scheduled"))
            due = {"publish_at": tx.now, "created_at": tx.now, "wall_clock": ""}
            post = {"draft_id": draft_id, "content_hash": row["content_hash"], "refusals": [], **due}
            post["idempotency_key"] = secrets.token_hex(8)
            tx.insert(insert(scheduled_posts).values(**post))

    def hurry(self, draft_id: int) -> None:
        """Put a stopped post back on the schedule and make it due now, with the database's own tools."""
        with self.store.write() as tx:
            tx.run(update(drafts).where(drafts.c.id == draft_id).values(state="scheduled"))
            post = update(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id)
            tx.run(post.values(publish_at=tx.now, closed_at=None))

    def forge_a_claim(self, draft_id: int) -> None:
        """Make it look as if a worker had been sending the post and died: another one will take it over."""
        with self.store.write() as tx:
            gone = {"lease_owner": "gone:1", "fence": 1, "closed_at": None, "begun": 1, "first_begun_at": tx.now}
            tx.run(update(drafts).where(drafts.c.id == draft_id).values(state="publishing"))
            post = update(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id)
            tx.run(post.values(lease_until=tx.now - timedelta(seconds=1), **gone))

    def swap(self, name: str) -> None:
        """Another picture under the same name, behind the console's back, its hash made to fit."""
        other = as_bytes(scene(99), "PNG")
        digest = hashlib.sha256(other).hexdigest()
        with self.store.write() as tx:
            tx.run(update(media).where(media.c.id == self.ids[name]).values(content=other, sha256=digest))

    def publish_with_another_clock(self, ahead: timedelta) -> None:
        """An outbox of one's own, on a clock that says that every planned time has come."""
        house = build(self.sample.settings, clock=lambda: utc_now() + ahead)
        house.outbox().publish_due()
        house.store.close()

    def command(self, *words: str) -> tuple[int, str]:
        """`python -m app ...` on this workspace: exit status, and everything it said."""
        done = subprocess.run(
            [sys.executable, "-m", "app", *words],
            env=as_environment(self.sample.settings),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def signatures(self) -> int:
        with self.store.read() as tx:
            return int(tx.value(select(func.count()).select_from(approvals)))


_STOPS = ("draft_hold", "draft_block", "draft_block_more", "draft_lost")


def knock(address: str, draft_id: int, token: str) -> list[int]:
    """What the console's server answers to requests that no page of it makes."""
    body = {"draft": draft_id, "state": "published", "decision": "approve"}
    cookie = {"tact_sign_in": token}
    with httpx.Client(base_url=address, cookies=cookie, timeout=10) as client:
        asked = [
            client.post("/approvals", params={"draft": draft_id}, json=body),
            client.post("/draft", params={"draft": draft_id}, data={"state": "published"}),
            client.post("/publish", json=body),
            client.post("/api/v1/statuses", json=body),
            client.put(f"/draft/{draft_id}", json=body),
            client.delete("/schedule"),
            client.post("/auth/keep", content=token, headers={"Origin": "http://elsewhere.example"}),
            client.post("/hooks/1", json=body),
            client.put("/_stcore/upload_file/nobody/nothing", files={"file": ("a.png", b"\x89PNG", "image/png")}),
        ]
    return [one.status_code for one in asked] + [_socket_from_elsewhere(address, token)]


def _socket_from_elsewhere(address: str, token: str) -> int:
    """The status with which the console's WebSocket answers another site's page."""
    line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "http://elsewhere.example"}
    line.request("GET", "/_stcore/stream", headers=headers | {"Cookie": f"tact_sign_in={token}"})
    status = line.getresponse().status
    line.close()
    return status
