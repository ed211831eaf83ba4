"""How well alerts find the labelled spikes of real mention counts: `make bench-spikes SPIKES=folder`.

The folder holds series (`timestamp,value` in 5-minute counts, as NAB's realTweets) and their `windows.json`. Each goes
through `monitors.detect`, row by row, as the live path judges it, at the alert flag as it is: no threshold is tuned
here. Printed: what the rule finds and what it costs a reader, the benchmark's score (`bench.nab`), the same score with
the rule's numbers chosen on the other series only, and how often the forecast's range held.
`docs/quality-spikes.md` keeps the numbers and says what they do not show.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import product
from pathlib import Path
from statistics import median

from bench import nab
from bench.spike_anchors import GAUSSIAN_AT, gaussian_scores, plain_threshold
from monitors.baseline import HOURS_BEHIND, WEEK
from monitors.detect import Seen, look_back, read_rows
from monitors.spikes import DEFAULT_RULE, Previous, SpikeRule, after
from monitors.trajectory import AHEAD_HOURS, LATELY, forecast

HOUR = timedelta(hours=1)
Setting = tuple[int, float, float, float, float]
# What "chosen on the other series" chooses from; everything else of the rule is as it stands.
MEMORIES = (2 * WEEK, 3 * WEEK, HOURS_BEHIND)
TAILS = (1.0, 1.1, 1.25, 1.4, 1.5)
RESTLESS = (1.5, 1.75, 2.0, 2.25)
CHANCES = (3.0, 4.0, 5.0, 6.0)
HALVES = (0.4, 0.5, 0.6)
FEW = (MEMORIES, TAILS, RESTLESS, (DEFAULT_RULE.beyond_chance,), (DEFAULT_RULE.half_there,))
MANY = (MEMORIES, TAILS, RESTLESS, CHANCES, HALVES)


@dataclass(frozen=True)
class Series:
    """One file: when its rows are, what they say, and the labelled windows as row numbers."""

    name: str
    times: tuple[datetime, ...]
    values: tuple[float, ...]
    seen: tuple[Seen, ...]
    windows: tuple[nab.Window, ...]

    @cached_property
    def near(self) -> tuple[int, ...]:
        """The rows that any rule tried here could call an alert: the others need not be looked at again and again."""
        lowest = replace(DEFAULT_RULE, beyond_tail=0.0)
        return tuple(
            at
            for at, one in enumerate(self.seen)
            if one.baseline is not None and one.count >= min(HALVES) * lowest.height(one.baseline.level)
        )

    def alerts(self, rule: SpikeRule = DEFAULT_RULE) -> list[int]:
        """The rows that raise an alert, by the live path's judgement."""
        found: list[int] = []
        previous: Previous | None = None
        last = -1
        for at in self.near:
            filling = previous is not None and self.seen[at].end - previous.at < HOUR
            if not filling and not _may_alert(self.seen[at], rule):
                continue
            if at > last + 1 and previous is not None:
                previous = replace(previous, ended=True)
            spike = self.seen[at].judge(previous, rule)
            previous, last = after(spike, previous), at
            if spike.alert:
                found.append(at)
        return found

    def points(self, alerts: Sequence[int]) -> nab.Points:
        return nab.points(len(self.times), self.windows, alerts)

    def judged(self) -> timedelta:
        """How long the part is that counts."""
        return self.times[-1] - self.times[nab.probation(len(self.times))]


def main(folder: Path) -> None:
    """Judge every series in the folder and print what came of it."""
    windows = json.loads((folder / "windows.json").read_text(encoding="utf-8"))
    read = {memory: [load(folder / name, windows[name], memory) for name in sorted(windows)] for memory in MEMORIES}
    series = read[HOURS_BEHIND]
    print(f"{'series':<26}{'found':>8}{'alerts/day':>12}{'false/week':>12}   alert against the window's middle, hours")
    for one in series:
        print(_line(one.name, [one]))
    print(_line("all", series))
    _tell("the rule as it stands", nab.scores(one.points(one.alerts()) for one in series))
    _leave_one_out(read)
    print("for comparison, on the same rows and by the same scorer:")
    labelled = [(one.values, one.windows) for one in series]
    _tell(f"  sliding Gaussian at 1 - {1 - GAUSSIAN_AT:.0e}", gaussian_scores(labelled))
    for text, rows, apart in (("every row", 1, 1), ("over an hour, a day apart", 12, 288)):
        told = [one.points(plain_threshold(one.values, rows, apart)) for one in series]
        _tell(f"  3 x mean of 7 days, {text}", nab.scores(told))
    _forecasts(series)


