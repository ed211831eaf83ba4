"""How long a dark hour lasts at least: the planned end that a rule's hold gets, and that people are offered.

A planned end is a reminder, it lifts nothing (`hold`); what sells waits for it even after two people have lifted
(`gatekeeper`). Apart from `hold`, because it is a setting of the brand and opens nothing.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import brands
from workflow.access import require

# The guide keeps promotional content back for 24 to 48 hours after a tragedy.
HOURS = (24, 48)
SETTING = "blackout_hours"


def blackout(tx: Tx) -> timedelta:
    """How long the brand's blackouts are planned for: 24 hours, or 48 where a manager said so."""
    settings = tx.value(select(brands.c.settings).order_by(brands.c.id).limit(1)) or {}
    return timedelta(hours=settings.get(SETTING, HOURS[0]))


def set_blackout(store: Store, token: str, hours: int) -> None:
    """A manager says how long. It counts for holds that open from now on; those that are on keep their planned end."""
    if hours not in HOURS:
        raise BadInput(f"A blackout lasts {HOURS[0]} or {HOURS[1]} hours.")
    with store.write() as tx:
        person = require(tx, token, "set_blackout")
        row = tx.row(select(brands.c.id, brands.c.settings).order_by(brands.c.id).limit(1))
        if row is None:
            raise Refused("This workspace has no brand yet.", ("no_brand",))
        before = row["settings"].get(SETTING, HOURS[0])
        if hours == before:
            return
        tx.run(update(brands).where(brands.c.id == row["id"]).values(settings={**row["settings"], SETTING: hours}))
        events.append(tx, person.actor, "blackout_set", "brand", row["id"], before=str(before), after=str(hours))
