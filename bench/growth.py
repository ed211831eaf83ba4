"""`python -m bench.growth`: how the cost of watching grows, drawn into `docs/performance-*.svg`.

Apart from `bench.speed`, which prints the figures of one size: here the same measurements are taken at several sizes,
for keywords, posts, topics and days of history. Takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import altair as alt

from bench.watching import intake, matching, tick

KEYWORDS = (10, 100, 1_000, 5_000, 10_000, 20_000)
TOPICS = (100, 1_000, 3_000, 10_000)
DAYS = (30, 100, 200, 400)
HISTORY_TOPICS = 500
WIDTH, HEIGHT = 420, 240

Row = dict[str, object]


def keywords(posts: int) -> alt.Chart:
    """Microseconds a post, for ours and for the bare automaton."""
    rows: list[Row] = []
    for number in KEYWORDS:
        found = matching(number, posts)
        for what, seconds in (("Tact", found.ours), ("bare automaton", found.bare)):
            rows.append({"keywords": number, "what": what, "cost": seconds / posts * 1e6})
    return lines(rows, "keywords", "Keywords watched", "Microseconds a post", "What a post's matching costs", log=True)


def posts(folder: Path, number: int) -> alt.HConcatChart:
    """Memory of the process while posts come in, and posts a second by the share that is kept."""
    took = intake(folder, number, 0.1)
    memory: list[Row] = [{"posts": at / 1e6, "what": "memory", "cost": held} for at, held in took.memory]
    shares: list[Row] = []
    for share in (0.01, 0.1, 0.3, 1.0):
        one = intake(folder, min(number, 60_000), share)
        shares.append({"share": 100 * one.kept / one.posts, "what": "posts", "cost": one.posts / one.seconds})
    left = lines(memory, "posts", "Million posts taken in", "Megabytes", "Memory of the process, one post in ten kept")
    right = lines(shares, "share", "Per cent of the posts that match", "Posts a second", "Intake, by what is kept")
    return alt.hconcat(left, right)


def topics(folder: Path) -> alt.HConcatChart:
    """Seconds of a look: by topics with 30 days of history, and by days of history."""
    by_topics: list[Row] = []
    for number in TOPICS:
        looked = tick(folder, number, 30)
        for what, seconds in _looks(looked.quiet, looked.settled, looked.turned):
            by_topics.append({"topics": number, "what": what, "cost": seconds})
    by_days: list[Row] = []
    for days in DAYS:
        looked = tick(folder, HISTORY_TOPICS, days)
        for what, seconds in _looks(looked.quiet, looked.settled, looked.turned):
            by_days.append({"days": days, "what": what, "cost": 1e6 * seconds / HISTORY_TOPICS})
    left = lines(by_topics, "topics", "Topics", "Seconds", "A look at all topics, 30 days of history")
    right = lines(by_days, "days", "Days of history", "Microseconds a topic", f"The same for {HISTORY_TOPICS} topics")
    return alt.hconcat(left, right)


def _looks(quiet: float, settled: float, turned: float) -> tuple[tuple[str, float], ...]:
    return (("1 in 100 above its floor", quiet), ("all above", settled), ("all above, hour just turned", turned))


def lines(rows: list[Row], x: str, x_says: str, y_says: str, title: str, log: bool = False) -> alt.Chart:
    """A line with points for each `what`, from zero."""
    scale = alt.Scale(type="log") if log else alt.Scale(zero=True)
    several = len({row["what"] for row in rows}) > 1
    colour = alt.Color("what:N", title=None, legend=alt.Legend(orient="bottom", labelLimit=260) if several else None)
    data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
    chart: alt.Chart = alt.Chart(data, width=WIDTH, height=HEIGHT, title=title).mark_line(point=True)
    across, up = alt.X(f"{x}:Q", title=x_says, scale=scale), alt.Y("cost:Q", title=y_says, scale=alt.Scale(zero=True))
    return chart.encode(across, up, colour)


def main() -> int:
    """Measure and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("docs"), help="the folder for the drawings")
    parser.add_argument("--posts", type=int, default=1_000_000, help="posts to take in while memory is looked at")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keywords(20_000).save(args.to / "performance-keywords.svg")
        posts(folder, args.posts).save(args.to / "performance-posts.svg")
        topics(folder).save(args.to / "performance-topics.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
