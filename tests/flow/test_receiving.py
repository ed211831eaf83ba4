"""R10: deliveries that are replayed, reordered, altered, early, late or hostile – one effect, or a reason."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from starlette.applications import Starlette

from app import hooks, server
from data.errors import BadInput, NotSignedIn, Refused
from data.signing import ID, SIGNATURE, TIMESTAMP, new_key, sign
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import counts, deliveries, events, items, readings, sources
from monitors.receiving import MOST_BYTES, Receiver
from monitors.sources import discover, pushed
from tests.conftest import HandClock
from tests.factory import add_monitor, team_in
from workflow import deliveries as deeds
from workflow import sources as source_deeds

DAY = timedelta(hours=24)


class Line:
    """One webhook source on one store, and a sender that knows its key."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        self.store, self.clock, self.team = store, clock, team_in(store)
        self.seal = Seal(file=folder / "tact.key")
        self.receiver = Receiver(store, pushed(discover()), self.seal)
        kind, ada = self.receiver.kinds["webhook"], self.team.tokens["ada"]
        self.source = source_deeds.add(store, ada, "webhook", "Shop", {}, DAY, kind.check)
        self.key = self.renew()
        add_monitor(store, terms=("kettle",))

    def renew(self) -> str:
        key = new_key()
        deeds.renew_key(self.store, self.team.tokens["ada"], self.seal, self.source, key)
        return key

    def headers(self, body: bytes, name: str = "d-1", at: datetime | None = None, key: str = "") -> dict[str, str]:
        seconds = str(int((at or self.clock.at).timestamp()))
        signature = f"v1,{sign(key or self.key, name, seconds, body)}"
        return {"content-type": "application/json", ID: name, TIMESTAMP: seconds, SIGNATURE: signature}

    def send(self, body: bytes, name: str = "d-1", **how: Any) -> tuple[int, dict[str, object]]:
        reply = self.receiver.receive(self.source, self.headers(body, name, **how), body)
        return reply.status, dict(reply.said)

    def rows(self, state: str = "") -> list[Any]:
        wanted = select(deliveries).order_by(deliveries.c.id)
        with self.store.read() as tx:
            return list(tx.rows(wanted.where(deliveries.c.state == state) if state else wanted))

    def effects(self) -> tuple[int, int, int]:
        """How many items, readings and counted uses there are."""
        with self.store.read() as tx:
            numbers = [
                tx.value(select(func.count()).select_from(items)),
                tx.value(select(func.count()).select_from(readings)),
                tx.value(select(func.sum(counts.c.count))) or 0,
            ]
        return int(numbers[0]), int(numbers[1]), int(numbers[2])


