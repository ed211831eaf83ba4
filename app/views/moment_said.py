"""What people say of a moment's verdict and of its texts, beside the machine's word."""

from __future__ import annotations

from dataclasses import dataclass

from app.views.cards import Card
from data.storage.store import Tx
from workflow.corrections import TRAGEDY, Word, words_on
from workflow.hold import open_holds
from workflow.rules.holds import PostFacts, covers


@dataclass(frozen=True)
class Said:
    """Everybody's newest words. `asks_to_pause`: somebody says "stop", and no hold stops this topic yet."""

    verdict: tuple[Word, ...]
    texts: tuple[Word, ...]
    asks_to_pause: Word | None

    def on(self, item_id: int | None) -> tuple[Word, ...]:
        """The words on one text."""
        return tuple(word for word in self.texts if word.item_id == item_id)


def said_of(tx: Tx, card: Card) -> Said:
    """The words on this alert: of the moment as a whole (not its category, which has a form of its own), of texts."""
    words = words_on(tx, card.alert_id)
    verdict = tuple(word for word in words if word.item_id is None and word.aspect == TRAGEDY)
    stop = next((word for word in reversed(verdict) if word.person == "hold"), None)
    return Said(
        verdict=verdict,
        texts=tuple(word for word in words if word.item_id is not None),
        asks_to_pause=stop if stop is not None and not _paused(tx, card.topic) else None,
    )


def _paused(tx: Tx, topic: str) -> bool:
    """Whether a hold stops every post about the topic, wherever it goes."""
    about = PostFacts(channel="", topics=(topic,))
    wide = [one.scope for one in open_holds(tx) if one.scope.kind in ("everything", "topic")]
    return any(covers(scope, about) for scope in wide)
