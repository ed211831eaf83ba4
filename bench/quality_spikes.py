"""How well alerts find the labelled spikes of real mention counts: `python -m bench.quality_spikes FOLDER`.

FOLDER holds NAB's realTweets series (`timestamp,value` in 5-minute counts) and their `windows.json`. Each series goes
through `monitors.detect`, row by row, as the live path judges it. Printed per series: labelled windows hit, alerts
outside any window a week, and how long after a window's start its first alert came (the labelled moment is in the
middle); then the benchmark's own score. `docs/quality-spikes.md` keeps the numbers and says what they do not show.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from monitors.detect import judge_rows, read_rows

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
PROBATION = 0.15  # NAB judges nothing in a series' first 15 %, at most 750 rows
PROBATION_ROWS = 750
PROFILES = {"standard": (0.11, 1.0), "low false positives": (0.22, 1.0), "low false negatives": (0.11, 2.0)}
Window = tuple[int, int]


@dataclass(frozen=True)
class Series:
    """One judged series: when its rows are, which rows raised an alert, and the labelled windows as row numbers."""

    name: str
    times: tuple[datetime, ...]
    alerts: tuple[int, ...]
    windows: tuple[Window, ...]

    def first_alerts(self) -> list[int | None]:
        """For each window the first alert in it."""
        return [next((at for at in self.alerts if start <= at <= end), None) for start, end in self.windows]

    def false_alarms(self) -> list[int]:
        """Alerts outside every window."""
        return [at for at in self.alerts if not any(start <= at <= end for start, end in self.windows)]

    def weeks(self) -> float:
        """How long the judged part of the series is."""
        return (self.times[-1] - self.times[_probation(len(self.times))]) / WEEK


def main(folder: Path) -> None:
    """Judge every series in `folder` and print the table."""
    windows = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    series = [judged(folder / name, windows[name]) for name in sorted(windows)]
    print(f"{'series':<28}{'windows hit':>12}{'false alarms/week':>19}{'median place':>15}")
    for one in series:
        print(_line(one.name, [one]))
    print(_line("all", series))
    scores = (f"{name} {score(series, *weights):.1f}" for name, weights in PROFILES.items())
    print("score as NAB counts it:", ", ".join(scores))


def judged(path: Path, windows: Sequence[Sequence[str]]) -> Series:
    """Run one file through the detector."""
    times: list[datetime] = []
    alerts: list[int] = []
    with path.open(encoding="utf-8", newline="") as rows:
        for number, (row, spike) in enumerate(judge_rows(read_rows(rows))):
            times.append(row.at)
            if spike.alert:
                alerts.append(number)
    began = _probation(len(times))
    return Series(
        name=path.stem,
        times=tuple(times),
        alerts=tuple(at for at in alerts if at >= began),
        windows=tuple((_row_at(times, start), _row_at(times, end)) for start, end in windows),
    )


def score(series: Sequence[Series], false_positive: float, false_negative: float) -> float:
    """NAB's score: 100 for the first row of every window and nothing else, 0 for silence; below 0 is possible.

    After Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (2015): a hit is worth more the earlier
    in its window it comes, a false alarm costs less just after a window than far from it, each miss costs its weight.
    """
    gained, windows = 0.0, 0
    for one in series:
        windows += len(one.windows)
        for window, first in zip(one.windows, one.first_alerts(), strict=True):
            gained += _hit(window, first) if first is not None else -false_negative
        gained += sum(false_positive * _false(one.windows, at) for at in one.false_alarms())
    silence, perfect = -false_negative * windows, float(windows)
    return 100 * (gained - silence) / (perfect - silence)


def _hit(window: Window, at: int) -> float:
    """Close to 1 at the window's start, 0 at its end."""
    start, end = window
    return _sigmoid(-(end - at + 1) / (end - start + 1)) / _sigmoid(-1.0)


def _false(windows: Sequence[Window], at: int) -> float:
    """0 just behind a window, -1 far from any."""
    before = [window for window in windows if window[1] < at]
    if not before:
        return -1.0
    start, end = before[-1]
    return _sigmoid((at - end) / max(end - start, 1))


def _sigmoid(place: float) -> float:
    return -1.0 if place > 3 else 2 / (1 + math.exp(5 * place)) - 1


def _probation(rows: int) -> int:
    return min(int(PROBATION * rows), PROBATION_ROWS)


def _row_at(times: Sequence[datetime], written: str) -> int:
    at = datetime.fromisoformat(written).replace(tzinfo=UTC)
    return min(range(len(times)), key=lambda row: abs(times[row] - at))


def _line(name: str, series: Sequence[Series]) -> str:
    firsts = [
        (one, window, first) for one in series for window, first in zip(one.windows, one.first_alerts(), strict=True)
    ]
    delays = [(one.times[first] - one.times[start]) / HOUR for one, (start, _), first in firsts if first is not None]
    hit, total = len(delays), len(firsts)
    alarms = sum(len(one.false_alarms()) for one in series) / sum(one.weeks() for one in series)
    delay = f"{median(delays):.1f} h" if delays else "-"
    return f"{name:<28}{f'{hit} of {total}':>12}{alarms:>19.2f}{delay:>15}"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "windows.json").is_file():
        sys.exit("Name the folder that holds windows.json and its series: python -m bench.quality_spikes FOLDER")
    main(Path(sys.argv[1]))
