"""The cascade: the guide's order and hours, one at a time, and never on top of what hurts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.reference import playbook
from workflow.rules.cascade import Lead, Step, StepState, beginning, begins, decide, plan
from workflow.rules.drafts import State

OUT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WELL = Lead(3.0, gone=False, negative=False)
WAYS = {"linkedin": "linkedin-1", "instagram_feed": "instagram-1", "blog": "blog-1", "email": "email-1", "x": "x-1"}


def after(hours: float) -> datetime:
    return OUT + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("ratios", "found"),
    [({30: 2.5, 60: 3.0}, 2.5), ({60: 2.0}, None), ({120: 2.1}, 2.1), ({360: 9.0}, None), ({}, None)],
)
def test_it_begins_above_twice_the_baseline_within_two_hours(ratios: dict[int, float], found: float | None) -> None:
    assert begins(ratios) == found


def test_the_order_and_the_hours_are_the_guides_and_only_what_the_team_has() -> None:
    steps = plan(OUT, WAYS, {"x"})
    assert [(one.platform, one.opens_at, one.closes_at) for one in steps] == [
        ("instagram_feed", after(2), after(6)),
        ("linkedin", after(2), after(6)),
        ("blog", after(6), after(24)),
        ("email", after(6), after(24)),
    ]
    assert [one.platform for one in plan(OUT, {"linkedin": "linkedin-1", "x": "x-1"}, {"x"})] == ["linkedin"]
    assert plan(OUT, WAYS, {"x", "linkedin", "instagram_feed", "blog", "email"}) == ()


def step(
    platform: str = "linkedin",
    stage: int = 1,
    state: StepState = StepState.WAITING,
    draft: State | None = None,
    held: bool = False,
) -> Step:
    opens, closes = (2, 6) if stage == 1 else (6, 24)
    return Step(platform, platform.title(), stage, state, after(opens), after(closes), draft, held)


@pytest.mark.parametrize(
    ("one", "lead", "hours", "what", "why"),
    [
        (step(), WELL, 1.9, "wait", "not open yet"),
        (step(), WELL, 2.0, "prepare", ""),
        (step(), WELL, 6.0, "prepare", ""),
        (step(), WELL, 6.1, "close", "window is over"),
        (step(), Lead(3.0, gone=True, negative=False), 3, "close", "taken down"),
        (step(), Lead(3.0, gone=False, negative=True), 3, "wait", "turning negative"),
        (step(held=True), WELL, 3, "wait", "hold"),
        # The lead passed once; the first step asks no more. The second asks whether it stays strong.
        (step(), Lead(1.0, gone=False, negative=False), 3, "prepare", ""),
        (step("blog", 2), Lead(2.0, gone=False, negative=False), 7, "wait", "not above 2 ×"),
        (step("blog", 2), Lead(None, gone=False, negative=False), 7, "wait", "not above 2 ×"),
        (step("blog", 2), WELL, 7, "prepare", ""),
        (step(state=StepState.DECLINED), WELL, 3, "wait", ""),
        (step(state=StepState.CLOSED), WELL, 3, "wait", ""),
        (step(state=StepState.PREPARED, draft=State.WRITING), WELL, 7, "wait", "send it all the same"),
    ],
)
def test_when_a_step_is_prepared(one: Step, lead: Lead, hours: float, what: str, why: str) -> None:
    found = decide([one], lead, after(hours))[0]
    assert found.what == what
    assert why in found.why


def test_never_two_at_once() -> None:
    both = [step("instagram_feed"), step("linkedin")]
    assert [one.what for one in decide(both, WELL, after(3))] == ["prepare", "wait"]
    assert "Instagram_Feed comes first" in decide(both, WELL, after(3))[1].why


@pytest.mark.parametrize(
    ("draft", "what"),
    [
        (State.WRITING, "wait"), (State.IN_REVIEW, "wait"), (State.SCHEDULED, "wait"), (State.UNKNOWN, "wait"),
        (State.PUBLISHED, "prepare"), (State.WITHDRAWN, "prepare"), (State.REJECTED, "prepare"),
        (State.EXPIRED, "prepare"),
    ],
)  # fmt: skip
def test_the_next_waits_until_the_one_before_is_out_or_given_up(draft: State, what: str) -> None:
    first = step("instagram_feed", state=StepState.PREPARED, draft=draft)
    assert decide([first, step()], WELL, after(3))[1].what == what


def test_a_draft_left_lying_past_its_window_keeps_nobody_waiting() -> None:
    first = step("instagram_feed", state=StepState.PREPARED, draft=State.WRITING)
    assert decide([first, step("blog", 2)], WELL, after(7))[1].what == "prepare"


def test_the_beginning_keeps_to_the_next_platforms_limits() -> None:
    long = "Tea first. " * 300
    assert beginning("Tea first.", playbook("linkedin")) == "Tea first."
    cut = beginning(long, playbook("instagram_feed"))
    assert len(cut) <= 2200
    assert cut.endswith("…")
    head, blank, rest = beginning(f"{long}\nMore of it.", playbook("blog")).split("\n", 2)
    assert (len(head) <= 70, blank) == (True, "")
    assert rest.endswith("More of it.")
