"""The guide's subcategories, and the words a suggestion rests on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scoring.category import suggest
from scoring.contract import BrandProfile, Moment, Sentiment, Use
from scoring.reference import load

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
CALM, UPSET = Sentiment("neutral", 0.1, 0.8, 0.1), Sentiment("negative", 0.6, 0.3, 0.1)
MOMENT, INDUSTRY = "cultural_moment", "breaking_industry"
BRAND = BrandProfile("Pellwood", competitors=("Thornley",), products=("Snipper",))


def test_every_category_has_the_guides_number_of_parts() -> None:
    assert {key: len(row.subcategories) for key, row in load().categories.items()} == {
        "cultural_moment": 4,
        "breaking_industry": 5,
        "breaking_political_social": 4,
        "complaint": 3,
        "viral_ugc": 3,
        "viral_moment": 3,
        "competitor_action": 4,
        "weather_environment": 4,
    }


@pytest.mark.parametrize(
    ("topic", "uses", "sentiment", "key", "part", "word"),
    [
        ("film awards", ["that red carpet", "best picture"], CALM, MOMENT, "awards_show", "award"),
        ("#cupfinal", ["the goalkeeper!", "what a final"], CALM, MOMENT, "sports_event", "final"),
        ("hedge summit", ["the keynote starts", "a fine conference"], CALM, INDUSTRY, "conference", "keynote"),
        ("steel deal", ["Aldman acquires its rival", "merger agreed"], CALM, INDUSTRY, "merger", "merger"),
        ("#electionday", ["I voted", "polling closes at ten"], CALM, "breaking_political_social", "election", "voted"),
        ("pellwood", ["pellwood refund please"], UPSET, "complaint", "service_issue", "refund"),
        ("pellwood", ["my pellwood saw is broken"], UPSET, "complaint", "product_failure", "broken"),
        ("pellwood", ["look what I made with pellwood"], CALM, "viral_ugc", "unexpected_use", "i made"),
        ("thornley", ["thornley prices cut by half"], CALM, "competitor_action", "rival_price", "prices"),
        ("thornley", ["thornley must recall its mowers"], CALM, "competitor_action", "rival_crisis", "recall"),
        ("#spoonchallenge", ["trying the challenge"], CALM, "viral_moment", "challenge", "challenge"),
        ("#blizzard", ["snow day"], CALM, "weather_environment", "storm", "blizzard"),
        ("first frost", ["first frost on the beds"], CALM, "weather_environment", "season", "frost"),
    ],
)  # fmt: skip
def test_the_part_and_its_words(
    topic: str, uses: list[str], sentiment: Sentiment, key: str, part: str, word: str
) -> None:
    found = suggest(Moment(topic, tuple(Use(text, NOON) for text in uses)), BRAND, sentiment)
    assert (found.key, found.subcategory) == (key, part)
    assert word in found.why


def test_a_moment_without_a_telling_word_has_no_part() -> None:
    found = suggest(Moment("#aldmar", (Use("nice", NOON),)), BRAND, CALM)
    assert (found.key, found.subcategory) == ("viral_moment", "")
    assert "check what it means" in found.why
