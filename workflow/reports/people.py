"""How long people take to answer: to claim, to score, to sign – by their role, and by name for a manager who asks.

Apart from `frames`, because a list of people by their speed is not to come about by the way: the page draws roles, and
`workflow.report.by_name` hands out names only after it has looked who asks. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workflow.reports.period import Period
from workflow.reports.reading import Frames
from workflow.rules.kpis import Spread, spread

DEEDS = ("claim", "score", "sign")
WHAT = {"claim": "Alert to claim", "score": "Asked to scored", "sign": "Submitted to signed"}
"""Minutes between which two things."""


@dataclass(frozen=True)
class Answered:
    """How fast one deed was done by one role (or person): minutes, of `spread.count` times."""

    deed: str
    who: str
    spread: Spread


def responses(frames: Frames, period: Period, roles: dict[int, str], platform: str = "") -> pd.DataFrame:
    """One row for each claim, first score and signature in the period: deed, person, role, at, minutes.

    A claim counts where somebody took it themselves; a signature from the newest submit before it. `roles`: by person,
    for claims, of which no role was kept. `platform` narrows signatures alone, the others are about no platform yet.
    """
    return during_period(everything(frames, roles, platform), period)


def everything(frames: Frames, roles: dict[int, str], platform: str = "") -> pd.DataFrame:
    """The same of all time that was read."""
    return pd.concat([_claims(frames, roles), _scores(frames), _signatures(frames, platform)], ignore_index=True)


def during_period(found: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Of these the ones in the period, without those whose clock ran backwards."""
    inside = (found["at"] >= period.since) & (found["at"] < period.until) & (found["minutes"] >= 0)
    return found[inside].reset_index(drop=True)


def _claims(frames: Frames, roles: dict[int, str]) -> pd.DataFrame:
    once = frames.moments.drop_duplicates("alert")
    taken = once[once["claimed_at"].notna() & once["claimed_by"].notna() & once["assigned_by"].isna()]
    role = taken["claimed_by"].map(roles).astype("object")
    return _rows("claim", taken["claimed_by"], role, taken["claimed_at"], taken["raised_at"])


def _scores(frames: Frames) -> pd.DataFrame:
    found = frames.scores
    return _rows("score", found["person"], found["role"], found["at"], found["opened_at"])


def _signatures(frames: Frames, platform: str) -> pd.DataFrame:
    given = frames.signatures
    given = given[given["platform"] == platform] if platform else given
    asked = frames.stations[frames.stations["kind"] == "draft_submit"][["draft", "at"]].rename(columns={"at": "asked"})
    asked = asked.assign(at=asked["asked"])
    both = pd.merge_asof(
        given.sort_values("at"), asked.sort_values("at"), on="at", by="draft", direction="backward"
    )  # the newest submit at or before the signature
    both = both[both["asked"].notna()]
    return _rows("sign", both["person"], both["role"], both["at"], both["asked"])


def _rows(deed: str, person: pd.Series, role: pd.Series, at: pd.Series, since: pd.Series) -> pd.DataFrame:
    minutes = (at - since).dt.total_seconds() / 60
    return pd.DataFrame({"deed": deed, "person": person, "role": role, "at": at, "minutes": minutes})


def by(found: pd.DataFrame, column: str) -> tuple[Answered, ...]:
    """The spreads by role or by person, in the order of the deeds and then by who – never by how fast."""
    lines = []
    for deed in DEEDS:
        done = found[found["deed"] == deed]
        for who, group in done.groupby(column, sort=True):
            taken = spread(group["minutes"].tolist())
            if taken is not None:
                lines.append(Answered(deed, str(who), taken))
    return tuple(lines)
