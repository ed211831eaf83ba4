"""What can be taken from the KPI page: the frame behind each chart, and all of them as one SQLite file.

No names of people: how long each of them took is shown to a manager who asks, and is in no file.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd

from app.views.cells import csv_of, sqlite_of
from app.views.kpis import Kpis, label
from workflow.report import Report
from workflow.reports.people import WHAT
from workflow.reports.ways import minutes_between
from workflow.rules.kpi_targets import DEFINITIONS
from workflow.rules.kpis import LEGS, STATIONS
from workflow.rules.roles import PLAIN, Role

# A class of posts by how many times the usual they brought; the guide aims for three to five.
CLASSES = ((0.0, 1.0, "below usual"), (1.0, 2.0, "1–2 ×"), (2.0, 3.0, "2–3 ×"), (3.0, 5.0, "3–5 ×"),
           (5.0, float("inf"), "5 × and more"))  # fmt: skip


def moments(report: Report) -> pd.DataFrame:
    """Every moment's way: when it passed each station, and the minutes between them."""
    ways = report.ways
    found = pd.DataFrame({
        "topic": ways["topic"],
        "platform": ways["platform"].fillna(""),
        "alert": ways["state"],
        "draft": ways["draft_state"].fillna(""),
        **{name: ways[f"{name}_at"] for name in STATIONS},
        "minutes to publication": ways["minutes"].round(1),
        **{name: minutes_between(ways[start], ways[end]).round(1) for name, (start, end) in LEGS.items()},
    })  # fmt: skip
    return found.reset_index(drop=True)


def figures(found: Kpis) -> pd.DataFrame:
    """Every figure, its target, and the same of the period before."""
    now, before = found.report.figures, found.before.figures
    rows = [
        (key, one.definition.section.value, one.definition.title, one.value, one.definition.unit, one.count,
         one.definition.of, one.small, one.definition.target.words if one.definition.target else "", one.stands,
         before[key].value, before[key].count)
        for key, one in now.items()
    ]  # fmt: skip
    names = ["key", "section", "title", "value", "unit", "count", "of", "small sample", "target", "stands",
             "value before", "count before"]  # fmt: skip
    shown = pd.DataFrame(rows, columns=names)
    return shown.assign(**{name: pd.to_numeric(shown[name]) for name in ("value", "value before")})


def definitions() -> pd.DataFrame:
    """What each figure is."""
    rows = [
        (one.key, one.section.value, one.title, one.what, one.unit, one.of, one.target.low if one.target else None,
         one.target.high if one.target else None, one.target.source if one.target else "", one.least)
        for one in DEFINITIONS
    ]  # fmt: skip
    names = ["key", "section", "title", "what", "unit", "of", "target from", "target until", "target's source", "least"]
    found = pd.DataFrame(rows, columns=names)
    return found.assign(**{name: pd.to_numeric(found[name]) for name in ("target from", "target until")})


def speeds(report: Report) -> pd.DataFrame:
    """Alert to post by platform."""
    rows = [
        (label(one.channel), one.spread.count, one.spread.median, one.spread.p90, one.window_minutes, one.inside)
        for one in report.speeds
    ]
    names = ["platform", "posts", "median minutes", "nine of ten within minutes", "window minutes", "share inside"]
    return pd.DataFrame(rows, columns=names)


def legs(report: Report) -> pd.DataFrame:
    """Where the minutes went; legs that nobody passed are left out."""
    rows = [(name, one.count, one.median, one.p90) for name, one in report.legs.items() if one is not None]
    return pd.DataFrame(rows, columns=["leg", "count", "median minutes", "nine of ten within minutes"])


def roles(report: Report) -> pd.DataFrame:
    """How long each deed took, by role."""
    rows = [(WHAT[one.deed], PLAIN[Role(one.who)], one.spread.count, one.spread.median, one.spread.p90)
            for one in report.by_role]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "role", "count", "median minutes", "nine of ten within minutes"])


def steps(report: Report) -> pd.DataFrame:
    """The period in days, weeks or months."""
    return report.steps.assign(planned_share=_share(report.steps["planned"], report.steps["reactive"]))


def _share(part: pd.Series, rest: pd.Series) -> pd.Series:
    whole = part + rest
    return (100 * part / whole.where(whole > 0)).astype("float64")


def classes(report: Report) -> pd.DataFrame:
    """Reactive posts by how many times the usual they had brought after two hours."""
    known = report.posts.loc[report.posts["reactive"].astype(bool), "times"].dropna()
    rows = [(name, int(((known >= low) & (known < high)).sum())) for low, high, name in CLASSES]
    return pd.DataFrame(rows, columns=["against usual", "posts"])


def posts(report: Report) -> pd.DataFrame:
    """Each post of the period with what it brought: rates in percent, tone in percent and percentage points."""
    return report.posts.assign(platform=report.posts["platform"].map(label)).rename(
        columns={"of": "rates of", "age": "shares and replies at minutes", "engagement": "rate at two hours",
                 "usual": "usual rate at two hours", "times": "times usual", "share": "share rate",
                 "reply": "reply rate", "peak": "peak at minutes", "before": "negative before",
                 "after": "negative after", "texts_before": "texts before", "texts_after": "texts after"}
    )  # fmt: skip


def holds(report: Report) -> pd.DataFrame:
    """The holds of the period."""
    rows = [(one.scope.kind, one.scope.value, "rule" if one.by_rule else "person", one.row.opened_at,
             one.row.lifted_at, one.row.stopped) for one in report.holds]  # fmt: skip
    found = pd.DataFrame(rows, columns=["scope", "value", "opened by", "opened", "lifted", "posts stopped"])
    return found.assign(**{name: pd.to_datetime(found[name], utc=True) for name in ("opened", "lifted")})


def moments_csv(found: Kpis) -> bytes:
    """The moments on the reader's clock."""
    return csv_of(moments(found.report), found.zone)


def posts_csv(found: Kpis) -> bytes:
    """The posts on the reader's clock."""
    return csv_of(posts(found.report), found.zone)


def sqlite(found: Kpis) -> bytes:
    """Everything on the page as one SQLite file, with what each figure means. Instants in UTC."""
    zone = ZoneInfo("UTC").key
    report = found.report
    about = pd.DataFrame(
        [("since", found.since.isoformat()), ("until", found.until.isoformat()), ("platform", found.platform or "all"),
         ("steps are on the clock of", report.zone), ("instants are in", zone)],
        columns=["what", "value"],
    )  # fmt: skip
    return sqlite_of(
        {
            "about": about,
            "definitions": definitions(),
            "figures": figures(found),
            "legs": legs(report),
            "speeds": speeds(report),
            "roles": roles(report),
            "steps": steps(report),
            "moments": moments(report),
            "posts": posts(report),
            "times_usual": classes(report),
            "reasons": report.reasons,
            "holds": holds(report),
            "advices": report.advices,
        }
    )
