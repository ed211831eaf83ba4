"""The layers of a moment's verdict: each finds its own kind of thing, says what, and goes no further than it may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scoring.contract import (
    BrandProfile,
    Moment,
    MomentVerdict,
    Pulse,
    Reason,
    Sentiment,
    TextVerdict,
    Tragedy,
    TragedyVerdict,
    Use,
    Warning,
)
from scoring.judge import judge_moment
from scoring.layers import LAYERS, Layer, verdict_in_layers
from scoring.lexicon import LexiconScorer
from scoring.look import look_at

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
LEEDS = BrandProfile(
    "Pellwood", "kitchenware", ("pan", "kettle"), regions=("GB",), never_list=("religion", "diet pills")
)
BRIGHT = tuple(f"lovely evening, see you there number {number}" for number in range(9))


class Calm:
    """A scorer that finds nothing dark: what is stopped here, another layer stops."""

    name = "calm"

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        return [TextVerdict(Sentiment("neutral", 0, 1, 0), TragedyVerdict(Tragedy.CLEAR, 0.0))] * len(texts)


def said(*texts: str, language: str | None = None) -> tuple[Use, ...]:
    return tuple(Use(text, NOW - timedelta(minutes=5), language=language) for text in texts)


def news(*texts: str, region: str | None = None, hours: float = 1) -> tuple[Use, ...]:
    at = NOW - timedelta(hours=hours)
    return tuple(Use(text, at, "news", region, source=str(number)) for number, text in enumerate(texts))


def judged(moment: Moment, brand: BrandProfile = LEEDS, now: datetime = NOW, calm: bool = False) -> MomentVerdict:
    return judge_moment(Calm() if calm else LexiconScorer(), moment, brand, now)


def found(moment: Moment, brand: BrandProfile = LEEDS, now: datetime = NOW) -> tuple[str, set[str]]:
    verdict = judged(moment, brand, now).tragedy
    return verdict.label.value, {reason.code for reason in verdict.reasons}


def test_a_layer_goes_no_further_than_the_table_says() -> None:
    loud = TragedyVerdict(Tragedy.HOLD, 0.9, (Reason("loud", "It shouts."),))
    look = look_at(Calm(), Moment("#picnic"), LEEDS, NOW)
    verdict = verdict_in_layers(look, (Layer("Is it loud?", Tragedy.REVIEW, lambda _: loud),))
    assert (verdict.label, verdict.reasons) == (Tragedy.REVIEW, loud.reasons)
    assert verdict_in_layers(look, ()).label is Tragedy.CLEAR


def test_only_what_tells_of_people_harmed_may_say_hold() -> None:
    assert [layer.answer.__name__ for layer in LAYERS if layer.at_most is Tragedy.HOLD] == [
        "the_uses_are_dark",
        "the_news_is_dark",
        "a_warning_is_about_it",
        "somebody_known_has_died",
    ]


def test_a_bright_moment_meets_no_layer_and_shows_what_was_read() -> None:
    verdict = judged(Moment("#whiskdance", said(*BRIGHT, "my dog joined in", "again tomorrow")))
    assert (verdict.tragedy.label.value, verdict.tragedy.reasons) == ("clear", ())
    assert (verdict.context.read, verdict.context.dark, len(verdict.context.uses)) == (11, 0, 10)
    assert verdict.context.says == "11 recent uses were read, none of them dark."


def test_the_context_check_shows_the_dark_uses_first_and_says_when_they_are_few() -> None:
    dark = "he was murdered on his way home"
    context = judged(Moment("#whiskdance", said("so fun", dark, "yes"))).context
    assert context.uses[0].text == dark
    assert context.uses[0].dark
    assert not context.uses[1].dark
    assert context.says.startswith("Only 3 recent uses were read, 1 of them dark. The guide asks for ten")
    assert "No recent use could be read" in judged(Moment("#whiskdance")).context.says


STORM = "Tornado kills 12 in Oklahoma, dozens missing"


@pytest.mark.parametrize(
    ("topic", "uses", "told", "region", "label"),
    [
        ("#tornado", BRIGHT, STORM, "US-OK", "clear"),  # a storm in Oklahoma does not silence Leeds
        ("#tornado", BRIGHT, STORM, None, "clear"),  # the headline's own words say where
        ("#tornado", (*BRIGHT[:4], "thinking of oklahoma"), "Tornado kills 12 in Oklahoma", "US-OK", "hold"),
        ("#tornado", (), "Tornado kills 12 in Oklahoma", "US-OK", "hold"),  # nobody here has said what it means
        ("#tornado", BRIGHT, "Tornado kills 12 in Yorkshire", "GB", "hold"),
        ("#tornado", BRIGHT, "Tornado kills 12", None, "hold"),  # nobody knows where
        ("#oklahoma", BRIGHT, STORM, "US-OK", "hold"),
        ("#bombing", BRIGHT, "Bombing in Lagos kills 30", "NG", "hold"),  # violence weighs everywhere
    ],
)
def test_news_from_far_away_counts_where_it_is_spoken_of(
    topic: str, uses: tuple[str, ...], told: str, region: str | None, label: str
) -> None:
    assert found(Moment(topic, said(*uses), news(told, region=region)))[0] == label


def warning(**changes: object) -> Warning:
    made = Warning("Met", "Storm Warning", "Extreme", "Yorkshire", "GB", NOW - timedelta(hours=1))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "topic", "label"),
    [
        (warning(), "#storm", "hold"),
        (warning(severity="Severe"), "#storm", "review"),
        (warning(severity="Moderate"), "#storm", "clear"),
        (warning(region="US-OK", area="Tulsa"), "#storm", "clear"),
        (warning(region="US-OK", area="Tulsa"), "#tulsa", "review"),
        (warning(), "#whiskdance", "clear"),
        (warning(expires=NOW - timedelta(hours=1)), "#storm", "hold"),
        (warning(expires=NOW - timedelta(hours=3)), "#storm", "clear"),
        (warning(cancelled=True), "#storm", "clear"),
    ],
)
def test_an_official_warning_counts_where_and_while_it_holds(given: Warning, topic: str, label: str) -> None:
    assert found(Moment(topic, said(*BRIGHT), warnings=(given,)))[0] == label


def test_a_warning_that_ran_out_says_so() -> None:
    over = warning(expires=NOW - timedelta(hours=1))
    (reason,) = judged(Moment("#storm", said(*BRIGHT), warnings=(over,))).tragedy.reasons
    assert "It ran out, and counts for 2 hours more" in reason.text


def test_a_topic_on_a_day_of_remembrance_is_looked_at_where_the_day_is_kept() -> None:
    day = datetime(2026, 4, 25, 2, tzinfo=UTC)
    home, away = replace(LEEDS, regions=("AU",)), replace(LEEDS, regions=("JP",))
    uses = tuple(replace(use, at=day - timedelta(minutes=5)) for use in said(*BRIGHT))
    label, codes = found(Moment("#AnzacDay", uses), home, day)
    assert label == "review"
    assert "sensitive_date" in codes
    assert "sensitive_date" not in found(Moment("#AnzacDay", uses), away, day)[1]
    assert "sensitive_date" not in found(Moment("#whiskdance", uses), home, day)[1]


def test_the_uses_of_a_topic_may_touch_the_day_as_well() -> None:
    day = datetime(2026, 9, 11, 15, tzinfo=UTC)
    home = replace(LEEDS, regions=("US",))
    told = said(*BRIGHT[:4], "the twin towers stood here", "where were you when the twin towers fell")
    uses = tuple(replace(use, at=day - timedelta(minutes=5)) for use in told)
    verdict = judged(Moment("#wherewereyou", uses), home, day).tragedy
    (reason,) = [one for one in verdict.reasons if one.code == "sensitive_date"]
    assert "twin towers" in reason.evidence


THANKS = ("thank you for the music, Mara Voss", "Mara Voss was my first concert", "playing Mara Voss all day")
DEATH = "Singer Mara Voss dies at 71"


@pytest.mark.parametrize(
    ("told", "label"),
    [
        ((), "clear"),
        ((DEATH,), "review"),
        ((DEATH, DEATH), "review"),  # one report passed on
        ((DEATH, "Tributes pour in for Mara Voss after a life on stage"), "hold"),
        (("Mara Voss attends funeral of her teacher",), "clear"),
    ],
)
def test_a_topic_that_only_celebrates_somebody_who_has_died(told: tuple[str, ...], label: str) -> None:
    verdict = judged(Moment("#thankyouforthemusic", said(*THANKS, *BRIGHT), news(*told)), calm=True).tragedy
    assert verdict.label.value == label
    assert [reason.evidence for reason in verdict.reasons] == list(dict.fromkeys(told if label != "clear" else ()))
    assert all("Mara Voss is reported dead" in reason.text for reason in verdict.reasons)


def test_a_death_of_three_days_ago_is_no_news() -> None:
    assert judged(Moment("#maravoss", said(*THANKS), news(DEATH, hours=72)), calm=True).tragedy.label == "clear"


def test_the_brands_own_crisis_is_a_reason_to_look_at_every_moment() -> None:
    bad, good = Pulse(120, 90, 40.0, 0.1), Pulse(120, 9, 40.0, 0.1)
    label, codes = found(Moment("#whiskdance", said(*BRIGHT), pulse=bad))
    assert (label, codes) == ("review", {"brand_crisis"})
    assert found(Moment("#whiskdance", said(*BRIGHT), pulse=good))[0] == "clear"
    recall = news("Pellwood recalls kettles after three injured")
    assert "brand_crisis" in found(Moment("#whiskdance", said(*BRIGHT), recall))[1]


@pytest.mark.parametrize(
    ("topic", "uses", "code"),
    [
        ("#ElectionNight", BRIGHT, "political"),
        ("#measure12", (*BRIGHT[:5], "my ballot is in", "polls close at eight"), "political"),
        ("#bestburger", (*BRIGHT[:5], "vote for your favourite flavour", "the burger election is on"), ""),
        ("#dietpills", BRIGHT, "never_list"),
        ("#shortcuts", (*BRIGHT[:5], "diet pills again", "who buys diet pills"), "never_list"),
        ("#shortcuts", (*BRIGHT, "who buys diet pills"), ""),  # a word in passing
        ("#quranburning", BRIGHT, "never_list"),  # religion stands for its words
        ("#happydiwali", BRIGHT, "unfamiliar_culture"),
        ("#haka", BRIGHT, "unfamiliar_culture"),
        ("#burnsnight", BRIGHT, ""),  # at home
    ],
)
def test_what_is_no_tragedy_but_not_for_us_is_looked_at(topic: str, uses: tuple[str, ...], code: str) -> None:
    label, codes = found(Moment(topic, said(*uses)))
    assert label == ("review" if code else "clear")
    assert code in codes if code else not codes


def test_a_language_nobody_reads_is_looked_at_and_one_that_somebody_reads_is_not() -> None:
    german = said("das ist doch nicht dein ernst", "wir sind heute auch dabei", "was für ein Tag, ich kann nicht mehr")
    moment = Moment("#wasfueintag", german)
    assert found(moment) == ("review", {"foreign_language"})
    assert found(moment, replace(LEEDS, languages=("en", "de")))[0] == "clear"
    wrongly_stamped = tuple(replace(use, language="en") for use in german)
    assert "foreign_language" in found(Moment("#wasfueintag", wrongly_stamped))[1]


def test_one_use_more_of_the_same_is_no_new_reason() -> None:
    """A verdict is kept anew when its reasons change; a busy topic must not do that with every post."""
    for use in ("das ist doch nicht dein ernst", "vote for the ballot measure", "diet pills", "happy diwali"):
        before = judged(Moment("#shortcuts", said(*(f"{use} {number}" for number in range(5)))), calm=True)
        after = judged(Moment("#shortcuts", said(*(f"{use} {number}" for number in range(6)))), calm=True)
        assert before.tragedy.label == "review"
        assert before.tragedy.reasons == after.tragedy.reasons


def test_every_reason_says_what_was_found_and_shows_it() -> None:
    day = datetime(2026, 9, 11, 15, tzinfo=UTC)
    uses = [*THANKS, "he murdered her", "rest in peace", "ballots burn", "pray for them"]
    moment = Moment(
        "#TwinTowersElection",
        tuple(Use(text, day - timedelta(minutes=9)) for text in uses),
        tuple(
            Use(text, day - timedelta(hours=1), "news")
            for text in (DEATH, "Twin towers election office bombed, 9 dead")
        ),
        (warning(at=day - timedelta(hours=1), event="Election Storm"),),
        heard=500,
        pulse=Pulse(120, 90, 40.0, 0.1),
    )
    reasons = judged(moment, replace(LEEDS, regions=("US", "GB")), day).tragedy.reasons
    assert {reason.code for reason in reasons} >= {
        "topic_uses", "news", "official_alert", "sensitive_date", "death", "brand_crisis", "political",
        "context_unverified",
    }  # fmt: skip
    assert all(reason.text.endswith(".") and reason.evidence for reason in reasons)
