"""`python -m app run`: console and worker together, on your own workspace."""

from __future__ import annotations

import argparse

from app.settings import load
from app.supervise import Supervisor, refuse_taken_port
from data.storage.engine import open_store, without_secret


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: everything is a setting, see `doctor`."""


def run(args: argparse.Namespace) -> int:
    """Check what can be checked, then start both."""
    settings = load()
    refuse_taken_port(settings)
    open_store(settings.database_url).close()
    database = without_secret(settings.database_url)
    print(f"Tact: http://{settings.address}:{settings.port} (database {database}). Ctrl-C ends it.")
    return Supervisor(settings, ["worker", "console"]).run()
