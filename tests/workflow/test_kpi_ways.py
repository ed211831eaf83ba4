"""Minutes between the stations of moments, worked out column by column, on days small enough to check by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from workflow.reports.ways import by_hours, legs, minutes_between, speeds
from workflow.rules.kpis import STATIONS

MORNING = datetime(2026, 5, 4, 9, tzinfo=UTC)  # a Monday
ZONE = ZoneInfo("UTC")


def way(published: float | None, platform: str = "x", alert: int = 1, hours: float = 0) -> dict[str, object]:
    begins = MORNING + timedelta(hours=hours)
    passed = {"detected": 0, "claimed": 1, "assessed": 5, "submitted": 9, "approved": 12, "published": published}
    at = {f"{name}_at": begins + timedelta(minutes=m) for name, m in passed.items() if m is not None}
    return {"alert": alert, "draft": alert, "platform": platform, **at}


def ways(*rows: dict[str, object]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["alert", "draft", "platform", *(f"{name}_at" for name in STATIONS)])
    for name in STATIONS:
        found[f"{name}_at"] = pd.to_datetime(found[f"{name}_at"], utc=True).astype("datetime64[us, UTC]")
    return found.assign(minutes=minutes_between(found["detected_at"], found["published_at"]))


def test_the_legs_say_where_the_minutes_went_and_add_up_to_the_whole_way() -> None:
    found = legs(ways(way(14), way(None, alert=2)))
    assert {name: leg and (leg.count, leg.median) for name, leg in found.items()} == {
        "trigger to alert": None,
        "alert to claim": (2, 1),
        "claim to assessed": (2, 4),
        "assessed to submitted": (2, 4),
        "submitted to approved": (2, 3),
        "approved to published": (1, 2),
    }
    assert sum(leg.median for leg in found.values() if leg) == 14


def test_a_clock_that_ran_backwards_is_no_measurement() -> None:
    assert minutes_between(*(pd.Series(pd.to_datetime([at])) for at in (MORNING,) * 2)).tolist() == [0.0]
    assert ways(way(-1), way(None))["minutes"].isna().all()


def test_what_never_left_is_in_no_platforms_speed() -> None:
    found = speeds(ways(way(14), way(30), way(None), way(None, "linkedin"), way(300, "blog")), {"x": 18})
    assert [(one.channel, one.spread.count, one.inside) for one in found] == [("blog", 1, None), ("x", 2, 0.5)]
    assert speeds(ways(), {}) == ()


def test_alerts_of_the_night_are_told_apart_from_those_of_the_day() -> None:
    office, night = by_hours(ways(way(14), way(30, hours=12), way(50, hours=12), way(None)), ZONE)
    assert office is not None
    assert night is not None
    assert (office.count, office.median, night.count, night.median) == (1, 14, 2, 40)
    assert by_hours(ways(), ZONE) == (None, None)
