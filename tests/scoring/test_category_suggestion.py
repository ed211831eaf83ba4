"""Which of the guide's eight categories a moment looks like."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scoring.category import suggest
from scoring.contract import BrandProfile, Moment, Sentiment, Use

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
CALM, UPSET = Sentiment("neutral", 0.1, 0.8, 0.1), Sentiment("negative", 0.6, 0.3, 0.1)
BRAND = BrandProfile("Pellwood", competitors=("Thornley",), products=("Snipper",))


@pytest.mark.parametrize(
    ("topic", "uses", "sentiment", "key"),
    [
        ("#songcontestfinal", ["what a final", "that premiere"], CALM, "cultural_moment"),
        ("acquisition", ["toolmaker acquires rival", "merger announced"], CALM, "breaking_industry"),
        ("#electionday", ["I voted"], CALM, "breaking_political_social"),
        ("#juryout", ["the jury is deliberating", "verdict soon"], CALM, "breaking_political_social"),
        ("pellwood", ["pellwood my order never arrived", "pellwood refund please"], UPSET, "complaint"),
        ("pellwood", ["look what I made with pellwood", "love this pellwood saw"], CALM, "viral_ugc"),
        ("#spoondance", ["everyone is doing it", "nice"], CALM, "viral_moment"),
        ("thornley", ["thornley cut its prices"], CALM, "competitor_action"),
        ("#heatwave", ["36 degrees in the shade"], CALM, "weather_environment"),
    ],
)
def test_suggestions(topic: str, uses: list[str], sentiment: Sentiment, key: str) -> None:
    found = suggest(Moment(topic, tuple(Use(text, NOON) for text in uses)), BRAND, sentiment)
    assert found.key == key
    assert found.why
