"""The warning that what is written now could not be signed by those who are on duty, in words, with who comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from data.storage.store import Store
from workflow.access import Person, same_people
from workflow.content import authors_of
from workflow.duty import FAR, Signers, signers_on_duty
from workflow.lifecycle import draft_row
from workflow.rules.cover import Gap
from workflow.rules.roles import PLAIN
from workflow.tiering import least_for, needed_for


def for_moment(store: Store, person: Person, opportunity_id: int | None) -> str:
    """What to tell this person before they write about a moment (None: a planned post); "" when enough are there."""
    with store.read() as tx:
        tier, me = least_for(tx, opportunity_id).tier, frozenset({same_people(tx)[person.id]})
        return in_words(signers_on_duty(tx, tx.now, tier, me), person, tx.now)


def for_draft(store: Store, person: Person, draft_id: int) -> str:
    """The same for a draft as it is now, for everybody who wrote any of it."""
    with store.read() as tx:
        draft = draft_row(tx, draft_id)
        found = signers_on_duty(tx, tx.now, needed_for(tx, draft).tier, authors_of(tx, draft))
        return in_words(found, person, tx.now)


def in_words(found: Signers, person: Person, now: datetime) -> str:
    """The sentence about a gap: what is missing, and who ends it. "" without a gap."""
    if found.enough:
        return ""
    return f"{_SAID[found.cover.gap](found)} {_next(found, person, now)}"


def _names(found: Signers) -> str:
    return ", ".join(one.display_name for one in found.there)


def _wanted(found: Signers) -> str:
    return " and ".join(" or ".join(sorted(PLAIN[role] for role in roles)) for roles in found.cover.wanted)


def _only_one(found: Signers) -> str:
    said = f"Only one person who may sign is on duty ({_names(found)}); a post needs two who did not write it."
    return f"{said} This kind of moment also asks for this role: {_wanted(found)}." if found.cover.wanted else said


_SAID: dict[Gap, Callable[[Signers], str]] = {
    Gap.NOBODY: lambda found: "Nobody who may sign is on duty.",
    Gap.ONLY_THE_AUTHOR: lambda found: (
        "Of those who may sign only its authors are on duty, and nobody signs their own words."
    ),
    Gap.ONLY_ONE: _only_one,
    Gap.ROLES: lambda found: (
        f"On duty and able to sign: {_names(found)}. But this kind of moment asks for this role: "
        f"{_wanted(found)}, and nobody of it is on duty."
    ),
}


def _next(found: Signers, person: Person, now: datetime) -> str:
    if not found.has_rota:
        return "There is no rota yet: everybody with an account counts as on duty. Add somebody who may sign."
    if found.next_one is None or found.next_at is None:
        return f"Nobody on the rota of the coming {FAR.days} days closes that gap: ask a lead or manager (see On duty)."
    at = found.next_at.astimezone(person.zone_info)
    when = (
        f"{at:%H:%M}"
        if at.date() == now.astimezone(person.zone_info).date()
        else f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
    )
    return f"Next comes {found.next_one.display_name}, at {when} your time."
