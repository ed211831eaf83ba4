"""The KPIs: what each is, in which unit, what the guide aims for, and of how many it needs to be told.

One table, so that the page, the exports, the weekly report and docs/kpis.md say the same of each figure. The arithmetic
is in `rules.kpis` and `workflow.reports`. Targets are the guide's where `source` says so; the rest is ours. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Unit = Literal["min", "s", "%", "points", "x", "a day", ""]


class Section(StrEnum):
    """Where on the page a figure stands."""

    SPEED = "Speed"
    CHOICE = "What we took up"
    ECHO = "What it brought"
    BRAKE = "What was stopped"
    JUDGEMENT = "Judgement"


@dataclass(frozen=True)
class Target:
    """At least `low` and at most `high`, in the figure's unit; None: no such end. `words`: as a person says it."""

    low: float | None
    high: float | None
    words: str
    source: Literal["guide", "ours"] = "guide"


@dataclass(frozen=True)
class Definition:
    """One figure. `what`: how it comes about, in a sentence or two; `of`: what is counted, in the plural.

    `least`: with fewer of those the page says that it is a small sample (ours).
    """

    key: str
    section: Section
    title: str
    what: str
    unit: Unit
    of: str
    target: Target | None = None
    least: int = 5


def stands(value: float | None, target: Target | None) -> str:
    """Where a value lies against its target: "inside", "below", "above", or "" where there is nothing to compare."""
    if value is None or target is None:
        return ""
    if target.low is not None and value < target.low:
        return "below"
    return "above" if target.high is not None and value > target.high else "inside"


_S, _C, _E, _B, _J = Section.SPEED, Section.CHOICE, Section.ECHO, Section.BRAKE, Section.JUDGEMENT

LEG_TITLES = {
    "trigger to alert": "Trigger to alert",
    "alert to claim": "Alert to claim",
    "claim to assessed": "Claim to assessed",
    "assessed to submitted": "Assessed to submitted",
    "submitted to approved": "Submitted to approved",
    "approved to published": "Approved to published",
}

DEFINITIONS: tuple[Definition, ...] = (
    Definition("to_publication", _S, "Alert to post",
        "Median of the minutes from an alert to the post that answered it.",
        "min", "posts", Target(None, 30, "under 30 min")),
    Definition("to_publication_p90", _S, "Nine of ten within",
        "Nine of ten posts were out in so many minutes after their alert.", "min", "posts"),
    Definition("inside_window", _S, "Inside the platform's time",
        "Share of those posts that were out within the response time that the guide gives for their platform.",
        "%", "posts", least=10),
    Definition("in_hours", _S, "Alert to post, in business hours",
        "The same median for alerts raised Monday to Friday, 9:00 to 18:00, on the brand's clock.", "min", "posts"),
    Definition("out_of_hours", _S, "Alert to post, out of hours",
        "The same median for alerts raised at any other time.", "min", "posts"),
    *(Definition(f"leg {name}", _S, title, f"Median of the minutes from {name}.", "min",
        "moments") for name, title in LEG_TITLES.items()),
    Definition("alerts_a_day", _C, "Alerts a day",
        "Alerts raised, by days. A falling mood raises one of another kind, which is not counted.", "a day", "alerts"),
    Definition("useful", _C, "Alerts that were useful",
        "Share of alerts that somebody claimed, scored or wrote about, and that were not dismissed as noise.",
        "%", "alerts", least=10),
    Definition("skip_rate", _C, "Let go",
        "Share of decided moments that nobody spoke about. The guide's best teams say no to four of five.",
        "%", "decided moments", Target(80, None, "80 % or more"), least=10),
    Definition("planned", _C, "Planned",
        "Share of posts that left and answered no moment.", "%", "posts", Target(60, 70, "60–70 %"), least=10),
    Definition("two_hours", _E, "First two hours against usual",
        "Median over reactive posts: engagement rate at two hours, divided by the mean rate at two hours of posts of "
        "the same platform and kind in the thirty days before.", "x", "reactive posts", Target(3, 5, "3–5 ×")),
    Definition("share_rate_reactive", _E, "Share rate, reactive",
        "Median over reactive posts: shares and quotes in percent of impressions, at a day, or at two hours if "
        "younger.",
        "%", "reactive posts", Target(8, 12, "8–12 %")),
    Definition("share_rate_planned", _E, "Share rate, planned",
        "The same for planned posts.", "%", "planned posts", Target(2, 3, "2–3 %")),
    Definition("reply_rate", _E, "Reply rate",
        "Median over reactive posts: replies in percent of impressions, at a day, or at two hours if younger.",
        "%", "reactive posts", Target(15, None, "15 % or more")),
    Definition("peak", _E, "Time to peak",
        "Median over reactive posts: their age at the end of the step between two marks in which most interactions an "
        "hour came in. Earlier is better.", "min", "reactive posts"),
    Definition("tone_shift", _E, "Tone after we spoke",
        "Median over reactive posts: share of negative texts about the brand in the 24 hours after, less that in the "
        "24 hours before. Below nothing is better.", "points", "reactive posts",
        Target(None, 0, "no darker than before", "ours")),
    Definition("advice_taken", _E, "Advice taken",
        "Share of the advice on published posts that somebody took, of what was decided about.", "%",
        "pieces of advice", least=10),
    Definition("stopped", _B, "Posts stopped",
        "Posts that a hold or the gate stopped on their way. One that was stopped twice counts once.", "", "stops",
        least=0),
    Definition("time_to_delete", _B, "Time to delete",
        "Median of the seconds from the decision to take a post down until it was gone.", "s", "posts"),
    Definition("drill_gate", _B, "Drills: gate closed after",
        "Median of the seconds from the click until the gate refused.", "s", "drills", least=1),
    Definition("drill_seen", _B, "Drills: seen after",
        "Median of the seconds until somebody who was told said that they had seen it.", "s", "answers"),
    Definition("drill_answered", _B, "Drills: answered",
        "Share of people told of a drill who said that they had seen it.", "%", "people told"),
    Definition("assessors_agree", _J, "Two assessors agree",
        "Share of first rounds in which the two blind scores lay at most two points apart, on both scales.", "%",
        "first rounds", least=10),
    Definition("corrected", _J, "Verdicts corrected",
        "Share of the moments that people acted on, on whose verdict or kind somebody said another word.", "%",
        "moments", least=10),
)  # fmt: skip
BY_KEY = {one.key: one for one in DEFINITIONS}
HEADLINE = ("to_publication", "to_publication_p90", "inside_window", "skip_rate", "planned", "two_hours")
"""What a manager reads first."""
