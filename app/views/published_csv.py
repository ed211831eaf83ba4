"""The posts that the page shows, all pages of them, as a file for a spreadsheet – and for the import, which reads it.

Beside `published`, because it reads more than a page: the newest figures of every post that fits the filter.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from app.views.kpis import safe_cell
from app.views.published_filter import statement
from data.reference.metrics import WORDS
from data.storage.store import Store, Tx
from workflow.access import Person
from workflow.measuring import engagement, spend
from workflow.measuring.engagement import Snapshot
from workflow.measuring.spend import Spent
from workflow.rules import metrics
from workflow.rules.metrics import Rate

# Posts whose figures are read at once.
AT_ONCE = 400
HEAD = (
    "platform", "address", "date", "kind", "text", "read_at", *WORDS, "interactions", "engagement_rate_percent",
    "share_rate_percent", "response_rate_percent", "rates_of", "spent", "currency", "gone", "taken_down",
)  # fmt: skip


def write(store: Store, person: Person, platform: str, period: str) -> bytes:
    """The file, with a mark in front that tells a spreadsheet its encoding."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    with store.read() as tx:
        for line in _lines(tx, person.zone_info, platform, period):
            writer.writerow(line)
    return out.getvalue().encode("utf-8-sig")


def _lines(tx: Tx, zone: ZoneInfo, platform: str, period: str) -> Iterator[list[str]]:
    rows = tx.rows(statement(tx, platform, period))
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        ids = [row["id"] for row in part]
        newest, money = engagement.newest(tx, ids), spend.spent(tx, ids)
        yield from (_line(row, newest.get(row["id"]), money, zone) for row in part)


def _line(row: RowMapping, latest: Snapshot | None, money: Mapping[int, Spent], zone: ZoneInfo) -> list[str]:
    spent = money.get(row["id"])
    cells = [row["platform"], row["address"], f"{row['at'].astimezone(zone):%Y-%m-%d %H:%M:%S%z}"]
    cells += [engagement.kind_in(row), (row["text"] or "").replace("\n", " ")]
    cells += _figures(row["platform"], latest, zone)
    cells += [f"{spent.amount / 100:.2f}", spent.currency] if spent is not None else ["", ""]
    cells += ["yes" if row["gone_at"] is not None else "no", "yes" if row["deletion"] == "done" else "no"]
    return [safe_cell(cell) for cell in cells]


def _figures(platform: str, latest: Snapshot | None, zone: ZoneInfo) -> Sequence[str]:
    if latest is None:
        return [""] * (len(WORDS) + 6)
    counts = latest.counts
    rates = [one(platform, counts) for one in (metrics.engagement_rate, metrics.share_rate, metrics.response_rate)]
    of = next((found.of for found in rates if found is not None), "")
    told = [getattr(counts, word) for word in WORDS] + [metrics.interactions(platform, counts)]
    read_at = f"{latest.at.astimezone(zone):%Y-%m-%d %H:%M:%S%z}"
    return [read_at, *("" if count is None else str(count) for count in told), *map(_percent, rates), of]


def _percent(found: Rate | None) -> str:
    return "" if found is None else f"{found.percent:.4f}"