@pytest.fixture
def line(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> Line:
    return Line(sqlite_store, tmp_path, clock)


@pytest.fixture
def line_on_each(store: Store, tmp_path: Path, clock: HandClock) -> Line:
    return Line(store, tmp_path, clock)


class Client:
    """Calls the route as a server would hand it on."""

    def __init__(self, line: Line) -> None:
        self.app = Starlette(routes=[hooks.route(lambda: line.receiver)])

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://tact.example") as opened:
                return await opened.request(method, path, **how)

        return asyncio.run(once())

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.ask("POST", path, **how)


@pytest.fixture
def client(line: Line) -> Client:
    return Client(line)


def said(*names: str, **more: Any) -> bytes:
    told = [{"id": name, "text": f"My kettle leaks ({name})"} for name in names]
    return json.dumps({"schema": "tact/1", "events": told, **more}).encode()


BROKEN = b'{"schema": "tact/1", "events": [{"id": "e-1", "text": ""}]}'


# --- one effect ----------------------------------------------------------------------------------------------


def test_a_delivery_is_taken_and_counted(line_on_each: Line) -> None:
    line = line_on_each
    now = line.clock.at.isoformat()
    earlier = (line.clock.at - timedelta(hours=1)).isoformat()
    alert = {"topic": "#icedtea", "count": 400, "window_start": earlier, "window_end": now}

    assert line.send(said("a", "b", alerts=[alert])) == (200, {"status": "taken", "new": 3, "sent": 3})

    assert line.effects() == (2, 1, 2)
    (row,) = line.rows()
    assert (row["state"], row["delivery_id"], row["items"], row["body"]) == ("taken", "d-1", 3, "")
    with line.store.read() as tx:
        source = tx.row(select(sources))
    assert source is not None
    assert (source["succeeded_at"], source["next_poll_at"]) == (line.clock.at, line.clock.at + DAY)


def test_a_replayed_delivery_has_no_second_effect(line: Line) -> None:
    body = said("a")
    headers = line.headers(body)
    first = line.receiver.receive(line.source, headers, body)
    again = line.receiver.receive(line.source, headers, body)
    line.clock.forward(minutes=6)
    late = line.receiver.receive(line.source, headers, body)
    signed_anew = line.send(said("a", "z"), "d-1")

    assert (first.status, again.status, late.status) == (200, 200, 401)
    assert again.said == {"status": "already taken"}
    assert signed_anew == (200, {"status": "already taken"}), "an identifier is used once, whatever it carries"
    assert line.effects()[0] == 1


def test_the_same_delivery_from_many_threads_has_one_effect(line_on_each: Line) -> None:
    body = said("a", "b")
    headers = line_on_each.headers(body)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: line_on_each.receiver.receive(line_on_each.source, headers, body), range(8)))

    assert [reply.status for reply in replies] == [200] * 8
    assert sorted(str(reply.said["status"]) for reply in replies) == ["already taken"] * 7 + ["taken"]
    assert line_on_each.effects() == (2, 0, 2)


def test_deliveries_out_of_order_are_all_taken(line: Line) -> None:
    bodies = {name: said(name) for name in "abc"}
    headers = {name: line.headers(body, f"d-{name}") for name, body in bodies.items()}
    line.clock.forward(minutes=4)

    for name in "cab":
        assert line.receiver.receive(line.source, headers[name], bodies[name]).status == 200
    assert line.effects()[0] == 3


def test_an_event_that_two_deliveries_carry_counts_once(line: Line) -> None:
    line.send(said("a"), "d-1")

    assert line.send(said("a", "b"), "d-2") == (200, {"status": "taken", "new": 1, "sent": 2})


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ({"at": timedelta(minutes=-6)}, "too old"),
        ({"at": timedelta(minutes=6)}, "too far ahead"),
        ({"key": new_key()}, "does not fit"),
    ],
)
def test_early_late_and_strangers_have_none(line: Line, how: dict[str, Any], word: str) -> None:
    if "at" in how:
        how = {"at": line.clock.at + how["at"]}
    code, answer = line.send(said("a"), **how)

    assert (code, line.effects()) == (401, (0, 0, 0))
    assert word in str(answer["error"])


def test_an_altered_body_is_refused(line: Line) -> None:
    headers = line.headers(said("a"))

    assert line.receiver.receive(line.source, headers, said("a ")).status == 401
    assert line.effects()[0] == 0


# --- keys ----------------------------------------------------------------------------------------------------


def test_the_old_key_is_good_for_a_day_after_a_renewal(line: Line) -> None:
    old, line.key = line.key, line.renew()
    line.clock.forward(hours=23)
    assert line.send(said("a"), "d-1", key=old)[0] == 200
    assert line.send(said("b"), "d-2")[0] == 200
    line.clock.forward(hours=2)
    assert line.send(said("c"), "d-3", key=old)[0] == 401
    assert line.send(said("d"), "d-4")[0] == 200


