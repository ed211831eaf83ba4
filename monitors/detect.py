"""`python -m app detect`: a column of counts in, the same judgement as the live path out, row by row.

It lives beside the rules it shows, so that a team can try them on its own history before trusting them. Causal and
streaming: a row is judged from itself and the rows above it, and written before the next one is read. Whatever the
spacing, rows are turned into uses an hour: finer rows into a rolling hour, coarser ones into an hourly rate.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TextIO

from data.errors import BadInput
from monitors.baseline import HOURS_BEHIND, Baseline, usual
from monitors.spikes import DEFAULT_RULE, FAST, HOUR, Previous, Spike, SpikeRule, after, judge

COLUMNS = ("timestamp", "value", "baseline", "ratio", "score", "alert")
MOST = 1e12
LEAST_ROWS_BEHIND = 7  # of coarse rows: a day of history would be one single row of daily counts
_EPOCH = re.compile(r"\d{9,13}(\.\d+)?")
_MILLISECONDS_FROM = 1e11


@dataclass(frozen=True)
class Row:
    """One line as it was given, and what it says."""

    number: int
    stamp: str
    written: str
    at: datetime
    value: float


def detect(rows: TextIO, out: TextIO) -> None:
    """Read `timestamp,value` rows at an even spacing, write `timestamp,value,baseline,ratio,score,alert`.

    `baseline` is in uses an hour; it and `ratio` are empty until an hour has gone by. Raises `BadInput` naming the
    row for anything that is no such row; rows above it have been written by then.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row, spike in judge_rows(read_rows(rows)):
        writer.writerow((row.stamp, row.written, *_cells(spike)))


@dataclass(frozen=True)
class Seen:
    """What a row and those above it say: uses an hour, what was usual, and uses in the last ten minutes if known."""

    count: float
    baseline: Baseline | None
    fast: float | None
    end: datetime
    length: timedelta
    least_hours: int

    def judge(self, previous: Previous | None, rule: SpikeRule) -> Spike:
        """By the live path's judgement. Of coarse rows, more hours have to be known than of fine ones."""
        if self.least_hours > rule.learning_hours:
            rule = replace(rule, learning_hours=self.least_hours)
        return judge(self.count, self.baseline, self.end, previous, rule, self.length, self.fast)


def judge_rows(rows: Iterator[Row], rule: SpikeRule = DEFAULT_RULE) -> Iterator[tuple[Row, Spike]]:
    """Every row with its judgement, in order. Raises `BadInput` for uneven rows and when there are none."""
    previous: Previous | None = None
    for row, seen in look_back(rows):
        spike = seen.judge(previous, rule)
        previous = after(spike, previous)
        yield row, spike


def look_back(rows: Iterator[Row], hours_behind: int = HOURS_BEHIND) -> Iterator[tuple[Row, Seen]]:
    """Every row with what it and the rows above it say. Raises as `judge_rows` does."""
    first = next(rows, None)
    if first is None:
        raise BadInput("There are no rows: give `timestamp,value` lines, oldest first.")
    second = next(rows, None)
    step = HOUR if second is None else _step(first, second)
    series = _Series(step, hours_behind)
    yield first, series.take(first)
    before = first
    row = second
    while row is not None:
        _check_step(before, row, step)
        yield row, series.take(row)
        before, row = row, next(rows, None)


