"""What posts brought: rates against what is usual, shares and replies, the peak, and the tone before and after. Pure.

pandas over the marks of engagement (`workflow.rules.metrics` says what counts and what a rate is of) and over the hours
of tone. A rate of followers is never mixed with one of impressions, and whatever was not told is missing, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from data.reference.metrics import metrics
from workflow.reports.reading import A_DAY, TWO_HOURS, Frames
from workflow.rules.metrics import MARKS

USUAL_DAYS = "30D"
LEAST_USUAL = 5
"""Fewer posts than this are no usual (ours)."""
SIX_HOURS = 360
FIRST_READING = 30
"""Minutes: where the first figures came later, nobody knows where the peak was (ours)."""
LEAST_TEXTS = 20
"""Texts on either side of a post, below which a share of negative ones says nothing (ours)."""
DAY = 24


def with_rates(marks: pd.DataFrame) -> pd.DataFrame:
    """The marks with what their rates are of, and with engagement, share and reply rate in percent of that."""
    found = marks.copy()
    found["of"] = denominators(found["platform"])
    whole = found["impressions"].where(found["of"] == "impressions", found["audience"])
    whole = whole.where(found["of"].notna() & (whole > 0)).astype("float64")
    for rate, part in (("engagement", "interactions"), ("share", "shares"), ("reply", "replies")):
        found[rate] = 100 * found[part] / whole
    return found


def denominators(platforms: pd.Series) -> pd.Series:
    """What a rate is of on each platform: "impressions", "audience", or missing where it tells neither."""
    return platforms.map({one: row.denominator for one, row in metrics().items()}).astype("object")


def against_usual(rated: pd.DataFrame) -> pd.DataFrame:
    """For each post with a rate at two hours: `usual`, the mean of its like in the thirty days before, and `times`.

    Its like: the same platform, kind of content and denominator. Where fewer than five were there, both are missing.
    """
    there = rated[(rated["age"] == TWO_HOURS) & rated["engagement"].notna()].sort_values(["published_at", "post"])
    pieces = [_against(like) for _, like in there.groupby(["platform", "kind", "of"], sort=False)]
    empty = there.assign(usual=pd.Series(dtype="float64"), like=pd.Series(dtype="float64"), times=np.nan)
    return pd.concat(pieces) if pieces else empty


def _against(like: pd.DataFrame) -> pd.DataFrame:
    # What was taken down is no habit, though it may be held against one.
    counts = like["engagement"].where(like["deleted"].isna())
    before = counts.set_axis(like["published_at"]).rolling(USUAL_DAYS, closed="left")
    usual, count = before.mean().to_numpy(), before.count().to_numpy()
    known = (count >= LEAST_USUAL) & (usual > 0)
    safe = np.where(known, usual, np.nan)
    return like.assign(usual=safe, like=count, times=like["engagement"].to_numpy() / safe)


def newest(rated: pd.DataFrame) -> pd.DataFrame:
    """Each post's figures at a day, or at two hours while it is younger: where shares and replies had come to."""
    late = rated[rated["age"].isin((TWO_HOURS, A_DAY))]
    return late.sort_values(["post", "age"]).drop_duplicates("post", keep="last")


def peaks(courses: pd.DataFrame) -> pd.Series:
    """By post: its age in minutes at the end of the step in which most interactions an hour came in.

    Told of posts that were read within their first half hour and past six hours, and that anybody reacted to.
    """
    # Marks that one late reading reached together are one step.
    steps = courses[courses["interactions"].notna()].sort_values(["post", "at", "age"])
    steps = steps.drop_duplicates(["post", "at"], keep="last")
    steps = steps.assign(minutes=(steps["at"] - steps["published_at"]).dt.total_seconds() / 60)
    steps = steps[steps["minutes"] > 0]
    by_post = steps.groupby("post")
    hours = (steps["minutes"] - by_post["minutes"].shift(fill_value=0.0)) / 60
    pace = (steps["interactions"] - by_post["interactions"].shift(fill_value=0.0)) / hours
    told = by_post["minutes"].transform("min").le(FIRST_READING) & by_post["age"].transform("max").ge(SIX_HOURS)
    moving = steps.assign(pace=pace)[told & pace.gt(0)]
    best = moving.sort_values(["post", "pace", "minutes"], ascending=[True, False, True]).drop_duplicates("post")
    return best.set_index("post")["minutes"]


def tone_around(posts: pd.DataFrame, tone: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """For each post whose day after is over: share of negative texts before and after, of how many, and the shift.

    Whole hours: 24 that end where the post's own hour begins, and 24 from where it ends. Shares in percent, `shift` in
    percentage points; missing where one side has fewer than twenty texts.
    """
    hours = posts["at"].dt.floor("h")
    over: pd.DataFrame = posts[hours + timedelta(hours=DAY + 1) <= now]
    if over.empty or tone.empty:
        return over.assign(before=np.nan, after=np.nan, texts_before=0, texts_after=0, shift=np.nan)
    own = over["at"].dt.floor("h")
    begins = min(tone["hour"].iloc[0], own.min() - timedelta(hours=DAY))
    ends = max(tone["hour"].iloc[-1], own.max() + timedelta(hours=DAY))
    grid = pd.date_range(begins, ends, freq="h")
    read = tone.set_index("hour").reindex(grid, fill_value=0)[["read", "negative"]].cumsum()
    sums = np.vstack([np.zeros((1, 2)), read.to_numpy(dtype="float64")])
    at = ((own - begins) // pd.Timedelta(hours=1)).to_numpy()
    before, after = sums[at] - sums[at - DAY], sums[at + 1 + DAY] - sums[at + 1]
    share_before, share_after = _share(before), _share(after)
    return over.assign(
        before=share_before,
        after=share_after,
        texts_before=before[:, 0].astype(int),
        texts_after=after[:, 0].astype(int),
        shift=share_after - share_before,
    )


def _share(sums: np.ndarray) -> np.ndarray:
    """Percent negative; missing where too few texts were read."""
    read = np.where(sums[:, 0] >= LEAST_TEXTS, sums[:, 0], np.nan)
    return np.asarray(100 * sums[:, 1] / read)


@dataclass(frozen=True)
class Brought:
    """What every post that was read brought, whenever it left: `early` and `late` figures, and when it peaked."""

    early: pd.DataFrame
    late: pd.DataFrame
    peak: pd.Series


def brought(frames: Frames) -> Brought:
    """Once for all periods that one reading tells of."""
    rated = with_rates(frames.marks)
    return Brought(
        early=against_usual(rated)[["post", "kind", "engagement", "usual", "times"]],
        late=newest(rated)[["post", "age", "share", "reply"]],
        peak=peaks(frames.courses),
    )


def echoes(posts: pd.DataFrame, frames: Frames, known: Brought) -> pd.DataFrame:
    """One row for each of these posts with everything above."""
    found = posts.assign(of=denominators(posts["platform"])).merge(known.early, on="post", how="left")
    found = found.merge(known.late, on="post", how="left")
    found["peak"] = found["post"].map(known.peak).astype("float64")
    around = tone_around(posts, frames.tone, pd.Timestamp(frames.now))
    around = around[["post", "before", "after", "texts_before", "texts_after", "shift"]]
    return found.merge(around, on="post", how="left")


assert {TWO_HOURS, SIX_HOURS, A_DAY} <= set(MARKS)
