"""A period in steps, for charts: alerts, posts and minutes by the day, week or month on the brand's clock. Pure."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pandas as pd

from workflow.reports.period import Period
from workflow.rules.codes import Code

STEP = {"day": "D", "week": "W-SUN", "month": "M"}
"""How pandas calls them; a week ends on Sunday."""


def steps(
    raised: pd.DataFrame, posts: pd.DataFrame, drafted: pd.DataFrame, period: Period, zone: ZoneInfo
) -> pd.DataFrame:
    """One row for each step, the empty ones too: `begins`, alerts, useful, let_go, taken, planned, reactive, minutes.

    `minutes`: median from alert to post by when the alert was raised, missing where nothing was answered; `answered`
    says of how many.
    """
    last = period.until - pd.Timedelta(microseconds=1)
    ends = pd.Series([period.since, last], dtype="datetime64[us, UTC]")
    begins, ending = _begins(ends, period, zone)
    index = pd.period_range(begins, ending, freq=STEP[period.step])
    by_alert = raised.groupby(_begins(raised["raised_at"], period, zone))
    by_post = posts.groupby(_begins(posts["at"], period, zone))
    found = pd.DataFrame(
        {
            "alerts": by_alert["alert"].count(),
            "useful": by_alert["useful"].sum(),
            "let_go": by_alert["dismissed"].sum(),
            "taken": by_alert["taken"].sum(),
            "planned": by_post["reactive"].apply(lambda kind: int((~kind.astype(bool)).sum())),
            "reactive": by_post["reactive"].apply(lambda kind: int(kind.astype(bool).sum())),
        }
    )
    found = found.reindex(index).fillna(0).astype("int64")
    taken = drafted[drafted["minutes"].notna()]
    speed = taken.groupby(_begins(taken["detected_at"], period, zone))["minutes"]
    found = found.join(pd.DataFrame({"minutes": speed.median(), "answered": speed.count()}))
    found["answered"] = found["answered"].fillna(0).astype("int64")
    found.insert(0, "begins", [one.start_time.date() for one in index])
    return found.reset_index(drop=True)


def _begins(at: pd.Series, period: Period, zone: ZoneInfo) -> pd.Series:
    """The step that each instant lies in, on the wall clock of the zone."""
    begins: pd.Series = at.dt.tz_convert(zone).dt.tz_localize(None).dt.to_period(STEP[period.step])
    return begins


REASON_WORDS = {
    Code.TRAGEDY: "Tragedy",
    Code.SENSITIVE_TOPIC: "Sensitive topic",
    Code.SENSITIVE_DATE: "Sensitive date",
    Code.OFFICIAL_ALERT: "Official warning",
    Code.BRAND_CRISIS: "Crisis of our own",
    Code.POLITICAL_DELAY: "Politics: wait first",
    Code.CONTEXT_UNVERIFIED: "Context not read",
    Code.APPROVALS_MISSING: "Signatures missing",
    Code.MEDIA_NOT_PREVIEWED: "Picture not looked at",
    Code.MEDIA_PROVENANCE: "Picture's origin unknown",
    Code.RIGHTS_MISSING: "Rights not cleared",
    Code.MEDIA_REFUSED: "Refused picture",
    Code.CHECKLIST_INCOMPLETE: "Checklist not a go",
    Code.CONTENT_CHANGED: "Content changed",
    Code.OUT_OF_WINDOW: "Window closed",
    Code.DUPLICATE: "Said already",
    Code.FREQUENCY_CAP: "Too many posts",
    Code.PAUSED_BY_PERSON: "Paused by a person",
    Code.REENTRY_WINDOW: "Too soon after a hold",
    Code.MOMENT_UNDECIDED: "Moment not decided",
}


_WORDS_OF = {key.value: words for key, words in REASON_WORDS.items()}


def reason_in_words(code: str) -> str:
    """What a code means, short enough for a chart; one that is not listed in its own words."""
    return _WORDS_OF.get(code, code.replace("_", " ").capitalize())


def reasons(stops: pd.DataFrame) -> pd.DataFrame:
    """Why posts were stopped, the commonest first: `reason`, `by` (hold or gate), `posts`. A post may have several."""
    counted: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str, int]] = set()
    for draft, detail in zip(stops["draft"], stops["detail"], strict=True):
        by = "hold" if "hold" in detail else "gate"
        for code in dict.fromkeys(detail.get("reasons", ())):
            if (code, by, draft) not in seen:
                seen.add((code, by, draft))
                counted[reason_in_words(code), by] += 1
    rows = [(reason, by, posts) for (reason, by), posts in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    return pd.DataFrame(rows, columns=["reason", "by", "posts"])
