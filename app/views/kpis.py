"""What the KPI page shows of a period: how fast, how selective, and what the brake stopped – each from how many."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.ui.times import span
from data.reference import playbooks
from data.storage.store import Store
from workflow.access import Person
from workflow.report import Held, Moments, Told, report
from workflow.rules.kpis import LEGS, Brake, Spread, TakenDown, minutes_between, to_publication

PERIODS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
PERIOD_WORDS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days"}

# What a formula begins with, in narrow and in wide signs.
FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
# The columns of the download: what a person calls a station, and the journey's name for it.
STATIONS = {
    "detected": "detected_at",
    "claimed": "claimed_at",
    "assessed": "assessed_at",
    "submitted": "submitted_at",
    "approved": "approved_at",
    "published": "published_at",
}


@dataclass(frozen=True)
class SpeedLine:
    """One platform's detection to publication, in minutes; `inside` is a share in [0, 1], both of `count` posts."""

    platform: str
    count: int
    median: float
    p90: float
    target: float | None
    inside: float | None


@dataclass(frozen=True)
class Leg:
    """Minutes between two stations, of `count` moments that passed both."""

    name: str
    median: float
    p90: float
    count: int


@dataclass(frozen=True)
class Kpis:
    """The page. `overall` None: nothing that answered an alert was published."""

    since: datetime
    until: datetime
    moments: Moments
    overall: Spread | None
    speeds: tuple[SpeedLine, ...]
    legs: tuple[Leg, ...]
    brake: Brake
    holds: tuple[Held, ...]
    taken_down: TakenDown
    planned: int
    reactive: int
    csv: bytes

    @property
    def empty(self) -> bool:
        return not (self.moments.raised or self.planned or self.reactive or self.brake.opened or self.taken_down.asked)

    @property
    def planned_share(self) -> float | None:
        total = self.planned + self.reactive
        return self.planned / total if total else None


def read(store: Store, person: Person, period: str = "7d") -> Kpis:
    """The figures of the period that ends now; an unknown period is a week."""
    books = playbooks()
    windows = {key: float(book.target_minutes[1]) for key, book in books.items()}
    with store.read() as tx:
        since = tx.now - PERIODS.get(period, PERIODS["7d"])
        found = report(tx, since, windows)
    return Kpis(
        since=found.since,
        until=found.until,
        moments=found.moments,
        overall=found.overall,
        speeds=tuple(
            SpeedLine(
                platform=books[one.channel].label if one.channel in books else one.channel,
                count=one.spread.count,
                median=one.spread.median,
                p90=one.spread.p90,
                target=one.window_minutes,
                inside=one.inside,
            )
            for one in found.speeds
        ),
        legs=tuple(Leg(name, one.median, one.p90, one.count) for name, one in found.legs.items() if one is not None),
        brake=found.brake,
        holds=found.holds,
        taken_down=found.taken_down,
        planned=found.planned,
        reactive=found.reactive,
        csv=journeys_csv(found.told, person.zone_info),
    )


def headline(found: Kpis) -> tuple[tuple[str, str, str], ...]:
    """The four figures on top: title, value, and from how many it comes."""
    fast, skipped, share = found.overall, found.moments.skip_rate, found.planned_share
    decided = found.moments.dismissed + found.moments.taken
    inside = [line for line in found.speeds if line.inside is not None]
    posts = sum(line.count for line in inside)
    in_time = sum(line.count * (line.inside or 0.0) for line in inside)
    return (
        ("Detection to publication", _minutes(fast.median) if fast else "–", _of(fast.count if fast else 0, "post")),
        ("Nine of ten within", _minutes(fast.p90) if fast else "–", _of(fast.count if fast else 0, "post")),
        ("Inside the platform's time", _share(in_time / posts if posts else None), _of(posts, "post")),
        ("Let go", _share(skipped), _of(decided, "decided moment")),
        ("Planned", _share(share), _of(found.planned + found.reactive, "post")),
    )


def in_words(line: SpeedLine) -> str:
    """One platform's line: median, 90th percentile, and how many kept the platform's target."""
    said = f"median {_minutes(line.median)} · nine of ten within {_minutes(line.p90)}"
    if line.target is None or line.inside is None:
        return f"{said} · {_of(line.count, 'post')}"
    return f"{said} · {round(line.inside * line.count)} of {line.count} inside {_minutes(line.target)}"


def _of(count: int, what: str) -> str:
    return f"of {count} {what}" if count == 1 else f"of {count} {what}s"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _minutes(minutes: float) -> str:
    return span(timedelta(minutes=minutes)).replace(" h 00 min", " h")


def journeys_csv(told: Sequence[Told], zone: ZoneInfo) -> bytes:
    """Every moment's way as a spreadsheet reads it: times on the reader's clock, minutes for each leg."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["topic", "platform", "alert", "draft", *STATIONS, "minutes to publication", *LEGS])
    for one in told:
        way = one.journey
        times = [getattr(way, station) for station in STATIONS.values()]
        taken = [to_publication(way), *(minutes_between(getattr(way, a), getattr(way, b)) for a, b in LEGS.values())]
        row = [one.topic, way.channel, one.alert_state, one.draft_state, *(_local(at, zone) for at in times)]
        writer.writerow([safe_cell(cell) for cell in row] + ["" if n is None else f"{n:.1f}" for n in taken])
    return out.getvalue().encode("utf-8-sig")


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: those begin with one of these signs."""
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if at is not None else ""
