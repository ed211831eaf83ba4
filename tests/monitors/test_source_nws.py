"""The National Weather Service: what its alerts become, what takes them back, and the post that one of them stops."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import brands, holds, items, sources
from monitors.fetch import Fetcher
from monitors.poller import Poller
from monitors.sources import Poll, PollState
from monitors.sources._official import GRAVE
from monitors.sources.nws import SOURCE
from scoring.contract import Warning
from scoring.warnings import in_force
from tests import factory as f
from tests.conftest import HandClock
from workflow import hold
from workflow.draft import Writing
from workflow.judge import recent_warnings

from .conftest import NOW, Web, page, status

CAPTURED = sorted((Path(__file__).parents[3] / "shared" / "fixtures" / "nws").glob("*.json"))
SENT = NOW - timedelta(minutes=10)
OFFICIAL = {"agency", "event", "severity", "area", "onset", "expires", "cancelled", "replaces"}


def alert(name: str, **said: object) -> dict[str, Any]:
    words: dict[str, Any] = {
        "id": f"urn:oid:{name}",
        "status": "Actual",
        "messageType": "Alert",
        "event": "Tornado Warning",
        "severity": "Extreme",
        "urgency": "Immediate",
        "certainty": "Observed",
        "areaDesc": "Meadow, NJ",
        "geocode": {"UGC": ["NJC001"], "SAME": ["034001"]},
        "references": [],
        "sent": SENT.isoformat(),
        "onset": SENT.isoformat(),
        "expires": (NOW + timedelta(hours=1)).isoformat(),
        "ends": None,
        "senderName": "NWS Meadow NJ",
        "headline": "Tornado Warning until ten",
        "description": "Take cover\nnow.",
        "response": "Shelter",
    }
    return {"type": "Feature", "id": f"https://api.example/alerts/{name}", "properties": words | said}


def reply(*alerts: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(alerts)}).encode()


def ask(web: Web, fetcher: Fetcher, body: bytes, state: PollState | None = None, **config: object) -> Poll:
    web.routes["/alerts/active"] = page(body, ETag='"1"')
    return SOURCE.poll({"address": web.url("/alerts/active"), **config}, state or PollState(), fetcher, NOW)


def holding(poll: Poll, *earlier: Poll) -> list[str | None]:
    """The regions of the warnings that are in force after these polls, by the judge's own rule."""
    return [warning.region for warning in in_force(warnings_of(*earlier, poll), NOW)]


def warnings_of(*polls: Poll) -> list[Warning]:
    """What these polls brought, as the judge reads it from the items."""
    found = {item.external_id: item for one in polls for item in one.items}
    return [
        Warning(
            agency=str(item.extra["agency"]),
            event=str(item.extra["event"]),
            severity=str(item.extra["severity"]),
            area=str(item.extra["area"]),
            region=item.region,
            at=item.published_at or NOW,
            expires=datetime.fromisoformat(str(item.extra["expires"])) if item.extra["expires"] else None,
            cancelled=bool(item.extra["cancelled"]),
            text=item.text,
        )
        for item in found.values()
    ]


def test_an_alert_is_an_official_item(web: Web, fetcher: Fetcher) -> None:
    (item,) = ask(web, fetcher, reply(alert("1"))).items

    assert (item.external_id, item.kind, item.region, item.author) == (
        "urn:oid:1",
        "official",
        "US-NJ",
        "NWS Meadow NJ",
    )
    assert item.text == "Tornado Warning until ten\nTake cover now."
    assert item.url == "https://api.example/alerts/1"
    assert item.published_at == SENT
    assert {name: item.extra[name] for name in ("agency", "event", "severity", "area", "expires", "cancelled")} == {
        "agency": "NWS Meadow NJ",
        "event": "Tornado Warning",
        "severity": "Extreme",
        "area": "Meadow, NJ",
        "expires": (NOW + timedelta(hours=1)).isoformat(),
        "cancelled": False,
    }
    assert item.extra["onset"] == SENT.isoformat()


def test_it_asks_for_what_is_actual_there(web: Web, fetcher: Fetcher) -> None:
    ask(web, fetcher, reply(), area="nj, NY")

    path, headers = web.seen[0]
    assert parse_qs(urlsplit(path).query) == {"status": ["actual"], "area": ["NJ,NY"]}
    assert "geo+json" in headers["accept"]
    assert "ops@example.org" in headers["user-agent"]


