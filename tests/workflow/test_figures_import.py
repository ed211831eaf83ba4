"""Figures from a file: every spreadsheet's habits, every bad line named, nothing half imported, nothing twice."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from data.errors import BadInput, Refused
from data.reference import playbooks
from data.reference.metrics import metrics
from data.storage.store import Store
from data.storage.tables import brands, engagement_marks, engagement_snapshots, events, past_posts, spends
from tests.conftest import HandClock
from tests.factory import Team, team_in
from tests.measured import publication
from workflow.measuring import figures_file, importing, spend
from workflow.measuring.figures_file import Row, read_figures
from workflow.measuring.importing import Plan, address_key
from workflow.rules.metrics import Counts, cost_per_engagement

ZONE = ZoneInfo("Europe/London")
HEAD = "platform,address,date,likes,shares,comments,followers\n"


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def rows_of(text: str | bytes, clock: HandClock) -> tuple[Row, ...]:
    return read_figures(text if isinstance(text, bytes) else text.encode(), ZONE, clock())


def bring(team: Team, text: str, clock: HandClock, name: str = "ana") -> Plan:
    return importing.bring(team.store, team.tokens[name], rows_of(text, clock))


def count(store: Store, table) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table)))


# --- the file ------------------------------------------------------------------------------------------------------

PLAIN = "Platform;Permalink;Published at;Type;Caption;Views;Favourites;Retweets;Comments;Followers\n"
LINE = "Twitter;https://x.example/1;2026-02-01 10:00;Photo;Früchte-Tee;1,234;12;3;4;5 000\n"


@pytest.mark.parametrize(
    "content",
    [
        (PLAIN + LINE).encode(),
        (PLAIN + LINE).encode("utf-8-sig"),
        (PLAIN + LINE).encode("utf-16"),
        (PLAIN + LINE).encode("cp1252"),
        ("\r\nsep=;\r\n" + PLAIN + LINE).replace("\n", "\r\n").encode(),
        (PLAIN + LINE).replace(",", ".").replace(";", ",").encode(),
        (PLAIN + LINE).replace(";", "\t").encode(),
    ],
)
def test_whatever_a_spreadsheet_writes_is_read_the_same(content: bytes, clock: HandClock) -> None:
    [row] = rows_of(content, clock)
    assert row.counts == Counts(impressions=1234, likes=12, shares=3, replies=4, audience=5000)
    assert (row.platform, row.kind, row.text, row.address) == ("x", "picture", "Früchte-Tee", "https://x.example/1")
    assert row.at is not None
    assert row.at.isoformat() == "2026-02-01T10:00:00+00:00"


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("platform", "pigeons", "no platform"),
        ("address", "javascript:alert(1)", "no address"),
        ("date", "3/2/2026", "one way only"),
        ("date", "2027-01-01", "future"),
        ("likes", "1.2K", "no whole number"),
        ("likes", "-3", "no whole number"),
        ("likes", "12.5", "no whole number"),
        ("likes", "9" * 20, "too large"),
        ("type", "poem", "no kind"),
        ("reactive", "maybe", "neither yes nor no"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_with_its_line(column: str, cell: str, says: str, clock: HandClock) -> None:
    good = {
        "platform": "x",
        "address": "https://x.example/2",
        "date": "2026-02-01",
        "likes": "1",
        "type": "",
        "reactive": "",
    }
    bad = good | {column: cell}
    text = "\n".join([",".join(good), ",".join(good.values()), ",".join(bad.values())])
    with pytest.raises(BadInput, match=f"Line 3: .*{says}"):
        rows_of(text, clock)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column address"),
        ("address,name\nhttps://x.example/1,2\n", "no column with figures"),
        ("address,likes,likes\nhttps://x.example/1,2,3\n", "there twice"),
        ("address,likes\n", "no rows"),
        ("address,likes\nhttps://x.example/1,-\n", "Line 2: it has no figures"),
        ("PK\x03\x04 and so on", "spreadsheet or a zip"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(text: str, says: str, clock: HandClock) -> None:
    with pytest.raises(BadInput, match=says):
        rows_of(text, clock)


def test_every_bad_line_is_named_until_they_are_too_many(clock: HandClock) -> None:
    with pytest.raises(BadInput) as told:
        rows_of("address,likes\n" + "\n".join(f"https://x.example/{n},many" for n in range(40)), clock)
    assert "Line 2:" in told.value.message
    assert told.value.message.endswith("And 28 more.")


def test_more_rows_than_are_taken_are_refused(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_file, "MOST_ROWS", 3)
    assert len(rows_of("address,likes\n" + "https://x.example/1,1\n" * 3, clock)) == 3
    with pytest.raises(BadInput, match="more than 3 rows"):
        rows_of("address,likes\n" + "https://x.example/1,1\n" * 4, clock)


def test_what_is_not_told_stays_unknown(clock: HandClock) -> None:
    [row] = rows_of("address,likes,replies,views\nhttps://x.example/1,0,n/a,\n", clock)
    assert row.counts == Counts(likes=0)


# --- where it goes -------------------------------------------------------------------------------------------------


def test_a_row_of_ours_is_a_snapshot_and_any_other_a_post_of_the_past(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    out = publication(
        store, clock() - timedelta(minutes=16), address="https://www.social.example/@tea/1/", measures=False
    )
    text = HEAD + "mastodon,http://social.example/@tea/1#top,,8,1,2,500\nx,https://x.example/9,2026-02-01,5,,,\n"
    assert importing.plan(store, rows_of(text, clock)) == Plan(1, 1, 0, ("mastodon", "x"))
    assert bring(team, text, clock) == Plan(1, 1, 0, ("mastodon", "x"))
    with store.read() as tx:
        snapshot, mark = tx.row(select(engagement_snapshots)), tx.row(select(engagement_marks))
        past = tx.row(select(past_posts))
    assert snapshot is not None
    assert mark is not None
    assert past is not None
    assert (snapshot["publication_id"], snapshot["likes"], snapshot["origin"]) == (out, 8, "imported")
    assert (mark["age_minutes"], mark["interactions"], mark["shares"], mark["audience"]) == (15, 11, 1, 500)
    assert (past["address"], past["interactions"], past["kind"]) == ("https://x.example/9", 5, "text")


def test_the_same_file_again_changes_nothing_and_a_newer_one_replaces(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    publication(store, clock() - timedelta(hours=1), address="https://social.example/1")
    text = "platform,address,date,likes,read at\nmastodon,https://social.example/1,,8,2026-03-02 08:30\n"
    text += "x,https://x.example/9,2026-02-01,5,\n"
    bring(team, text, clock)
    assert bring(team, text.replace(",5,", ",7,"), clock) == Plan(1, 1, 1, ("mastodon", "x"))
    assert (count(store, engagement_snapshots), count(store, past_posts)) == (1, 1)
    with store.read() as tx:
        assert tx.value(select(past_posts.c.interactions)) == 7


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x,https://social.example/1,,1,,,", "Line 3: this post is on mastodon, not on x"),
        (",https://x.example/3,2026-02-01,1,,,", "Line 3: .* name the platform"),
        ("x,https://x.example/3,,1,,,", "Line 3: .* say when it was posted"),
        ("x,https://x.example/2,2026-02-01,1,,,", "Line 3: the same address is in line 2"),
    ],
)
def test_nothing_is_half_imported(team: Team, clock: HandClock, line: str, says: str) -> None:
    publication(team.store, clock(), address="https://social.example/1")
    with pytest.raises(BadInput, match=says):
        bring(team, f"{HEAD}x,https://x.example/2,2026-02-01,1,,,\n{line}\n", clock)
    assert (count(team.store, past_posts), count(team.store, engagement_snapshots)) == (0, 0)


def test_figures_from_before_it_was_out_are_refused(team: Team, clock: HandClock) -> None:
    publication(team.store, clock(), address="https://social.example/1")
    with pytest.raises(BadInput, match="before it was published"):
        bring(team, "address,likes,read_at\nhttps://social.example/1,1,2026-03-02 08:00\n", clock)


def test_who_only_looks_on_imports_nothing(team: Team, clock: HandClock) -> None:
    with pytest.raises(Refused):
        bring(team, f"{HEAD}x,https://x.example/2,2026-02-01,1,,,\n", clock, "vic")


def test_many_rows_come_in_with_their_progress(team: Team, clock: HandClock) -> None:
    text = HEAD + "".join(f"x,https://x.example/{n},2026-02-01,{n},,,\n" for n in range(600))
    told: list[tuple[int, int]] = []
    rows = rows_of(text, clock)
    importing.bring(team.store, team.tokens["ana"], rows, lambda done, of: told.append((done, of)))
    assert told == [(250, 600), (500, 600), (600, 600)]
    assert count(team.store, past_posts) == 600


def test_addresses_that_mean_the_same_are_the_same() -> None:
    assert address_key("HTTPS://www.Social.example/@tea/1/#x") == address_key("http://social.example/@tea/1")
    assert address_key("https://v.example/watch?v=1") != address_key("https://v.example/watch?v=2")
    assert address_key("https://[x") == "https://[x", "a platform's odd address must not stop every import"


def test_every_platform_that_is_written_for_can_be_measured() -> None:
    assert set(playbooks()) <= set(metrics())


# --- money ---------------------------------------------------------------------------------------------------------


def test_money_is_added_up_in_hundredths_until_it_is_taken_back(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    out = publication(store, clock())
    spend.enter(store, team.tokens["ana"], out, 5000, interactions=150)
    wrong = spend.enter(store, team.tokens["lea"], out, 1250, interactions=50, note="boost")
    with store.read() as tx:
        found = spend.spent(tx, [out])[out]
    # 62.50 for 200 interactions: 0.3125 each.
    assert (found.amount, found.interactions, found.currency) == (6250, 200, "USD")
    assert cost_per_engagement(found.amount, found.interactions) == 0.3125
    spend.void(store, team.tokens["ana"], wrong)
    with store.read() as tx:
        assert spend.spent(tx, [out])[out].amount == 5000
        told = [row["kind"] for row in tx.rows(select(events.c.kind).where(events.c.kind.like("spend%")))]
    assert told == ["spend_entered", "spend_entered", "spend_voided"]
    assert count(store, spends) == 2, "what was wrong stays for the record"
    with pytest.raises(Refused):
        spend.void(store, team.tokens["ana"], wrong)


def test_what_one_entry_does_not_tell_is_not_told_by_the_sum(team: Team, clock: HandClock) -> None:
    out = publication(team.store, clock())
    spend.enter(team.store, team.tokens["ana"], out, 100, interactions=10)
    spend.enter(team.store, team.tokens["ana"], out, 100)
    with team.store.read() as tx:
        assert spend.spent(tx, [out])[out].interactions is None


def test_the_first_entry_chooses_the_currency_and_then_it_stands(team: Team, clock: HandClock) -> None:
    out = publication(team.store, clock())
    with team.store.read() as tx:
        before = tx.value(select(brands.c.settings))
    spend.enter(team.store, team.tokens["ana"], out, 100, currency="eur")
    with team.store.read() as tx:
        assert spend.currency_of(tx) == "EUR"
        assert tx.value(select(brands.c.settings)) == {**before, "currency": "EUR"}
    with pytest.raises(Refused, match="counts in EUR"):
        spend.enter(team.store, team.tokens["ana"], out, 100, currency="USD")


@pytest.mark.parametrize(
    "values",
    [{"amount": 0}, {"amount": -5}, {"amount": 10**12}, {"interactions": -1}, {"currency": "€"}, {"note": "x" * 501}],
)
def test_an_entry_that_cannot_be_is_refused(team: Team, clock: HandClock, values: dict[str, object]) -> None:
    out = publication(team.store, clock())
    with pytest.raises(BadInput):
        spend.enter(team.store, team.tokens["ana"], out, **{"amount": 100, **values})
    assert count(team.store, spends) == 0


def test_who_only_looks_on_enters_no_money(team: Team, clock: HandClock) -> None:
    out = publication(team.store, clock())
    with pytest.raises(Refused):
        spend.enter(team.store, team.tokens["vic"], out, 100)
