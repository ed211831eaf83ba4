"""Enough people to sign on duty? The same arithmetic as on signatures."""

from __future__ import annotations

import pytest

from workflow.rules.cover import Gap, Head, cover, helps
from workflow.rules.roles import Role

LEA, MAX, PIA = Head(1, Role.SOCIAL_LEAD), Head(2, Role.MANAGER), Head(3, Role.PR)
ANA, LEA_TOO = Head(4, Role.SOCIAL_TEAM), Head(1, Role.PR)
LEGAL = (frozenset({Role.LEGAL}),)


@pytest.mark.parametrize(
    ("there", "authors", "tier", "gap", "missing"),
    [
        ((LEA, MAX), {4}, (), Gap.NONE, 0),
        ((ANA,), {4}, (), Gap.NOBODY, 2),
        ((), set(), (), Gap.NOBODY, 2),
        ((LEA, ANA), set(), (), Gap.ONLY_ONE, 1),
        ((LEA, LEA_TOO), set(), (), Gap.ONLY_ONE, 1),  # one person with two accounts
        ((LEA, ANA), {1}, (), Gap.ONLY_THE_AUTHOR, 2),
        ((LEA, MAX), {1}, (), Gap.ONLY_ONE, 1),
        ((LEA, MAX), set(), LEGAL, Gap.ROLES, 1),
        ((LEA, MAX, Head(5, Role.LEGAL)), set(), LEGAL, Gap.NONE, 0),
    ],
)
def test_who_is_there_covers_what_must_be_signed(
    there: tuple[Head, ...], authors: set[int], tier: tuple[frozenset[Role], ...], gap: Gap, missing: int
) -> None:
    found = cover(there, frozenset(authors), tier)
    assert (found.gap, found.missing, found.enough) == (gap, missing, gap == Gap.NONE)


def test_who_would_count_and_whose_word_is_wanted_are_named() -> None:
    found = cover((LEA, LEA_TOO, ANA, MAX), frozenset({1}), LEGAL)
    assert (found.signers, found.wanted) == ((2,), LEGAL)


def test_only_somebody_whose_signature_is_missing_helps() -> None:
    nobody: frozenset[int] = frozenset()
    assert helps(MAX, [LEA], nobody, ())
    assert not helps(ANA, [LEA], nobody, ())
    assert not helps(LEA_TOO, [LEA], nobody, ())
    assert not helps(MAX, [LEA], frozenset({2}), ())
    assert not helps(PIA, [LEA, MAX], nobody, LEGAL)
    assert helps(Head(5, Role.LEGAL), [LEA, MAX], nobody, LEGAL)
