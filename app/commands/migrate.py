"""`python -m app migrate`: bring the schema up to date without starting anything."""

from __future__ import annotations

import argparse

from app.settings import load
from data.storage.engine import newest_revision, open_store, without_secret


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Open the database, which migrates it."""
    settings = load()
    open_store(settings.database_url).close()
    print(f"{without_secret(settings.database_url)} is at schema {newest_revision()}.")
    return 0
