"""The brake: which posts a hold covers, who may let go of it, and what happens to the posts it caught.

Here, because the same question is asked when a hold opens (what does it catch?), when a post is scheduled, and once
more in the gate. In doubt a hold covers: a missed post beats a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data.errors import BadInput
from scoring.contract import Scope
from scoring.regions import any_meet
from workflow.rules.drafts import Move
from workflow.rules.roles import Role

REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")  # ISO 3166: a country, or a part of one
LIFTERS = 2
"""Different people who must agree before a hold is lifted; one of them a manager."""

AFTER_LAST_LIFT = Move.BACK_TO_REVIEW
"""What a held post does once nothing holds it any more, whatever its time: the world was dark meanwhile, so two
people look again, and a lifted hold never fires anything by itself."""


@dataclass(frozen=True)
class PostFacts:
    """What a hold can cover a post by. No regions: the post is seen everywhere."""

    channel: str
    regions: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    promotional: bool = True


@dataclass(frozen=True)
class Agreement:
    """One account agreed to lift, in the role it had then. `human`: the first account of the person behind it."""

    person_id: int
    human: int
    role: Role | None


@dataclass(frozen=True)
class Lifted:
    """Two different people agree, one of them a manager: the hold is over. `by` in the order they said so."""

    by: tuple[int, ...]


@dataclass(frozen=True)
class NeedsAnother:
    """The hold stands until at least `missing` more people agree. `text` says whose agreement is wanted."""

    by: tuple[int, ...]
    missing: int
    text: str


def fold(topic: str) -> str:
    """One spelling for a topic: `#WinterFair`, `winterfair` and `Winter Fair` are the same to a hold."""
    return "".join(unicodedata.normalize("NFKC", topic).split()).lstrip("#").casefold()


COVERS: dict[str, Callable[[str, PostFacts], bool]] = {
    "everything": lambda _, post: True,
    "region": lambda value, post: not post.regions or any_meet((_region(value),), map(_region, post.regions)),
    "topic": lambda value, post: fold(value) in {fold(topic) for topic in post.topics},
    "channel": lambda value, post: fold(value) == fold(post.channel),
    # What sells, everywhere or in one region.
    "promotional": lambda value, post: post.promotional and (not value.strip() or COVERS["region"](value, post)),
}


def covers(scope: Scope, post: PostFacts) -> bool:
    """Whether the hold stops this post. A scope that names nothing we know stops everything."""
    return _fault(scope) is not None or COVERS[scope.kind](scope.value, post)


def check_scope(scope: Scope) -> None:
    """Return if the scope says what it stops, else raise `BadInput`: for people who open a hold."""
    if fault := _fault(scope):
        raise BadInput(fault)


def stands_for(wide: Scope, narrow: Scope) -> bool:
    """Whether whatever the narrow scope stops is stopped by the wide one too."""
    if wide.kind == "everything":
        return True
    if wide.kind == "promotional" and narrow.kind == "promotional" and not wide.value.strip():
        return True
    if wide.kind != narrow.kind:
        return False
    if wide.kind in ("region", "promotional"):
        outer, inner = _region(wide.value), _region(narrow.value)
        return outer == inner or (bool(outer) and inner.startswith(f"{outer}-"))
    return fold(wide.value) == fold(narrow.value)


def _fault(scope: Scope) -> str | None:
    if scope.kind not in COVERS:
        return f"A hold covers {', '.join(COVERS)}; nobody knows a scope called {scope.kind!r}."
    if scope.kind == "everything" or (scope.kind == "promotional" and not scope.value.strip()):
        return None
    if not fold(scope.value):
        return f"Say which {scope.kind} the hold is for, or hold everything."
    if scope.kind in ("region", "promotional") and not REGION.fullmatch(_region(scope.value)):
        return f"{scope.value!r} is no ISO 3166 code such as US or US-NJ. Give one, or hold everything."
    return None


def _region(code: str) -> str:
    return code.strip().upper()


def lift_outcome(opened_by: int | None, lifts: Sequence[Agreement]) -> Lifted | NeedsAnother:
    """Whether the people who agreed suffice: two human beings, one of them a manager. `opened_by` None: by a rule.

    The opener may be one of the two, but having opened it is no vote for lifting it.
    """
    by = tuple(dict.fromkeys(one.human for one in lifts))
    managed = any(one.role == Role.MANAGER for one in lifts)
    if len(by) >= LIFTERS and managed:
        return Lifted(by)
    free = opened_by is not None and opened_by not in {*by, *(one.person_id for one in lifts)}
    opener = " The person who opened it may be one of them." if free and len(by) < LIFTERS else ""
    missing = max(LIFTERS - len(by), 1)
    return NeedsAnother(by, missing, f"{_wanted(len(by), managed)} before this hold is lifted.{opener}")


def _wanted(count: int, managed: bool) -> str:
    if count == 0:
        return "Two different people have to agree, one of them a manager,"
    if count >= LIFTERS:
        return "A manager has to agree as well"
    return "A second, different person has to agree" + ("" if managed else ", a manager,")
