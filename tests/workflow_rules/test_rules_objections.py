"""Saying no, and what the mutation test found unsaid: who may object, when, and in which order words count."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scoring.contract import Scope
from workflow.rules.approvals import Approval, Decision, refusal_to_object, standing
from workflow.rules.content import Content, content_hash
from workflow.rules.drafts import State
from workflow.rules.holds import Agreement, PostFacts, covers, fold, lift_outcome
from workflow.rules.roles import SIGNERS, Role
from workflow.rules.wall_clock import instant

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OPEN_TO_OBJECTION = {State.IN_REVIEW, State.SCHEDULED, State.HELD}


@pytest.mark.parametrize("state", State)
def test_an_objection_is_heard_until_the_post_is_claimed(state: State) -> None:
    refused = refusal_to_object(Role.LEGAL, state, "abc", "abc")
    assert (refused is None) == (state in OPEN_TO_OBJECTION)
    assert refused is None or refused.codes == ("wrong_state",)


@pytest.mark.parametrize("role", Role)
def test_whoever_may_sign_may_object_and_nobody_else(role: Role) -> None:
    refused = refusal_to_object(role, State.IN_REVIEW, "abc", "abc")
    assert (refused is None) == (role in SIGNERS)
    assert refused is None or refused.codes == ("role_may_not_sign",)


def test_an_objection_is_about_the_words_on_the_screen() -> None:
    refused = refusal_to_object(Role.MANAGER, State.SCHEDULED, "abc", "other words")
    assert refused is not None
    assert refused.codes == ("content_changed",)


def _word(person: int, decision: Decision, minute: int) -> Approval:
    return Approval(person, Role.MANAGER, decision, "abc", NOON + timedelta(minutes=minute))


def test_who_thought_again_counts_from_their_last_word() -> None:
    words = [
        _word(1, Decision.APPROVE, 0),
        _word(2, Decision.APPROVE, 1),
        _word(1, Decision.CHANGES, 2),
        _word(1, Decision.APPROVE, 3),
    ]
    stands = standing(words, "abc", frozenset())
    assert stands.signed == (2, 1)
    assert stands.complete
    assert stands.content_hash == "abc"


def test_who_signed_under_another_verdict_and_has_not_said_a_word_since_is_named() -> None:
    def then(person: int, **other: Any) -> Approval:
        return replace(_word(person, Decision.APPROVE, 0), expired=True, **other)

    words = [then(4), then(3), then(3), then(2), _word(2, Decision.APPROVE, 5)]
    words += [then(5, voided=True), then(6, content_hash="other words"), _word(7, Decision.APPROVE, 1)]
    stands = standing(words, "abc", frozenset())
    assert stands.expired == (4, 3)
    assert stands.signed == (7, 2)


def test_who_agreed_to_lift_is_told_with_what_is_missing() -> None:
    given = [Agreement(3, 3, Role.SOCIAL_LEAD), Agreement(2, 2, Role.PR)]
    assert lift_outcome(None, given).by == (3, 2)


@pytest.fixture
def far_from_greenwich() -> Iterator[None]:
    """The machine's own zone is Tokyo's."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_the_machines_own_zone_changes_nothing_that_was_agreed(far_from_greenwich: None) -> None:
    planned = Content("x/dry_run", "Tea.", planned_for=NOON)
    assert content_hash(planned) == "e526e77cb3eed2556a380e62954fbc395859681b75666587a37e072569f12de8"
    at = instant(datetime(2026, 7, 2, 9, 0), "Europe/London")
    assert at.isoformat() == "2026-07-02T08:00:00+00:00"


def test_a_topic_that_begins_with_an_x_is_held_however_it_is_written() -> None:
    post = PostFacts("linkedin", topics=("#XRayWeek",))
    assert fold("#XRayWeek") == "xrayweek"
    assert covers(Scope("topic", "xrayweek"), post)
