"""When a conditional go is asked about again, and what a moment's decision lets its posts do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow.rules.assessments import left_to_score
from workflow.rules.rescoring import asks_again, may_not_leave, moved

RAISED = datetime(2026, 3, 2, 9, tzinfo=UTC)
DECIDED = RAISED + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("before", "now", "far"),
    [
        (4.0, 6.0, True),
        (6.0, 4.0, True),
        (4.0, 5.9, False),  # the same band, less than two points
        (6.4, 7.4, True),  # a point, into another band
        (6.9, 7.0, False),  # another band, by a hair
        (3.5, 4.4, False),
        (3.0, 4.0, True),
        (9.0, 10.0, True),
        (7.0, 8.5, False),
        (0.0, 1.0, True),
    ],
)
def test_how_far_interest_has_to_move(before: float, now: float, far: bool) -> None:
    assert moved(before, now) is far


@pytest.mark.parametrize(
    ("minutes", "interest", "said"),
    [
        (20, 4.0, ""),
        (20, None, ""),
        (20, 7.0, "rose from 4 to 7"),
        (20, 1.5, "fell from 4 to 1.5"),
        (249, 4.0, ""),
        (250, 4.0, "Four hours"),
        (719, 9.0, "rose"),
        (720, 9.0, ""),  # the guide's twelve hours are over
    ],
)
def test_when_a_conditional_go_is_asked_about_again(minutes: int, interest: float | None, said: str) -> None:
    why = asks_again(DECIDED, RAISED, 4.0, interest, RAISED + timedelta(minutes=minutes))
    assert (said in why) if said else (why == "")


@pytest.mark.parametrize(
    ("state", "decision", "stays"),
    [
        (None, None, False),
        ("decided", "go", False),
        ("decided", "caution", False),
        ("decided", "conditional_go", True),
        ("decided", "no_go", True),
        ("assessing", "go", True),
        ("discussing", "conditional_go", True),
        ("assessing", None, True),
    ],
)
def test_what_a_decision_lets_its_posts_do(state: str | None, decision: str | None, stays: bool) -> None:
    assert bool(may_not_leave(state, decision)) is stays


def test_the_five_minutes_run_out_and_go_on_being_counted() -> None:
    assert left_to_score(RAISED, RAISED + timedelta(minutes=4)) == timedelta(minutes=1)
    assert left_to_score(RAISED, RAISED + timedelta(minutes=7)) == timedelta(minutes=-2)