def test_a_state_that_is_none_is_named() -> None:
    with pytest.raises(BadInput, match=r"States: .NEW"):
        SOURCE.check({"area": "New Jersey"})


@pytest.mark.parametrize(
    ("geocode", "area", "regions"),
    [
        ({"UGC": ["NJC001", "NYZ072"]}, "", ["US-NJ", "US-NY"]),
        ({"UGC": ["PKZ750", "AKZ017"]}, "", ["US-AK"]),
        ({"UGC": ["PZZ130"]}, "", ["XZ"]),
        ({"SAME": ["048113"]}, "", ["US-TX"]),
        ({"SAME": ["091240"]}, "", ["XZ"]),
        ({"UGC": ["PRC001"]}, "", ["PR", "US-PR"]),
        ({"UGC": [], "SAME": []}, "Meadow, MA; Hill, VT", ["US-MA", "US-VT"]),
        ({"UGC": ["??"], "SAME": ["x"]}, "Meadow; Hill", [None]),
    ],
)
def test_where_it_holds(
    web: Web, fetcher: Fetcher, geocode: dict[str, list[str]], area: str, regions: list[str | None]
) -> None:
    found = ask(web, fetcher, reply(alert("1", geocode=geocode, areaDesc=area))).items

    assert [item.region for item in found] == regions
    assert len({item.external_id for item in found}) == len(regions)


def test_waters_alone_can_be_left_out(web: Web, fetcher: Fetcher) -> None:
    body = reply(alert("1", geocode={"UGC": ["PZZ130"]}), alert("2"))

    assert [item.region for item in ask(web, fetcher, body, at_sea=False).items] == ["US-NJ"]


@pytest.mark.parametrize(
    "said", [{"status": "Test"}, {"status": "Exercise"}, {"event": "Test Message"}, {"event": "Tsunami Exercise"}]
)
def test_rehearsals_are_left_out(web: Web, fetcher: Fetcher, said: dict[str, str]) -> None:
    assert [item.external_id for item in ask(web, fetcher, reply(alert("1", **said), alert("2"))).items] == [
        "urn:oid:2"
    ]


def test_it_ends_with_its_event(web: Web, fetcher: Fetcher) -> None:
    # Two hours and more: a warning counts so much longer than its words say.
    over, later = (NOW - timedelta(hours=2, minutes=1)).isoformat(), (NOW + timedelta(hours=3)).isoformat()

    assert holding(ask(web, fetcher, reply(alert("1")))) == ["US-NJ"]
    assert holding(ask(web, fetcher, reply(alert("1", expires=over)))) == []
    assert holding(ask(web, fetcher, reply(alert("1", ends=over)))) == []
    assert holding(ask(web, fetcher, reply(alert("1", expires=over, ends=later)))) == ["US-NJ"]


def referring(name: str, **said: object) -> dict[str, Any]:
    references = [{"identifier": "urn:oid:1", "sender": "x", "sent": SENT.isoformat()}]
    return alert(name, **({"references": references, "sent": NOW.isoformat()} | said))


@pytest.mark.parametrize("area", ["Meadow, NJ", "Meadow, NJ; Hill, NJ"])
def test_a_cancelled_warning_holds_no_longer(web: Web, fetcher: Fetcher, area: str) -> None:
    first = ask(web, fetcher, reply(alert("1", areaDesc=area)))
    cancel = referring("2", messageType="Cancel")
    second = ask(web, fetcher, reply(cancel), first.state)

    assert holding(first) == ["US-NJ"]
    assert holding(second, first) == []
    assert holding(ask(web, fetcher, reply(alert("1", areaDesc=area), cancel))) == []


def test_an_update_stands_in_for_what_it_replaces(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, reply(alert("1")))
    milder = ask(web, fetcher, reply(referring("2", messageType="Update", severity="Moderate")), first.state)
    as_grave = ask(web, fetcher, reply(referring("2", messageType="Update")), first.state)
    elsewhere = ask(web, fetcher, reply(referring("2", messageType="Update", areaDesc="Hill, NJ")), first.state)

    assert holding(milder, first) == []
    assert holding(as_grave, first) == ["US-NJ"]
    assert [str(item.extra["area"]) for item in elsewhere.items if not item.extra["cancelled"]] == ["Hill, NJ"]
    assert holding(elsewhere, first) == ["US-NJ"], "of the two areas only the second is left"


