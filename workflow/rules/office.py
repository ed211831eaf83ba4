"""Business hours, so that a slow night is not held against the day: Monday to Friday, nine to six, where the brand is.

Ours: the guide only says that moments do not keep office hours. Not the rota (`rules.duty`), which says who is woken;
this says when most people would be at work anyway. Pure.
"""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(9), time(18)
LAST_WORKDAY = 4
"""Friday, counted from Monday as 0."""
IN_WORDS = "Monday to Friday, 9:00 to 18:00"


def in_hours(at: datetime, zone: ZoneInfo) -> bool:
    """Whether this instant lies in business hours on the wall clock of the zone; the end is outside."""
    local = at.astimezone(zone)
    return local.weekday() <= LAST_WORKDAY and OPENS <= local.time() < CLOSES
