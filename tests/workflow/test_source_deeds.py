"""What people do with sources: who may, what is refused, and what the worker then finds due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import events, sources
from tests.conftest import HandClock
from tests.factory import Team, add_source, team_in
from workflow import sources as deeds

QUARTER = timedelta(minutes=15)


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def anything(_: Mapping[str, object]) -> None:
    """A kind that takes every setting."""


def refuses(_: Mapping[str, object]) -> None:
    raise BadInput("Address is missing: fill it in.")


def row_of(team: Team, source_id: int) -> RowMapping:
    with team.store.read() as tx:
        found = tx.row(select(sources).where(sources.c.id == source_id))
    assert found is not None
    return found


def kinds_of_events(team: Team, source_id: int) -> list[str]:
    with team.store.read() as tx:
        mine = (events.c.subject == "source") & (events.c.subject_id == source_id)
        return [row["kind"] for row in tx.rows(select(events.c.kind).where(mine).order_by(events.c.id))]


def test_an_administrator_adds_a_source_that_is_due_at_once(team: Team, clock: HandClock) -> None:
    config = {"address": "https://news.example/feed"}
    new = deeds.add(team.store, team.tokens["ada"], "rss", "  A newsroom ", config, QUARTER, anything)
    row = row_of(team, new)
    assert (row["name"], row["config"], row["interval_seconds"], row["enabled"]) == ("A newsroom", config, 900, True)
    assert row["next_poll_at"] == clock.at
    assert kinds_of_events(team, new) == ["source_added"]


def test_settings_that_the_kind_refuses_add_nothing(team: Team) -> None:
    with pytest.raises(BadInput, match="Address is missing"):
        deeds.add(team.store, team.tokens["ada"], "rss", "A newsroom", {}, QUARTER, refuses)
    with team.store.read() as tx:
        assert tx.rows(select(sources)) == []


def test_a_source_needs_a_name_of_its_own_and_a_bearable_pace(team: Team) -> None:
    add_source(team.store, "A feed")
    wrong = {("", QUARTER): "name", ("A feed", QUARTER): "already", ("Fast", timedelta(seconds=5)): "once a minute"}
    for (name, every), said in wrong.items():
        with pytest.raises(BadInput, match=said):
            deeds.add(team.store, team.tokens["ada"], "rss", name, {}, every, anything)


def test_only_administrators_add_and_switch(team: Team) -> None:
    source = add_source(team.store)
    for name in ("ana", "max", "vic"):
        with pytest.raises(Refused):
            deeds.add(team.store, team.tokens[name], "rss", "Mine", {}, QUARTER, anything)
        with pytest.raises(Refused):
            deeds.set_enabled(team.store, team.tokens[name], source, False)
    assert row_of(team, source)["enabled"] is True


def test_switching_on_again_makes_a_source_due(team: Team, clock: HandClock) -> None:
    source = add_source(team.store)
    deeds.set_enabled(team.store, team.tokens["ada"], source, False)
    assert row_of(team, source)["enabled"] is False
    clock.forward(minutes=20)
    deeds.set_enabled(team.store, team.tokens["ada"], source, True)
    deeds.set_enabled(team.store, team.tokens["ada"], source, True)
    assert row_of(team, source)["next_poll_at"] == clock.at
    assert kinds_of_events(team, source) == ["source_off", "source_on"]


def test_reading_now_makes_a_source_due(team: Team, clock: HandClock) -> None:
    for name in ("ana", "ada"):
        later = clock.at + timedelta(hours=1)
        source = add_source(team.store, name, next_poll_at=later, polled_at=clock.at - timedelta(minutes=5))
        deeds.poll_now(team.store, team.tokens[name], source)
        assert row_of(team, source)["next_poll_at"] == clock.at
        assert kinds_of_events(team, source) == ["source_asked"]


def test_reading_now_is_refused_to_a_viewer_and_where_it_would_be_rude_or_futile(team: Team, clock: HandClock) -> None:
    source = add_source(team.store, polled_at=clock.at - timedelta(seconds=10))
    with pytest.raises(Refused, match="role"):
        deeds.poll_now(team.store, team.tokens["vic"], source)
    with pytest.raises(Refused, match="in 21 seconds"):
        deeds.poll_now(team.store, team.tokens["ana"], source)
    with team.store.write() as tx:
        tx.run(update(sources).values(lease_until=clock.at + timedelta(seconds=60)))
    with pytest.raises(Refused, match="right now"):
        deeds.poll_now(team.store, team.tokens["ana"], source)
    deeds.set_enabled(team.store, team.tokens["ada"], source, False)
    with pytest.raises(Refused, match="switched off"):
        deeds.poll_now(team.store, team.tokens["ana"], source)
    with pytest.raises(BadInput, match="no such source"):
        deeds.poll_now(team.store, team.tokens["ana"], 99)


def change(team: Team, source: int, *, who: str = "ada", **other: object) -> None:
    row = row_of(team, source)
    given = {
        "name": row["name"],
        "config": row["config"],
        "interval": timedelta(seconds=row["interval_seconds"]),
        "check": anything,
        "addresses": {"address": "https://usual.example/"},
    } | other
    deeds.change(team.store, team.tokens[who], source, **given)  # type: ignore[arg-type]


def read_once(team: Team, source: int, **more: object) -> None:
    """As the poller leaves a source behind."""
    state = {"etag": '"a"', "last_modified": "yesterday", "cursor": {"at": "7"}, "polled_at": team.store.now()}
    with team.store.write() as tx:
        tx.run(update(sources).where(sources.c.id == source).values(**state, **more))


def test_other_settings_begin_anew_and_a_reading_under_way_is_not_taken(team: Team, clock: HandClock) -> None:
    later = clock.at + timedelta(hours=1)
    source = add_source(team.store, config={"address": "https://a.example/"}, next_poll_at=later)
    read_once(team, source, failures=3, failing_since=clock.at, lease_until=later, lease_owner="w", fence=4)
    change(team, source, config={"address": "https://b.example/"})
    row = row_of(team, source)
    assert (row["etag"], row["last_modified"], row["cursor"], row["polled_at"]) == (None, None, {}, None)
    assert (row["failures"], row["failing_since"], row["fence"], row["lease_until"]) == (0, None, 5, None)
    assert row["next_poll_at"] == clock.at
    assert kinds_of_events(team, source) == ["source_changed"]


def test_another_name_or_pace_keeps_what_was_known(team: Team) -> None:
    source = add_source(team.store, config={"address": "https://a.example/"})
    read_once(team, source)
    change(team, source, name=" New name ", interval=timedelta(hours=1))
    row = row_of(team, source)
    assert (row["name"], row["interval_seconds"], row["etag"], row["cursor"]) == ("New name", 3600, '"a"', {"at": "7"})
    change(team, source)
    assert kinds_of_events(team, source) == ["source_changed"], "a form that changes nothing tells nothing"


def test_a_change_is_refused_like_a_new_source_is(team: Team) -> None:
    source = add_source(team.store, interval_seconds=5)
    add_source(team.store, "Other")
    wrong = {
        "already": {"name": "Other"},
        "every 15 minutes": {"interval": timedelta(minutes=10), "least": QUARTER},
        "missing": {"config": {}, "check": refuses},
    }
    for said, given in wrong.items():
        with pytest.raises(BadInput, match=said):
            change(team, source, **given)
    for name in ("ana", "vic"):
        with pytest.raises(Refused):
            change(team, source, who=name, name="Mine")
    change(team, source, name="Quick")
    assert row_of(team, source)["interval_seconds"] == 5, "set up so by hand, and not touched"


def needs_token(config: Mapping[str, object]) -> None:
    if not config.get("token"):
        raise BadInput("Key is missing: fill it in.")


def test_a_key_that_is_not_typed_again_stays_and_a_lost_one_can_be_given_anew(team: Team) -> None:
    seal, other = Seal(Fernet.generate_key().decode()), Seal(Fernet.generate_key().decode())
    ada, secret = team.tokens["ada"], "tok-31415"
    given = {"secrets": {"token": secret}, "seal": seal}
    source = deeds.add(team.store, ada, "x", "S", {}, QUARTER, needs_token, **given)  # type: ignore[arg-type]
    change(team, source, name="T", check=needs_token, seal=seal)
    assert seal.open(row_of(team, source)["secrets"]) == {"token": secret}
    with pytest.raises(BadInput, match="another key"):
        change(team, source, name="U", check=needs_token, seal=other)
    change(team, source, check=needs_token, seal=other, secrets={"token": "fresh-27182"})
    assert other.open(row_of(team, source)["secrets"]) == {"token": "fresh-27182"}
    with team.store.read() as tx:
        told = str([dict(row) for row in tx.rows(select(events))])
    assert secret not in told
    assert "fresh-27182" not in told


def test_a_key_is_not_sent_to_an_address_that_it_was_not_given_for(team: Team) -> None:
    seal = Seal(Fernet.generate_key().decode())
    given = {"secrets": {"token": "tok-31415"}, "seal": seal}
    source = deeds.add(team.store, team.tokens["ada"], "x", "S", {}, QUARTER, anything, **given)  # type: ignore[arg-type]
    change(team, source, config={"address": "https://usual.example/"}, seal=seal)  # typed out, and the same
    with pytest.raises(BadInput, match="type the key again"):
        change(team, source, config={"address": "https://evil.example/"}, seal=seal)
    assert row_of(team, source)["config"] == {"address": "https://usual.example/"}
    change(team, source, config={"address": "https://mirror.example/"}, seal=seal, secrets={"token": "tok-2"})
    assert seal.open(row_of(team, source)["secrets"]) == {"token": "tok-2"}


def test_an_address_with_a_password_in_it_is_refused_unless_it_was_there_before(team: Team) -> None:
    ada = team.tokens["ada"]
    for address in ("https://me:secret@a.example/x", "me:secret@a.example", "wss://key@a.example"):
        with pytest.raises(BadInput, match="no user name or password"):
            deeds.add(team.store, ada, "mastodon", "S", {"instance": address}, QUARTER, anything)
    config = {"address": "https://me:secret@a.example/x"}
    source = add_source(team.store, config=config)
    change(team, source, name="By hand")
    with pytest.raises(BadInput, match="no user name or password"):
        change(team, source, config={"address": "https://me:other@a.example/x"})


def test_no_key_in_an_address_goes_into_the_chain_of_events(team: Team) -> None:
    config = {"address": "https://feeds.example/x?access_token=tok-31415", "language": "en"}
    source = deeds.add(team.store, team.tokens["ada"], "rss", "S", config, QUARTER, anything)
    change(team, source, config=config | {"address": "https://feeds.example/y?access_token=tok-27182"})
    with team.store.read() as tx:
        told = str([row["detail"] for row in tx.rows(select(events.c.detail))])
    assert "tok-" not in told
    assert "https://feeds.example/y" in told


def switched_off(team: Team, clock: HandClock) -> int:
    off = {"switched_off_at": clock.at, "switched_off_why": "It is gone.", "failures": 14, "failing_since": clock.at}
    return add_source(team.store, enabled=False, **off, next_poll_at=clock.at + timedelta(hours=1))


def test_one_click_mends_what_the_product_switched_off(team: Team, clock: HandClock) -> None:
    source = switched_off(team, clock)
    with pytest.raises(Refused):
        deeds.read_again(team.store, team.tokens["ana"], source)
    deeds.read_again(team.store, team.tokens["ada"], source)
    row = row_of(team, source)
    assert (row["enabled"], row["failures"], row["failing_since"]) == (True, 0, None)
    assert (row["switched_off_at"], row["switched_off_why"], row["next_poll_at"]) == (None, "", clock.at)
    assert kinds_of_events(team, source) == ["source_on"]


def test_a_person_may_agree_that_it_stays_off(team: Team, clock: HandClock) -> None:
    source = switched_off(team, clock)
    deeds.leave_off(team.store, team.tokens["ada"], source)
    row = row_of(team, source)
    assert (row["enabled"], row["switched_off_at"]) == (False, None)
    with pytest.raises(Refused, match="not switched off by Tact"):
        deeds.leave_off(team.store, team.tokens["ada"], source)
    assert kinds_of_events(team, source) == ["source_off"]


def test_a_failing_source_is_not_asked_again_within_half_a_minute(team: Team, clock: HandClock) -> None:
    source = add_source(team.store, failures=3, failing_since=clock.at, polled_at=clock.at)
    with pytest.raises(Refused, match="a moment ago"):
        deeds.read_again(team.store, team.tokens["ada"], source)
