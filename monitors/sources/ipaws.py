"""The public alerts of the United States (FEMA's IPAWS): CAP 1.2 documents in one feed, for those who signed for it.

A preset of `cap` with the manners that FEMA asks for: an agreement with its programme office first, and no more than
one request in two minutes. An alert stays in the feed for half an hour, so each request says since when it asks. The
documents are signed; we do not check that, and rely on https. Weather comes sooner and fuller from `nws`; this brings
what other authorities send: evacuations, missing children, hazards of industry.
https://www.fema.gov/emergency-managers/practitioners/integrated-public-alert-warning-system
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field, field_validator

from data.errors import FetchError
from monitors.fetch import Fetcher, asked_wait
from monitors.sources import Config, ItemKind, Poll, PollState
from monitors.sources._official import Notice, taken, utc
from monitors.sources._settings import Address, OptionalText, Settings, form_of, read
from monitors.sources.cap import CapSettings, notices_of

STAYS = timedelta(minutes=30)  # how long an alert stays in the feed
LEAST_WAIT = timedelta(minutes=2)  # FEMA's own
OVERLAP = timedelta(minutes=5)  # their clock and ours, and what was posted while we read
_SINCE = "since"


class IpawsSettings(Settings):
    """What the operator fills in."""

    agreed: bool = Field(
        default=False,
        validate_default=True,
        title="Our agreement with FEMA is signed",
        description="Needs a Memorandum of Agreement with the IPAWS programme office; it costs nothing.",
    )
    language: OptionalText = Field(default="en", title="Language", description="Which to read where there are several.")
    address: Address = Field(
        default="https://apps.fema.gov/IPAWSOPEN_EAS_SERVICE/rest/public/recent",
        title="Address",
        description="As FEMA gave it to you, without the time at its end.",
    )

    @field_validator("agreed")
    @classmethod
    def _signed(cls, agreed: bool) -> bool:
        if not agreed:
            raise ValueError("sign it first (fema.gov, IPAWS All-Hazards Information Feed), then tick this")
        return agreed


class Ipaws:
    """All public alerts since the last poll."""

    kind = "ipaws"
    label = "US public alerts (FEMA IPAWS, needs an agreement)"
    item_kind: ItemKind = "official"
    settings = form_of(IpawsSettings)
    default_interval = LEAST_WAIT

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(IpawsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """Every alert that is new, and one item for each that was cancelled or replaced."""
        chosen = read(IpawsSettings, config)
        reply = fetcher.get(f"{chosen.address.rstrip('/')}/{_since(state, now):%Y-%m-%dT%H:%M:%SZ}", now=now)
        rows = fetcher.parser.rows(reply.body, "alert")
        if not rows and b"alerts" not in reply.body[:2_000]:  # an empty list of theirs is an answer, a page is none
            raise FetchError("What came back is no list of alerts: check the address that FEMA gave you.")
        # Without a link of its own: the address is the team's alone, and leads to no alert.
        as_cap = CapSettings(address=chosen.address, region="US", language=chosen.language)
        found: list[Notice] = [notice for row in rows for notice in notices_of(row, as_cap, "", now)]
        items, live = taken(found, state.cursor, now)
        wait = max(LEAST_WAIT, asked_wait(reply) or LEAST_WAIT)
        return Poll(items, (), PollState(cursor={**live, _SINCE: now.isoformat()}), next_poll_after=wait)


def _since(state: PollState, now: datetime) -> datetime:
    """Where the last poll ended, with some overlap; no longer ago than the feed goes back."""
    last = utc(state.cursor.get(_SINCE))
    earliest = now - STAYS
    return earliest if last is None else max(earliest, min(last, now) - OVERLAP)


SOURCE = Ipaws()
