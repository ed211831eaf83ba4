"""Official warnings: which of them are in force, and whose region they meet.

Only the two highest CAP severities stop anything; a moderate heat advisory is weather, not a disaster. A warning ends
when its agency cancels it, or some time after it ran out: water stands and people count their dead when the paper has
expired. One without an end is believed for a day, the guide's blackout after a tragedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scoring.contract import Reason, Warning
from scoring.overlap import place_codes
from scoring.regions import any_meet, meets

GRAVE = frozenset(("extreme", "severe"))
DEFAULT_LIFE = timedelta(hours=24)
MARGIN = timedelta(hours=2)
"""How long a grave warning still counts after it ran out (ours). A cancelled one ends at once: that is the agency's
own word."""
_REHEARSALS = ("test", "exercise", "drill")


def in_force(warnings: Iterable[Warning], now: datetime) -> list[Warning]:
    """The Extreme and Severe warnings that hold at `now`: begun, not over, not cancelled, not a rehearsal.

    One that ran out is not over before two more hours have passed.
    """
    known = [warning for warning in warnings if warning.at <= now]
    cancelled = [warning for warning in known if warning.cancelled]
    return [
        warning
        for warning in known
        if warning.severity.lower() in GRAVE
        and _over_at(warning) > now
        and not any(word in warning.event.lower().split() for word in _REHEARSALS)
        and not any(_same(warning, other) and other.at >= warning.at for other in cancelled)
    ]


def ended(warnings: Sequence[Warning], now: datetime) -> dict[str, str]:
    """How each grave warning ended that holds no longer, by the evidence under which a hold knows it.

    One whose words stand for a warning that is in force as well, elsewhere or sent again, has not ended.
    """
    standing = {alert_reason(warning).evidence for warning in in_force(warnings, now)}
    back = [warning for warning in warnings if warning.cancelled and warning.at <= now]
    said: dict[str, str] = {}
    for warning in sorted(warnings, key=lambda one: one.at):
        evidence = alert_reason(warning).evidence
        if warning.cancelled or warning.at > now or warning.severity.lower() not in GRAVE or evidence in standing:
            continue
        over = any(_same(warning, other) and other.at >= warning.at for other in back)
        until = warning.expires or warning.at + DEFAULT_LIFE
        said[evidence] = (
            "its agency took it back or replaced it" if over else f"it ran out at {until:%Y-%m-%d %H:%M} UTC"
        )
    return said


def regions_of(warning: Warning) -> list[str]:
    """Where a warning holds: its own region, else the places its area and text name; empty when nobody knows."""
    return [warning.region] if warning.region else place_codes(f"{warning.area}. {warning.text}")


def concerns(warning: Warning, regions: Sequence[str]) -> bool:
    """True when a warning meets these regions. No regions means everywhere; an unplaced Extreme one meets all."""
    where = regions_of(warning)
    if not where:
        return warning.severity.lower() == "extreme"
    return not regions or any_meet(where, regions)


def alert_reason(warning: Warning, now: datetime | None = None) -> Reason:
    """The warning as a reason for the gate or for a hold; with `now` it says when it only counts by the margin."""
    until = f" until {warning.expires:%Y-%m-%d %H:%M} UTC" if warning.expires else ""
    text = f"{warning.agency}: {warning.event} ({warning.severity}) for {warning.area or warning.region}{until}."
    if now is not None and warning.expires and warning.expires <= now:
        hours = int(MARGIN.total_seconds() // 3600)
        text += f" It ran out, and counts for {hours} hours more: look whether it is really over."
    return Reason("official_alert", text, warning.text or f"{warning.event}, {warning.area}")


def _over_at(warning: Warning) -> datetime:
    return warning.expires + MARGIN if warning.expires else warning.at + DEFAULT_LIFE


def _same(one: Warning, other: Warning) -> bool:
    if (one.agency, one.event) != (other.agency, other.event):
        return False
    if one.region and other.region:
        return meets(one.region, other.region) and one.area == other.area
    return one.area == other.area
