"""The verdict on a moment in layers: each asks one question and answers with evidence, or says nothing.

LAYERS reads like the policy: what is asked, in which order, and how far each answer may go. Only what tells of people
harmed may say hold; what is merely not for us (politics, a language, a custom, the never-list) asks for a closer look,
with a reason of its own. The darkest answer is the verdict, and the evidence of all of them is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from scoring.context import ENOUGH_USES, topic_verdict
from scoring.contract import Moment, Reason, Tragedy, TragedyVerdict, Use, Warning
from scoring.crisis import crisis_reasons
from scoring.cultures import foreign_custom, foreign_language
from scoring.dates import dates_touched
from scoring.deaths import deaths_told, names_of_topic
from scoring.distance import counts_here, kinds
from scoring.look import MAX_REASONS, ORDER, UNVERIFIED, Look, darker
from scoring.never import barred
from scoring.overlap import Subject, subject_of, ties
from scoring.politics import political_evidence
from scoring.regions import any_meet
from scoring.safety import SCORER_FAILED
from scoring.thresholds import HOLD_FLOOR, REVIEW_FLOOR, UNSURE, WARNED
from scoring.warnings import alert_reason, in_force, regions_of

POLITICAL, NEVER = "political", "never_list"
WARNED_USES, DATED_USES = 20, 50
DATED_SHARE, DATED_LEAST = 0.2, 2
"""From this share of the uses on, and this many, a day of remembrance is what a topic is about (ours)."""
CLEAR = TragedyVerdict(Tragedy.CLEAR, 0.0)


@dataclass(frozen=True)
class Layer:
    """One question about a moment. `at_most`: the darkest label its answer may give."""

    asks: str
    at_most: Tragedy
    answer: Callable[[Look], TragedyVerdict | None]


def the_uses_are_dark(look: Look) -> TragedyVerdict | None:
    """Two of ten may be enough, one is not; where most of them are dark, it is a tragedy."""
    return topic_verdict(look.air)


def the_news_is_dark(look: Look) -> TragedyVerdict | None:
    """A headline about the same words, place or person; harm to many stops."""
    mass = [item for item in look.tied if item.mass]
    dark = mass or [item for item in look.tied if item.dark]
    if not dark:
        return None
    what = "tells of harm to many" if mass else "is dark"
    reasons = (Reason("news", f"A headline about this topic {what}.", item.use.text) for item in dark[:MAX_REASONS])
    level = max(item.verdict.tragedy.probability for item in dark)
    if mass:
        return TragedyVerdict(Tragedy.HOLD, max(level, HOLD_FLOOR), tuple(reasons))
    return TragedyVerdict(Tragedy.REVIEW, level, tuple(reasons))


def a_warning_is_about_it(look: Look) -> TragedyVerdict | None:
    """An official warning in force about the topic or what its uses speak of; an Extreme one at home stops."""
    topic = subject_of("", look.moment.topic)
    subjects = [topic, *(subject_of(use.text) for use in look.uses[-WARNED_USES:])]
    about = [one for one in in_force(look.moment.warnings, look.now) if _warns_of(look, one, subjects)]
    if not about:
        return None
    reasons = tuple(alert_reason(warning, look.now) for warning in about[:MAX_REASONS])
    grave = any(_at_home(look, warning) and _warns_of(look, warning, [topic]) for warning in about)
    label = Tragedy.HOLD if grave else Tragedy.REVIEW
    return TragedyVerdict(label, HOLD_FLOOR if grave else WARNED, reasons)


def a_day_of_remembrance_is_touched(look: Look) -> TragedyVerdict | None:
    """The topic, or a good part of its uses, names what is remembered these days in our regions."""
    topic, regions = look.moment.topic, look.brand.regions
    found = [reason for reason in dates_touched("", topic, regions, look.now) if reason.evidence]
    uses = [use.text for use in look.uses[-DATED_USES:]]
    if not found and any(reason.evidence for reason in dates_touched(" . ".join(uses), None, regions, look.now)):
        found = _dated(look, uses)
    return _closer_look(replace(reason, text=reason.text.replace("The post touches", "It touches")) for reason in found)


def somebody_known_has_died(look: Look) -> TragedyVerdict | None:
    """Whom the topic or its uses name is reported dead: two reports that do not repeat each other stop."""
    told = deaths_told(names_of_topic(look.moment.topic, look.uses), look.news, look.uses)
    if told is None:
        return None
    said = f"{told.name} is reported dead" + (
        ", by more than one report." if told.certain else ", by one report so far."
    )
    reasons = tuple(Reason("death", said, text) for text in told.reports[:MAX_REASONS])
    label = Tragedy.HOLD if told.certain else Tragedy.REVIEW
    return TragedyVerdict(label, HOLD_FLOOR if told.certain else UNSURE, reasons)


def the_brand_is_in_trouble(look: Look) -> TragedyVerdict | None:
    """Its own crisis: nobody wants a joke from it now, whatever the topic."""
    return _closer_look(crisis_reasons(look.brand, look.news, look.uses, look.moment.pulse))


def it_divides_people(look: Look) -> TragedyVerdict | None:
    """Politics, the law and what else splits any audience: the guide's second wrong approach."""
    named = [item.use.text for item in look.tied if item.named]
    evidence = political_evidence(look.moment.topic, [use.text for use in look.uses], named)
    said = "It divides people: politics, protest, the law or beliefs. Leave it unless you have long stood for it."
    return _closer_look([Reason(POLITICAL, said, evidence)] if evidence else [])


