"""The brand's own crisis: when its mentions and their anger are both up, or when news and uses tell of harm or scandal.

Many mentions alone may be applause, and a bad share of few posts is chance: both must be up at once. Kept apart from
the tragedies, because here the brand is not a guest at somebody's grief but its cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from scoring.contract import BrandProfile, Pulse, Reason, Use
from scoring.look import manner_of, names

CODE = "brand_crisis"
TIMES_USUAL, SHARE_ABOVE_USUAL, LEAST_SHARE, LEAST_NEGATIVE = 2.0, 0.25, 0.4, 10
"""A crisis by numbers: twice the usual mentions, a negative share so far above the usual and not below this, and so
many negative ones at least. All ours."""
USES, USES_SHARE = 3, 0.3
"""A crisis by words: so many uses that name the brand and tell of harm, and this share of those that name it. Ours."""


def crisis_reasons(
    brand: BrandProfile, news: Sequence[Use], uses: Sequence[Use], pulse: Pulse | None
) -> tuple[Reason, ...]:
    """Why the brand itself is in trouble, each with its numbers, headline or use; empty when nothing says so.

    `news` and `uses` are recent ones already.
    """
    by_numbers = _by_numbers(brand, pulse)
    told = [use.text for use in news if names(brand, use.text) and "crisis" in manner_of(use.text)]
    about = [use.text for use in uses if names(brand, use.text)]
    upset = [text for text in about if "crisis" in manner_of(text)]
    if len(upset) >= USES and len(upset) / len(about) >= USES_SHARE:
        told.append(upset[0])
    said = f"{brand.name} is itself in the news for harm or scandal."
    return (*by_numbers, *(Reason(CODE, said, text) for text in told))


def in_crisis(pulse: Pulse | None) -> bool:
    """True when the brand's own mentions and their negative share are both well above what is usual for it."""
    if pulse is None or not pulse.usual_count or pulse.usual_share is None or pulse.count <= 0:
        return False
    share = pulse.negative / pulse.count
    louder = pulse.count >= TIMES_USUAL * pulse.usual_count
    angrier = share >= max(LEAST_SHARE, pulse.usual_share + SHARE_ABOVE_USUAL)
    return louder and angrier and pulse.negative >= LEAST_NEGATIVE


def _by_numbers(brand: BrandProfile, pulse: Pulse | None) -> tuple[Reason, ...]:
    if pulse is None or not in_crisis(pulse):
        return ()
    share, usual = pulse.negative / pulse.count, pulse.usual_share or 0.0
    text = f"{brand.name} is in a crisis of its own: more is said about it, and more of it is negative, than usual."
    seen = (
        f"{pulse.count:,} mentions in the last hour, usual are {pulse.usual_count:,.0f}; "
        f"{share:.0%} of them negative, usual are {usual:.0%}"
    )
    return (Reason(CODE, text, seen),)