def test_a_key_that_leaked_is_ended_at_once(line: Line) -> None:
    leaked, line.key = line.key, new_key()
    ada = line.team.tokens["ada"]
    deeds.renew_key(line.store, ada, line.seal, line.source, line.key, end_old=True)
    assert [line.send(said("a"), "d-1", key=key)[0] for key in (leaked, line.key)] == [401, 200]

    second, line.key = line.key, line.renew()
    assert line.send(said("b"), "d-2", key=second)[0] == 200
    with pytest.raises(Refused):
        deeds.end_old_key(line.store, line.team.tokens["max"], line.source)
    deeds.end_old_key(line.store, ada, line.source)
    assert [line.send(said("c"), "d-3", key=key)[0] for key in (second, line.key)] == [401, 200]
    with pytest.raises(Refused, match="no old key"):
        deeds.end_old_key(line.store, ada, line.source)


def test_keys_stand_nowhere_in_the_open(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line.send(said("a"), key=new_key())
    line.send(BROKEN)
    with line.store.read() as tx:
        everything = repr([tx.rows(select(table)) for table in sources.metadata.sorted_tables])

    assert line.key not in everything + caplog.text
    with pytest.raises(Refused):
        deeds.renew_key(line.store, line.team.tokens["max"], line.seal, line.source, new_key())


def test_a_source_whose_key_cannot_be_opened_says_so_without_a_traceback(line: Line) -> None:
    assert line.seal.file is not None
    line.seal.file.unlink()

    assert line.send(said("a"))[0] == 503
    line.key = line.renew()
    assert line.send(said("a"))[0] == 200, "a new key mends it, though the one before is lost"


# --- what cannot be read waits for a person ------------------------------------------------------------------


def test_what_cannot_be_read_is_refused_with_its_field_and_kept_once(line: Line) -> None:
    first, second = line.send(BROKEN), line.send(BROKEN)

    assert first == second
    assert first[0] == 400
    assert first[1]["field"] == "events.0.text"
    (row,) = line.rows()
    assert (row["state"], row["body"].encode()) == ("refused", BROKEN)
    assert "events.0.text" in row["reason"]
    with line.store.read() as tx:
        source = tx.row(select(sources))
    assert source is not None
    assert (source["failures"], "events.0.text" in source["last_message"]) == (1, True)


def test_bytes_that_are_no_text_are_kept_as_far_as_they_are(line_on_each: Line) -> None:
    assert line_on_each.send(b'{"a": "\x00\xff\xfe"}')[0] == 400
    assert "\x00" not in line_on_each.rows()[0]["body"]


def test_a_sender_that_mends_its_delivery_settles_it(line: Line) -> None:
    line.send(BROKEN)

    assert line.send(said("e-1"))[0] == 200
    assert [(row["state"], row["body"]) for row in line.rows()] == [("mended", ""), ("taken", "")]


def mend(line: Line, body: bytes = b"") -> int:
    """Make the newest refused delivery readable, as an update of ours would."""
    (row,) = line.rows("refused")
    with line.store.write() as tx:
        tx.run(update(deliveries).where(deliveries.c.id == row["id"]).values(body=(body or said("e-1")).decode()))
    return int(row["id"])


def test_a_person_has_it_read_again_and_it_has_effect_once(line: Line) -> None:
    line.send(BROKEN)
    max_, again = line.team.tokens["max"], line.receiver.take_again
    with pytest.raises(BadInput, match=r"events\.0\.text"):
        deeds.try_again(line.store, max_, line.rows()[0]["id"], again)
    assert line.rows()[0]["state"] == "refused"
    delivery = mend(line)

    assert deeds.try_again(line.store, max_, delivery, again) == 1

    assert line.effects()[0] == 1
    assert line.send(said("e-1")) == (200, {"status": "already taken"})
    with pytest.raises(Refused, match="settled"):
        deeds.try_again(line.store, max_, delivery, again)
    with line.store.read() as tx:
        told = tx.row(select(events).where(events.c.kind == "delivery_taken"))
    assert told is not None
    assert (told["actor"], told["before"], told["after"], told["detail"]["items"]) == ("Max", "refused", "taken", 1)


def test_two_people_who_try_again_at_once_have_one_effect(line_on_each: Line) -> None:
    line = line_on_each
    line.send(BROKEN)
    delivery = mend(line)

    def attempt(name: str) -> str:
        try:
            deeds.try_again(line.store, line.team.tokens[name], delivery, line.receiver.take_again)
        except Refused:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, ["max", "ada"])) == ["refused", "taken"]
    assert line.effects()[0] == 1


