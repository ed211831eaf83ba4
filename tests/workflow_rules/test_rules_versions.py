"""How two versions differ, and what becomes of two people's changes to the same one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.rules.versions import changes, merge, merge_words, words

BASE = {"text": "Cold tea for a warm day.", "platform": "x", "regions": ["GB"], "topic": None}


def test_only_what_both_versions_kept_is_compared() -> None:
    found = changes({"platform": "x", "text": "a"}, {"platform": "mastodon", "text": "b", "topic": "tea"})
    assert [(one.field, one.label, one.before, one.after) for one in found] == [
        ("platform", "The platform", "x", "mastodon")
    ]


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("Iced tea for a warm day.", "Cold tea for a hot day.", "Iced tea for a hot day."),
        ("Iced tea for a warm day.", "Cold tea for a warm day.", "Iced tea for a warm day."),
        ("Iced tea for a warm day.", "Iced tea for a warm day.", "Iced tea for a warm day."),
        ("Iced tea for a warm day.", "Hot tea for a warm day.", None),
        ("Very cold tea for a warm day.", "Cold tea for a warm day. Cheers.", "Very cold tea for a warm day. Cheers."),
        ("", "Cold tea for a hot day.", None),
        (
            "Iced tea for a warm day.",
            "Coldtea for a warm day.",
            None,
        ),  # side by side: neither has read the two together
    ],
)
def test_words_go_together_where_the_changes_do_not_touch(mine: str, theirs: str, expected: str | None) -> None:
    assert merge_words(BASE["text"], mine, theirs) == expected  # type: ignore[arg-type]


@given(st.text("ab .", max_size=25), st.text("ab .", max_size=25))
def test_one_persons_change_alone_is_taken_as_it_is(base: str, mine: str) -> None:
    assert "".join(words(mine)) == mine
    assert merge_words(base, mine, base) == mine
    assert merge_words(base, base, mine) == mine
    assert merge_words(base, mine, mine) == mine


def test_each_field_is_whose_who_changed_it_and_a_clash_is_named() -> None:
    mine: dict[str, Any] = BASE | {"platform": "mastodon", "topic": "tea", "text": "Iced tea for a warm day."}
    theirs = BASE | {"platform": "bluesky", "regions": ["GB", "FR"], "text": "Cold tea for a hot day."}
    merged = merge(BASE, mine, theirs)
    assert merged.values == {
        "text": "Iced tea for a hot day.",
        "platform": "mastodon",
        "regions": ["GB", "FR"],
        "topic": "tea",
    }
    assert merged.clashes == ("platform",)


def test_only_words_are_put_together_and_every_clash_is_named() -> None:
    base = {"text": "Tea.", "topic": "one two three", "platform": "x"}
    mine = {"text": "Tea.", "topic": "ONE two three", "platform": "mastodon"}
    merged = merge(base, mine, {"text": "Tea.", "topic": "one two THREE", "platform": "bluesky"})
    assert merged.values == mine
    assert merged.clashes == ("topic", "platform")
