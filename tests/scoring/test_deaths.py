"""Who has died, said by a headline: the name before or after it, and everything that only looks like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scoring.contract import BrandProfile, Moment, Post, Use
from scoring.deaths import deaths_told, names_of_topic, who_died
from scoring.judge import judge_post
from scoring.lexicon import LexiconScorer

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
BRAND = BrandProfile("Pellwood", "kitchenware", regions=("US",))


@pytest.mark.parametrize(
    ("topic", "headline"),
    [
        ("#MaraVoss", "Singer Mara Voss dies at 71"),
        ("#maravoss", "Mara Voss, star of The Long Night, dies at 71"),
        ("mara voss", "Mara Voss (1950-2026) has died"),
        ("#RIPMaraVoss", "Mara Voss dead at 71"),
        ("#ripmaravoss", "Tributes pour in for Mara Voss"),
        ("#maravoss", "R.I.P. Mara Voss"),
        ("#maravoss", "Fans mourn singer Mara Voss"),
        ("#maravoss", "MARA VOSS DIES AT 71"),
        ("#maravoss", "Obituary: Mara Voss"),
        ("#maravoss", "Police: actor Mara Voss found dead in hotel"),
        ("#maravoss", "Sängerin Mara Voss ist tot"),
        ("#maravoss", "Muere Mara Voss a los 71 años"),
        ("#maravoss", "Mort de Mara Voss"),
        ("#m\u0430ravoss", "Mara\u200b Voss dies at 71"),
        ("#Oskar", "Oskar, singer of Rain, dead at 57"),
        ("#QueenOttilie", "Queen Ottilie II has died"),
    ],
)
def test_a_death_is_understood(topic: str, headline: str) -> None:
    assert who_died(headline, names_of_topic(topic, ()))


@pytest.mark.parametrize(
    ("topic", "headline"),
    [
        ("#MaraVoss", "Mara Voss attends funeral of Oskar Lind"),
        ("#maravoss", "Mara Voss pays tribute to Oskar Lind, who died on Monday"),
        ("#maravoss", "Mara Voss' father dies at 90"),
        ("#maravoss", "Widow of Mara Voss dies at 88"),
        ("#maravoss", "Mara Voss dies in season finale"),
        ("#maravoss", "Mara Voss died 20 years ago today"),
        ("#maravoss", "Mara Voss is alive: death hoax"),
        ("#maravoss", "I died laughing at Mara Voss"),
        ("#PremierLeague", "Premier League star Joe Hart dies"),
        ("#galanight", "Actor dies hours before gala night"),
        ("#newyork", "New York man dies at 71"),
        ("#bakefinal", "Final cake, to die for"),
        ("#rovers", "Rovers' title hopes are dead"),
        ("#adela", "Adela dies a little inside"),
        ("", "Mara Voss dies at 71"),
        ("#\u200b", "dies"),
    ],
)
def test_what_only_looks_like_a_death_is_none(topic: str, headline: str) -> None:
    assert who_died(headline, names_of_topic(topic, ())) is None


def test_many_mourning_uses_and_one_headline_are_certain() -> None:
    uses = [Use(f"rest in peace Mara Voss {number}", NOW) for number in range(3)]
    names = names_of_topic("#maravoss", uses)
    alone = deaths_told(names, (), uses)
    assert alone is not None
    assert not alone.certain
    both = deaths_told(names, [Use("Mara Voss dead at 71", NOW, "news")], uses)
    assert both is not None
    assert both.certain
    assert both.reports[0] == "Mara Voss dead at 71"


@pytest.mark.parametrize(
    ("text", "reactive", "promotional", "headlines", "code"),
    [
        ("A song for supper, Mara Voss style", True, False, ["Mara Voss dies at 71"], "sensitive_topic"),
        ("Pans in gold, loved by Mara Voss", False, True, ["Mara Voss dies at 71"], "sensitive_topic"),
        ("A song for supper #maravoss", True, True, ["Mara Voss dead at 71", "Fans mourn singer Mara Voss"], "tragedy"),
        ("Rest in peace, Mara Voss.", False, False, ["Mara Voss dies at 71"], None),
        ("A song for supper", True, True, ["Mara Voss dies at 71"], None),
        ("A song for supper, Mara Voss style", True, True, ["Mara Voss wins gold at 71"], None),
    ],
)
def test_a_post_that_names_the_dead_stops(
    text: str, reactive: bool, promotional: bool, headlines: list[str], code: str | None
) -> None:
    news = tuple(Use(line, NOW - timedelta(hours=2), "news", source=line) for line in headlines)
    reasons = judge_post(
        LexiconScorer(), Post(text, None, ("US",), reactive, promotional), Moment("", news=news), BRAND, NOW
    )
    assert code in {reason.code for reason in reasons} if code else reasons == ()
