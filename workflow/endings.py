"""What a hold says of warnings that have ended: named on it, so that those who may lift it know – and no more.

Apart from `hold`, because nothing here stops or releases a post. A warning that was taken back or has run out opens no
hold any more; on one that is open its reason stays, with a sentence behind it. It withdraws nobody's agreement to lift,
for it is good news; coming into force again does (`hold.open_by_rule`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import holds

OFFICIAL = "official_alert"
MARK = " – no longer in force: "


def is_marked(reason: Mapping[str, Any]) -> bool:
    """Whether a hold's reason has been called over."""
    return MARK in str(reason["text"])


def to_name(tx: Tx, ended: Mapping[str, str]) -> Sequence[RowMapping]:
    """The open holds with a reason that has ended and does not say so yet. `ended`: a sentence for each evidence."""
    if not ended:
        return ()
    rows = tx.rows(select(holds).where(holds.c.lifted_at.is_(None), holds.c.origin == "rule").order_by(holds.c.id))
    return [row for row in rows if any(_ends(reason, ended) for reason in row["reasons"])]


def name(tx: Tx, ended: Mapping[str, str]) -> None:
    """Write behind each reason that has ended how it did, once, with an event row for each hold."""
    for row in to_name(tx, ended):
        said = [_named(reason, ended) for reason in row["reasons"]]
        tx.run(update(holds).where(holds.c.id == row["id"]).values(reasons=said))
        new = [after["text"] for before, after in zip(row["reasons"], said, strict=True) if before != after]
        events.append(tx, events.THE_PRODUCT, "hold_warning_ended", "hold", row["id"], detail={"ended": new})


def _ends(reason: Mapping[str, Any], ended: Mapping[str, str]) -> bool:
    return reason["code"] == OFFICIAL and reason["evidence"] in ended and not is_marked(reason)


def _named(reason: dict[str, Any], ended: Mapping[str, str]) -> dict[str, Any]:
    if not _ends(reason, ended):
        return reason
    return {**reason, "text": f"{reason['text'].rstrip('.')}{MARK}{ended[reason['evidence']]}."}
