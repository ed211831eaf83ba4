"""Where a spike is going: how fast it is now, how long it has run, and what the next hours may bring.

It stands beside `monitors.spikes`, which only decides whether to ring: nothing here ever raises or silences an alert.
Pure: minutes in, a frozen answer out.

The forecast is one sentence of arithmetic: what a spike brings above the usual halves every 45 minutes. The range
around it runs from the low end of a usual hour (it is over) to twice the present excess, fading half as fast again
(it still grows). Both were chosen on the alerts of five series of company mentions, and `bench.quality_spikes`
measures how often the range held there. It knows nothing of who is talking or what is planned, it takes the usual of
this hour for the usual of the next three, and it says nothing beyond them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.baseline import Baseline
from monitors.spikes import FAST
from monitors.volume import HOUR, MINUTE, window_sum

NOW = timedelta(minutes=15)  # what "mentions a minute now" is the mean of
LATELY = timedelta(minutes=30)  # what the slope and the forecast are drawn from
AHEAD_HOURS = 3
HALVES_IN = 0.75  # hours; ours, as are the next two
GROWTH = 2.0
GROWTH_HALVES_IN = 2.0


@dataclass(frozen=True)
class Ahead:
    """One hour to come: the uses expected in it, and the range that should hold four times in five or more."""

    start: datetime
    end: datetime
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Trajectory:
    """`velocity` in uses a minute now, `slope` in uses a minute gained or lost each minute, `peak` the fastest
    ten minutes since the onset in uses a minute. `ahead` is empty where nothing is known of what is usual.
    """

    onset: datetime
    end: datetime
    since_onset: timedelta
    velocity: float
    slope: float
    peak: float
    ahead: tuple[Ahead, ...]

    @property
    def rising(self) -> bool:
        """Whether the last half hour leans upwards by more than a tenth of the present velocity in ten minutes."""
        return self.slope * (FAST / MINUTE) > 0.1 * self.velocity

    @property
    def falling(self) -> bool:
        """The same downwards; a spike that is neither holds its height."""
        return self.slope * (FAST / MINUTE) < -0.1 * self.velocity


def trajectory(
    counts: Mapping[datetime, float], onset: datetime, end: datetime, baseline: Baseline | None = None
) -> Trajectory:
    """The way of a spike that began at `onset`, as seen at `end`. `counts` is keyed by `volume.minute_of`.

    Nothing at or after `end` is looked at. `baseline` is that of the hour before `end`, as the alert had it.
    """
    lately = window_sum(counts, end - LATELY, end) * (HOUR / LATELY)
    return Trajectory(
        onset=onset,
        end=end,
        since_onset=max(end - onset, timedelta(0)),
        velocity=window_sum(counts, end - NOW, end) / (NOW / MINUTE),
        slope=_slope(counts, end),
        peak=_peak(counts, onset, end),
        ahead=() if baseline is None else forecast(lately, baseline, end),
    )


def forecast(pace: float, baseline: Baseline, end: datetime, hours: int = AHEAD_HOURS) -> tuple[Ahead, ...]:
    """The next whole hours after `end`, from the present `pace` in uses an hour."""
    excess = max(pace - baseline.level, 0.0)
    return tuple(_ahead(hour, min(pace, baseline.level), excess, baseline, end) for hour in range(1, hours + 1))


def _ahead(hour: int, rest: float, excess: float, baseline: Baseline, end: datetime) -> Ahead:
    """The `hour`-th hour to come: below the usual it drifts back to it, above it the excess halves and halves."""
    fading = 0.5 ** (hour / HALVES_IN)
    expected = baseline.level + excess * fading - (baseline.level - rest) * fading
    growing = GROWTH * excess * 0.5 ** ((hour - 1) / GROWTH_HALVES_IN)
    return Ahead(
        start=end + HOUR * (hour - 1),
        end=end + HOUR * hour,
        expected=expected,
        low=min(baseline.low, expected),
        high=max(baseline.high + growing, expected),
    )


def _slope(counts: Mapping[datetime, float], end: datetime) -> float:
    """The least-squares line through the minutes of the last half hour."""
    minutes = int(LATELY / MINUTE)
    middle = (minutes - 1) / 2
    spread = sum((at - middle) ** 2 for at in range(minutes))
    values = [counts.get(end - MINUTE * (minutes - at), 0.0) for at in range(minutes)]
    return sum((at - middle) * value for at, value in enumerate(values)) / spread


def _peak(counts: Mapping[datetime, float], onset: datetime, end: datetime) -> float:
    """The most that any ten minutes since the onset brought, in uses a minute."""
    return max(_tens(counts, onset, end).values(), default=0.0) / (FAST / MINUTE)


def _tens(counts: Mapping[datetime, float], start: datetime, end: datetime) -> dict[int, float]:
    """Uses by ten minutes, numbered backwards from `end`."""
    sums: dict[int, float] = {}
    for at, count in counts.items():
        if start <= at < end:
            back = (end - at - timedelta(microseconds=1)) // FAST
            sums[back] = sums.get(back, 0.0) + count
    return sums
