"""The gate: a good post passes, and each thing that is wrong with it is told, all at once."""

from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.contract import Reason, Scope
from workflow.rules.approvals import Standing
from workflow.rules.codes import NEXT
from workflow.rules.drafts import State
from workflow.rules.gate import (
    CHECKS,
    LOOK_LASTS,
    VERDICT_LASTS,
    Code,
    ContextFact,
    GateFacts,
    HoldFact,
    LookFact,
    MediaFact,
    RepeatFact,
    codes,
    refusals,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HASH, OTHER = "a" * 64, "b" * 64
SIGNED = Standing(signed=(2, 3), missing=0, complete=True, content_hash=HASH)
GOOD = GateFacts(
    now=NOON,
    state=State.PUBLISHING,
    channel="x",
    content_hash_now=HASH,
    content_hash_scheduled=HASH,
    standing=SIGNED,
    publish_at=NOON,
    checklist_decision="go",
    checklist_complete=True,
    moment_says="",
    reactive=True,
    frequency_cap=5,
    sent_last_24h=4,
    sent_on_topic=2,
    topic_cap=3,
    repeats=(),
    reentry_until=None,
    look=LookFact(NOON, passed_by=False),
    context=ContextFact(NOON, uses_there=10, uses_read=10, person_read=True),
    window_closes_at=NOON,
    holds=(),
    judge_reasons=(),
    channel_says="",
    answering="",
    answers=frozenset(),
    media=(MediaFact("cup.jpg", "image", frozenset({2, 3}), "in-house"),),
)
OURS = GOOD.media[0]
EVERYTHING = Scope("everything")
KNOWN = GOOD.context
assert KNOWN is not None
AGAIN = RepeatFact(7, "X", exact=False, out_at=NOON - timedelta(hours=3))
A_SECOND = timedelta(seconds=1)


def told(**changes: object) -> tuple[str, ...]:
    return codes(refusals(replace(GOOD, **changes)))


def told_of(**changes: object) -> tuple[str, ...]:
    return told(media=(replace(OURS, **changes),))


@pytest.mark.parametrize("state", [State.APPROVED, State.SCHEDULED, State.PUBLISHING])
def test_a_good_post_passes(state: State) -> None:
    assert told(state=state) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"checklist_decision": "manager_go"},
        {"window_closes_at": None},
        {"reactive": False, "window_closes_at": NOON - timedelta(days=1)},  # only a reactive post has a window
        {"media": ()},
        {"sent_last_24h": 0},
        {"standing": replace(SIGNED, signed=(2, 3, 4)), "media": ()},
        {"context": None},  # it answers nothing
        {"context": replace(KNOWN, uses_there=3, uses_read=3)},  # there are no ten
        {"context": replace(KNOWN, uses_there=500, uses_read=10)},
        {"context": replace(KNOWN, judged_at=NOON - VERDICT_LASTS)},
        {"look": LookFact(NOON - LOOK_LASTS, passed_by=False)},
        {"reentry_until": NOON},
        {"answering": "reply", "answers": frozenset({"reply"})},
    ],
)
def test_these_pass_as_well(changes: dict[str, object]) -> None:
    assert told(**changes) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content_hash_scheduled": OTHER}, "content_changed"),
        ({"standing": replace(SIGNED, signed=(2,), missing=1, complete=False)}, "approvals_missing"),
        ({"standing": replace(SIGNED, complete=False)}, "approvals_missing"),
        ({"standing": replace(SIGNED, signed=(2, 2))}, "approvals_missing"),
        ({"standing": replace(SIGNED, content_hash=OTHER)}, "approvals_missing"),
        ({"state": State.IN_REVIEW}, "approvals_missing"),
        ({"state": State.WRITING}, "approvals_missing"),
        ({"state": State.BY_HAND}, "approvals_missing"),
        ({"state": State.BLOCKED}, "approvals_missing"),
        ({"state": State.HELD}, "paused_by_person"),
        ({"checklist_decision": None}, "checklist_incomplete"),
        ({"checklist_decision": "skip"}, "checklist_incomplete"),
        ({"checklist_decision": "stop"}, "checklist_incomplete"),
        ({"checklist_decision": "manager"}, "checklist_incomplete"),
        ({"checklist_complete": False}, "checklist_incomplete"),
        ({"window_closes_at": NOON - timedelta(seconds=1)}, "out_of_window"),
        ({"publish_at": NOON + timedelta(hours=1)}, "out_of_window"),  # it would leave after the window
        ({"repeats": (AGAIN,)}, "duplicate"),
        ({"repeats": (replace(AGAIN, exact=True, out_at=None),)}, "duplicate"),
        ({"sent_on_topic": 3}, "frequency_cap"),
        ({"reentry_until": NOON + A_SECOND}, "reentry_window"),
        ({"moment_says": "Two people are scoring it afresh."}, "moment_undecided"),
        ({"look": LookFact(None, passed_by=True)}, "context_unverified"),
        ({"look": LookFact(None, passed_by=False)}, "context_unverified"),
        ({"look": LookFact(NOON, passed_by=True)}, "context_unverified"),
        ({"look": LookFact(NOON - LOOK_LASTS - A_SECOND, passed_by=False)}, "context_unverified"),
        ({"context": replace(KNOWN, judged_at=None)}, "context_unverified"),
        ({"context": replace(KNOWN, judged_at=NOON - VERDICT_LASTS - A_SECOND)}, "context_unverified"),
        ({"context": replace(KNOWN, uses_read=9)}, "context_unverified"),
        ({"context": replace(KNOWN, uses_there=3, uses_read=2)}, "context_unverified"),
        ({"context": replace(KNOWN, person_read=False)}, "context_unverified"),
        ({"sent_last_24h": 5}, "frequency_cap"),
        ({"sent_last_24h": 9}, "frequency_cap"),
        ({"answering": "reply"}, "answer_impossible"),
        ({"answering": "quote", "answers": frozenset({"reply"})}, "answer_impossible"),
        ({"channel_says": "The account Tea House is switched off."}, "channel_off"),
        ({"holds": (HoldFact(EVERYTHING),)}, "paused_by_person"),
        ({"judge_reasons": (Reason("political_delay", "Rising for 3 minutes."),)}, "political_delay"),
    ],
)
def test_each_fault_is_refused_by_its_own_name(changes: dict[str, object], code: str) -> None:
    assert told(**changes) == (code,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"previewed_by": frozenset()}, ("media_not_previewed",)),
        ({"previewed_by": frozenset({2})}, ("media_not_previewed",)),
        ({"previewed_by": frozenset({2, 9})}, ("media_not_previewed",)),
        ({"previewed_by": frozenset({2, 3, 9})}, ()),
        ({"origin": None}, ("media_provenance",)),
        ({"origin": "  "}, ("media_provenance",)),
        ({"origin": "In house"}, ()),
        ({"origin": "licensed"}, ()),
        ({"origin": "found on the web"}, ("media_provenance", "rights_missing")),
        ({"origin": "user-made", "reverse_image_search": "clear"}, ("rights_missing",)),
        ({"origin": "user-made", "reverse_image_search": "clear", "rights_note": " "}, ("rights_missing",)),
        ({"origin": "user-made", "reverse_image_search": "seen before", "rights_note": "yes"}, ("media_provenance",)),
        ({"origin": "user-made", "rights_note": "She agreed in writing."}, ("media_provenance",)),
        ({"origin": "user-made", "reverse_image_search": "Clear", "rights_note": "She agreed in writing."}, ()),
        ({"refused": "It shows the fire."}, ("media_refused",)),
    ],
)
def test_what_must_be_known_of_a_file(changes: dict[str, object], expected: tuple[str, ...]) -> None:
    assert told_of(**changes) == expected