def load(path: Path, windows: Sequence[Sequence[str]], memory: int = HOURS_BEHIND) -> Series:
    """Read one file as the detector sees it, with `memory` hours to look back on."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(look_back(read_rows(lines), memory))
    times = tuple(row.at for row, _ in rows)
    places = tuple((_row_at(times, start), _row_at(times, end)) for start, end in windows)
    return Series(path.stem, times, tuple(row.value for row, _ in rows), tuple(seen for _, seen in rows), places)


def _leave_one_out(read: dict[int, list[Series]]) -> None:
    """For each series, choose on the others, count on it; then scale the sum. Twice: what to choose is a choice too."""
    tried = {setting: _points_with(read, setting) for setting in product(*MANY)}
    for name, choices in (("memory, tail and restlessness", FEW), ("the fast window's two numbers as well", MANY)):
        open_to = {setting: tried[setting] for setting in product(*choices)}
        print(f"chosen on the other series: {name}, {len(open_to)} settings")
        held_back: list[nab.Points] = []
        for left_out, one in enumerate(read[HOURS_BEHIND]):
            best = max(open_to, key=lambda key: sum(nab.scores(_without(open_to[key], left_out))))
            held_back.append(open_to[best][left_out])
            print(f"  without {one.name}: {best[0] // 24} days, {', '.join(map(str, best[1:]))}")
        _tell("  score", nab.scores(held_back))
        every = sorted(nab.scores(found)[0] for found in open_to.values())
        print(f"  standard over all settings: worst {every[0]:.1f}, median {median(every):.1f}, best {every[-1]:.1f}")


def _points_with(read: dict[int, list[Series]], setting: Setting) -> list[nab.Points]:
    memory, tail, restless, chance, half = setting
    rule = replace(DEFAULT_RULE, beyond_tail=tail, restless=restless, beyond_chance=chance, half_there=half)
    return [one.points(one.alerts(rule)) for one in read[memory]]


def _without(found: list[nab.Points], left_out: int) -> list[nab.Points]:
    return found[:left_out] + found[left_out + 1 :]


def _forecasts(series: Sequence[Series]) -> None:
    """How often the hours after an alert stayed inside the forecast's range, and how far they were from its middle."""
    for hour in range(AHEAD_HOURS):
        inside: list[bool] = []
        off: list[float] = []
        for one in series:
            for at in one.alerts():
                ahead, came = _ahead(one, at, hour)
                if ahead is not None:
                    inside.append(ahead[1] <= came <= ahead[2])
                    off.append(max(came + 1, ahead[0] + 1) / min(came + 1, ahead[0] + 1))
        share = 100 * sum(inside) / max(1, len(inside))
        print(f"forecast, hour {hour + 1}: {share:.0f} % of {len(inside)} in range, off by a factor {median(off):.2f}")


def _ahead(one: Series, at: int, hour: int) -> tuple[tuple[float, float, float] | None, float]:
    rows = round(HOUR / (one.times[1] - one.times[0]))
    lately = round(rows * (LATELY / HOUR))
    baseline, then = one.seen[at].baseline, at + rows * (hour + 1)
    if baseline is None or then >= len(one.values):
        return None, 0.0
    pace = sum(one.values[at + 1 - lately : at + 1]) * rows / lately
    told = forecast(pace, baseline, one.seen[at].end)[hour]
    return (told.expected, told.low, told.high), one.seen[then].count


def _may_alert(seen: Seen, rule: SpikeRule) -> bool:
    """Whether the row is worth judging under this rule: it is over the alert's height, or its fast window may be."""
    if seen.baseline is None:
        return False
    height = rule.height(seen.baseline.level, seen.baseline.tail, seen.baseline.often)
    return seen.count >= height * 0.999 or (seen.fast is not None and seen.fast >= rule.steep(height))


def _line(name: str, series: Sequence[Series]) -> str:
    found, windows, days, false, told = 0, 0, 0.0, 0, 0
    places: list[str] = []
    for one in series:
        counted = [at for at in one.alerts() if at >= nab.probation(len(one.times))]
        got = one.points(counted)
        found, windows, false = found + got.windows - got.missed, windows + got.windows, false + got.false_alarms
        days, told = days + one.judged() / timedelta(days=1), told + len(counted)
        places += [_place(one, window, counted) for window in one.windows]
    shown = "  ".join(places) if len(series) == 1 else ""
    return f"{name:<26}{f'{found} of {windows}':>8}{told / days:>12.2f}{7 * false / days:>12.2f}   {shown}"


def _place(one: Series, window: nab.Window, alerts: Sequence[int]) -> str:
    """The first alert in a window and the one nearest to its middle, in hours from there."""
    inside = [at for at in alerts if window[0] <= at <= window[1]]
    if not inside:
        return "missed"
    middle = one.times[(window[0] + window[1]) // 2]
    hours = [(one.times[at] - middle) / HOUR for at in inside]
    return f"{hours[0]:+.1f}/{min(hours, key=abs):+.1f}"


def _tell(name: str, found: Sequence[float]) -> None:
    each = ", ".join(f"{profile.name} {one:.1f}" for profile, one in zip(nab.PROFILES, found, strict=True))
    print(f"{name}: {each}")


def _row_at(times: Sequence[datetime], written: str) -> int:
    at = datetime.fromisoformat(written).replace(tzinfo=UTC)
    return min(range(len(times)), key=lambda row: abs(times[row] - at))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "windows.json").is_file():
        sys.exit("Name the folder that holds windows.json and its series: make bench-spikes SPIKES=folder")
    main(Path(sys.argv[1]))
