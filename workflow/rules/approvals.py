"""Two clear heads: when the signatures on a draft suffice, and why one of them would be refused.

Here and not in the approval page, because the gate asks the same question again just before a post leaves. Two
distinct people, neither of whom wrote any of it, on the very content that would be sent. No role is exempt; the
trigger's category may say whose signatures they must be, never that one is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.errors import Refused
from workflow.rules.drafts import PLAIN_STATE, State
from workflow.rules.roles import PLAIN, SIGNERS, Role

REQUIRED = 2
"""Signatures that a post needs, whatever it is and whoever wrote it."""

Tier = tuple[frozenset[Role], ...]
"""For each element one signer with one of its roles, each a different person. Empty: any two who may sign."""

STANDARD = "standard"
"""The guide's lightest tier: no particular role. The guide is content with one person there; we are not."""


class Decision(StrEnum):
    """What a signer said."""

    APPROVE = "approve"
    CHANGES = "changes"
    REJECT = "reject"


@dataclass(frozen=True)
class Approval:
    """One person's word on one content. `voided`: taken back, or overtaken by an edit or a lifted hold.

    `expired`: an approval given to another verdict than there is now (`rules.verdict_keys`). An objection never is.
    """

    person_id: int
    role: Role
    decision: Decision
    content_hash: str
    at: datetime
    voided: bool = False
    expired: bool = False


@dataclass(frozen=True)
class Standing:
    """Where the signatures stand on one content.

    `signed`: who counts, in the order they signed. `missing`: how many more are needed at least. `wanted`: the
    role sets of the tier nobody has met yet. `objections`: who asked for changes on this content, or rejected it.
    `expired`: who signed this content when the verdict was another one, and has not signed since.
    """

    signed: tuple[int, ...]
    missing: int
    complete: bool
    content_hash: str
    wanted: Tier = ()
    objections: tuple[int, ...] = ()
    expired: tuple[int, ...] = ()


def required_roles(named: Iterable[str]) -> Tier:
    """The tier for the roles that a trigger category names, e.g. ("executive", "legal"): each must sign.

    "standard" adds no demand. ValueError for a role nobody knows, or one that may not sign: a tier that can never
    be met is a mistake in the category's file, to be found when it is read.
    """
    roles = [Role(name) for name in named if name != STANDARD]
    for role in roles:
        if role not in SIGNERS:
            raise ValueError(f"{role} may not sign, so no category can ask for it")
    return tuple(frozenset({role}) for role in roles)


def standing(approvals: Sequence[Approval], content_hash: str, author_ids: frozenset[int], tier: Tier = ()) -> Standing:
    """Count what stands on this content. `author_ids`: the draft's author and whoever wrote this version."""
    latest = _latest(approvals, content_hash)
    counting = [
        one
        for one in latest
        if one.decision == Decision.APPROVE and one.role in SIGNERS and one.person_id not in author_ids
    ]
    objections = tuple(one.person_id for one in latest if one.decision != Decision.APPROVE)
    wanted = _unmet(tier, [one.role for one in counting])
    missing = max(REQUIRED - len(counting), len(wanted), 0)
    return Standing(
        signed=tuple(one.person_id for one in counting),
        missing=missing,
        complete=missing == 0 and not objections,
        content_hash=content_hash,
        wanted=wanted,
        objections=objections,
        expired=_expired(approvals, content_hash, {one.person_id for one in latest}),
    )


def refusal_to_sign(
    person_id: int,
    role: Role,
    author_ids: frozenset[int],
    approvals: Sequence[Approval],
    content_hash: str,
    state: State,
    seen_hash: str,
) -> Refused | None:
    """Why this person may not approve now, with every reason, or None. `seen_hash`: what they had on the screen."""
    signed = standing(approvals, content_hash, frozenset()).signed
    told = PLAIN.get(role, role)
    rules = (
        (role not in SIGNERS, "role_may_not_sign", f"Your role ({told}) may not sign; ask somebody who may."),
        (person_id in author_ids, "own_draft", "You wrote some of this; two other people have to sign it."),
        (
            state != State.IN_REVIEW,
            "wrong_state",
            f"This draft is {PLAIN_STATE[state]}; it can only be signed while it is in review.",
        ),
        (
            seen_hash != content_hash,
            "content_changed",
            "The draft changed since you looked at it. Read it again before you sign.",
        ),
        (
            person_id in signed,
            "already_signed",
            "You have signed this already; the other signature has to come from somebody else.",
        ),
    )
    broken = [(code, sentence) for applies, code, sentence in rules if applies]
    if not broken:
        return None
    return Refused(" ".join(text for _, text in broken), tuple(code for code, _ in broken))


def refusal_to_object(role: Role, state: State, content_hash: str, seen_hash: str) -> Refused | None:
    """Why this person may not ask for changes or reject, or None: whoever may sign may think again until it leaves."""
    if role not in SIGNERS:
        told = PLAIN.get(role, role)
        return Refused(f"Your role ({told}) may not do this; ask somebody who may.", ("role_may_not_sign",))
    if state not in (State.IN_REVIEW, State.SCHEDULED, State.HELD):
        return Refused(f"This draft is {PLAIN_STATE[state]}; there is nothing to object to.", ("wrong_state",))
    if seen_hash != content_hash:
        return Refused("The draft changed since you looked at it. Read it again first.", ("content_changed",))
    return None


def _latest(approvals: Iterable[Approval], content_hash: str) -> list[Approval]:
    # A person's last word counts: who asked for changes and was convinced may still approve, and the reverse.
    words: dict[int, Approval] = {}
    for one in sorted(approvals, key=lambda approval: approval.at):
        if one.content_hash == content_hash and not one.voided and not one.expired:
            words.pop(one.person_id, None)
            words[one.person_id] = one
    return list(words.values())


def _expired(approvals: Iterable[Approval], content_hash: str, said_since: set[int]) -> tuple[int, ...]:
    given = [one for one in approvals if one.content_hash == content_hash and one.expired and not one.voided]
    return tuple(dict.fromkeys(one.person_id for one in given if one.person_id not in said_since))


def _unmet(tier: Tier, roles: list[Role]) -> Tier:
    """The fewest role sets left without a signer of their own. One signature never meets two of them."""
    if not tier:
        return ()
    first, rest = tier[0], tier[1:]
    ways = [(first, *_unmet(rest, roles))]
    for index, role in enumerate(roles):
        if role in first:
            ways.append(_unmet(rest, roles[:index] + roles[index + 1 :]))
    return min(ways, key=len)
