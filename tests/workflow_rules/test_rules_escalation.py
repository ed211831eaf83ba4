"""When nobody looks: which step is due when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workflow.rules.escalation import Waiting, Whom, allowance, due_step, sentence

ASKED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ON_X = Waiting(ASKED, 15, True, None)


def after(minutes: float) -> datetime:
    return ASKED + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "taken", "whom"),
    [
        (4.9, [], None),
        (5, [], Whom.NEXT),
        (9, [1], None),
        (10, [1], Whom.LEADS),
        (10, [], Whom.LEADS),  # the workers were down: the last step alone
        (14.9, [1, 2], None),
        (15, [1, 2], Whom.LEADS),  # all of its time is over
        (60, [1, 2, 3], None),
        (60, [3], None),
    ],
)
def test_each_step_is_due_after_its_share_and_once(minutes: float, taken: list[int], whom: Whom | None) -> None:
    step = due_step(ON_X, taken, after(minutes))
    assert (step.whom if step else None) == whom


@pytest.mark.parametrize(("looked", "due"), [(0, True), (1, True), (2, False), (3, False)])
def test_two_people_have_to_look_because_two_have_to_sign(looked: int, due: bool) -> None:
    assert (due_step(replace(ON_X, looked=looked), [], after(12)) is not None) is due


@pytest.mark.parametrize(
    ("reactive", "planned", "minutes"),
    [
        (True, None, 15),
        (False, None, 15),  # as soon as two have signed
        (True, 6, 6),
        (True, 600, 15),
        (False, 600, 600),
        (False, 7 * 24 * 60, 24 * 60),
        (False, -5, 0),
    ],
)
def test_a_planned_post_has_until_its_time_and_a_day_at_most(reactive: bool, planned: int | None, minutes: int) -> None:
    one = Waiting(ASKED, 15, reactive, after(planned) if planned is not None else None)
    assert allowance(one) == timedelta(minutes=minutes)


def test_the_sentence_says_how_many_looked_and_for_how_long() -> None:
    assert sentence(ON_X, after(5), "it").startswith("Nobody who may sign has looked at it for 5 minutes.")
    one = replace(ON_X, looked=1)
    assert sentence(one, after(300), "it").startswith("Only one person who may sign has looked at it for 5 hours.")


@pytest.mark.parametrize(("minutes", "taken", "due"), [(14.9, [], False), (15, [], True), (90, [3], False)])
def test_who_looked_and_did_not_sign_stops_the_clock_only_until_the_time_is_over(
    minutes: float, taken: list[int], due: bool
) -> None:
    seen = replace(ON_X, looked=2)
    assert (due_step(seen, taken, after(minutes)) is not None) is due
    assert sentence(seen, after(90), "it") == (
        "Two or more have looked at it, and after 90 minutes it is still not signed. Sign it, or say no."
    )
