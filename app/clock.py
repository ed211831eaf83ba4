"""The only file that reads the clock or waits on it. Everything else is given `now`."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """This machine's clock, in UTC. Used before a database is open; afterwards the store's clock counts."""
    return datetime.now(UTC)
