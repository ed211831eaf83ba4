"""The guide's arithmetic: quadrants, regions, and the two 0-10 scales."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scoring.contract import BrandProfile, Moment, Use
from scoring.interest import interest, outlets
from scoring.matrix import cell
from scoring.regions import any_meet, meets
from scoring.relevance import relevance

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
BRAND = BrandProfile(
    name="Pellwood",
    category="garden tools",
    keywords=("hedge trimmer", "pruning"),
    products=("Snipper 3",),
    competitors=("Thornley",),
    pain_points=("blunt blades",),
    values=("repair",),
    never_list=("politics", "gambling"),
    regions=("GB",),
)


@pytest.mark.parametrize(
    ("relevance_value", "interest_value", "decision", "window"),
    [
        (6.1, 6.1, "go", (15, 60)),
        (10, 6.0, "conditional_go", (240, 720)),
        (6.0, 10, "caution", (60, 240)),
        (6.0, 6.0, "no_go", None),
        (0, 0, "no_go", None),
    ],
)
def test_quadrants_cut_just_above_six(
    relevance_value: float, interest_value: float, decision: str, window: tuple[int, int] | None
) -> None:
    found = cell(relevance_value, interest_value)
    assert (found.decision, found.window_minutes) == (decision, window)


@pytest.mark.parametrize("value", [-0.1, 10.1, float("nan")])
def test_a_value_off_the_scale_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 10"):
        cell(value, 5)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("US", "US-MA", True),
        ("US-MA", "us", True),
        ("US-MA", "US-MA", True),
        ("US-OK", "GB", False),
        ("US-OK", "US-TX", False),
        ("US-O", "US-OK", False),
        ("", "US", False),
    ],
)
def test_a_region_meets_its_parts_and_its_whole(a: str, b: str, expected: bool) -> None:
    assert meets(a, b) is expected
    assert any_meet(["JP", a], [b]) is expected


@pytest.mark.parametrize(
    ("count", "baseline", "in_news", "low", "high"),
    [
        (250, 50, 0, 10, 10),
        (200, 50, 0, 9, 9),
        (100, 50, 0, 7, 7),
        (150, 50, 0, 7.5, 8.5),
        (60, 50, 2, 4, 6),
        (60, 50, 0, 1, 3),
        (30, None, 0, 1, 3),
        (0, 50, 0, 0, 0),
        (4, 0, 0, 7, 9),
    ],
)
def test_interest_follows_the_guides_bands(
    count: float, baseline: float | None, in_news: int, low: float, high: float
) -> None:
    score = interest(count, baseline, in_news, authors=20)
    assert low <= score.value <= high
    assert score.why


@pytest.mark.parametrize(("ratio", "value"), [(10, 10), (5, 10), (4.9, 9), (4, 9), (3, 8), (2, 7), (1.9, 3), (0.5, 2)])
def test_the_ratio_alone_gives_the_guides_figures(ratio: float, value: float) -> None:
    assert interest(100 * ratio, 100, authors=20, posts=40).value == value


def test_a_few_people_who_write_much_are_no_audience_and_it_is_said() -> None:
    loud = interest(300, 50, authors=3, posts=40)
    assert (loud.value, interest(300, 50, authors=20, posts=40).value) == (7, 10)
    assert "only 3 people wrote the 40 posts" in loud.why
    assert interest(100, 50, authors=1, posts=40).value == 4
    assert interest(100, 50, in_news=5, authors=1, posts=40).value == 6
    assert interest(300, 50, authors=1, posts=9).value == 10


def test_headlines_are_counted_by_outlet() -> None:
    paper = [Use(f"story {n}", NOON, "news", url="https://www.larkfieldpost.example/a") for n in range(5)]
    passed_on = [
        Use("a", NOON, "news", url="https://news.google.com/x", author=name) for name in ("Post", "post", "Echo")
    ]
    bare = [Use("b", NOON, "news", source="7"), Use("c", NOON, "news", source="7"), Use("d", NOON, "news")]
    assert (outlets(paper), outlets(passed_on), outlets(bare), outlets([])) == (1, 2, 2, 0)
    assert interest(60, 50, outlets(paper)).value == 4
    assert "One outlet" in interest(60, 50, outlets(paper)).why


def moment(topic: str, *texts: str) -> Moment:
    return Moment(topic, tuple(Use(text, NOON) for text in texts))


@pytest.mark.parametrize(
    ("given", "low", "high", "word"),
    [
        (moment("#pellwood"), 10, 10, "Pellwood"),
        (moment("#pruningday"), 10, 10, "pruning"),
        (moment("blades", "blunt blades again", "my blunt blades"), 10, 10, "blunt"),
        (moment("thornley recall", "what now"), 10, 10, "Thornley"),
        (moment("#gardenweek"), 7, 9, "garden"),
        (moment("#saturday", "repair cafe is open", "lovely repair people"), 7, 9, "repair"),
        (moment("x", *["nothing here"] * 9, "I own a hedge trimmer"), 4, 6, "hedge trimmer"),
        (moment("#songcontest", "that voice", "wow"), 1, 3, "No word"),
        (moment("#gambling", "pellwood"), 0, 0, "never-list"),
        (moment("#electionday", "vote early"), 0, 0, "never-list"),
    ],
)
def test_relevance_follows_the_guides_bands(given: Moment, low: float, high: float, word: str) -> None:
    score = relevance(given, BRAND)
    assert low <= score.value <= high
    assert word in score.why
