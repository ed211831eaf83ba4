"""How often a topic was used: minutes for days, hours for more than a year, always written together.

Below intake, imports and the sample day, which all count. A minute and its hour are written in one transaction, so a
page or a baseline may read whichever it needs; `monitors.rollup` later takes the minutes away and leaves the hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from data.storage.bulk import insert_rows, stamp
from data.storage.store import Tx
from data.storage.tables import baselines, counts, hour_counts

HOUR = timedelta(hours=1)
# The guide's week and a day on it; more than a year, for the same season last year.
MINUTES_KEPT = timedelta(days=8)
HOURS_KEPT = timedelta(days=400)

# (topic, minute) -> uses
Tally = Mapping[tuple[int, datetime], int]

_ADD = "DO UPDATE SET count = {table}.count + excluded.count"
_REPLACE = "DO UPDATE SET count = excluded.count"


def add_counts(tx: Tx, source_id: int, tally: Tally) -> None:
    """Add to what is counted; late and out-of-order uses find their own minute and their own hour."""
    _write(tx, source_id, tally, _ADD)


def replace_counts(tx: Tx, source_id: int, tally: Tally) -> None:
    """Say how much it was: of an hour that is told again, the last telling stands. What was usual is asked anew."""
    hours = sorted({(topic, hour_of(at)) for topic, at in tally})
    for topic, start, end in _runs((topic, at) for topic, at in hours if at >= tx.now - MINUTES_KEPT - HOUR):
        here = (counts.c.topic_id == topic) & (counts.c.source_id == source_id)
        tx.run(delete(counts).where(here, counts.c.minute >= start, counts.c.minute < end))
    _write(tx, source_id, tally, _REPLACE)
    for topic in sorted({topic for topic, _ in hours}):
        tx.run(delete(baselines).where(baselines.c.topic_id == topic))


def hour_of(at: datetime) -> datetime:
    """The hour that holds `at`, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _runs(hours: Iterable[tuple[int, datetime]]) -> Iterator[tuple[int, datetime, datetime]]:
    """Sorted hours of topics as (topic, start, end): hours that follow each other are one run."""
    run: tuple[int, datetime, datetime] | None = None
    for topic, at in hours:
        if run is not None and run[0] == topic and run[2] == at:
            run = (topic, run[1], at + HOUR)
            continue
        if run is not None:
            yield run
        run = (topic, at, at + HOUR)
    if run is not None:
        yield run


def _write(tx: Tx, source_id: int, tally: Tally, clash: str) -> None:
    put, oldest = stamp(tx), tx.now - MINUTES_KEPT
    hours: Counter[tuple[int, datetime]] = Counter()
    for (topic, minute), number in tally.items():
        hours[topic, hour_of(minute)] += number
    minutes = [(topic, source_id, put(at), number) for (topic, at), number in tally.items() if at >= oldest]
    whole = [(topic, source_id, put(at), number) for (topic, at), number in hours.items()]
    for table, span, rows in ((counts, "minute", minutes), (hour_counts, "hour", whole)):
        key = f"(topic_id, {span}, source_id) "
        insert_rows(tx, table, ("topic_id", "source_id", span, "count"), rows, key + clash.format(table=table.name))
