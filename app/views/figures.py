"""Figures in a reader's words: each rate says what it is of, and each comparison with how many posts and at which age.

One table for every page that shows them, so that a number never stands without its denominator.
"""

from __future__ import annotations

from collections.abc import Mapping

from data.reference import playbooks
from data.reference.metrics import metrics
from workflow.measuring.baselines import LEAST, Baseline
from workflow.rules.metrics import KINDS, Counts, Rate

# One and many of what a platform counts; where it calls them otherwise, below.
WORDS: Mapping[str, tuple[str, str]] = {
    "impressions": ("view", "views"),
    "likes": ("like", "likes"),
    "shares": ("share", "shares"),
    "quotes": ("quote", "quotes"),
    "replies": ("reply", "replies"),
    "clicks": ("click", "clicks"),
    "saves": ("save", "saves"),
    "audience": ("follower", "followers"),
}
_OWN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("email", "impressions"): ("opening", "openings"),
    ("email", "audience"): ("recipient", "recipients"),
}
AGES = {15: "15 min", 30: "30 min", 60: "one hour", 120: "two hours", 360: "six hours", 1440: "a day", 10080: "a week"}
KIND_WORDS = dict(zip(KINDS, ("text", "with a picture", "a reply", "a quote"), strict=True))


def label_of(platform: str) -> str:
    """What people call the platform."""
    book = playbooks().get(platform)
    return book.label if book is not None else platform


def word(platform: str, name: str, count: int) -> str:
    """`1 view`, `1,200 openings`."""
    one, many = _OWN.get((platform, name), WORDS[name])
    return f"{count:,} {one if count == 1 else many}"


def told(platform: str, counts: Counts) -> tuple[str, ...]:
    """Everything that the platform told, in words, followers last."""
    return tuple(word(platform, name, value) for name in WORDS if (value := getattr(counts, name)) is not None)


def percent(value: float) -> str:
    """`0.04 %`, `2.8 %`, `31 %`: as fine as the figure is."""
    if not value:
        return "0 %"
    places = 0 if value >= 10 else 1 if value >= 1 else 2
    return f"{value:,.{places}f} %"


def rate_in_words(platform: str, rate: Rate) -> str:
    """`2.8 % of views`, or `10 per 1,000 followers`."""
    many = _many(platform, rate.of)
    return f"{amount(rate)} of {many}" if rate.of == "impressions" else f"{amount(rate)} per 1,000 {many}"


def amount(rate: Rate) -> str:
    """The number alone: percent of impressions, of a thousand followers."""
    if rate.of == "impressions":
        return percent(rate.percent)
    of_thousand = 10 * rate.percent
    if not of_thousand:
        return "0"
    return f"{of_thousand:,.{0 if of_thousand >= 10 else 1 if of_thousand >= 1 else 2}f}"


def why_followers(platform: str) -> str:
    """Said once beside rates of followers; empty where rates are of impressions."""
    row = metrics().get(platform)
    return f"{label_of(platform)} tells no views" if row is not None and row.denominator == "audience" else ""


def no_rate(platform: str, counts: Counts) -> str:
    """Why there is no rate, in a sentence."""
    row = metrics().get(platform)
    if row is None or row.denominator is None:
        return f"No rate: nothing is known of what {label_of(platform)} counts."
    many = _many(platform, row.denominator)
    whole = getattr(counts, row.denominator)
    if whole is None:
        return f"No rate: {label_of(platform)} did not tell the {many}."
    return f"No rate: no {many} yet." if whole == 0 else "No rate: no interactions were told."


def usual_in_words(platform: str, kind: str, found: Baseline) -> str:
    """What is usual, over how many posts; or that they are too few to say."""
    like = f"{KIND_WORDS.get(kind, kind)} on {label_of(platform)}"
    age = AGES.get(found.age_minutes, f"{found.age_minutes} min")
    if found.too_few:
        posts = "1 post" if found.posts == 1 else f"{found.posts or 'No'} posts"
        return f"{posts} ({like}) of the last 30 days had figures at {age}: too few to compare ({LEAST} are needed)."
    if found.mean_rate is not None and found.median_rate is not None and found.of is not None:
        usual = rate_in_words(platform, Rate(found.mean_rate, found.of))
        middle = amount(Rate(found.median_rate, found.of))
        return f"Usual after {age}: {usual} on average, {middle} in the middle ({found.rated} posts, {like})."
    return f"Usual after {age}: {found.mean_interactions:,.1f} interactions ({found.posts} posts, {like})."


def money(hundredths: int, currency: str) -> str:
    """`62.50 USD`."""
    return f"{hundredths / 100:,.2f} {currency}"


def _many(platform: str, name: str) -> str:
    return _OWN.get((platform, name), WORDS[name])[1]