def test_every_file_is_looked_at_and_named() -> None:
    second = replace(OURS, name="second.mp4", previewed_by=frozenset({2}))
    found = refusals(replace(GOOD, media=(OURS, second)))
    assert [refusal.code for refusal in found] == [Code.MEDIA_NOT_PREVIEWED]
    assert "second.mp4" in found[0].text


def test_a_file_nobody_opened_is_refused_even_before_anybody_signed() -> None:
    nobody = Standing((), 2, False, HASH)
    unseen = (replace(OURS, previewed_by=frozenset()),)
    assert told(standing=nobody, media=unseen) == ("approvals_missing", "media_not_previewed")


def test_a_hold_comes_through_with_the_codes_it_was_opened_for() -> None:
    hold = HoldFact(Scope("region", "US-NJ"), ("official_alert", "tragedy"))
    assert told(holds=(hold, HoldFact(EVERYTHING))) == ("official_alert", "tragedy", "paused_by_person")
    assert "region US-NJ" in refusals(replace(GOOD, holds=(hold,)))[0].text
    assert told(state=State.HELD, holds=(hold,)) == ("official_alert", "tragedy")


def test_a_reason_nobody_has_a_word_for_still_stops_the_post() -> None:
    assert told(judge_reasons=(Reason("new_rule", "Something new."),)) == ("context_unverified",)
    assert told(holds=(HoldFact(EVERYTHING, ("new_rule",)),)) == ("context_unverified",)