def test_one_that_nobody_needs_is_set_aside_and_its_words_forgotten(line: Line) -> None:
    line.send(BROKEN)
    delivery = line.rows()[0]["id"]
    with pytest.raises(Refused):
        deeds.set_aside(line.store, line.team.tokens["ana"], delivery)
    with pytest.raises(NotSignedIn):
        deeds.set_aside(line.store, "nobody", delivery)

    deeds.set_aside(line.store, line.team.tokens["max"], delivery)

    assert [(row["state"], row["body"]) for row in line.rows()] == [("set_aside", "")]
    with line.store.read() as tx:
        source = tx.row(select(sources))
    assert source is not None
    assert (source["failures"], source["failing_since"]) == (0, None), "nothing waits: the source is well again"


# --- nobody fills the disk -----------------------------------------------------------------------------------


def test_strangers_leave_a_number_and_nothing_else(line: Line) -> None:
    for turn in range(40):
        line.send(said("a"), f"d-{turn}", key=new_key())
        line.clock.forward(seconds=1)
    line.clock.forward(hours=1)
    line.send(said("a"), "d-x", key=new_key())

    found = line.rows()
    assert [row["state"] for row in found] == ["unsigned", "unsigned"]
    assert 30 <= found[0]["items"] <= 40, "written down every ten seconds"
    assert sum(row["items"] for row in found) == 41
    assert all(row["body"] == "" for row in found)


def test_only_so_many_wait_at_a_time(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "MOST_WAITING", 3)
    codes = [line.send(BROKEN, f"d-{turn}")[0] for turn in range(5)]

    assert codes == [400] * 5, "its sender is told all the same"
    assert [(row["state"], row["items"]) for row in line.rows()] == [("refused", 0)] * 3 + [("overflow", 2)]


def test_a_source_that_sends_too_often_is_slowed(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "MOST_A_MINUTE", 3)
    assert [line.send(said(str(n)), f"d-{n}")[0] for n in range(4)] == [200, 200, 200, 429]
    line.clock.forward(minutes=1, seconds=1)
    assert line.send(said("3"), "d-3")[0] == 200


def test_what_is_refused_again_and_again_is_slowed_too_and_is_one_failure(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "MOST_A_MINUTE", 3)
    assert [line.send(BROKEN)[0] for _ in range(4)] == [400, 400, 400, 429]
    assert len(line.rows()) == 1
    with line.store.read() as tx:
        assert tx.value(select(sources.c.failures)) == 1


def test_what_is_settled_is_forgotten_after_a_month(line: Line) -> None:
    line.send(said("a"), "d-1")
    line.send(BROKEN, "d-2")
    line.clock.forward(days=31)
    line.send(said("b"), "d-3")

    assert [row["delivery_id"] for row in line.rows()] == ["d-2", "d-3"], "what waits for a person waits on"


# --- the address ---------------------------------------------------------------------------------------------


def test_a_signed_post_is_taken_without_any_cookie(line: Line, client: Client) -> None:
    body = said("a")
    reply = client.post(f"/hooks/{line.source}", content=body, headers=line.headers(body))

    assert (reply.status_code, reply.json()) == (200, {"status": "taken", "new": 1, "sent": 1})
    assert "set-cookie" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("off", ["unknown", "off", "another kind", "no number", "digits", "letters", "other digits"])
