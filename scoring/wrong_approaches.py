"""The guide's six situations in which reacting is the wrong approach, and what to do instead.

One literal table of small functions, so that the list can be read like the policy it is. They say nothing about a post
and stop nothing: holds, the gate and the checklist do that. They tell two tired people why silence may be the better
word before they score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scoring.contract import BrandProfile, Moment, Tragedy, TragedyVerdict, WrongApproach
from scoring.cultures import unfamiliar
from scoring.reference import load
from scoring.safety import SCORER_FAILED

SMALL_TEAM = 2
"""The guide calls a social team of one or two people understaffed."""
COMPANIES, POLITICAL = "companies", "breaking_political_social"
_NOT_ABOUT_HARM = frozenset(
    (SCORER_FAILED, "context_unverified", "political", "political_delay", "polarising", "foreign_language",
     "unfamiliar_culture", "never_list", "brand_crisis", "sensitive_date")
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What the judge made of a moment so far: the six functions read nothing else but the brand's profile."""

    moment: Moment
    tragedy: TragedyVerdict
    category: str
    subcategory: str = ""


@dataclass(frozen=True)
class Approach:
    """One situation: its name, what shows that it is there (a sentence, or nothing), and the better way."""

    key: str
    title: str
    applies: Callable[[BrandProfile, Seen], str]
    instead: str


def wrong_approaches(brand: BrandProfile, seen: Seen) -> tuple[WrongApproach, ...]:
    """Those of the six that apply here, in the guide's order, each with what it was recognised by."""
    found = ((one.key, one.applies(brand, seen)) for one in APPROACHES)
    return tuple(WrongApproach(key, why) for key, why in found if why)


def tragedy(brand: BrandProfile, seen: Seen) -> str:
    """People were harmed, or may have been: the judge's own word, with its first reason."""
    about = [reason for reason in seen.tragedy.reasons if reason.code not in _NOT_ABOUT_HARM]
    if seen.tragedy.label is Tragedy.HOLD:
        return about[0].text if about else "The judge says stop."
    return f"It may be one: {about[0].text}" if seen.tragedy.label is Tragedy.REVIEW and about else ""


def politics(brand: BrandProfile, seen: Seen) -> str:
    """Elections, laws, protests, trials: half of any audience disagrees with whatever is said."""
    if seen.category != POLITICAL:
        return ""
    part = load().categories[POLITICAL].part(seen.subcategory)
    return (
        f"The judge takes it for {part.title}." if part is not None else "The judge takes it for politics or the law."
    )


def unfamiliar_culture(brand: BrandProfile, seen: Seen) -> str:
    """A language, a celebration or a place that nobody in the team is at home in."""
    return unfamiliar(brand, seen.moment)


def enterprise_sales(brand: BrandProfile, seen: Seen) -> str:
    """Who sells to companies wins nobody by being quick; news of the trade and complaints still deserve a word."""
    if brand.sells_to != COMPANIES or seen.category in ("breaking_industry", "complaint"):
        return ""
    return f"{brand.name} sells to companies, and they decide over months, not over a timely post."


def regulated_industry(brand: BrandProfile, seen: Seen) -> str:
    """Advertising law needs a slow reading. The guide leaves culture and sports free."""
    if not brand.regulated or seen.category == "cultural_moment":
        return ""
    return f"{brand.name} works under advertising rules that need a legal reading, and a quick reaction leaves no time."


def understaffed(brand: BrandProfile, seen: Seen) -> str:
    """Nobody is left to look twice, or to answer what comes back at night."""
    if not 0 < brand.team_size <= SMALL_TEAM:
        return ""
    who = "One person answers" if brand.team_size == 1 else f"{brand.team_size} people answer"
    return f"{who} for your channels: too few to check a quick post and to stay for the replies."


APPROACHES: tuple[Approach, ...] = (
    Approach(
        "tragedy",
        "Tragedy or crisis",
        tragedy,
        "Stay silent and stop what is planned for 24 to 48 hours. Speak only if your own people or customers are hit.",
    ),
    Approach(
        "politics",
        "Politics or a question that divides",
        politics,
        "Leave it, unless you have long stood for this, your leaders have said so in public, and you will act on it.",
    ),
    Approach(
        "unfamiliar_culture",
        "A culture you do not know from within",
        unfamiliar_culture,
        "Ask somebody who is at home there, and let them read the final words. If nobody is, leave it.",
    ),
    Approach(
        "enterprise_sales",
        "You sell to companies",
        enterprise_sales,
        "Comment as an expert on the news of your trade, on LinkedIn for instance; do not try to sell with it.",
    ),
    Approach(
        "regulated_industry",
        "Your trade is regulated",
        regulated_industry,
        "Use a text that legal has approved beforehand. React freely only where no product is concerned.",
    ),
    Approach(
        "understaffed",
        "Too few people",
        understaffed,
        "Keep to planned posts with two weeks' notice until more people can share the work.",
    ),
)


def approach(key: str) -> Approach | None:
    """The row of the table with this key; None for one nobody knows any more."""
    return next((one for one in APPROACHES if one.key == key), None)