def test_two_different_sentences_under_one_code_are_both_told() -> None:
    reasons = (
        Reason("tragedy", "Three headlines."),
        Reason("tragedy", "Its own words."),
        Reason("tragedy", "Its own words."),
    )
    found = refusals(replace(GOOD, judge_reasons=reasons))
    assert [refusal.text for refusal in found] == ["Three headlines.", "Its own words."]
    assert codes(found) == ("tragedy",)


FAULTS: dict[str, dict[str, object]] = {
    "tragedy": {"judge_reasons": (Reason("tragedy", "Dark."),)},
    "paused_by_person": {"holds": (HoldFact(EVERYTHING),)},
    "content_changed": {"content_hash_scheduled": OTHER},
    "approvals_missing": {"standing": replace(SIGNED, complete=False)},
    "media_provenance": {"media": (replace(OURS, origin=None),)},
    "checklist_incomplete": {"checklist_complete": False},
    "out_of_window": {"window_closes_at": NOON - timedelta(hours=1)},
    "duplicate": {"repeats": (AGAIN,)},
    "reentry_window": {"reentry_until": NOON + timedelta(hours=9)},
    "moment_undecided": {"moment_says": "Two people let this moment go."},
    "context_unverified": {"look": LookFact(None, passed_by=True), "context": replace(KNOWN, person_read=False)},
    "frequency_cap": {"sent_last_24h": 50},
}


@given(st.sets(st.sampled_from(sorted(FAULTS))))
def test_every_fault_is_told_whatever_else_is_wrong(names: set[str]) -> None:
    changes: dict[str, object] = {}
    for name in names:
        changes |= FAULTS[name]
    assert set(told(**changes)) == names


def test_every_refusal_is_a_sentence_with_a_code_from_the_list() -> None:
    changes: dict[str, object] = {}
    for fault in FAULTS.values():
        changes |= fault
    for refusal in refusals(replace(GOOD, **changes)):
        assert refusal.text.endswith(".")
        assert refusal.then.endswith("."), "and it says what to do next"
        assert isinstance(refusal.code, Code)


def test_there_is_advice_for_every_code() -> None:
    assert set(NEXT) == set(Code)


def test_a_repetition_names_the_other_post() -> None:
    [near] = refusals(replace(GOOD, repeats=(AGAIN,)))
    assert near.text == "Draft 7 says this in nearly the same words and went out on 04 May, 09:00 UTC on X."
    [leaving] = refusals(replace(GOOD, repeats=(replace(AGAIN, exact=True, out_at=None),)))
    assert leaving.text == "Draft 7 says this in the same words and is on its way on X."


def test_the_codes_are_the_ones_that_pages_and_reports_share() -> None:
    assert {code.value for code in Code} == {
        "tragedy", "sensitive_topic", "sensitive_date", "official_alert", "brand_crisis", "political_delay",
        "context_unverified", "approvals_missing", "media_not_previewed", "media_provenance", "rights_missing",
        "checklist_incomplete", "content_changed", "out_of_window", "duplicate", "frequency_cap", "paused_by_person",
        "reentry_window", "media_refused", "moment_undecided", "answer_impossible",
        "channel_off", "platform_refused",
    }  # fmt: skip


def test_a_look_at_the_world_lasts_a_minute_and_a_verdict_five() -> None:
    """The tests beside this one hold for any numbers."""
    assert timedelta(minutes=1) == LOOK_LASTS
    assert timedelta(minutes=5) == VERDICT_LASTS


def test_every_check_is_on_the_list_once() -> None:
    assert len(set(CHECKS)) == len(CHECKS) == 20


def test_no_fact_may_be_forgotten() -> None:
    assert [field.name for field in fields(GateFacts) if field.default is not MISSING] == []


def test_signatures_that_a_turned_verdict_took_away_are_told_as_such() -> None:
    taken = replace(SIGNED, signed=(2,), missing=1, complete=False, expired=(3,))
    [said] = refusals(replace(GOOD, standing=taken))
    assert said.code.value == "approvals_missing"
    assert said.text.startswith("The verdict on this moment changed")
    [never] = refusals(replace(GOOD, standing=replace(taken, expired=())))
    assert "have signed" in never.text
    assert refusals(replace(GOOD, standing=replace(SIGNED, expired=(5,)))) == (), "two others have signed since"


def test_a_picture_that_the_team_refused_has_its_own_code() -> None:
    assert told_of(refused="It was on the news.") == ("media_refused",)
