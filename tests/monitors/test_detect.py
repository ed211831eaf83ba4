"""`python -m app detect` without the command line: the same rules over a file, and a sentence for every bad row."""

from __future__ import annotations

import csv
import io
import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from monitors.detect import COLUMNS, detect

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONTH = [50.0] * (30 * 24)


def lines(values: list[float], step: timedelta = HOUR, header: bool = True) -> str:
    rows = [f"{START + at * step:%Y-%m-%d %H:%M:%S},{value!r}" for at, value in enumerate(values)]
    return "\n".join((["timestamp,value"] if header else []) + rows) + "\n"


def run(text: str) -> list[dict[str, str]]:
    out = io.StringIO()
    detect(io.StringIO(text), out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def alerts(text: str) -> list[str]:
    return [row["timestamp"] for row in run(text) if row["alert"] == "1"]


@pytest.mark.parametrize(("last", "raised"), [(149, 0), (150, 1)])
@pytest.mark.parametrize("header", [True, False])
def test_thirty_days_at_fifty_and_one_hour_more(last: float, raised: int, header: bool) -> None:
    assert len(alerts(lines([*MONTH, last], header=header))) == raised


@pytest.mark.parametrize(("last", "raised"), [(149, 0), (150, 1)])
@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
def test_finer_rows_are_judged_by_the_rolling_hour(minutes: int, last: float, raised: int) -> None:
    per_hour = 60 // minutes
    values = [50 / per_hour] * (10 * 24 * per_hour) + [last / per_hour] * per_hour

    assert len(alerts(lines(values, timedelta(minutes=minutes)))) == raised


def test_coarser_rows_are_judged_by_their_rate() -> None:
    rows = run(lines([1_200.0] * 20 + [3_600.0], timedelta(days=1)))

    assert [row["alert"] for row in rows] == ["0"] * 20 + ["1"]
    assert rows[-1]["baseline"] == "50.00"


def test_what_goes_out_names_its_columns_and_repeats_its_rows() -> None:
    rows = run(lines([*MONTH, 200]))

    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(MONTH) + 1
    assert rows[0] == {
        "timestamp": "2026-01-01 00:00:00",
        "value": "50.0",
        "baseline": "",
        "ratio": "",
        "score": "0.0000",
        "alert": "0",
    }
    assert rows[-1]["timestamp"] == "2026-01-31 00:00:00"
    assert (rows[-1]["baseline"], rows[-1]["ratio"], rows[-1]["alert"]) == ("50.00", "4.0000", "1")


def test_one_long_spike_is_one_alert_and_its_return_another() -> None:
    quiet = [50.0] * 12

    assert len(alerts(lines([*MONTH, *[200.0] * 12]))) == 1
    assert len(alerts(lines([*MONTH, *[200.0] * 3, *quiet, 200.0]))) == 2
    assert len(alerts(lines([*MONTH, 200.0, 300.0, 400.0]))) == 2


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(min_value=0, max_value=2_000), min_size=1, max_size=60),
    st.lists(st.integers(min_value=0, max_value=2_000), min_size=1, max_size=20),
)
def test_no_row_looks_ahead(values: list[int], later: list[int]) -> None:
    before = [20.0, 30.0, 40.0] * 10 + [float(value) for value in values]

    assert run(lines([*before, *map(float, later)]))[: len(before)] == run(lines(before))


@settings(deadline=None, max_examples=8)
@given(
    st.lists(st.integers(min_value=0, max_value=400), min_size=1, max_size=30),
    st.lists(st.integers(min_value=0, max_value=400), min_size=1, max_size=8),
)
def test_no_fine_row_looks_ahead_either(values: list[int], later: list[int]) -> None:
    before = [4.0, 5.0, 3.0] * 104 + [float(value) for value in values]
    five = timedelta(minutes=5)

    assert run(lines([*before, *map(float, later)], five))[: len(before)] == run(lines(before, five))


def test_a_steep_onset_is_told_within_ten_minutes_and_once() -> None:
    five = timedelta(minutes=5)
    usual_rows = [4.0] * (3 * 288)

    told = alerts(lines([*usual_rows, *[60.0] * 12, *usual_rows[:288]], five))
    assert told == [f"{START + five * len(usual_rows):%Y-%m-%d %H:%M:%S}"]


