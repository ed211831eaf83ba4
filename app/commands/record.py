"""`python -m app record FILE`: the raw items of a period as one SQLite file, for `replay`."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

from app.recording import record
from app.settings import load
from data.storage.engine import open_store


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, and how many hours back."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--hours", type=float, default=24.0, help="how far back (default 24)")


def run(args: argparse.Namespace) -> int:
    """Write the recording."""
    store = open_store(load().database_url)
    try:
        rows = record(store, args.file, store.now() - timedelta(hours=args.hours))
    finally:
        store.close()
    print(f"{args.file} holds {rows} rows.")
    return 0