def test_an_update_of_the_same_minute_is_not_taken_back_with_the_old_one(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, reply(alert("1")))
    update_ = referring("2", messageType="Update", sent=SENT.isoformat())

    assert "US-NJ" in holding(ask(web, fetcher, reply(update_), first.state), first)


def test_an_all_clear_is_one(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, reply(alert("1")))
    clear = referring("2", messageType="Update", response="AllClear")

    assert holding(ask(web, fetcher, reply(clear), first.state), first) == []


def test_what_is_remembered_is_forgotten_when_it_is_over(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, reply(alert("1"), alert("2", severity="Minor")))
    assert len(first.state.cursor) == 1

    web.routes["/alerts/active"] = page(reply())
    later = SOURCE.poll({"address": web.url("/alerts/active")}, first.state, fetcher, NOW + timedelta(hours=2))
    assert later.state.cursor == {}


def test_nothing_new_costs_one_line(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, reply(alert("1")))
    web.routes["/alerts/active"] = status(304)

    second = SOURCE.poll({"address": web.url("/alerts/active")}, first.state, fetcher, NOW)

    assert (second.not_modified, second.items, second.state) == (True, (), first.state)
    assert web.seen[1][1]["if-none-match"] == '"1"'


@pytest.mark.skipif(not CAPTURED, reason="the captured replies of the NWS are not here")
def test_every_captured_alert_is_read(web: Web, fetcher: Fetcher) -> None:
    unplaced = total = given = rehearsals = timed = 0
    for file in CAPTURED:
        body = dated(file.read_text("utf-8"))
        features = json.loads(body)["features"]
        given += len(features)
        rehearsals += sum(feature["properties"]["event"] == "test" for feature in features)
        wanted = {feature["properties"]["id"] for feature in features if feature["properties"]["event"] != "test"}
        found = [item for item in ask(web, fetcher, body).items if not item.external_id.endswith(" over")]
        codes = {item.external_id.split(" ")[0] for item in found}
        assert codes == wanted
        updates = {feature["properties"]["id"] for feature in features if feature["properties"].get("references", [])}
        assert all(item.extra["replaces"] for item in found if item.extra["message_type"] == "Update")
        assert {item.external_id.split(" ")[0] for item in found if item.extra["replaces"]} <= updates
        unplaced += sum(item.region is None for item in found)
        total += len(found)
        for item in found:
            assert item.text
            assert item.extra["event"]
            assert item.extra.keys() >= OFFICIAL
            timed += bool(item.extra["onset"] and item.extra["expires"])
            assert item.extra["severity"] in ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
            assert item.published_at is not None
            assert item.published_at.tzinfo is UTC
            assert item.published_at <= NOW
    assert unplaced < total / 8, "only those that were made without any code"
    assert timed > total * 0.99
    assert (given, rehearsals) == (1_369, 1), "each is read, but for the one whose event is called test"


@pytest.mark.skipif(not CAPTURED, reason="the captured replies of the NWS are not here")
@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_captured_alerts_hold_until_they_end_are_replaced_or_are_cancelled(
    web: Web, fetcher: Fetcher, file: Path
) -> None:
    body = dated(file.read_text("utf-8"))
    features = json.loads(body)["features"]
    replaced = {old["identifier"] for feature in features for old in feature["properties"].get("references", [])}

    first = ask(web, fetcher, body)
    grave = [item for item in first.items if item.extra["severity"] in GRAVE and not item.extra["cancelled"]]
    current = {item.text for item in grave if item.external_id.split(" ")[0] not in replaced}
    standing = {
        item.text for item in grave if not item.extra["expires"] or str(item.extra["expires"]) > NOW.isoformat()
    }
    holding_now = {warning.text for warning in in_force(warnings_of(first), NOW)}
    assert holding_now <= current & standing
    assert holding_now, "each of these replies was of a day with weather"
    assert in_force(warnings_of(first), NOW + timedelta(days=30)) == [], "all have run out by then"

    cancels = [cancelling(feature, number) for number, feature in enumerate(features)]
    assert in_force(warnings_of(first, ask(web, fetcher, reply(*cancels), first.state)), NOW) == []


