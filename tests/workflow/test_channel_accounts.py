"""The team's accounts on platforms: who may touch them, what becomes of their secrets, and what waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.seal import Seal, masked
from data.storage.store import Store
from data.storage.tables import channel_accounts, drafts, scheduled_posts
from data.storage.tables import events as event_rows
from publishing.channels import Receipt
from publishing.settling import record
from tests.conftest import HandClock
from tests.factory import Team, scheduled_draft, team_in
from workflow import channel_accounts as accounts
from workflow import deletion
from workflow.draft import Writing
from workflow.lifecycle import draft_row, send_to
from workflow.rules.drafts import Move

TOKEN, OTHER = "tok-31415926535", "tok-27182818284"
HOME = "https://social.example"
ADDRESSES = {"server": HOME}
SEAL = Seal(Fernet.generate_key().decode())


def needs_token(config: Mapping[str, object]) -> None:
    if not config.get("token"):
        raise BadInput("Token is missing.")


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


@pytest.fixture
def either(store: Store) -> Team:
    """On each database: where instants or the rows themselves matter."""
    return team_in(store)


def add(team: Team, name: str = "Larkfield", who: str = "ada", **config: object) -> int:
    secrets = {"token": TOKEN, "spare": ""}
    return accounts.add(team.store, team.tokens[who], "social", name, config, secrets, needs_token, SEAL)


def change(team: Team, account: int, name: str = "Larkfield", secrets: Any = None, **config: object) -> None:
    accounts.change(
        team.store, team.tokens["ada"], account, name, config, secrets or {}, needs_token, SEAL, addresses=ADDRESSES
    )


def row_of(team: Team, account: int) -> RowMapping:
    with team.store.read() as tx:
        found = tx.row(select(channel_accounts).where(channel_accounts.c.id == account))
    assert found is not None
    return found


def told(team: Team) -> list[RowMapping]:
    with team.store.read() as tx:
        return list(tx.rows(select(event_rows).where(event_rows.c.subject == "channel_account")))


def test_an_account_is_added_sealed_and_told_of_without_its_secret(either: Team) -> None:
    team = either
    account = add(team, server=f"{HOME}/?key=hidden")
    row = row_of(team, account)
    assert (row["kind"], row["name"], row["enabled"]) == ("social", "Larkfield", True)
    assert SEAL.open(row["secrets"]) == {"token": TOKEN}, "what was left empty is no secret"
    [event] = told(team)
    assert (event["kind"], event["actor"]) == ("account_added", "Ada")
    assert event["detail"]["secrets"] == ["token"]
    assert not [word for word in (TOKEN, "hidden") if word in str(dict(event)) or word in str(row["secrets"])]
    assert events.verify(team.store)[1] is None


@pytest.mark.parametrize("who", ["ana", "lea", "max", "vic"])
def test_only_administrators_touch_accounts(team: Team, who: str) -> None:
    account = add(team)
    token, store = team.tokens[who], team.store
    for deed in (
        lambda: add(team, "Another", who),
        lambda: accounts.change(store, token, account, "X", {}, {}, needs_token, SEAL, addresses={}),
        lambda: accounts.switch(store, token, account, False),
        lambda: accounts.forget_secret(store, token, account, "token", needs_token, SEAL),
        lambda: accounts.to_check(store, token, account),
        lambda: accounts.note_check(store, token, account, "Fine.", True, row_of(team, account)["changed_at"], SEAL),
    ):
        with pytest.raises(Refused, match="may not do this"):
            deed()
    assert len(told(team)) == 1


@pytest.mark.parametrize(
    ("name", "config", "sentence"),
    [
        ("", {}, "a name of up to 200"),
        ("n" * 201, {}, "a name of up to 200"),
        ("A\x00B", {}, "a name of up to 200"),
        (" Larkfield ", {}, "called 'Larkfield' already"),
        ("Another", {"server": "https://me:pass@social.example"}, "no user name or password"),
        ("Another", {"note": "a\x00b"}, "cannot be stored"),
    ],
)
def test_what_cannot_be_used_is_refused(team: Team, name: str, config: dict[str, object], sentence: str) -> None:
    add(team)
    with pytest.raises(BadInput, match=sentence):
        add(team, name, **config)
    assert len(told(team)) == 1


def test_a_secret_left_empty_stays_and_a_new_one_takes_its_place(team: Team) -> None:
    account = add(team)
    change(team, account, "Larkfield Tea")
    assert row_of(team, account)["name"] == "Larkfield Tea"
    assert SEAL.open(row_of(team, account)["secrets"]) == {"token": TOKEN}
    change(team, account, "Larkfield Tea", {"token": OTHER})
    assert SEAL.open(row_of(team, account)["secrets"]) == {"token": OTHER}
    assert not [secret for secret in (TOKEN, OTHER) if secret in str([dict(one) for one in told(team)])]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ({}, {"server": "https://other.example"}, True),
        ({"server": "https://own.example"}, {}, True),
        ({}, {"server": HOME}, False),
        ({"server": HOME}, {"server": HOME, "note": "x"}, False),
    ],
)
def test_a_secret_is_never_sent_to_a_place_that_it_was_not_given_for(
    team: Team, before: dict[str, object], after: dict[str, object], moved: bool
) -> None:
    account = add(team, **before)
    if moved:
        with pytest.raises(BadInput, match="type all of them again"):
            change(team, account, **after)
        assert row_of(team, account)["config"] == before
    change(team, account, secrets={"token": OTHER} if moved else {}, **after)
    assert row_of(team, account)["config"] == after


def test_every_change_is_noticed_by_a_process_that_has_it_open(either: Team) -> None:
    team = either
    account = add(team)
    seen = [row_of(team, account)["changed_at"]]
    change(team, account, "Another name")
    seen.append(row_of(team, account)["changed_at"])
    for enabled in (False, True):
        accounts.switch(team.store, team.tokens["ada"], account, enabled)
        seen.append(row_of(team, account)["changed_at"])
    assert seen == sorted(set(seen)), "each later than the one before, though the clock stands still"
    change(team, account, "Another name")
    assert row_of(team, account)["changed_at"] == seen[-1], "the same again is no change"


def test_switching_off_says_which_posts_wait_and_stops_what_may_leave(either: Team) -> None:
    team = either
    account = add(team)
    channel = accounts.name_of(row_of(team, account))
    waits = scheduled_draft(team, Writing("The kettle sings.", channel=channel, reactive=False))
    scheduled_draft(team, Writing("This one goes elsewhere.", reactive=False))
    with team.store.read() as tx:
        assert [one.draft_id for one in accounts.waiting_posts(tx, channel)] == [waits]
        assert accounts.usable(tx, channel) == ""
    assert accounts.switch(team.store, team.tokens["ada"], account, False) == 1
    assert accounts.switch(team.store, team.tokens["ada"], account, False) == 1
    with team.store.read() as tx:
        assert "Larkfield is switched off" in accounts.usable(tx, channel)
    assert [one["kind"] for one in told(team)] == ["account_added", "account_off"]
    assert told(team)[-1]["detail"] == {"name": "Larkfield", "posts_waiting": 1}


def test_a_platform_that_asks_for_patience_gets_it_and_never_less(either: Team, clock: HandClock) -> None:
    team = either
    channel = accounts.name_of(row_of(team, add(team)))
    hour = timedelta(hours=1)
    for until in (clock.at + hour, clock.at + hour / 2, clock.at - hour):
        with team.store.write() as tx:
            accounts.limited(tx, channel, until)
    with team.store.read() as tx:
        assert accounts.limited_until(tx, channel) == clock.at + hour
        assert "leave Larkfield alone until 02 March, 10:" in accounts.usable(tx, channel)
    clock.forward(hours=1)
    with team.store.read() as tx:
        assert (accounts.limited_until(tx, channel), accounts.usable(tx, channel)) == (None, "")
    with team.store.write() as tx:
        accounts.limited(tx, channel, clock.at + timedelta(days=400))
    with team.store.read() as tx:
        assert accounts.limited_until(tx, channel) == clock.at + accounts.LONGEST_PATIENCE
    assert [one["kind"] for one in told(team)] == ["account_added", "account_limited", "account_limited"]


@pytest.mark.parametrize(
    "channel", ["dry_run", "by_hand", "social-", "social-0x1", "social-99", "other-1", "-1", "١-١"]
)
def test_a_channel_without_an_account_is_nobodys_to_stop(team: Team, channel: str) -> None:
    accounts.switch(team.store, team.tokens["ada"], add(team), False)
    with team.store.write() as tx:
        accounts.limited(tx, channel, tx.now + timedelta(hours=1))
        assert (accounts.usable(tx, channel), accounts.limited_until(tx, channel)) == ("", None)


def test_a_check_is_kept_without_the_secret_that_a_server_says_back(team: Team) -> None:
    account = add(team)
    token, seen = team.tokens["ada"], accounts.to_check(team.store, team.tokens["ada"], account)["changed_at"]
    assert accounts.note_check(team.store, token, account, f"Bad token {TOKEN}!", False, seen, SEAL)
    row = row_of(team, account)
    assert (row["check_message"], row["check_ok"]) == ("Bad token …!", False)
    assert told(team)[-1]["detail"]["said"] == "Bad token …!"
    change(team, account, secrets={"token": OTHER})
    assert (row_of(team, account)["check_message"], row_of(team, account)["check_ok"]) == ("", None)
    assert not accounts.note_check(team.store, token, account, "Signed in.", True, seen, SEAL)
    assert row_of(team, account)["checked_at"] is None, "it was tried with other settings than these"


def test_a_secret_can_be_forgotten_unless_the_kind_needs_it(team: Team) -> None:
    account = add(team)
    with pytest.raises(BadInput, match="missing"):
        accounts.forget_secret(team.store, team.tokens["ada"], account, "token", needs_token, SEAL)
    change(team, account, secrets={"spare": OTHER})
    accounts.forget_secret(team.store, team.tokens["ada"], account, "spare", needs_token, SEAL)
    assert SEAL.open(row_of(team, account)["secrets"]) == {"token": TOKEN}


def test_with_another_key_nothing_is_kept_by_accident(team: Team) -> None:
    account = add(team)
    other = Seal(Fernet.generate_key().decode())
    args = (team.store, team.tokens["ada"], account, "Larkfield", {})
    with pytest.raises(BadInput, match="sealed with another key"):
        accounts.change(*args, {}, needs_token, other, addresses={})
    accounts.change(*args, {"token": OTHER}, needs_token, other, addresses={})
    assert other.open(row_of(team, account)["secrets"]) == {"token": OTHER}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no secret here", "no secret here"),
        ("a/b+c d said twice: a/b+c d", "… said twice: …"),
        ("https://x.example/?t=a%2Fb%2Bc%20d&u=a%2Fb%2Bc+d", "https://x.example/?t=…&u=…"),
        ("longer: a/b+c d-and-more", "longer: …"),
    ],
)
def test_what_a_server_says_back_is_masked(text: str, shown: str) -> None:
    assert masked(text, ["a/b+c d", "a/b+c d-and-more", "", "no"]) == shown


def post_in(team: Team, account: int, state: str) -> int:
    """A post of the account that has come so far."""
    draft_id = scheduled_draft(team, Writing("Two cups.", channel=f"social-{account}", reactive=False))
    with team.store.write() as tx:
        tx.run(update(drafts).where(drafts.c.id == draft_id).values(state=state))
    return draft_id


@pytest.mark.parametrize(
    ("state", "config", "secrets", "says"),
    [
        ("publishing", {"server": HOME, "visibility": "unlisted"}, {}, "on its way"),
        ("publishing", {"server": HOME}, {"token": OTHER}, "on its way"),
        ("unknown", {"server": "https://elsewhere.example"}, {"token": OTHER}, "Nobody knows yet"),
        ("unknown", {"server": HOME}, {"token": OTHER}, ""),
        ("scheduled", {"server": "https://elsewhere.example"}, {"token": OTHER}, ""),
    ],
)
def test_an_account_stays_what_it_is_while_nobody_knows_of_a_post(
    team: Team, state: str, config: dict[str, str], secrets: dict[str, str], says: str
) -> None:
    """Sent once more to another place it would be there twice, and looked up there it would not be found."""
    account = add(team, server=HOME)
    post_in(team, account, state)
    if not says:
        change(team, account, secrets=secrets, **config)
        return
    with pytest.raises(BadInput, match=says):
        change(team, account, secrets=secrets, **config)
    assert row_of(team, account)["config"] == {"server": HOME}


def test_an_account_keeps_its_address_while_a_post_of_it_is_out(team: Team) -> None:
    """Asked at another server, a deletion would hear that there is no such post, and be called done."""
    account = add(team, server=HOME)
    draft_id = post_in(team, account, "publishing")
    with team.store.write() as tx:
        post = tx.value(select(scheduled_posts.c.id).where(scheduled_posts.c.draft_id == draft_id))
        record(tx, events.THE_PRODUCT, draft_row(tx, draft_id), post, Receipt("https://social.example/1", {}))
        send_to(tx, events.THE_PRODUCT, draft_row(tx, draft_id), Move.SENT)
    with pytest.raises(BadInput, match="Add a new account"):
        change(team, account, secrets={"token": OTHER}, server="https://elsewhere.example")
    change(team, account, "Larkfield Tea", secrets={"token": OTHER}, server=HOME)
    with team.store.write() as tx:
        deletion_id = deletion.ask_in(tx, team.people["pia"].actor, draft_row(tx, draft_id))
    deletion.confirm(team.store, team.tokens["pia"], deletion_id)
    change(team, account, secrets={"token": OTHER}, server="https://elsewhere.example")