def it_is_in_a_language_nobody_reads(look: Look) -> TragedyVerdict | None:
    """Most of it is written in a language the team has not declared: the guide's third wrong approach."""
    found = foreign_language(look.brand, look.uses)
    if found is None:
        return None
    said = f"{found.says} Let somebody read it who speaks it, or leave it."
    return _closer_look([Reason("foreign_language", said, found.told)])


def it_is_a_custom_of_others(look: Look) -> TragedyVerdict | None:
    """A celebration, custom or symbol of people the team has not said it knows from within."""
    found = foreign_custom(look.brand, replace(look.moment, uses=look.uses))
    if found is None:
        return None
    return _closer_look([Reason("unfamiliar_culture", f"{found.says} Ask somebody of that culture.", found.told)])


def it_is_on_the_never_list(look: Look) -> TragedyVerdict | None:
    """The brand has said that it will have no part in this."""
    found = barred(look.moment, look.brand)
    if found is None or not found.about:
        return None
    return _closer_look([Reason(NEVER, f"“{found.entry}” is on the brand's never-list.", found.told)])


def too_little_could_be_read(look: Look) -> TragedyVerdict | None:
    """Much was said about the topic, and too little of it is at hand to know what it is about."""
    return unheard(look.moment, look.uses)


def some_was_not_read(look: Look) -> TragedyVerdict | None:
    """A judge that fails says review, never clear."""
    if not look.lost:
        return None
    said = "The judge failed on some of this topic's texts; a person has to read them."
    return TragedyVerdict(Tragedy.REVIEW, UNSURE, (Reason(SCORER_FAILED, said),))


LAYERS: tuple[Layer, ...] = (
    Layer("What do its recent uses speak of?", Tragedy.HOLD, the_uses_are_dark),
    Layer("What does the news of 48 hours say about the same?", Tragedy.HOLD, the_news_is_dark),
    Layer("Is an official warning about it in force?", Tragedy.HOLD, a_warning_is_about_it),
    Layer("Does it touch a day of remembrance?", Tragedy.REVIEW, a_day_of_remembrance_is_touched),
    Layer("Has the person it names just died?", Tragedy.HOLD, somebody_known_has_died),
    Layer("Is the brand itself in trouble?", Tragedy.REVIEW, the_brand_is_in_trouble),
    Layer("Is it politics, or something else that divides?", Tragedy.REVIEW, it_divides_people),
    Layer(
        "Is it spoken of in a language that nobody in the team reads?", Tragedy.REVIEW, it_is_in_a_language_nobody_reads
    ),
    Layer("Is it a custom the team does not know from within?", Tragedy.REVIEW, it_is_a_custom_of_others),
    Layer("Is it on the brand's never-list?", Tragedy.REVIEW, it_is_on_the_never_list),
    Layer("Was too little of it at hand to read?", Tragedy.REVIEW, too_little_could_be_read),
    Layer("Did the judge fail on any of it?", Tragedy.REVIEW, some_was_not_read),
)


def verdict_in_layers(look: Look, layers: Iterable[Layer] = LAYERS) -> TragedyVerdict:
    """The darkest answer of all layers, none beyond its own limit, with the evidence of those that found something."""
    verdict = CLEAR
    for layer in layers:
        answer = layer.answer(look)
        if answer is not None:
            verdict = darker(verdict, _within(answer, layer.at_most))
    return verdict


def unheard(moment: Moment, uses: Iterable[Use]) -> TragedyVerdict | None:
    """Review where a topic was much spoken of and hardly any of it was kept; few uses alone are no reason."""
    read = sum(1 for _ in uses)
    if moment.heard < ENOUGH_USES or read >= ENOUGH_USES:
        return None
    said = (
        f"{moment.heard:,} posts with {moment.topic} went by lately, and {read} of them could be read: too few to "
        f"know what it is about. Tact keeps them while a draft names it; look again later, or leave it out."
    )
    return TragedyVerdict(Tragedy.REVIEW, UNSURE, (Reason(UNVERIFIED, said, moment.topic),))


def _within(answer: TragedyVerdict, at_most: Tragedy) -> TragedyVerdict:
    return replace(answer, label=at_most) if ORDER[answer.label] > ORDER[at_most] else answer


def _closer_look(reasons: Iterable[Reason]) -> TragedyVerdict | None:
    found = tuple(reasons)[:MAX_REASONS]
    return TragedyVerdict(Tragedy.REVIEW, REVIEW_FLOOR, found) if found else None


def _warns_of(look: Look, warning: Warning, subjects: Iterable[Subject]) -> bool:
    told = f"{warning.event}. {warning.area}"
    other = subject_of(told)
    shared = {word for subject in subjects for word in ties(subject, other)}
    shared |= frozenset(subject_of("", look.moment.topic).topic) & frozenset(other.order) & kinds()
    return bool(shared) and counts_here(told, warning.region, shared, look.brand.regions, look.uses)


def _at_home(look: Look, warning: Warning) -> bool:
    extreme = warning.severity.lower() == "extreme"
    return extreme and any_meet(regions_of(warning), look.brand.regions)


def _dated(look: Look, uses: list[str]) -> list[Reason]:
    told = [(text, dates_touched(text, None, look.brand.regions, look.now)) for text in uses]
    said = [replace(reason, evidence=text) for text, reasons in told for reason in reasons[:1] if reason.evidence]
    return said[-1:] if len(said) >= DATED_LEAST and len(said) / len(uses) >= DATED_SHARE else []
