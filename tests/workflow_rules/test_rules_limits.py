"""What a platform takes, and the parts of a text as it shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reference import playbook, playbooks
from data.reference.parts import fold_of, parts_of
from workflow.rules.limits import broken, refusal


@pytest.mark.parametrize(
    ("platform", "text", "hashtags", "expected"),
    [
        ("x", "tea " * 70, 0, ()),
        ("x", "tea " * 71, 0, (("too_long", "4 characters too long for X: 284 of 280."),)),
        ("email", "Your tea is early\n\nIt ships today.", 0, ()),
        ("email", "Your tea is early", 0, (("no_body", "The first line is the subject. Write the rest below it."),)),
        (
            "blog",
            "t" * 71 + "\nand more",
            0,
            (
                (
                    "head_too_long",
                    "The title, the first line, has 71 characters: 1 more than the 70 that are shown without cutting.",
                ),
            ),
        ),
        ("blog", "t" * 70 + "\nand more", 0, ()),
        ("instagram_feed", "Tea.", 30, ()),
        (
            "instagram_feed",
            "Tea.",
            31,
            (("too_many_hashtags", "31 hashtags: Instagram (feed) takes 30 at most."),),
        ),
        ("mastodon", "Tea.", 31, ()),
    ],
)
def test_each_limit_is_named_with_its_numbers(
    platform: str, text: str, hashtags: int, expected: tuple[tuple[str, str], ...]
) -> None:
    assert broken(playbook(platform), text, hashtags) == expected
    refused = refusal(playbook(platform), text, hashtags)
    assert (refused is None) == (not expected)
    assert refused is None or refused.codes == tuple(code for code, _ in expected)
    assert refused is None or refused.message == " ".join(said for _, said in expected)


def test_a_subject_stands_above_the_body_and_others_have_none() -> None:
    assert parts_of(playbook("email"), "\nYour tea\n\nIt ships.\nToday.\n") == ("Your tea", "It ships.\nToday.")
    assert parts_of(playbook("x"), "Your tea\nIt ships.") == ("", "Your tea\nIt ships.")


@pytest.mark.parametrize(
    ("platform", "text", "seen"),
    [
        ("x", "word " * 50, "word " * 50),
        ("linkedin", "One.\nTwo.\nThree.\nFour.", "One.\nTwo.\nThree."),
        ("linkedin", "One.\nTwo.\nThree.\n", "One.\nTwo.\nThree.\n"),
        ("instagram_feed", "word " * 30, ("word " * 25).strip()),
        ("tiktok", "x" * 120, "x" * 90),
    ],
)
def test_a_long_text_is_folded_where_the_app_folds_it(platform: str, text: str, seen: str) -> None:
    assert fold_of(playbook(platform), text).seen == seen


@given(st.sampled_from(list(playbooks().values())), st.text("ab \n", max_size=300))
def test_a_fold_loses_nothing(book, text) -> None:  # type: ignore[no-untyped-def]
    folded = fold_of(book, text)
    assert folded.seen + folded.hidden == text
