"""Who may do what, asked of the table row by row."""

import pytest

from data.errors import Refused
from workflow.rules.roles import MAY, PLAIN, Action, Role, may, require

SIGNERS = ["social_lead", "manager", "legal", "pr", "customer_service_lead", "executive"]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.MANAGER])
def test_whoever_is_refused_hears_their_own_role_in_plain_words(role: Role) -> None:
    with pytest.raises(Refused, match=f"Your role .{PLAIN[role]}. may not decide checklist"):
        require(role, "decide_checklist")


def test_every_action_has_a_row_and_somebody_who_may() -> None:
    assert set(MAY) == set(Action)
    assert all(MAY.values())


@pytest.mark.parametrize("action", ["sign", "lift_hold"])
def test_only_signers_sign_and_lift(action: str) -> None:
    assert {role.value for role in Role if may(role, action)} == set(SIGNERS)


@pytest.mark.parametrize("action", ["triage", "assess", "write", "answer_checklist", "post_by_hand"])
def test_the_social_people_and_the_manager_do_the_daily_work(action: str) -> None:
    assert {role.value for role in Role if may(role, action)} == {"social_team", "social_lead", "manager"}


@pytest.mark.parametrize("action", ["schedule", "settle_unknown", "take_down", "correct", "note_media"])
def test_writers_and_signers_schedule_and_settle_and_take_down(action: str) -> None:
    assert {role.value for role in Role if may(role, action)} == {"social_team", *SIGNERS}


def test_what_is_watched_is_for_the_leads_and_the_administrator() -> None:
    assert {role.value for role in Role if may(role, "watch")} == {"social_lead", "manager", "administrator"}


def test_a_picture_is_refused_for_good_by_who_signs() -> None:
    assert {role.value for role in Role if may(role, "refuse_media")} == set(SIGNERS)


def test_duty_is_arranged_by_the_leads_and_the_administrator() -> None:
    leads = {"social_lead", "customer_service_lead", "manager", "administrator"}
    assert {role.value for role in Role if may(role, "arrange_duty")} == leads


def test_everybody_may_pull_the_brake() -> None:
    assert all(may(role, "open_hold") for role in Role)


def test_a_lead_practises_and_a_manager_says_how_long_a_blackout_lasts() -> None:
    assert {role.value for role in Role if may(role, "drill")} == {"social_lead", "manager"}
    assert {role for role in Role if may(role, "set_blackout")} == {Role.MANAGER}


def test_open_checks_go_to_a_manager_and_to_nobody_else() -> None:
    assert [role for role in Role if may(role, "decide_checklist")] == [Role.MANAGER]


def test_an_administrator_administers_and_approves_nothing() -> None:
    assert {role for role in Role if may(role, "administer")} == {Role.ADMINISTRATOR}
    can = {action.value for action in Action if may("administrator", action)}
    assert can == {"read", "read_kpis", "watch", "open_hold", "arrange_duty", "administer"}


def test_a_viewer_only_looks_and_can_pull_the_brake() -> None:
    assert {action.value for action in Action if may("viewer", action)} == {"read", "read_kpis", "open_hold"}


@pytest.mark.parametrize(("role", "action"), [("intern", "sign"), ("manager", "override"), ("", "")])
def test_an_unknown_word_is_never_a_yes(role: str, action: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        may(role, action)


def test_a_refusal_says_who_could_do_it() -> None:
    with pytest.raises(Refused, match=r"\(administrator\) may not decide checklist.*: manager\.") as refused:
        require("administrator", "decide_checklist")
    assert refused.value.codes == ("role_may_not",)
    require("manager", "decide_checklist")