class _Series:
    """The rows seen so far, as uses an hour. Keeps four weeks and no more."""

    def __init__(self, step: timedelta, hours_behind: int) -> None:
        self._step = step
        self._rows_in_window = max(1, round(HOUR / step))
        self._per_hour = HOUR / (step * self._rows_in_window)
        self._rows_in_fast = FAST // step if FAST % step == timedelta(0) else 0
        self._back = [-(-k * HOUR // step) for k in range(1, hours_behind + 1)]
        self._keep = max(self._back[-1], self._rows_in_window) + 1
        self._least_hours = min(math.ceil(LEAST_ROWS_BEHIND * step / HOUR), hours_behind)
        self._values: list[float] = []
        self._rates: list[float] = []  # one for each full window; the newest is the judged one

    def take(self, row: Row) -> Seen:
        self._add(row.value)
        newest = len(self._rates) - 1
        length = self._step * self._rows_in_window
        return Seen(
            count=self._rates[-1] if self._rates else math.fsum(self._values) * self._per_hour,
            baseline=usual([self._rates[newest - back] for back in self._back if back <= newest]),
            fast=self._fast(),
            end=_window_end(row, self._step, length),
            length=length,
            least_hours=self._least_hours,
        )

    def _fast(self) -> float | None:
        """Uses in the last ten minutes, where the rows are so fine."""
        full = 0 < self._rows_in_fast <= len(self._values)
        return math.fsum(self._values[-self._rows_in_fast :]) if full else None

    def _add(self, value: float) -> None:
        self._values.append(value)
        if len(self._values) >= self._rows_in_window:
            window = self._values[-self._rows_in_window :]
            self._rates.append(math.fsum(window) * self._per_hour)
        if len(self._rates) > 2 * self._keep:  # now and then, so that a long series costs no more than a short one
            del self._rates[: -self._keep]
            del self._values[: -self._keep]


def read_rows(source: TextIO) -> Iterator[Row]:
    """Parse and check each line. The first may be a header. Raises `BadInput` naming the row."""
    reader = csv.reader(source, strict=True)
    seen = False
    try:
        for cells in reader:
            if not cells or not "".join(cells).strip():
                continue
            if not seen and _is_header(cells):
                seen = True
                continue
            seen = True
            yield _row(reader.line_num, cells)
    except csv.Error as error:
        raise BadInput(f"Row {reader.line_num} is not a row of a CSV file.", repr(error)) from error
    except UnicodeError as error:
        raise BadInput("This is not a text file: give CSV in UTF-8.", repr(error)) from error


def _is_header(cells: list[str]) -> bool:
    """Two names without a figure in them. Anything else in the first line is a row, and is judged as one."""
    if len(cells) != 2 or any(letter.isdigit() or not letter.isprintable() for cell in cells for letter in cell):
        return False
    return cells[1].strip().casefold() not in ("nan", "inf", "-inf", "infinity", "-infinity", "")


def _row(number: int, cells: list[str]) -> Row:
    if len(cells) != 2:
        raise BadInput(f"Row {number} has {len(cells)} columns: it must be `timestamp,value`.")
    stamp, written = cells[0].strip().lstrip("\ufeff"), cells[1].strip()
    return Row(number, stamp, written, _instant(number, stamp), _count(number, written))


def _count(number: int, written: str) -> float:
    try:
        value = float(written)
    except ValueError as error:
        raise BadInput(f"Row {number}: {_shown(written)} is not a count.", str(error)) from error
    if not math.isfinite(value):
        raise BadInput(f"Row {number}: {_shown(written)} is not a count; write 0 where nothing was seen.")
    if value < 0:
        raise BadInput(f"Row {number}: a count cannot be negative, and {_shown(written)} is.")
    if value > MOST:
        raise BadInput(f"Row {number}: {_shown(written)} is beyond any count of mentions.")
    return value


def _instant(number: int, stamp: str) -> datetime:
    """ISO 8601, or seconds or milliseconds since 1970. Without a zone it is UTC."""
    try:
        if _EPOCH.fullmatch(stamp):
            seconds = float(stamp)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, UTC)
        at = datetime.fromisoformat(stamp)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(
            f"Row {number}: {_shown(stamp)} is not a time; write it like 2026-03-09 02:00:00.", str(error)
        ) from error


def _step(first: Row, second: Row) -> timedelta:
    step = second.at - first.at
    if step <= timedelta(0):
        raise BadInput(f"Row {second.number} ({second.stamp}) is not later than the row above: sort oldest first.")
    return step


def _window_end(row: Row, step: timedelta, window: timedelta) -> datetime:
    """Where the row's window ends; begin and end must both be in the calendar, which has the years 1 to 9999."""
    try:
        end = row.at + step
        return end - window + window
    except OverflowError as error:
        sentence = f"Row {row.number} ({row.stamp}): with rows every {step}, its window leaves the calendar."
        raise BadInput(sentence, str(error)) from error


def _check_step(before: Row, row: Row, step: timedelta) -> None:
    """Even spacing, give or take a hundredth: a missing row is unknown, and must not pass for silence."""
    gap = row.at - before.at
    if gap <= timedelta(0):
        raise BadInput(f"Row {row.number} ({row.stamp}) is not later than the row above: sort oldest first.")
    if abs(gap - step) <= step / 100:
        return
    if gap > step:
        raise BadInput(
            f"Rows are missing before row {row.number}: from {before.stamp} to {row.stamp} is {gap}, and rows come "
            f"every {step}. Fill the gap, with 0 where nothing was seen."
        )
    raise BadInput(
        f"Row {row.number} ({row.stamp}) comes {gap} after the row above, and rows come every {step}: give one spacing."
    )


def _cells(spike: Spike) -> tuple[str, str, str, str]:
    level = "" if spike.baseline is None else f"{spike.baseline:.2f}"
    times = "" if spike.ratio is None else f"{spike.ratio:.4f}"
    return level, times, f"{spike.score:.4f}", str(int(spike.alert))


def _shown(cell: str) -> str:
    """A cell as it can be shown in one line of any terminal."""
    return ascii(cell if len(cell) <= 40 else cell[:40] + "…")
