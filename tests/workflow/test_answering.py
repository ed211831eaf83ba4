"""A draft that answers somebody's post: what is kept of it, what is refused, and what a change of it costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import approvals
from tests import factory as f
from workflow import draft
from workflow.content import hash_of
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.rules.answering import LONGEST_WORDS, cannot, kept
from workflow.rules.versions import changes, merge
from workflow.versions import fields_of, writing_from

POST = "https://social.example/@ann/112233"
REPLY = kept("reply", POST, "Ann", "Is there any tea left?")
WORDS = Writing("There is, for you.", regions=("GB",), reactive=False, answering=REPLY)


def read(team: f.Team, draft_id: int, number: int | None = None) -> Writing:
    with team.store.read() as tx:
        return draft.writing_of(tx, draft_row(tx, draft_id), number)


def test_it_is_kept_with_each_version_and_a_change_of_it_costs_the_signatures(store: Store) -> None:
    team = f.team_in(store)
    draft_id = f.draft_in_review(team, WORDS)
    f.sign(team, "lea", draft_id)
    before = f.hash_of(team, draft_id)
    with team.store.read() as tx:
        assert hash_of(tx, draft_row(tx, draft_id)) == before, "hashed from the rows as from the form"
    other = replace(WORDS, answering=kept("reply", f"{POST}4"))
    assert draft.save(store, team.tokens["ana"], draft_id, 1, other) == 2
    assert f.state_of(team, draft_id) == "writing"
    assert f.hash_of(team, draft_id) != before
    with team.store.read() as tx:
        assert tx.value(select(approvals.c.voided_at)) is not None
    draft.save(store, team.tokens["ana"], draft_id, 2, replace(WORDS, answering={}))
    assert [read(team, draft_id, number).answering for number in (1, 2, 3)] == [REPLY, other.answering, {}]


@pytest.mark.parametrize(
    "answering",
    [
        kept("reply", ""),
        kept("reply", "social.example/@ann/1"),
        kept("quote", "javascript:alert(1)"),
        kept("quote", "https://ann:secret@social.example/1"),
        kept("reply", "https://social.example/" + "1" * 1000),
        kept("shout", POST),
        {"kind": "reply", "address": POST},
    ],
)
def test_what_names_no_post_is_refused(sqlite_store: Store, answering: dict[str, str]) -> None:
    team = f.team_in(sqlite_store)
    with pytest.raises(BadInput):
        draft.start(team.store, team.tokens["ana"], replace(WORDS, answering=answering))


def test_what_is_kept_of_the_other_post_is_short() -> None:
    long = kept("quote", f" {POST} ", " Ann " * 99, "x" * 9000)
    assert long["address"] == POST
    assert (len(long["author"]), len(long["text"])) == (200, LONGEST_WORDS)
    assert kept("", POST, "Ann", "words") == {}


def test_two_peoples_changes_go_together_and_clash_where_both_changed_it() -> None:
    base, words = replace(WORDS, answering={}), replace(WORDS, answering={}, text="There is.")
    together = writing_from(merge(fields_of(base), fields_of(words), fields_of(WORDS)).values)
    assert (together.text, together.answering) == ("There is.", REPLY)
    quote = replace(WORDS, answering=kept("quote", POST))
    both = merge(fields_of(base), fields_of(WORDS), fields_of(quote))
    assert (both.clashes, both.values["answering"]) == (("answering",), REPLY)
    assert [one.label for one in changes(fields_of(base), fields_of(WORDS))] == ["The post that it answers"]


def test_who_cannot_answer_is_named() -> None:
    assert cannot({}, frozenset(), "X") == cannot(REPLY, frozenset({"reply"}), "X") == ""
    assert cannot(kept("quote", POST), frozenset({"reply"}), "The blog") == (
        "The blog cannot quote a post. Choose another way out, or let the post stand alone."
    )
