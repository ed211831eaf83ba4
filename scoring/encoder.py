"""Runs the shipped model: ONNX Runtime on one text at a time, the tokenizer by `transformers`, no torch, no network.

Every text is computed alone, without padding: int8 activations take their scale from everything in a batch, so a text
judged in company could be judged differently than alone. Threads side by side make up for it. The files are verified
by hash when they are loaded.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from data.errors import StorageError
from scoring.model_text import readable
from scoring.reference import load

FOLDER = Path(__file__).parent / "model"
WINDOW, STEP, MOST_WINDOWS = 126, 96, 8
"""Words (pieces of words) read at once, as many as the encoder was made for in short texts; longer texts are read in
overlapping windows, of which the first seven and the last count (ours)."""
MOST_THREADS = 4
MOST_WORDS = 8
SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by for from has have he her his i in is it its my of on or our she so that the their "
        "them they this to user was we were with you your http",
    )
)
"""Words that say nothing to a reader, however much the model makes of them."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """Probabilities of sentiment (negative, neutral, positive) and tragedy (clear, sensitive, hold), and the words
    that spoke for darkness, strongest first, each with its share of the logit."""

    sentiment: tuple[float, float, float]
    tragedy: tuple[float, float, float]
    words: tuple[tuple[str, float], ...]
    said: bool = True
    """False where there was nothing to read."""


NOTHING = Seen((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (), said=False)


class Encoder:
    """The shipped model. Some hundred texts a second on two cores, about 100 MB."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Raises StorageError, with a sentence, when a file is missing or is not the one that was released."""
        self.version = _verified(folder)
        self._tokenizer = tokenizer_at(folder)
        self._vocabulary = load().vocabulary
        self._below, self._verdict = (_session(folder / f"{name}.onnx") for name in ("below", "verdict"))
        self._meaning_at = folder / "meaning.onnx"
        self._meaning: onnxruntime.InferenceSession | None = None
        self._threads = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="encoder")

    def read(self, texts: Sequence[str]) -> list[Seen]:
        """What the model sees in each text, in order."""
        return self._each(self._read, texts)

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """A unit vector of 384 numbers for each text; long texts by their beginning."""
        if self._meaning is None:
            self._meaning = _session(self._meaning_at)
        return self._each(self._embed, texts)

    def _each(self, work: Any, texts: Sequence[str]) -> list[Any]:
        return [work(texts[0])] if len(texts) == 1 else list(self._threads.map(work, texts))

    def _read(self, text: str) -> Seen:
        shown = readable(text, self._vocabulary)
        pieces = self._tokenizer(shown, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ids, places = pieces["input_ids"], pieces["offset_mapping"]
        if not ids:
            return NOTHING
        parts = [self._window(shown, ids[a:b], places[a:b]) for a, b in _windows(len(ids))]
        darkest = max(parts, key=lambda part: 1 - part.tragedy[0])
        feelings = np.mean([part.sentiment for part in parts], axis=0)
        return Seen((float(feelings[0]), float(feelings[1]), float(feelings[2])), darkest.tragedy, darkest.words)

    def _window(self, shown: str, ids: Sequence[int], places: Sequence[tuple[int, int]]) -> Seen:
        states, mask = self._states(ids)
        feelings, dark, shares = self._verdict.run(None, {"states": states, "mask": mask})
        tragedy = _softmax(dark[0])
        return Seen(_softmax(feelings[0]), tragedy, _words(shown, places, shares[0, 1:-1], tragedy))

    def _embed(self, text: str) -> list[float]:
        ids = self._tokenizer(readable(text, self._vocabulary), add_special_tokens=False, verbose=False)["input_ids"]
        states, mask = self._states(ids[:WINDOW])
        assert self._meaning is not None
        found: list[float] = self._meaning.run(None, {"states": states, "mask": mask})[0][0].tolist()
        return found

    def _states(self, ids: Sequence[int]) -> tuple[Floats, npt.NDArray[np.int64]]:
        row = np.array([[self._tokenizer.cls_token_id, *ids, self._tokenizer.sep_token_id]], dtype=np.int64)
        mask = np.ones_like(row)
        return self._below.run(None, {"ids": row, "mask": mask})[0], mask


def tokenizer_at(model: Path | str) -> Any:
    """The tokenizer of a folder or, by the team's own setting, of a model on a hub."""
    return loaded_quietly("AutoTokenizer", model)


def loaded_quietly(kind: str, model: Path | str) -> Any:
    """What `transformers` makes of a model. Nothing of a folder is fetched; nobody is told to install torch."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        import transformers

        return getattr(transformers, kind).from_pretrained(model, local_files_only=Path(model).is_dir())
    finally:
        logging.disable(before)


def _verified(folder: Path) -> str:
    """The name of these very weights: the beginning of the manifest's hash."""
    try:
        manifest = (folder / "manifest.json").read_bytes()
        for name, wanted in json.loads(manifest)["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
                raise StorageError(f"The model's file {name} is not the one that was released; install Tact again.")
    except OSError as error:
        raise StorageError("A file of the model is missing; install Tact again.", cause=str(error)) from error
    return hashlib.sha256(manifest).hexdigest()[:12]


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _windows(length: int) -> list[tuple[int, int]]:
    if length <= WINDOW:
        return [(0, length)]
    starts = list(range(0, length - WINDOW + STEP, STEP))
    kept = starts if len(starts) <= MOST_WINDOWS else [*starts[: MOST_WINDOWS - 1], starts[-1]]
    return [(start, min(length, start + WINDOW)) for start in kept]


def _softmax(logits: Floats) -> tuple[float, float, float]:
    powers = np.exp(logits.astype(np.float64) - logits.max())
    first, second, third = (powers / powers.sum()).tolist()
    return first, second, third


def _words(
    shown: str, places: Sequence[tuple[int, int]], shares: Floats, tragedy: Sequence[float]
) -> tuple[tuple[str, float], ...]:
    """Whole words with what they add for the darker label against clear; pieces of one word count together."""
    label = 2 if tragedy[2] >= tragedy[1] else 1
    added = shares[:, label] - shares[:, 0]
    whole: list[list[float]] = []
    for (start, end), value in zip(places, added.tolist(), strict=True):
        if whole and start == whole[-1][1]:
            whole[-1][1], whole[-1][2] = end, whole[-1][2] + value
        else:
            whole.append([start, end, value])
    ranked = sorted(whole, key=lambda one: -one[2])
    telling = [(shown[int(a) : int(b)].strip("-'"), value) for a, b, value in ranked if value > 0]
    return tuple(one for one in telling if one[0][:1].isalnum() and one[0].lower() not in SMALL)[:MOST_WORDS]
