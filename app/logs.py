"""Logging, set up once per process: one line per record on standard error."""

from __future__ import annotations

import logging

from data.errors import BadInput


def set_up(level: str) -> None:
    """Log at `level` and above. BadInput for a level that there is not."""
    if level not in logging.getLevelNamesMapping():
        raise BadInput(f"TACT_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {level!r}.")
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(max(logging.WARNING, logging.getLogger().level))
    # A tick that finds its duty still at work is left out, by design: no warning for that each second.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
