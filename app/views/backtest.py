"""What the Backtest page compares: a monitor's settings against others, over the stored week or a recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from app.recorded import is_recording, read_recording
from app.scenario import BrandLine, HistoryLine, ItemLine, MonitorLine
from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import monitors
from monitors.compare import Compared, Post, Tick, over
from monitors.volume import window_end
from workflow.rules.holds import fold
from workflow.watching import Watched, watched_in

WEEK = 7
PAGE = 2_000


@dataclass(frozen=True)
class Choice:
    """A monitor as it is set today."""

    id: int
    name: str
    kind: str
    watched: Watched


def choices(store: Store) -> tuple[Choice, ...]:
    """The monitors, as on their own page."""
    with store.read() as tx:
        rows = tx.rows(select(monitors).order_by(monitors.c.enabled.desc(), monitors.c.id))
    return tuple(Choice(row["id"], row["name"], row["kind"], watched_in(row)) for row in rows)


def over_recording(content: bytes, name: str, today: Watched, these: Watched, tick: Tick) -> Compared:
    """Over a recording's last week. Its history of a monitor of this name is what was usual before."""
    with TemporaryDirectory(prefix="tact-backtest-") as folder:
        path = Path(folder) / "recording.db"
        path.write_bytes(content)
        if not is_recording(path):
            raise BadInput("This is no recording. Make one with `python -m app record FILE`.")
        end, number, past = _about(path, name, today, these)
        return over(_posts(path, number, tick), today, these, end, WEEK, past)


def _about(path: Path, name: str, today: Watched, these: Watched) -> tuple[datetime, int, Counter[datetime]]:
    """The end of the recording, how many posts it has, and what was counted before it with the same words."""
    last: datetime | None = None
    number, same = 0, False
    past: Counter[datetime] = Counter()
    for _, line in read_recording(path):
        match line:
            case BrandLine() | ItemLine():
                number += isinstance(line, ItemLine)
                last = line.at if last is None else max(last, line.at)
            case MonitorLine() if fold(line.name) == fold(name):
                same = line.terms == today.terms == these.terms and line.exclusions == today.exclusions
            case HistoryLine() if same and fold(line.monitor) == fold(name):
                past[line.minute] += line.count
    if last is None or not number:
        raise BadInput("This recording holds no posts.")
    return window_end(last), number, past


def _posts(path: Path, number: int, tick: Tick) -> Iterator[Post]:
    done = 0
    for _, line in read_recording(path):
        if isinstance(line, ItemLine) and line.source != "official":
            done += 1
            if done % PAGE == 1:
                tick(min(done / number, 1.0))
            yield Post(line.text, line.language, line.published_at or line.at, line.weight)
    tick(1.0)


def caution(found: Compared) -> str:
    """What the figures cannot show; empty where there is nothing to say."""
    if found.since is None:
        return "There is nothing to look at yet, so this says nothing about what will come."
    known = int((found.until - found.since) / timedelta(hours=1))
    if known <= 24:
        return f"There are only {known} hours to look at. A monitor learns for 24 before it raises anything."
    if known < found.days * 24:
        return f"There are only {known} hours to look at, and the first 24 only taught what is usual."
    if not found.counted:
        return "Other words are judged on the posts that are stored. Streams keep only posts that some monitor matched."
    return ""