@pytest.mark.parametrize("seed", [1, 2])
def test_chance_alone_rings_never_and_a_true_spike_always(seed: int) -> None:
    dice = random.Random(seed)
    day = [50 + 30 * math.sin(2 * math.pi * hour / 24) for hour in range(24)]
    values = [max(0.0, round(dice.gauss(one, math.sqrt(one)))) for one in day * 35]
    spiked = values.copy()
    for at in (14 * 24 + 18, 27 * 24 + 6, 34 * 24 + 18):  # at the bottom of the night, and at the top of the day
        spiked[at] = 3.6 * day[at % 24]

    assert alerts(lines(values)) == []
    assert len(alerts(lines(spiked))) == 3


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(min_value=0, max_value=500), min_size=30, max_size=90))
def test_the_written_score_says_the_same_as_the_alert(values: list[int]) -> None:
    for row in run(lines([float(value) for value in values])):
        assert (float(row["score"]) >= 0.5) == (row["alert"] == "1")
        assert 0 <= float(row["score"]) <= 1


@pytest.mark.parametrize(
    "stamps",
    [
        ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+00:00", "2026-01-01T03:00:00+01:00"],
        ["1767225600", "1767229200", "1767232800"],
        ["1767225600000", "1767229200000", "1767232800000"],
        ["2026-01-01 00:00", "2026-01-01 01:00", "2026-01-01 02:00"],
        ["2026-01-01", "2026-01-02", "2026-01-03"],
        ["\ufeff2026-01-01", "2026-01-02", "2026-01-03"],
    ],
)
def test_times_may_be_written_in_several_ways(stamps: list[str]) -> None:
    assert len(run("".join(f"{stamp},5\n" for stamp in stamps))) == 3


def test_a_single_row_and_blank_lines_are_no_mistake() -> None:
    assert len(run("timestamp,value\n\n2026-01-01 00:00:00,5\n\n")) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no rows"),
        ("\n\n", "no rows"),
        ("timestamp,value\n", "no rows"),
        ("garbage\n", "Row 1 has 1 columns"),
        ("2026-01-01 00:00:00,5,6\n", "Row 1 has 3 columns"),
        ("timestamp,value\n2026-01-01 00:00:00,many\n", "Row 2: 'many' is not a count"),
        ("2026-01-01 00:00:00,nan\n", "Row 1: 'nan' is not a count"),
        ("yesterday,nan\n", "Row 1: 'yesterday' is not a time"),
        ("2026-01-01 00:00:00,\n", "Row 1: '' is not a count"),
        ("2026-01-01 00:00:00,inf\n", "Row 1: 'inf' is not a count"),
        ("2026-01-01 00:00:00,-1\n", "Row 1: a count cannot be negative"),
        ("2026-01-01 00:00:00,1e300\n", "Row 1: '1e300' is beyond"),
        ("2026-13-01 00:00:00,5\n", "Row 1: '2026-13-01 00:00:00' is not a time"),
        ("99999999999999,5\n", "is not a time"),
        ("2026-01-01 01:00:00,5\n2026-01-01 00:00:00,5\n", "Row 2 .* not later"),
        ("2026-01-01 00:00:00,5\n2026-01-01 00:00:00,5\n", "Row 2 .* not later"),
        ("2026-01-01 00:00,5\n2026-01-01 01:00,5\n2026-01-01 00:30,5\n", "Row 3 .* not later"),
        ("2026-01-01 00:00,5\n2026-01-01 01:00,5\n2026-01-01 04:00,5\n", "missing before row 3: .* is 3:00:00"),
        ("2026-01-01 00:00,5\n2026-01-01 01:00,5\n2026-01-01 01:30,5\n", "Row 3 .* one spacing"),
        ("2026-01-01 00:00:00,5\n\x00\x01,\x00\n", "Row 2"),
        ('2026-01-01 00:00:00,"5\n', "Row 1 is not a row"),
        ("\udcff\udcfe,\udcff\n", "Row 1"),
        ("x" * 200_000 + ",5\n", "Row 1"),
    ],
)
def test_bad_rows_are_named_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        run(text)

    assert len(refused.value.message) < 250
    assert refused.value.message.isascii() or "–" in refused.value.message


def test_bytes_that_are_no_text_get_a_sentence_too() -> None:
    stream = io.TextIOWrapper(io.BytesIO(b"2026-01-01 00:00:00,5\n\xff\xfe\x80,5\n"), encoding="utf-8")

    with pytest.raises(BadInput, match="not a text file"):
        detect(stream, io.StringIO())
