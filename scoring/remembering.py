"""A scorer that is loaded when it is first asked, and that remembers what it said of a text.

The same texts are judged again and again: at every look at a topic, at the gate, on a page. Within one process a
verdict depends on the text alone, so a text is read once. Threads may share one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic
from typing import Generic, Protocol, TypeVar

from data.errors import StorageError, TactError
from scoring.contract import Embedder, TextScorer, TextVerdict

T = TypeVar("T")
UNAVAILABLE = "unavailable"
VERDICTS, VECTORS = 20_000, 2_000
"""How many are remembered: a day's texts of a busy brand, some 30 MB at most (ours)."""


AGAIN_AFTER = 60.0
"""Seconds for which a judge that could not be loaded is not tried again: a hub that does not answer takes a minute to
say so, and whoever asks may be keeping the store locked (ours)."""


class Judge(TextScorer, Embedder, Protocol):
    """A scorer that can also say how near two texts are in meaning."""


class Remembering:
    """`make` builds the judge on first use and may raise anything; that is a StorageError then, and it is tried again
    after `again_after` seconds."""

    def __init__(self, make: Callable[[], Judge], again_after: float = AGAIN_AFTER) -> None:
        self._make = make
        self._again_after = again_after
        self._refused: tuple[float, TactError] | None = None
        self._judge: Judge | None = None
        self._loading = Lock()
        self._verdicts: _Memory[TextVerdict] = _Memory(VERDICTS)
        self._vectors: _Memory[Sequence[float]] = _Memory(VECTORS)

    @property
    def name(self) -> str:
        """The judge's own name: which weights spoke. `unavailable` where it cannot be loaded; `score` says why."""
        try:
            return self._loaded().name
        except TactError:
            return UNAVAILABLE

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        """One verdict for each text, in order; only texts not met lately are computed."""
        return self._verdicts.each(texts, self._loaded().score)

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One unit vector for each text, in order, likewise."""
        return self._vectors.each(texts, self._loaded().embed)

    def _loaded(self) -> Judge:
        with self._loading:
            if self._judge is None:
                self._judge = self._made()
            return self._judge

    def _made(self) -> Judge:
        if self._refused is not None and monotonic() < self._refused[0]:
            raise self._refused[1]
        try:
            return self._make()
        except TactError as error:
            self._refuse(error)
            raise
        except Exception as error:
            # Damaged weights make a library raise anything; whoever asks for the name must not fall over that.
            said = StorageError("The judge's model cannot be loaded; install Tact again.", cause=repr(error))
            self._refuse(said)
            raise said from error

    def _refuse(self, said: TactError) -> None:
        self._refused = (monotonic() + self._again_after, said)


class _Memory(Generic[T]):
    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def each(self, texts: Sequence[str], compute: Callable[[Sequence[str]], list[T]]) -> list[T]:
        known = self._look_up(texts)
        unknown = [text for text in dict.fromkeys(texts) if text not in known]
        if unknown:
            fresh = dict(zip(unknown, compute(unknown), strict=True))
            known |= fresh
            self._keep(fresh)
        return [known[text] for text in texts]

    def _look_up(self, texts: Sequence[str]) -> dict[str, T]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
            return found

    def _keep(self, fresh: dict[str, T]) -> None:
        with self._lock:
            self._kept.update(fresh)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
