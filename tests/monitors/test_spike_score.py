"""Our count of NAB's formula: its ends, its weights, and a detector whose published scores it has to give."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from bench.nab import PROFILES, points, probation, scores
from bench.spike_anchors import gaussian_scores

ROWS = 10_000
WINDOWS = ((2_000, 2_399), (5_000, 5_399))
SPIKES = Path(__file__).parents[3] / "shared" / "datasets" / "spikes"


def scored(*alerts: int) -> tuple[float, ...]:
    return scores([points(ROWS, WINDOWS, alerts)])


def test_silence_is_nothing_and_the_first_row_of_every_window_a_hundred() -> None:
    assert scored() == (0.0, 0.0, 0.0)
    assert scored(2_000, 5_000) == pytest.approx((100.0, 100.0, 100.0))


def test_earlier_in_a_window_is_worth_more_and_only_the_first_counts() -> None:
    early, late = scored(2_010, 5_000), scored(2_390, 5_000)

    assert early > late > scored(5_000)
    assert scored(2_010, 2_100, 2_390, 5_000) == early


def test_a_false_alarm_costs_its_weight_far_from_a_window_and_less_behind_one() -> None:
    perfect = scored(2_000, 5_000)
    far, near = scored(2_000, 5_000, 9_000), scored(2_000, 2_420, 5_000)

    for at, profile in enumerate(PROFILES):
        whole = len(WINDOWS) * (1 + profile.false_negative)
        assert perfect[at] - far[at] == pytest.approx(100 * profile.false_positive / whole)
        assert far[at] < near[at] < perfect[at]


def test_a_miss_costs_its_weight() -> None:
    assert scored(2_000) == pytest.approx((50.0, 50.0, 50.0))
    assert scored(9_000)[1] < scored(9_000)[0] < 0


def test_nothing_counts_before_the_series_has_shown_itself() -> None:
    assert probation(ROWS) == 750
    assert probation(1_000) == 150
    assert scored(1, 749) == (0.0, 0.0, 0.0)
    assert scored(750)[0] < 0


def test_a_published_detector_gets_its_published_scores() -> None:
    if not (SPIKES / "windows.json").is_file():
        pytest.skip("the labelled series are not beside the project")
    labelled = []
    for name, windows in json.loads((SPIKES / "windows.json").read_text(encoding="utf-8")).items():
        with (SPIKES / name).open(encoding="utf-8", newline="") as lines:
            rows = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines)]
        place = {at: row for row, (at, _) in enumerate(rows)}
        ends = [tuple(place[datetime.fromisoformat(one)] for one in window) for window in windows]
        labelled.append(([value for _, value in rows], [(first, last) for first, last in ends]))

    assert gaussian_scores(labelled) == pytest.approx((64.8, 39.8, 74.4), abs=0.05)
