"""The Published page: figures with what they are of, money with a way back, files that come in and go out."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select, update

from app.views import figures as words
from app.views import published as view
from app.views import published_csv
from data.storage.store import Store
from data.storage.tables import collections, engagement_snapshots, spends
from scoring.lexicon import LexiconScorer
from tests.conftest import HandClock
from tests.console_driver import calm, press, said, submit, visit
from tests.factory import Team, team_in
from tests.measured import figures, publication
from workflow.measuring import replies
from workflow.measuring.baselines import Baseline
from workflow.measuring.figures_file import read_figures
from workflow.rules.metrics import Counts, Rate

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def test_before_the_first_post_the_page_says_what_comes(team: Team, tmp_path: Path) -> None:
    at = visit(team, "vic", "published", tmp_path)
    assert "Nothing has been published yet" in said(at)
    assert not [one for one in at.expander if "from a file" in one.label], "who only reads brings no figures"


def test_a_post_stands_with_its_figures_and_against_its_like(team: Team, tmp_path: Path, clock: HandClock) -> None:
    for days in range(2, 8):
        figures(team.store, publication(team.store, clock() - days * DAY), HOUR, likes=10, audience=2000)
    one = publication(team.store, clock() - HOUR, text="Tea *for* everybody")
    figures(team.store, one, HOUR, likes=12, shares=3, quotes=1, replies=4, audience=2000)
    publication(team.store, clock() - 40 * DAY, text="Long ago")
    with team.store.write() as tx:
        mine = collections.c.publication_id == one
        late = {"collected_at": clock(), "next_at": clock() + timedelta(minutes=4), "skew_seconds": -95}
        tx.run(update(collections).where(mine).values(**late, edited_at=clock()))
        answer = SimpleNamespace(external_id="1", author="@x", text="Awful, I hate it.", at=clock(), language="en")
        answer.address = "https://social.example/9"
        replies.take_in(tx, one, [answer])
    replies.judge_new(team.store, LexiconScorer())
    at = visit(team, "vic", "published", tmp_path)
    shown = said(at).replace("\u00a0", " ")
    assert "Tea *for* everybody" in shown
    # 20 of 2,000 followers are 1 %, ten of a thousand; usual are 5 of a thousand.
    for sentence in (
        "7 posts, newest first",
        "Engagement: **10 per 1,000 followers** – Mastodon tells no views",
        "Shared 2.0, answered 2.0 per 1,000 followers",
        "**20** interactions an hour",
        "**2.0 × usual** after one hour",
        "Usual after one hour: 5.0 per 1,000 followers on average, 5.0 in the middle (6 posts, text on Mastodon).",
        "1 answer read, **1** upset (100 %)",
        "Read just now, next in 4 min.",
        "changed on Mastodon",
        "clock is 95 s behind ours",
    ):
        assert sentence in shown, sentence
    assert "Long ago" not in shown
    at = calm(at.segmented_control(key="period").set_value("all").run())
    assert "Long ago" in said(at)
    at = calm(at.selectbox(key="platform").set_value("mastodon").run())
    assert "8 posts" in said(at)


def test_who_is_read_by_nobody_says_so(team: Team, tmp_path: Path, clock: HandClock) -> None:
    publication(team.store, clock() - timedelta(minutes=4))
    late = publication(team.store, clock() - 2 * HOUR)
    with team.store.write() as tx:
        tx.run(update(collections).where(collections.c.publication_id == late).values(next_at=clock() - 2 * HOUR))
    at = visit(team, "vic", "published", tmp_path)
    assert "Not read yet, next within seconds." in said(at)
    assert "Not read yet, due for 2 h 00 min: ask whoever runs Tact whether a worker is running." in said(at)


def test_money_is_entered_and_taken_back(team: Team, tmp_path: Path, clock: HandClock) -> None:
    one = publication(team.store, clock() - HOUR)
    figures(team.store, one, HOUR, likes=40)
    at = visit(team, "ana", "published", tmp_path)
    at.session_state[f"money_{one}"] = True
    at = calm(at.run())
    at.number_input(key=f"spend_amount_{one}").set_value(62.5)
    at.number_input(key=f"spend_brought_{one}").set_value(200)
    at.selectbox(key=f"spend_currency_{one}").set_value("EUR")
    at = submit(at, "Enter")
    assert "Paid: **62.50 EUR**, 0.31 for each interaction that it brought" in said(at)
    with team.store.read() as tx:
        entry = tx.value(select(spends.c.id))
    at = press(at, f"spend_void_{entry}")
    assert "Paid:" not in said(at)
    assert len([one for one in at.button if one.label == "Enter"]) == 1


def test_figures_come_in_from_a_file(team: Team, tmp_path: Path, clock: HandClock) -> None:
    publication(team.store, clock() - HOUR, address="https://social.example/1", measures=False, channel="by_hand")
    at = visit(team, "ana", "published", tmp_path)
    assert "tells no figures" in said(at)
    at.session_state["figures_open"] = True
    at = calm(at.run())
    at = calm(
        at.file_uploader(key="figures_file")
        .set_value(("f.csv", b"url,likes\nhttps://social.example/1,7\n", "text/csv"))
        .run()
    )
    assert "Figures of **1 post of ours** and of **0 earlier posts**, on Mastodon" in said(at)
    at = press(at, "figures_import")
    assert "7 likes" in said(at).replace("**", "").replace("\u00a0", " ")
    with team.store.read() as tx:
        assert tx.value(select(engagement_snapshots.c.origin)) == "imported"


def test_the_file_holds_every_post_of_the_filter_and_can_be_read_again(team: Team, clock: HandClock) -> None:
    for n in range(view.PAGE + 2):
        one = publication(team.store, clock() - n * HOUR, text="=cmd()" if n == 0 else "Tea")
        figures(team.store, one, timedelta(), likes=n, audience=100)
    publication(team.store, clock() - HOUR, platform="x")
    content = published_csv.write(team.store, team.people["ana"], "mastodon", "7d")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == view.PAGE + 2
    assert (rows[0]["text"], rows[3]["likes"], rows[3]["engagement_rate_percent"]) == ("'=cmd()", "3", "3.0000")
    assert (rows[3]["impressions"], rows[3]["rates_of"]) == ("", "audience"), "what nobody told is empty, not zero"
    again = read_figures(content, team.people["ana"].zone_info, clock())
    assert [row.counts.likes for row in again] == list(range(view.PAGE + 2))


def test_a_page_takes_the_same_few_statements_however_many_posts(team: Team, clock: HandClock) -> None:
    def statements(posts: int) -> int:
        for n in range(posts):
            one = publication(team.store, clock() - (n + 2) * HOUR, platform=("mastodon", "x")[n % 2])
            figures(team.store, one, HOUR, likes=n, impressions=100, audience=100)
        asked: list[str] = []
        hear = lambda *given: asked.append(given[2])  # noqa: E731
        event.listen(team.store.engine, "before_cursor_execute", hear)
        found = view.read(team.store, team.people["ana"], period="all", page=1)
        event.remove(team.store.engine, "before_cursor_execute", hear)
        assert len(found.posts) == min(view.PAGE, posts + (0 if posts == 2 else 2))
        return len(asked)

    few = statements(2)
    assert few == statements(30)
    assert few <= 15


def test_pages_follow_each_other_and_end(team: Team, clock: HandClock) -> None:
    ids = [publication(team.store, clock() - n * HOUR) for n in range(view.PAGE + 3)]
    first = view.read(team.store, team.people["vic"])
    last = view.read(team.store, team.people["vic"], page=99)
    assert (first.pages, first.may_write, last.page) == (2, False, 2)
    assert [one.id for one in (*first.posts, *last.posts)] == ids


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (Rate(2.75, "impressions"), "2.8 % of views"),
        (Rate(0.044, "impressions"), "0.04 % of views"),
        (Rate(31.2, "impressions"), "31 % of views"),
        (Rate(0.0, "impressions"), "0 % of views"),
        (Rate(0.95, "audience"), "9.5 per 1,000 followers"),
        (Rate(0.012, "audience"), "0.12 per 1,000 followers"),
    ],
)
def test_a_rate_always_says_what_it_is_of(rate: Rate, sentence: str) -> None:
    assert words.rate_in_words("x" if rate.of == "impressions" else "mastodon", rate) == sentence


def test_what_is_missing_is_said() -> None:
    assert words.no_rate("x", Counts(likes=3)) == "No rate: X did not tell the views."
    assert words.no_rate("email", Counts(impressions=0)) == "No rate: no openings yet."
    assert words.told("email", Counts(impressions=1, clicks=2)) == ("1 opening", "2 clicks")
    few = Baseline(1, 1, None, None, None, None, "audience", 60)
    assert words.usual_in_words("mastodon", "text", few) == (
        "1 post (text on Mastodon) of the last 30 days had figures at one hour: too few to compare (5 are needed)."
    )
    bare = Baseline(6, 0, None, None, 12.0, 11.0, "impressions", 360)
    assert (
        words.usual_in_words("x", "reply", bare) == "Usual after six hours: 12.0 interactions (6 posts, a reply on X)."
    )
