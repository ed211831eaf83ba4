"""The list of the shipped files with their hashes, which is verified at every load; its own hash names the judge."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from scoring.training.labels import SENTIMENTS, TRAGEDIES

NAME = "manifest.json"


def write_manifest(folder: Path) -> None:
    """Write the list anew: of the graphs, the tokenizer, the configuration and the calibration."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".onnx", ".json") and path.name != NAME)
    known = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    named = {"labels": {"sentiment": SENTIMENTS, "tragedy": TRAGEDIES}, "sha256": known}
    (folder / NAME).write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")