def test_what_takes_no_deliveries_all_looks_alike(line: Line, client: Client, off: str) -> None:
    number = line.source
    with line.store.write() as tx:
        if off == "off":
            tx.run(update(sources).values(enabled=False))
        elif off == "another kind":
            tx.run(update(sources).values(kind="rss"))
    number = {"unknown": number + 1, "no number": 10**30}.get(off, number)
    written = {"digits": "9" * 5_000, "letters": "x", "other digits": "%D9%A1"}.get(off, str(number))
    body = said("a")
    reply = client.post(f"/hooks/{written}", content=body, headers=line.headers(body))

    assert (reply.status_code, reply.json()) == (404, {"error": "Nothing takes deliveries at this address."})


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_a_body_is_not_read_to_its_end(line: Line, client: Client, announced: bool) -> None:
    sent = 0

    async def drops() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * 65_536

    body = b" " * (MOST_BYTES + 1)
    headers = line.headers(body)
    reply = client.post(f"/hooks/{line.source}", content=body if announced else drops(), headers=headers)

    assert reply.status_code == 413
    assert "256 KB" in reply.json()["error"]
    assert sent <= 6
    assert line.rows() == []


@pytest.mark.parametrize(
    ("odd", "word"),
    [
        ({ID: ""}, "missing"),
        ({SIGNATURE: ""}, "missing"),
        ({TIMESTAMP: "1000000000"}, "too old"),
        ({TIMESTAMP: "soon"}, "whole number"),
        ({SIGNATURE: "\x07"}, "base64"),
        ({SIGNATURE: "x" * 10_000}, "base64"),
    ],
)
def test_no_body_is_read_of_what_its_headers_rule_out(
    line: Line, client: Client, odd: dict[str, str], word: str
) -> None:
    sent = 0

    async def drops() -> AsyncIterator[bytes]:
        nonlocal sent
        sent += 1
        yield b" "

    reply = client.post(f"/hooks/{line.source}", content=drops(), headers=line.headers(b" ") | odd)

    assert (reply.status_code, sent) == (401, 0)
    assert word in reply.json()["error"]
    assert [row["state"] for row in line.rows()] == ["unsigned"], "it is counted like any stranger"


def test_only_so_many_bodies_are_in_memory_at_a_time(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "MOST_BODIES", 2)
    body = said("a")

    async def knock(opened: httpx.AsyncClient, name: str, began: asyncio.Event, enough: asyncio.Event) -> int:
        async def slow() -> AsyncIterator[bytes]:
            began.set()
            await enough.wait()
            yield body

        reply = await opened.post(f"/hooks/{line.source}", content=slow(), headers=line.headers(body, name))
        assert reply.status_code != 503 or reply.headers["retry-after"] == "5"
        return reply.status_code

    async def crowd() -> list[int]:
        app, enough = Starlette(routes=[hooks.route(lambda: line.receiver)]), asyncio.Event()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tact.example") as opened:
            begun = [asyncio.Event(), asyncio.Event()]
            first = [asyncio.create_task(knock(opened, f"d-{n}", begun[n], enough)) for n in range(2)]
            for one in begun:
                await asyncio.wait_for(one.wait(), 5)
            third = await knock(opened, "d-2", asyncio.Event(), enough)
            enough.set()
            codes = [third, *[await one for one in first]]
            return [*codes, await knock(opened, "d-2", asyncio.Event(), enough)]

    assert asyncio.run(crowd()) == [503, 200, 200, 200]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(line: Line, client: Client, kind: str) -> None:
    body = said("a")
    reply = client.post(f"/hooks/{line.source}", content=body, headers=line.headers(body) | {"content-type": kind})

    assert reply.status_code == 415


def test_the_console_serves_the_address() -> None:
    assert any(getattr(route, "path", "") == hooks.PATH for route in server.app._user_routes)


def test_another_method_is_refused(line: Line, client: Client) -> None:
    assert client.ask("GET", f"/hooks/{line.source}").status_code == 405


def test_a_body_that_drips_is_given_up(line: Line, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "MOST_SECONDS", 0.05)
    body = said("a")

    async def drips() -> AsyncIterator[bytes]:
        yield body[:5]
        await asyncio.sleep(5)
        yield body[5:]

    assert client.post(f"/hooks/{line.source}", content=drips(), headers=line.headers(body)).status_code == 408
