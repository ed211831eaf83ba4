"""The sample day's Mastodon server behaves as Mastodon's documentation and its known bugs say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from data.sample_day.mastodon_server import MastodonServer
from data.sample_day.mastodon_story import load_talk, numbers, replies

START = datetime(2026, 6, 1, 9, 2, tzinfo=UTC)
TALK = load_talk()


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[MastodonServer]:
    with MastodonServer(clock=clock) as running:
        yield running


@pytest.fixture
def asking(server: MastodonServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.address, headers=headers, timeout=5, trust_env=False) as client:
        yield client


def post(asking: httpx.Client, text: str = "Hello #mud", key: str = "", **more: str) -> httpx.Response:
    return asking.post("/api/v1/statuses", data={"status": text, **more}, headers={"Idempotency-Key": key})


def test_a_repeated_key_brings_the_same_status_for_an_hour(
    asking: httpx.Client, server: MastodonServer, clock: Clock
) -> None:
    first = post(asking, key="k").json()["id"]
    clock.on(minutes=59)
    assert post(asking, "Other words", key="k").json()["id"] == first
    clock.on(minutes=2)
    assert post(asking, key="k").json()["id"] != first
    assert len(server.statuses) == 2


def test_a_key_counts_for_one_account_only(asking: httpx.Client, server: MastodonServer) -> None:
    other = {"Authorization": f"Bearer {server.add_account('tarnwick')}", "Idempotency-Key": "k"}
    first = post(asking, key="k").json()["id"]
    assert asking.post("/api/v1/statuses", data={"status": "Hello"}, headers=other).json()["id"] != first


def test_a_key_is_ignored_where_a_status_is_scheduled(asking: httpx.Client, server: MastodonServer) -> None:
    at = (START + timedelta(hours=1)).isoformat()
    for _ in range(2):
        assert "scheduled_at" in post(asking, key="k", scheduled_at=at).json()
    assert len(server.wall.scheduled) == 2
    assert server.statuses == []


@pytest.mark.parametrize(("text", "said"), [(" ", "can't be blank"), ("a" * 501, "limit of 500 exceeded")])
def test_words_that_cannot_be_posted_are_refused(asking: httpx.Client, text: str, said: str) -> None:
    reply = post(asking, text)
    assert reply.status_code == 422
    assert said in reply.json()["error"]


def test_an_address_counts_23_characters(asking: httpx.Client) -> None:
    assert post(asking, "a" * 470 + " https://example.org/" + "b" * 200).status_code == 200


def test_a_wrong_token_is_refused(server: MastodonServer) -> None:
    with httpx.Client(base_url=server.address, trust_env=False) as nobody:
        assert nobody.post("/api/v1/statuses", data={"status": "Hi"}).status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert nobody.get("/api/v1/accounts/verify_credentials", headers=wrong).status_code == 401


def test_what_is_deleted_twice_is_not_found_the_second_time(asking: httpx.Client) -> None:
    address = f"/api/v1/statuses/{post(asking, key='k').json()['id']}"
    assert asking.delete(address).json()["text"] == "Hello #mud"
    assert asking.delete(address).status_code == 404
    assert asking.get(address).status_code == 404
    assert post(asking, key="k").status_code == 404


def test_a_picture_is_attached_once_it_is_processed_and_only_once(
    asking: httpx.Client, server: MastodonServer, clock: Clock
) -> None:
    server.wall.processing = timedelta(seconds=3)
    files = {"file": ("a.png", b"\x89PNG", "image/png")}
    sent = asking.post("/api/v2/media", files=files, data={"description": "A muddy boot"})
    assert (sent.status_code, sent.json()["url"]) == (202, None)
    number = sent.json()["id"]
    assert asking.get(f"/api/v1/media/{number}").status_code == 206
    assert asking.post("/api/v1/statuses", data={"media_ids[]": number}).status_code == 422
    clock.on(seconds=4)
    assert asking.get(f"/api/v1/media/{number}").status_code == 200
    made = asking.post("/api/v1/statuses", data={"media_ids[]": number}).json()
    assert made["media_attachments"][0]["description"] == "A muddy boot"
    assert asking.post("/api/v1/statuses", data={"media_ids[]": number}).status_code == 422


def test_edited_words_show_when_and_deep_html_is_mastodons(asking: httpx.Client, clock: Clock) -> None:
    made = post(asking, "Up & away <b>\n\nhttps://example.org/a#b").json()
    assert made["content"].startswith("<p>Up &amp; away &lt;b&gt;</p><p><a href=")
    clock.on(minutes=1)
    edited = asking.put(f"/api/v1/statuses/{made['id']}", data={"status": "Down"}).json()
    assert (edited["content"], edited["edited_at"]) == ("<p>Down</p>", "2026-06-01T09:03:00.000Z")
    assert asking.get(f"/api/v1/statuses/{made['id']}/source").json()["text"] == "Down"


def test_somebody_elses_post_is_found_by_its_address_and_answered(clock: Clock) -> None:
    known = {"https://elsewhere.example/1": "Who else loves mud?"}
    with MastodonServer(clock=clock, others=known.get) as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        with httpx.Client(base_url=server.address, headers=headers, trust_env=False) as asking:
            query = {"q": "https://elsewhere.example/1", "resolve": "true"}
            found = asking.get("/api/v2/search", params=query).json()["statuses"][0]
            answer = post(asking, "We do", in_reply_to_id=found["id"]).json()
            assert asking.get(f"/api/v1/statuses/{found['id']}/context").json()["descendants"][0]["id"] == answer["id"]
            quote = post(asking, "Look", quoted_status_id=found["id"]).json()
            assert quote["quote"]["quoted_status"]["url"] == "https://elsewhere.example/1"
            query = {"q": "https://elsewhere.example/2", "resolve": "true"}
            assert asking.get("/api/v2/search", params=query).json()["statuses"] == []


def test_every_answer_tells_the_limit_and_the_servers_clock(asking: httpx.Client, server: MastodonServer) -> None:
    server.limits.most = 1
    server.skew = timedelta(minutes=7)
    reply = post(asking)
    assert reply.headers["X-RateLimit-Remaining"] == "0"
    assert parsedate_to_datetime(reply.headers["Date"]) == START + timedelta(minutes=7)
    assert reply.json()["created_at"] == "2026-06-01T09:09:00.000Z"
    spent = post(asking)
    assert spent.status_code == 429
    assert spent.headers["X-RateLimit-Reset"] == "2026-06-01T12:07:00.000000Z"


def test_a_504_and_a_cut_come_after_it_was_written(asking: httpx.Client, server: MastodonServer) -> None:
    server.order("gateway_timeout")
    assert post(asking, key="a").status_code == 504
    server.order("cut")
    with pytest.raises(httpx.TransportError):
        post(asking, key="b")
    assert len(server.statuses) == 2
    assert post(asking, key="a").status_code == 200
    assert len(server.statuses) == 2


@pytest.mark.parametrize(("kind", "status"), [("down", 503), ("limited", 429), ("cut_before", 0)])
def test_what_fails_before_writing_wrote_nothing(
    asking: httpx.Client, server: MastodonServer, kind: str, status: int
) -> None:
    server.order(kind)  # type: ignore[arg-type]
    if status:
        assert post(asking).status_code == status
    else:
        with pytest.raises(httpx.TransportError):
            post(asking)
    assert server.statuses == []


def test_a_repeated_key_may_fail_as_in_some_versions(asking: httpx.Client, server: MastodonServer) -> None:
    server.order("repeat_fails")
    assert post(asking, key="k").status_code == 200
    assert post(asking, key="k").status_code == 500
    assert len(server.statuses) == 1


def test_figures_grow_with_age_and_the_replies_are_as_many(asking: httpx.Client, clock: Clock) -> None:
    address = f"/api/v1/statuses/{post(asking).json()['id']}"
    seen = []
    for _ in range(4):
        status, below = asking.get(address).json(), asking.get(f"{address}/context").json()["descendants"]
        assert status["replies_count"] == sum(one["in_reply_to_id"] == status["id"] for one in below)
        seen.append(status["favourites_count"])
        clock.on(minutes=2)
    assert seen[0] == 0
    assert 0 < seen[1] < seen[2] < seen[3]


def test_half_of_a_number_is_there_after_one_half_life() -> None:
    half = numbers(TALK, "winner", 0, timedelta(minutes=TALK.half_life_minutes))
    whole = numbers(TALK, "winner", 0, timedelta(days=30))
    assert half.likes == pytest.approx(whole.likes / 2, abs=0.51)


def test_the_fates_are_what_the_story_needs() -> None:
    """One three to five times as good as the others, one with many unkind replies."""
    aged = {name: numbers(TALK, name, 5, timedelta(hours=1)) for name in TALK.fates}
    total = {name: one.likes + one.shares + one.quotes + one.replies for name, one in aged.items()}
    assert 3 < total["winner"] / total["ordinary"] < 5
    unkind = {line.split("{")[0] for line in TALK.unkind}
    said = replies(TALK, "turning", 2, timedelta(hours=1))
    assert sum(any(one.text.startswith(head) for head in unkind) for one in said) / len(said) > 0.2
    assert [one.text for one in said] == [one.text for one in replies(TALK, "turning", 2, timedelta(hours=1))]


def test_a_presenter_gives_a_status_another_fate(asking: httpx.Client, server: MastodonServer) -> None:
    number = post(asking).json()["id"]
    assert asking.post(f"/story/{number}/turning").json()["fate"] == "turning"
    assert server.statuses[0].fate == "turning"
    assert asking.post(f"/story/{number}/wonderful").status_code == 404
