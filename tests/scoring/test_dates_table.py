"""The tables of dates: each entry usable, a slip told by file and entry, and what a day means for a post."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from data.errors import BadInput
from scoring.date_tables import ANYWHERE, read_dates
from scoring.dates import dates_touched
from scoring.day_rules import days_of
from scoring.reference import FOLDER, load

ENTRY = {
    "name": "Fall of the tower",
    "day": "03-05",
    "year": 2001,
    "countries": ["FR"],
    "source": "Report of the inquiry",
    "cues": ["tower"],
    "zones": ["Europe/Paris"],
}
NOON = datetime(2026, 9, 11, 15, tzinfo=UTC)


def table(folder: Path, *entries: dict[str, object], name: str = "ours") -> Path:
    content = {"remembrance_words": ["never forget"], "dates": list(entries)}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return folder


def touched(text: str, when: datetime, *regions: str) -> list[str]:
    return [reason.text for reason in dates_touched(text, None, regions, when)]


def test_there_are_many_dates_of_every_part_of_the_world() -> None:
    dates = load().dates.dates
    kept = {code[:2] for entry in dates for code in entry.countries}
    assert len(dates) >= 200
    assert len(kept) >= 120
    assert all(len(entry.source) > 5 and entry.cues for entry in dates)


def test_every_entry_falls_in_the_years_ahead() -> None:
    missing = [entry.name for entry in load().dates.dates if not any(days_of(entry.day, year) for year in (2026, 2027))]
    assert missing == []


def test_every_zone_is_one_of_a_country_that_keeps_the_day() -> None:
    """A zone of another country would move the day; the two halves of an entry check one another."""
    rows = [line.split("\t") for line in zone_rows()]
    countries_of = {row[2]: set(row[0].split(",")) for row in rows}
    wrong = [
        (entry.name, zone)
        for entry in load().dates.dates
        for zone in entry.zones
        if ANYWHERE not in entry.countries and not countries_of[zone] & {code[:2] for code in entry.countries}
    ]
    assert wrong == []


def zone_rows() -> list[str]:
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"day": "13-41"}, "day"),
        ({"zones": ["Europe/Nowhere"]}, "Europe/Nowhere"),
        ({"zones": ["Europe"]}, "no time zone"),
        ({"countries": ["XX"]}, "XX"),
        ({"countries": ["fr"]}, "fr"),
        ({"source": ""}, "source"),
        ({"cues": []}, "cues"),
        ({"cues": [".. tower"]}, "begin with a word"),
        ({"around": {"before": -1}}, "around.before"),
        ({"reach": "week"}, "reach"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_slip_is_told_with_its_file_and_entry(tmp_path: Path, change: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_dates(table(tmp_path, ENTRY | change))
    assert "ours.yaml" in caught.value.message
    assert "Fall of the tower" in caught.value.message
    assert told in caught.value.message


def test_two_dates_of_one_name_are_refused(tmp_path: Path) -> None:
    table(tmp_path, ENTRY, name="one")
    with pytest.raises(BadInput, match="Fall of the tower"):
        read_dates(table(tmp_path, ENTRY, name="two"))


def test_a_teams_dates_are_one_file_more(tmp_path: Path) -> None:
    for path in (FOLDER / "dates").glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert len(read_dates(table(tmp_path, ENTRY)).dates) == len(load().dates.dates) + 1


def test_a_folder_without_tables_and_a_broken_table_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no table of dates"):
        read_dates(tmp_path)
    (tmp_path / "odd.yaml").write_text("days: []", "utf-8")
    with pytest.raises(BadInput, match=r"odd\.yaml"):
        read_dates(tmp_path)


def test_days_around_count_as_far_as_an_entry_says(tmp_path: Path) -> None:
    tables = read_dates(table(tmp_path, ENTRY | {"around": {"before": 2, "after": 0}}))
    seen = {day: [near.away for near in tables.near(datetime(2026, 3, day, 12, tzinfo=UTC))] for day in range(2, 8)}
    assert seen == {2: [], 3: [2], 4: [1], 5: [0], 6: [], 7: []}


def test_a_day_is_kept_in_the_zone_it_belongs_to(tmp_path: Path) -> None:
    alone = ENTRY | {"zones": ["Pacific/Auckland"], "around": {"before": 0, "after": 0}}
    tables = read_dates(table(tmp_path, alone))
    start = datetime(2026, 3, 4, 11, tzinfo=UTC)  # midnight in Auckland, in summer time
    assert tables.near(start - timedelta(minutes=1)) == ()
    assert [near.away for near in tables.near(start)] == [0]
    assert tables.near(start + timedelta(days=1)) == ()


def test_an_event_is_not_remembered_before_it_happened(tmp_path: Path) -> None:
    tables = read_dates(table(tmp_path, ENTRY))
    assert tables.near(datetime(2001, 3, 5, 12, tzinfo=UTC)) == ()
    assert len(tables.near(datetime(2002, 3, 5, 12, tzinfo=UTC))) == 1


@pytest.mark.parametrize(
    ("when", "text", "region", "stopped"),
    [
        (datetime(2026, 4, 3, 10, tzinfo=UTC), "Nailed it! Crown of thorns earrings for Good Friday", "DE", True),
        (datetime(2026, 4, 3, 10, tzinfo=UTC), "Nailed it! Crown of thorns earrings for Good Friday", "JP", False),
        (datetime(2026, 4, 3, 10, tzinfo=UTC), "Good fish for the family", "DE", False),
        (datetime(2026, 4, 14, 9, tzinfo=UTC), "Coffee at half price", "IL", True),
        (datetime(2026, 4, 14, 9, tzinfo=UTC), "Coffee at half price", "US", False),
        (datetime(2026, 9, 21, 9, tzinfo=UTC), "Coffee at half price", "IL", True),
        (datetime(2026, 6, 26, 9, tzinfo=UTC), "Ashura sale: two for one", "PK", True),
        (datetime(2026, 11, 22, 11, tzinfo=UTC), "Totensonntag: Kerzen im Angebot", "DE", True),
        (datetime(2026, 4, 5, 2, tzinfo=UTC), "Qingming flash sale", "TW", True),
        (datetime(2026, 8, 27, 2, tzinfo=UTC), "Hungry ghosts eat our noodles", "SG", True),
        (datetime(2026, 7, 5, 12, tzinfo=UTC), "A flash flood of offers in Kerrville", "US-TX", True),
        (datetime(2026, 7, 5, 12, tzinfo=UTC), "A flash flood of offers", "US-WA", False),
    ],
)
def test_moveable_and_new_days_stop_what_touches_them(when: datetime, text: str, region: str, stopped: bool) -> None:
    assert bool(touched(text, when, region)) is stopped


def test_a_general_word_counts_only_where_the_whole_audience_keeps_the_day() -> None:
    when = datetime(2026, 12, 7, 17, tzinfo=UTC)
    text = "Take a moment to try our kettle"
    assert touched(text, when, "US")
    assert touched(text, when, "JP") == []
    assert touched(text, when) == []  # everywhere: somebody remembers something every day


@pytest.mark.parametrize("topic", ["#twintowers", "#TwinTowers", "#pearlharbour", "#lestweforget"])
def test_a_topic_written_in_one_piece_is_read(topic: str) -> None:
    day = datetime(2026, 12, 7, 17, tzinfo=UTC) if topic in ("#pearlharbour", "#lestweforget") else NOON
    assert any(reason.evidence for reason in dates_touched("Kettles are back", topic, ("US",), day))


def test_round_anniversaries_and_how_far_off_are_told() -> None:
    today = touched("Never forget our pans", NOON, "US")[0]
    assert "Attacks of 11 September 2001, today (36 U.S.C. 144" in today
    assert "It is the 25th anniversary" in today
    assert ", tomorrow (" in touched("Twin towers of pancakes", NOON - timedelta(days=1), "US")[0]
    assert ", yesterday (" in touched("Twin towers of pancakes", NOON + timedelta(days=1), "US")[0]
    assert "anniversary" not in touched("Never forget our pans", NOON.replace(year=2027), "US")[0]
    assert "no promotion in US. It is the 25th anniversary" in touched("Kettles are back", NOON, "US")[0]


def test_a_posts_dates_are_found_well_under_a_millisecond() -> None:
    """Asked at the gate for each post: a generous bound on the middle one, so that a busy machine does not fail it."""
    text = "Twin towers of pancakes! Take a moment with our kettle at half price #BreakfastClub today only, near you."
    dates_touched(text, "#Breakfast", (), NOON)
    took = []
    for minute in range(200):
        begun = time.perf_counter()
        dates_touched(text, "#Breakfast", (), NOON + timedelta(minutes=minute))
        took.append(time.perf_counter() - begun)
    assert sorted(took)[100] < 0.001


@pytest.mark.parametrize("text", ["Take a moment for yourself: new bath salts", "Our red poppy print is back in stock"])
def test_a_rest_and_a_flower_are_no_remembrance_where_nobody_wears_one(text: str) -> None:
    when = datetime(2026, 1, 28, 15, tzinfo=UTC)
    assert touched("Take a moment to remember. Pans half price", when, "US")
    assert touched(text, when, "US") == []
    assert touched("Wear your poppy, buy our pan", datetime(2026, 11, 11, 11, tzinfo=UTC), "GB")
