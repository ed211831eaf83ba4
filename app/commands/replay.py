"""`python -m app replay FILE`: live through a scenario or a recording; events come out as JSON Lines."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.recorded import is_recording, read_recording
from app.replay import replay
from app.scenario import read_scenario


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE: JSON Lines (a scenario) or SQLite (a recording)."""
    parser.add_argument("file", type=Path, help="a scenario (.jsonl) or a recording (.db)")


def run(args: argparse.Namespace) -> int:
    """Replay the file in a temporary folder that is gone afterwards."""
    lines = read_recording(args.file) if is_recording(args.file) else read_scenario(args.file)
    with tempfile.TemporaryDirectory(prefix="tact-replay-") as folder:
        replay(lines, Path(folder), _print)
    return 0


def _print(event: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()
