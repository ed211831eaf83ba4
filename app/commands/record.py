"""`python -m app record FILE`: the raw items of a period as one SQLite file, for `replay`."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path

from app.recording import record
from app.settings import load
from data.errors import BadInput
from data.storage.engine import open_store


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, and how many hours back."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--hours", type=float, default=24.0, help="how far back (default 24)")


def run(args: argparse.Namespace) -> int:
    """Write the recording."""
    store = open_store(load().database_url)
    try:
        rows = record(store, args.file, _since(store.now(), args.hours))
    finally:
        store.close()
    print(f"{args.file} holds {rows} rows.")
    return 0


def _since(now: datetime, hours: float) -> datetime:
    if not hours > 0:
        raise BadInput(f"--hours must be above 0, not {hours:g}.")
    try:
        return now - timedelta(hours=hours)
    except OverflowError as error:
        raise BadInput(f"--hours {hours:g} reaches back beyond the calendar; give fewer.", cause=str(error)) from error
