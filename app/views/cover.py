"""The warning that what is written now could not be signed by those who are on duty, in words, with who comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from data.storage.store import Store
from workflow.access import Person, same_people
from workflow.duty import FAR, Signers, signers_on_duty
from workflow.rules.approvals import Tier
from workflow.rules.cover import Gap
from workflow.rules.roles import PLAIN


def warning(store: Store, person: Person, tier: Tier = (), *, writes: bool = True) -> str:
    """What to tell this person before they write; "" when enough people are there. `writes`: they do not count."""
    with store.read() as tx:
        authors = frozenset({same_people(tx)[person.id]}) if writes else frozenset[int]()
        return in_words(signers_on_duty(tx, tx.now, tier, authors), person, tx.now)


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
    return f"{said} This kind of moment asks for {_wanted(found)} besides." if found.cover.wanted else said


_SAID: dict[Gap, Callable[[Signers], str]] = {
    Gap.NOBODY: lambda found: "Nobody who may sign is on duty.",
    Gap.ONLY_THE_AUTHOR: lambda found: "Nobody but you who may sign is on duty, and nobody signs their own words.",
    Gap.ONLY_ONE: _only_one,
    Gap.ROLES: lambda found: (
        f"On duty and able to sign: {_names(found)}. But this kind of moment needs {_wanted(found)}, and nobody with "
        "that role is on duty."
    ),
}


def _next(found: Signers, person: Person, now: datetime) -> str:
    if not found.has_rota:
        return "There is no rota yet: everybody with an account counts as on duty. Add somebody who may sign."
    if found.next_one is None or found.next_at is None:
        return f"On the rota of the coming {FAR.days} days is nobody who could. Ask a lead to arrange one (On duty)."
    at = found.next_at.astimezone(person.zone_info)
    when = (
        f"{at:%H:%M}"
        if at.date() == now.astimezone(person.zone_info).date()
        else f"{at:%a} {at.day} {at:%b}, {at:%H:%M}"
    )
    return f"Next comes {found.next_one.display_name}, at {when} your time."