def dated(body: str) -> bytes:
    """The captured replies tell their times from now, in words."""

    def instant(found: re.Match[str]) -> str:
        return (NOW + timedelta(**{found[2].rstrip("s") + "s": int(found[1])})).isoformat()

    return re.sub(r"date:now ([+-]?\d+) (seconds?|minutes?|hours?|days?)", instant, body).encode()


def cancelling(feature: dict[str, Any], number: int) -> dict[str, Any]:
    said = feature["properties"]
    refers = [{"identifier": said["id"], "sender": "x", "sent": said["sent"]}]
    words = {**said, "id": f"urn:oid:cancel-{number}", "messageType": "Cancel", "references": refers}
    return {**feature, "properties": words | {"sent": NOW.isoformat()}}


def test_a_served_warning_stops_the_post_there_and_no_other(
    store: Store, clock: HandClock, web: Web, fetcher: Fetcher
) -> None:
    team = f.team_in(store)
    _speak_in(store, ("US-NJ", "US-CA"))
    here, there = (_scheduled(team, clock, region) for region in ("US-NJ", "US-CA"))
    f.add_source(store, "NWS", "nws", config={"address": web.url("/alerts/active")}, interval_seconds=60)
    times = {"sent": clock.at.isoformat(), "expires": (clock.at + timedelta(hours=1)).isoformat()}
    mild = alert("0", severity="Moderate", geocode={"UGC": ["CAC001"]}, **times)
    web.routes["/alerts/active"] = page(reply(mild, alert("1", **times)))

    taken = Poller(store, {"nws": SOURCE}, fetcher, "here").poll_one()
    assert taken is not None
    assert taken.items == 2
    opened = hold.watch(store, team.scorer)

    with store.read() as tx:
        rows = tx.rows(select(holds))
    assert [row["id"] for row in rows] == list(opened)
    assert [(row["scope_kind"], row["scope_value"], row["origin"]) for row in rows] == [("region", "US-NJ", "rule")]
    assert "Tornado Warning (Extreme)" in rows[0]["reasons"][0]["text"]
    assert (f.state_of(team, here), f.state_of(team, there)) == ("held", "scheduled")


def test_a_warning_that_was_cancelled_before_we_looked_stops_nothing(
    store: Store, clock: HandClock, web: Web, fetcher: Fetcher
) -> None:
    team = f.team_in(store)
    _speak_in(store, ("US-NJ",))
    post = _scheduled(team, clock, "US-NJ")
    f.add_source(store, "NWS", "nws", config={"address": web.url("/alerts/active")}, interval_seconds=60)
    poller = Poller(store, {"nws": SOURCE}, fetcher, "here")
    times = {"sent": clock.at.isoformat(), "expires": (clock.at + timedelta(hours=1)).isoformat()}
    web.routes["/alerts/active"] = page(reply(alert("1", **times)))
    poller.poll_one()
    clock.forward(minutes=2)
    cancel = referring("2", messageType="Cancel", sent=clock.at.isoformat(), areaDesc="All of New Jersey")
    web.routes["/alerts/active"] = page(reply(cancel))
    poller.poll_one()

    assert hold.watch(store, team.scorer) == ()
    assert f.state_of(team, post) == "scheduled"
    with store.read() as tx:
        assert len(recent_warnings(tx)) == 3
        assert tx.value(select(sources.c.cursor)) == {}
        assert {row["kind"] for row in tx.rows(select(items))} == {"official"}


def _speak_in(store: Store, regions: tuple[str, ...]) -> None:
    with store.write() as tx:
        profile: Mapping[str, Any] = tx.value(select(brands.c.profile))
        tx.run(update(brands).values(profile={**profile, "regions": list(regions)}))


def _scheduled(team: f.Team, clock: HandClock, region: str) -> int:
    words = Writing("Iced tea, as patient as you are.", regions=(region,), reactive=False)
    return f.scheduled_draft(
        team, replace(words, text=f"Iced tea for {region}.", planned_for=clock.at + timedelta(hours=2))
    )
