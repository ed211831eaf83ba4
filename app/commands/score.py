"""`python -m app score < texts.jsonl`: one verdict for each text, in order, as they come."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from data.errors import BadInput
from scoring.contract import TextScorer
from scoring.lexicon import LexiconScorer
from scoring.safety import score_safely
from scoring.serialise import verdict_as_dict

# Texts judged together; small enough that a reader at the other end never waits long.
BATCH = 64


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: texts come on standard input."""


def run(args: argparse.Namespace) -> int:
    """Score the texts on standard input."""
    scorer = LexiconScorer()
    batch: list[tuple[Any, str]] = []
    for row in _rows():
        batch.append(row)
        if len(batch) == BATCH:
            _write(scorer, batch)
            batch.clear()
    _write(scorer, batch)
    return 0


def _rows() -> Iterator[tuple[Any, str]]:
    for number, line in enumerate(_lines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = row["text"]
            json.dumps(row.get("id"), allow_nan=False)  # what cannot be given back is refused here, with its line
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadInput(f'Line {number} is not an object with "id" and "text".', cause=repr(error)) from error
        if not isinstance(text, str):
            raise BadInput(f'Line {number}: "text" must be a string.')
        yield row.get("id"), text


def _lines() -> Iterator[str]:
    try:
        yield from sys.stdin
    except UnicodeDecodeError as error:
        raise BadInput("This is not a text file: give JSON Lines in UTF-8.", cause=str(error)) from error


def _write(scorer: TextScorer, batch: Sequence[tuple[Any, str]]) -> None:
    # All in ASCII: whatever came in, half a character included, goes out on any terminal and reads back the same.
    verdicts = score_safely(scorer, [text for _, text in batch])
    for (key, _), verdict in zip(batch, verdicts, strict=True):
        sys.stdout.write(json.dumps(verdict_as_dict(key, verdict)) + "\n")
    sys.stdout.flush()
