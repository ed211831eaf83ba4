"""`python -m app score < texts.jsonl`: one verdict for each text, in order, as they come."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from queue import Empty, Queue
from threading import Thread
from typing import Any

from app import settings
from app.judges import scorer_for
from data.errors import BadInput
from scoring.contract import TextScorer
from scoring.safety import score_safely
from scoring.serialise import verdict_as_dict

# At most this many texts are judged together; a text never waits for others to come.
BATCH = 64
# Lines read ahead: enough to keep the judge busy, few enough to keep a long file out of memory.
AHEAD = 4 * BATCH


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: texts come on standard input."""


def run(args: argparse.Namespace) -> int:
    """Score the texts on standard input."""
    scorer = scorer_for(settings.load())
    for batch in _batches():
        _write(scorer, batch)
    return 0


def _batches() -> Iterator[list[tuple[Any, str]]]:
    """Whatever has come in meanwhile, at most 64; a bad line is told after everything before it was answered."""
    queue: Queue[tuple[Any, str] | BaseException | None] = Queue(AHEAD)
    Thread(target=_read, args=(queue,), daemon=True).start()
    while True:
        waiting = _waiting(queue)
        batch = [one for one in waiting if isinstance(one, tuple)]
        if batch:
            yield batch
        if isinstance(waiting[-1], BaseException):
            raise waiting[-1]
        if waiting[-1] is None:
            return


def _waiting(queue: Queue[tuple[Any, str] | BaseException | None]) -> list[tuple[Any, str] | BaseException | None]:
    """The next one, however long that takes, and what stands behind it, up to a batch or the end."""
    found = [queue.get()]
    while isinstance(found[-1], tuple) and len(found) < BATCH:
        try:
            found.append(queue.get_nowait())
        except Empty:
            break
    return found


def _read(queue: Queue[tuple[Any, str] | BaseException | None]) -> None:
    """Standard input on a thread of its own, so that a text is judged while the next is waited for."""
    try:
        for row in _rows():
            queue.put(row)
    except BaseException as error:  # noqa: BLE001 - told on the main thread, after what came before it
        queue.put(error)
    else:
        queue.put(None)


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
