"""What the pages around a post read: comparisons, signatures in words, the checklist's sum, and the list by state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checklists
from app.ui.preview import length_line, visible
from app.views.approvals import approvals_view, queue
from app.views.checks import checks_view, sums_in_words
from app.views.draft import draft_list, new_draft
from app.views.posts import compare, standing_in_words
from app.wiring import House
from checklists.evaluate import Answer, evaluate, merge_machine
from data.reference import playbook
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import team_at
from workflow import draft
from workflow.checking import Checks
from workflow.draft import Writing
from workflow.lifecycle import draft_row

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


@pytest.fixture
def house(team: f.Team, tmp_path: Path) -> House:
    return f.house_of(team, tmp_path)


def test_a_comparison_goes_word_by_word() -> None:
    assert [(piece.kind, piece.words) for piece in compare("Two cups, one spoon.", "Two warm cups, no spoon.")] == [
        ("same", "Two"),
        ("added", " warm"),
        ("same", " cups, "),
        ("removed", "one"),
        ("added", "no"),
        ("same", " spoon."),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_comparison_loses_no_character_of_either_text(old: str, new: str) -> None:
    pieces = compare(old, new)
    assert "".join(piece.words for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.words for piece in pieces if piece.kind != "removed") == new


@pytest.mark.parametrize(
    ("category", "signers", "words"),
    [
        (None, (), "Nobody has signed yet, two needed."),
        (None, ("lea",), "Signed by Lea, one more needed."),
        ("competitor_action", (), "Nobody has signed yet, two needed: manager and legal."),
        ("cultural_moment", (), "Nobody has signed yet, two needed, social lead among them."),
        ("cultural_moment", ("pia",), "Signed by Pia, one more needed: social lead."),
    ],
)
def test_the_signatures_in_words(team: f.Team, category: str | None, signers: tuple[str, ...], words: str) -> None:
    opportunity = None
    if category is not None:
        opportunity = f.add_opportunity(team.store, f.add_alert(team.store), category)
        for name in ("ana", "ben"):
            f.assess.assess(team.store, team.tokens[name], opportunity, 9, 9)
    draft_id = f.draft_in_review(team, WORDS, opportunity)
    for name in signers:
        f.sign(team, name, draft_id)
    with team.store.read() as tx:
        known = {person.id: person.display_name for person in team.people.values()}
        assert standing_in_words(tx, draft_row(tx, draft_id), known) == words


def checks(machine: dict[str, Answer] | None = None, **answers: Answer) -> Checks:
    checklist = checklists.load("pre_publish")
    person = f.good_answers() | answers
    outcome = evaluate(checklist, merge_machine(checklist, person, machine or {}))
    return Checks(checklist, person, machine or {}, outcome, outcome.decision, None)


@pytest.mark.parametrize(
    ("given_answers", "words"),
    [
        ({}, "All 15 questions are well answered."),
        (
            {"critic_read": Answer("no")},
            "14 of 15 are well answered, 1 is open: one or two open questions are for a manager to decide.",
        ),
        (
            {"critic_read": Answer("no"), "way_back": Answer("no"), "best_use": Answer("unsure")},
            "12 of 15 are well answered, 3 are open: more than two open questions mean that we let this one go.",
        ),
        (
            {"adds_something": Answer("no")},
            "14 of 15 are well answered, 1 is open, and one of them says that we let this one go.",
        ),
        (
            {"leadership_defends": Answer("no")},
            "14 of 15 are well answered, 1 is open, and one of them says stop: this must not be published.",
        ),
    ],
)
def test_the_checklists_sum_in_words(given_answers: dict[str, Answer], words: str) -> None:
    assert sums_in_words(checks(**given_answers)) == words


def test_the_machine_counts_only_where_it_is_the_darker_voice() -> None:
    machine = {"tragedy": Answer("yes", "A headline"), "two_reviewers": Answer("yes", "Two sign")}
    view = checks_view(checks(machine), {})
    items = {item.id: item for step in view.steps for item in step.items}
    assert items["dark_or_divisive"].machine_counts
    assert not items["two_readers"].machine_counts
    assert items["dark_or_divisive"].value == "no"
    assert view.decision == "stop"


def test_the_list_is_grouped_by_what_it_waits_for(team: f.Team, house: House) -> None:
    draft.start(team.store, team.tokens["ana"], WORDS)
    f.scheduled_draft(team, replace(WORDS, text="Signed."))
    gone = draft.start(team.store, team.tokens["ben"], replace(WORDS, text="Gone."))
    draft.withdraw(team.store, team.tokens["ben"], gone)
    everybodys = draft_list(house, team.people["ana"], mine=False)
    titles = ["Being written", "On the schedule", "Over"]
    assert [title for title, _ in everybodys.groups] == titles
    assert [title for title, _ in draft_list(house, team.people["ana"], mine=True).groups] == titles[:2]


def test_a_moment_that_was_let_go_offers_no_draft(team: f.Team, house: House) -> None:
    opportunity = f.add_opportunity(team.store, f.add_alert(team.store))
    for name in ("ana", "ben"):
        f.assess.assess(team.store, team.tokens[name], opportunity, 1, 1)
    assert new_draft(house, team.people["ana"], opportunity).refusal == "Two people agreed to let this moment go."
    assert new_draft(house, team.people["ana"], None).refusal == ""


def test_a_chosen_case_that_is_not_mine_gives_way_to_one_that_is(team: f.Team, house: House) -> None:
    signed = f.draft_in_review(team, replace(WORDS, text="Signed by me."))
    f.sign(team, "lea", signed)
    open_one = f.draft_in_review(team, replace(WORDS, text="Open."))
    view = approvals_view(house, team.people["lea"], signed)
    assert view.case is not None
    assert view.case.id == open_one
    assert [line.id for line in view.others] == [signed]
    assert [line.id for line in view.mine] == [open_one]
    assert queue(house, team.people["lea"]) == view.stamp


@pytest.mark.parametrize(
    ("platform", "text", "says"),
    [
        ("x", "tea " * 80, "320 of 280 characters on X: 40 too many"),
        ("x", "tea", "3 of 280 characters on X, 277 left"),
        ("email", "tea", "Subject, the first line: 3 of 60 characters] · :orange[nothing below it yet]"),
    ],
)
def test_a_length_is_said_in_the_platforms_own_counting(platform: str, text: str, says: str) -> None:
    assert says in length_line(playbook(platform), text)


def test_marks_that_turn_a_text_around_are_written_out_and_emoji_stay_whole() -> None:
    assert visible("pay\u202eevil") == "pay⟦U+202E⟧evil"
    assert visible("👩\u200d💻 ok\n") == "👩\u200d💻 ok\n"
