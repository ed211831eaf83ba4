"""How often figures are read: the table's edges, the marks that are hit, and the pauses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workflow.rules.collecting import FIRST_STEP, LONGEST_PAUSE, next_step, pause_after, reached

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("age", "step"),
    [
        (timedelta(), 5 * MINUTE),
        (5 * HOUR + 54 * MINUTE, 5 * MINUTE),
        (6 * HOUR, HOUR),
        (22 * HOUR, HOUR),
        (DAY, 6 * HOUR),
        (6 * DAY, 6 * HOUR),
        (7 * DAY, DAY),
        (30 * DAY - MINUTE, DAY),
        (30 * DAY, None),
        (400 * DAY, None),
    ],
)
def test_steps_widen_with_age_and_end_after_thirty_days(age: timedelta, step: timedelta | None) -> None:
    assert next_step(age) == step


@pytest.mark.parametrize(
    ("age", "step"),
    [
        (12 * MINUTE, 3 * MINUTE),  # to the quarter of an hour
        (23 * HOUR + 30 * MINUTE, 30 * MINUTE),  # to the day
        (7 * DAY - 2 * HOUR, 2 * HOUR),  # to the week
        (15 * MINUTE - timedelta(seconds=2), timedelta(seconds=30)),  # never two looks at once
    ],
)
def test_a_step_ends_at_a_mark_so_that_posts_are_compared_at_one_age(age: timedelta, step: timedelta) -> None:
    assert next_step(age) == step


def test_the_operator_may_shorten_the_first_step_only() -> None:
    assert next_step(MINUTE, timedelta(seconds=5)) == timedelta(seconds=5)
    assert next_step(7 * HOUR, timedelta(seconds=5)) == HOUR
    assert timedelta(minutes=5) == FIRST_STEP


@pytest.mark.parametrize(
    ("age", "marks"),
    [
        (14 * MINUTE, ()),
        (15 * MINUTE, (15,)),
        (25 * MINUTE, (15,)),
        (26 * MINUTE, ()),
        (30 * MINUTE, (30,)),
        (75 * MINUTE, (60,)),
        (76 * MINUTE, ()),
        (7.5 * HOUR, (360,)),
        (30 * HOUR, (1440,)),
        (31 * HOUR, ()),
        (8 * DAY, (10080,)),
        (-HOUR, ()),
    ],
)
def test_a_figure_stands_for_a_mark_that_it_is_past_by_a_quarter_at_most(
    age: timedelta, marks: tuple[int, ...]
) -> None:
    assert reached(age) == marks


def test_each_failure_doubles_the_pause_up_to_an_hour() -> None:
    assert [pause_after(n) / MINUTE for n in (1, 2, 3, 6)] == [1, 2, 4, 32]
    assert pause_after(7) == pause_after(1000) == LONGEST_PAUSE
