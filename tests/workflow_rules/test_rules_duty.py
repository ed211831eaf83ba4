"""Who is on duty, by pure arithmetic: nights, changing clocks, and people who are away."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from workflow.rules.duty import (
    Absence,
    Shift,
    Turn,
    as_it_will_be,
    next_of,
    on_duty_at,
    stand_in,
    turn_of,
    turns_between,
    until,
)

ALL = frozenset(range(7))
ZONES = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata",
    "Pacific/Chatham", "Africa/Casablanca", "America/Santiago", "Asia/Tehran", "Pacific/Apia", "UTC",
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def anybody(_one: int, _other: int) -> bool:
    return True


def shift(person: int, start: str, end: str, zone: str = "UTC", days: frozenset[int] = ALL) -> Shift:
    return Shift(person, person, days, time.fromisoformat(start), time.fromisoformat(end), zone)


def there(shifts: list[Shift], now: str, *absences: Absence) -> set[int]:
    turns = turns_between(shifts, at(now), at(now) + timedelta(seconds=1))
    return set(on_duty_at(turns, absences, at(now), anybody))


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("2026-03-06T21:59", False),
        ("2026-03-06T22:00", True),  # Friday
        ("2026-03-07T05:59", True),  # its night goes on into Saturday
        ("2026-03-07T06:00", False),
        ("2026-03-07T22:30", False),  # Saturday's night is nobody's
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(now: str, on: bool) -> None:
    assert (1 in there([shift(1, "22:00", "06:00", days=frozenset({4}))], now)) is on


def test_the_wall_clock_of_the_shifts_own_zone_counts() -> None:
    early = [shift(1, "09:00", "17:00", "Australia/Sydney")]
    assert there(early, "2026-03-02T22:30") == {1}
    assert there(early, "2026-03-02T09:00") == set()


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2026, 3, 28), "22:00", "06:00", 7),  # clocks go forward in that night
        (date(2026, 10, 24), "22:00", "06:00", 9),  # and back
        (date(2026, 3, 29), "02:30", "03:00", None),  # the half hour does not exist
        (date(2026, 3, 29), "01:30", "03:30", 1),
        (date(2026, 10, 25), "02:30", "03:30", 2),
        (date(2026, 3, 2), "00:00", "00:00", 24),
    ],
)
def test_clocks_that_change_make_a_night_longer_or_shorter(day: date, start: str, end: str, hours: int | None) -> None:
    turn = turn_of(shift(1, start, end, "Europe/Berlin"), day)
    assert (None if turn is None else turn.ends - turn.begins) == (None if hours is None else timedelta(hours=hours))


@given(
    zone=some.sampled_from(ZONES),
    day=some.dates(date(2024, 1, 1), date(2027, 12, 31)),
    cuts=some.lists(some.times(), min_size=2, max_size=4, unique=True),
)
def test_shifts_that_follow_each_other_leave_no_gap_and_no_overlap(zone: str, day: date, cuts: list[time]) -> None:
    walls = sorted(cut.replace(second=0, microsecond=0) for cut in cuts)
    if len(set(walls)) < len(walls):
        return
    shifts = [
        Shift(n, n, ALL, start, end, zone)
        for n, (start, end) in enumerate(zip(walls, walls[1:] + walls[:1], strict=True))
    ]
    noon = datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)
    turns = turns_between(shifts, noon, noon + timedelta(days=1))
    assert turns[0].begins <= noon
    for one, following in pairwise(turns):
        assert one.begins < one.ends == following.begins


# --- away ------------------------------------------------------------------------------------------------------


def away(person: int, deputy: int | None, begins: str = "2026-03-01", ends: str | None = None) -> Absence:
    return Absence(person, deputy, at(begins), at(ends) if ends else None)


def test_a_deputy_stands_in_only_while_the_other_is_away() -> None:
    own, gone = [shift(1, "09:00", "17:00")], away(1, 2, "2026-03-02T10:00", "2026-03-02T12:00")
    assert there(own, "2026-03-02T09:59", gone) == {1}
    assert there(own, "2026-03-02T10:00", gone) == {2}
    assert there(own, "2026-03-02T12:00", gone) == {1}


def test_a_deputy_who_is_away_is_passed_over_for_their_own() -> None:
    assert there([shift(1, "00:00", "00:00")], "2026-03-02T10:00", away(1, 2), away(2, 3)) == {3}


@pytest.mark.parametrize("chain", [((1, None),), ((1, 2), (2, 1)), ((1, 2), (2, 3), (3, 1)), ((1, 2), (2, None))])
def test_where_everybody_is_away_nobody_stands_in_and_nothing_goes_round(
    chain: tuple[tuple[int, int | None], ...],
) -> None:
    gone = [away(person, deputy) for person, deputy in chain]
    assert stand_in(1, gone, at("2026-03-02T10:00"), anybody) is None


def test_who_may_not_stand_in_does_not() -> None:
    assert stand_in(1, [away(1, 2)], at("2026-03-02T10:00"), lambda one, other: False) is None


def test_the_week_shows_who_stands_in_for_which_part_of_a_turn() -> None:
    turns = turns_between([shift(1, "09:00", "17:00")], at("2026-03-02T00:00"), at("2026-03-03T00:00"))
    gone = [away(1, 2, "2026-03-02T10:00", "2026-03-02T12:00"), away(3, None, "2026-03-02T14:00")]
    parts = [(p.person_id, p.begins.hour, p.ends.hour, p.instead_of) for p in as_it_will_be(turns, gone, anybody)]
    assert parts == [(1, 9, 10, None), (2, 10, 12, 1), (1, 12, 17, None)]


def test_duty_ends_where_the_last_of_the_adjoining_turns_does() -> None:
    turns = [Turn(1, at("2026-03-02T09:00"), at("2026-03-02T12:00"), "UTC")]
    turns.append(Turn(1, at("2026-03-02T12:00"), at("2026-03-02T15:00"), "UTC"))
    turns.append(Turn(1, at("2026-03-02T16:00"), at("2026-03-02T18:00"), "UTC"))
    assert until(1, turns, at("2026-03-02T10:00")) == at("2026-03-02T15:00")
    assert until(1, turns, at("2026-03-02T15:30")) is None
    found = next_of(turns, at("2026-03-02T10:00"), lambda person: person == 1)
    assert found is not None
    assert found.begins == at("2026-03-02T12:00")


def test_a_turn_tells_whose_it_is_until_when_and_who_stands_in() -> None:
    turns = turns_between(
        [shift(1, "09:00", "12:00", "Europe/London"), shift(1, "10:00", "11:00")], at("2026-03-02"), at("2026-03-03")
    )
    turns += [
        Turn(2, at("2026-03-02 08:00"), at("2026-03-02 10:00"), "UTC"),
        Turn(4, at("2026-03-02 09:00"), at("2026-03-02 11:00"), "UTC"),
    ]
    away = [Absence(4, None, at("2026-03-01"), None), Absence(2, 3, at("2026-03-01"), at("2026-03-04"))]
    now = at("2026-03-02 10:30")
    assert on_duty_at(turns, away, now, anybody) == {
        1: Turn(1, at("2026-03-02 09:00"), at("2026-03-02 12:00"), "Europe/London")
    }
    early = on_duty_at(turns, away, at("2026-03-02 09:00"), anybody)
    assert early[3] == Turn(3, at("2026-03-02 08:00"), at("2026-03-02 10:00"), "UTC", instead_of=2)
    assert set(on_duty_at(turns, away, at("2026-03-02 10:00"), anybody)) == {1}, "the last instant is no longer duty"
    asked: list[tuple[int, int]] = []
    stand_in(2, away, now, lambda one, other: bool(asked.append((one, other))) or True)
    assert asked == [(2, 3)]


def test_the_next_turn_begins_after_now_and_a_time_that_clocks_skip_is_the_instant_of_the_change() -> None:
    first, second = (Turn(1, at(f"2026-03-02 {hour}:00"), at("2026-03-02 20:00"), "UTC") for hour in ("10", "12"))
    assert next_of([second, first], at("2026-03-02 10:00"), lambda _: True) == second
    night = turn_of(shift(1, "02:30", "09:00", "Europe/Berlin"), date(2026, 3, 29))
    assert night is not None
    assert night.begins == at("2026-03-29 01:00")
    assert night.zone == "Europe/Berlin"
