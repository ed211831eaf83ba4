"""The guide's six situations in which a brand had better not react, each with what shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scoring.contract import BrandProfile, Moment, Reason, Tragedy, TragedyVerdict, Use
from scoring.judge import judge_moment
from scoring.lexicon import LexiconScorer
from scoring.wrong_approaches import APPROACHES, Seen, approach, wrong_approaches

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
BRAND = BrandProfile("Pellwood", category="garden tools", regions=("GB",), languages=("en",))
CLEAR = TragedyVerdict(Tragedy.CLEAR, 0.0)
QUIET = Moment("#gardenweek", (Use("what a border", NOON),) * 4)


def seen(moment: Moment = QUIET, tragedy: TragedyVerdict = CLEAR, category: str = "viral_moment") -> Seen:
    return Seen(moment, tragedy, category, "election")


def keys(brand: BrandProfile, what: Seen) -> list[str]:
    return [one.key for one in wrong_approaches(brand, what)]


def dark(label: Tragedy, code: str) -> TragedyVerdict:
    return TragedyVerdict(label, 0.8, (Reason(code, "A headline about it tells of harm."),))


def test_an_ordinary_moment_of_an_ordinary_brand_meets_none_of_the_six() -> None:
    assert keys(BRAND, seen()) == []


def test_the_table_has_the_guides_six_each_with_a_better_way() -> None:
    assert len(APPROACHES) == 6
    assert all(one.title and one.instead.endswith(".") for one in APPROACHES)
    assert approach("understaffed") is APPROACHES[5]
    assert approach("of_old") is None


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (dark(Tragedy.HOLD, "news"), ["tragedy"]),
        (dark(Tragedy.REVIEW, "topic_uses"), ["tragedy"]),
        (dark(Tragedy.REVIEW, "scorer_failed"), []),
        (dark(Tragedy.REVIEW, "context_unverified"), []),
        (TragedyVerdict(Tragedy.HOLD, 0.9), ["tragedy"]),
    ],
)
def test_a_tragedy_is_one_and_a_judge_that_failed_is_none(verdict: TragedyVerdict, expected: list[str]) -> None:
    assert keys(BRAND, seen(tragedy=verdict)) == expected


def test_politics_is_told_by_the_category() -> None:
    found = wrong_approaches(BRAND, seen(category="breaking_political_social"))
    assert [one.key for one in found] == ["politics"]
    assert "an election" in found[0].why


@pytest.mark.parametrize(
    ("moment", "word"),
    [
        (Moment("#feria", (Use("que bonita la feria", NOON, language="es"),) * 4), "Spanish"),
        (Moment("#x", (Use("с праздником всех", NOON),) * 3), "Russian or Ukrainian"),
        (Moment("#happyholi", (Use("colours everywhere", NOON),)), "Holi"),
        (
            Moment("#colours", (Use("holi in the park", NOON), Use("so bright", NOON), Use("my first holi", NOON))),
            "Holi",
        ),
        (Moment("street fair melbourne"), "AU-VIC"),
        (Moment("#fair", (Use("lovely", NOON, region="US-TX"),) * 5), "US-TX"),
    ],
)
def test_what_nobody_in_the_team_is_at_home_in(moment: Moment, word: str) -> None:
    found = wrong_approaches(BRAND, seen(moment))
    assert [one.key for one in found] == ["unfamiliar_culture"]
    assert word in found[0].why


@pytest.mark.parametrize(
    ("brand", "moment"),
    [
        (replace(BRAND, languages=("en", "es")), Moment("#feria", (Use("la feria", NOON, language="es"),) * 4)),
        (replace(BRAND, languages=("uk",)), Moment("#x", (Use("с праздником всех", NOON),) * 3)),
        (replace(BRAND, cultures=("Indian",)), Moment("#happyholi")),
        (replace(BRAND, cultures=("holi",)), Moment("#happyholi")),
        (replace(BRAND, regions=("IN",)), Moment("#happyholi")),
        (replace(BRAND, regions=()), Moment("street fair melbourne")),
        (BRAND, Moment("#fair", (Use("lovely", NOON, region="US-TX"), *(Use("here too", NOON),) * 5))),
        (BRAND, Moment("#fair", (Use("wer kommt", NOON, language="de"), *(Use("here too", NOON),) * 5))),
    ],
)
def test_what_the_team_knows_or_nobody_told_counts_for_nothing(brand: BrandProfile, moment: Moment) -> None:
    assert keys(brand, seen(moment)) == []


def test_what_the_brand_says_of_itself() -> None:
    firm = replace(BRAND, sells_to="companies")
    assert keys(firm, seen()) == ["enterprise_sales"]
    assert keys(firm, seen(category="breaking_industry")) == []
    careful = replace(BRAND, regulated=True)
    assert keys(careful, seen()) == ["regulated_industry"]
    assert keys(careful, seen(category="cultural_moment")) == []
    assert [keys(replace(BRAND, team_size=size), seen()) for size in (0, 1, 2, 3)] == [
        [],
        ["understaffed"],
        ["understaffed"],
        [],
    ]


def test_a_verdict_carries_part_words_and_situations() -> None:
    moment = Moment("#electionday", tuple(Use(f"{n} votes counted, polling is over", NOON) for n in range(12)))
    verdict = judge_moment(LexiconScorer(), moment, replace(BRAND, team_size=1), NOON)
    assert (verdict.category, verdict.subcategory) == ("breaking_political_social", "election")
    assert "votes" in verdict.category_why
    assert [one.key for one in verdict.wrong_approaches][-2:] == ["politics", "understaffed"]
