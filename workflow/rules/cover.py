"""Are there enough people on duty to sign what somebody is about to write? Asked before they write it.

The same arithmetic as on the signatures themselves (`approvals.standing`), as if everybody on duty who may sign had
signed: whoever wrote any of it does not count, one human being counts once, and the tier says whose they must be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from workflow.rules.approvals import Approval, Decision, Tier, standing
from workflow.rules.roles import SIGNERS, Role

_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_HASH = "what would be written"


class Gap(StrEnum):
    """What is wrong with who is there."""

    NONE = "none"  # nothing is
    NOBODY = "nobody"
    ONLY_THE_AUTHOR = "only_the_author"
    ONLY_ONE = "only_one"
    ROLES = "roles"  # enough people, not the ones that this kind of moment asks for


@dataclass(frozen=True)
class Head:
    """Somebody who could sign: the human being behind the account, and the account's role."""

    human: int
    role: Role


@dataclass(frozen=True)
class Cover:
    """How the people on duty cover a tier. `signers`: the human beings whose signatures would count.

    `missing`: how many more people are needed at least; `wanted`: the role sets that nobody there meets.
    """

    gap: Gap
    signers: tuple[int, ...]
    missing: int
    wanted: Tier

    @property
    def enough(self) -> bool:
        """Whether what is written now could be signed by those who are there."""
        return self.gap == Gap.NONE


def cover(there: Iterable[Head], authors: frozenset[int], tier: Tier) -> Cover:
    """How those who are there cover the tier, for words of these authors."""
    able = _once(head for head in there if head.role in SIGNERS)
    signed = [Approval(head.human, head.role, Decision.APPROVE, _HASH, _ANY) for head in able]
    stands = standing(signed, _HASH, authors, tier)
    return Cover(_gap(len(able), stands.signed, stands.missing), stands.signed, stands.missing, stands.wanted)


def helps(one: Head, there: Iterable[Head], authors: frozenset[int], tier: Tier) -> bool:
    """Whether fewer people would be missing if this one were there too."""
    now = list(there)
    return cover([*now, one], authors, tier).missing < cover(now, authors, tier).missing


def _gap(able: int, signers: tuple[int, ...], missing: int) -> Gap:
    if not missing:
        return Gap.NONE
    if not signers:
        return Gap.ONLY_THE_AUTHOR if able else Gap.NOBODY
    return Gap.ONLY_ONE if len(signers) == 1 else Gap.ROLES


def _once(heads: Iterable[Head]) -> list[Head]:
    """One account for each human being: who has two of them signs once."""
    found: dict[int, Head] = {}
    for head in heads:
        found.setdefault(head.human, head)
    return list(found.values())
