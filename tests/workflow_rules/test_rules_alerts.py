"""The pure rules of alerts: what is one moment, when it is quiet, and when a mood falls beyond chance."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.rules import grouping, quiet, tone
from workflow.rules.grouping import Meeting, Overlap
from workflow.rules.quiet import QuietHours
from workflow.rules.tone import Heard

NIGHT = QuietHours(time(22), time(8), frozenset(range(7)), "Europe/London")
USUAL = [Heard(10, 2)] * 48


@pytest.mark.parametrize(
    ("label", "others", "overlaps", "why"),
    [
        ("Larkfield", ["iced tea"], [Overlap(64, 100), Overlap(64, 600)], "same posts: 64 % of them"),
        # All of the small one's posts, and a drop in the large one: a moment of its own inside another.
        ("Larkfield", ["iced tea"], [Overlap(90, 90), Overlap(9, 100)], None),
        ("Larkfield", ["iced tea"], [Overlap(49, 100), Overlap(49, 100)], None),
        ("Larkfield", ["iced tea"], [Overlap(4, 4), Overlap(4, 4)], None),
        ("Winter Fair", ["#winter-fair"], [], grouping.SPELT),
        ("Café Noir", ["iced tea", "#CafeNoir"], [], grouping.SPELT),
        ("C++", ["C#"], [], None),
        ("teapot", ["#teapots"], [Overlap(3, 12)], grouping.SPELT),
        ("teapot", ["#teapots"], [Overlap(2, 12)], None),
        ("Apple", ["#apples"], [], None),
        ("Larkfield Tea", ["Moor & Vale Tea"], [Overlap(0, 50)], None),
    ],
)
def test_one_moment_needs_common_posts_or_the_same_words(label, others, overlaps, why) -> None:
    assert grouping.reason(Meeting(label, others, overlaps)) == why


@pytest.mark.parametrize(
    ("ours", "led_by_ours", "state", "may"),
    [
        (False, False, "open", True),
        (False, True, "snoozed", True),
        (False, False, "dismissed", False),
        (True, False, "open", False),
        (True, True, "claimed", True),
        (True, True, "snoozed", False),
        (True, True, "dismissed", False),
    ],
)
def test_common_posts_put_nothing_of_ours_aside(ours: bool, led_by_ours: bool, state: str, may: bool) -> None:
    assert grouping.posts_count(ours=ours, led_by_ours=led_by_ours, state=state) is may
    meeting = Meeting("Larkfield", ["iced tea", "larkfields"], [Overlap(9, 10), Overlap(9, 10)], may)
    assert (grouping.reason(meeting) is not None) is may


def test_the_closest_moment_takes_it_in_and_of_equals_the_oldest() -> None:
    half, most = (Meeting("a b", ["x"], [Overlap(n, 10)]) for n in (6, 9))
    assert grouping.closest([half, most, most]) == (1, "same posts: 90 % of them")
    assert grouping.closest([Meeting("a b", ["x"])]) is None


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-03-02T23:00", "2026-03-03T08:00"),
        ("2026-03-03T07:59", "2026-03-03T08:00"),
        ("2026-03-03T08:00", None),
        ("2026-03-02T21:59", None),
        # The clocks go forward in that night: the wall's 08:00 is 07:00 UTC.
        ("2026-03-28T23:00", "2026-03-29T07:00"),
    ],
)
def test_it_is_quiet_from_wall_to_wall(at: str, ends: str | None) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = quiet.quiet_until(NIGHT, now)
    assert found == (datetime.fromisoformat(ends).replace(tzinfo=UTC) if ends else None)


def test_a_night_is_the_day_on_which_it_began() -> None:
    friday = QuietHours(time(22), time(8), frozenset({4}), "UTC")
    saturday_morning = datetime(2026, 3, 7, 3, tzinfo=UTC)
    assert quiet.quiet_until(friday, saturday_morning) == datetime(2026, 3, 7, 8, tzinfo=UTC)
    assert quiet.quiet_until(friday, saturday_morning + timedelta(days=1)) is None
    assert quiet.quiet_until(None, saturday_morning) is None


@pytest.mark.parametrize(
    ("kind", "own", "tragedy", "waits"),
    [
        ("spike", True, "", True),
        ("spike", False, "review", True),
        ("spike", False, "hold", False),
        ("sentiment", True, "", False),
        ("sentiment", False, "", True),
    ],
)
def test_what_is_dark_does_not_wait_for_the_morning(kind: str, own: bool, tragedy: str, waits: bool) -> None:
    assert quiet.may_wait(kind, own_brand=own, tragedy=tragedy) is waits


@pytest.mark.parametrize(
    ("recent", "before", "state"),
    [
        ([Heard(60, 36)], USUAL, "falling"),
        ([Heard(60, 14)], USUAL, "usual"),
        # Twenty points more, but of so few texts that chance could do it.
        ([Heard(30, 12)], [Heard(10, 2)] * 24, "usual"),
        ([Heard(20, 20), Heard(5, 5)], USUAL, "few"),
        ([Heard(20, 18), Heard(20, 18)], USUAL, "falling"),
        ([Heard(60, 60)], [Heard(10, 2)] * 23, "learning"),
        # Beyond chance, but only by ten points: not worth a word.
        ([Heard(5000, 1500)], [Heard(60, 12)] * 100, "usual"),
    ],
)
def test_a_mood_falls_beyond_chance_and_by_enough(recent, before, state: str) -> None:
    assert tone.mood(recent, before).state == state


def test_one_terrible_hour_does_not_become_the_usual_mood() -> None:
    found = tone.mood([Heard(60, 36)], [*USUAL, Heard(5_000, 5_000)])
    assert found.falling
    assert found.usual is not None
    assert found.usual < 0.35


@given(st.integers(1, 500), st.integers(0, 500), st.floats(0.5, 3))
def test_wilsons_bounds_hold_the_share(scored: int, negative: int, z: float) -> None:
    heard = Heard(scored, min(negative, scored))
    low, high = tone.wilson(heard, z)
    assert 0 <= low <= heard.share + 1e-9
    assert heard.share - 1e-9 <= high <= 1


def test_reading_is_bounded_and_spread_over_the_hour() -> None:
    hour = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert tone.allowed(0, hour, hour + timedelta(minutes=5)) == tone.PER_SLOT
    assert tone.allowed(tone.PER_SLOT, hour, hour + timedelta(minutes=5)) == 0
    assert tone.allowed(tone.PER_SLOT, hour, hour + timedelta(minutes=15)) == tone.PER_SLOT
    assert tone.allowed(0, hour, hour + timedelta(hours=5)) == tone.PER_SLOT * tone.SLOTS
    flood = [(n, hour, frozenset({1})) for n in range(500)]
    assert len(tone.chosen(flood, {}, hour)) == tone.PER_SLOT
    # What is full under one topic is still read for another.
    both = [(n, hour, frozenset({1, 2})) for n in range(500)]
    assert len(tone.chosen(both, {(1, hour): 999}, hour)) == tone.PER_SLOT
