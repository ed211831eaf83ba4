"""`python -m app worker`: reads sources, raises alerts, opens holds, publishes. Run as many as you like."""

from __future__ import annotations

import argparse

from app import logs
from app.settings import load
from app.wiring import build
from app.worker import Worker


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Work until a signal says stop."""
    settings = load()
    logs.set_up(settings.log_level)
    Worker(build(settings)).run()
    return 0
