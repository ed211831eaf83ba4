"""The playbooks say what the guide says, and texts are counted as the platforms count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from data.reference import Playbook, playbook, playbooks
from data.reference.characters import count_characters, graphemes

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("key", "limit", "target", "closes", "approval"),
    [
        ("x", 280, (18, 18), 120, (15, 15)),
        ("linkedin", 3000, (480, 480), None, (240, 360)),
        ("instagram_feed", 2200, (240, 360), None, (180, 240)),
        ("instagram_story", 250, (138, 138), None, (60, 120)),
        ("facebook", 63206, (120, 240), None, (60, 120)),
        ("tiktok", 2200, (45, 180), None, (30, 90)),
        ("email", None, (360, 720), None, (240, 480)),
        ("blog", None, (1440, 2880), None, (1440, 1440)),
        ("mastodon", 500, (18, 18), 120, (15, 15)),
        ("bluesky", 300, (18, 18), 120, (15, 15)),
    ],
)
def test_windows_and_limits(
    key: str, limit: int | None, target: tuple[int, int], closes: int | None, approval: tuple[int, int]
) -> None:
    row = playbook(key)
    assert (row.text_limit, row.target_minutes, row.closes_minutes) == (limit, target, closes)
    assert row.approval_minutes == approval


def test_every_row_is_found_under_its_own_key() -> None:
    assert [row.key for row in playbooks().values()] == list(playbooks())
    assert len(playbooks()) == 10


def test_an_unknown_platform_is_a_sentence() -> None:
    with pytest.raises(BadInput, match="no playbook for 'pager'"):
        playbook("pager")


@pytest.mark.parametrize(
    ("key", "text", "length"),
    [
        ("x", "Hello", 5),
        ("x", "", 0),
        ("x", "See https://example.org/a/very/long/path?with=many&parts=inside now", 4 + 23 + 4),
        ("x", "https://a.co https://b.co", 23 + 1 + 23),
        ("x", "shop at ottermoor.example or ottermoor.com/rain", 8 + 17 + 4 + 23),
        ("x", "mail me@ottermoor.com", 21),
        ("x", "雨の日", 6),
        ("x", "😀", 2),
        ("x", FAMILY, 2),
        ("x", "🇨🇦🇵🇱", 4),
        ("x", "👍🏽", 2),
        ("x", "1️⃣", 2),
        ("x", "cafe\u0301", 4),
        ("x", "“quoted” – done…", 16 + 1),
        ("mastodon", "See https://example.org/a/very/long/path?with=many now", 4 + 23 + 4),
        ("mastodon", "@lei@tag.example hi", 4 + 3),
        ("mastodon", "me@mail.example hi", 18),
        ("mastodon", FAMILY + "雨", 2),
        ("bluesky", "https://example.org", 19),
        ("bluesky", f"{FAMILY}🇨🇦👍🏽é", 4),
        ("bluesky", "a\r\nb", 3),
        ("linkedin", "雨 😀", 3),
    ],
)
def test_texts_are_counted_as_the_platform_counts(key: str, text: str, length: int) -> None:
    assert count_characters(playbook(key), text) == length


@given(st.text(max_size=60))
def test_graphemes_lose_nothing(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(st.sampled_from(list(playbooks().values())), st.text(max_size=60))
def test_every_text_has_a_length_and_none_is_negative(row: Playbook, text: str) -> None:
    assert count_characters(row, text) >= 0
