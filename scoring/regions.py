"""Where things are: whether two regions touch. Pure arithmetic on ISO 3166 codes, no maps.

A region covers its parts and is covered by its whole: `US` and `US-MA` meet, `US-OK` and `GB` do not.
"""

from __future__ import annotations

from collections.abc import Iterable


def meets(a: str, b: str) -> bool:
    """True when one of the two codes is the other or lies within it. Case does not matter; empty meets nothing."""
    left, right = _parts(a), _parts(b)
    shared = min(len(left), len(right))
    return bool(shared) and left[:shared] == right[:shared]


def any_meet(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """True when some region of one side meets some region of the other."""
    others = tuple(theirs)
    return any(meets(mine, other) for mine in ours for other in others)


def whole(region: str) -> str:
    """The country of a region: `US-MA` -> `US`."""
    parts = _parts(region)
    return parts[0] if parts else ""


def _parts(region: str) -> tuple[str, ...]:
    return tuple(part for part in region.strip().upper().replace("_", "-").split("-") if part)
