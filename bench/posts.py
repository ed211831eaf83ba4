"""Posts and keywords for measuring: seeded, so that every run measures the same.

Words are made up, as often used as words are (a few very often, most hardly ever). Of the posts 15 % carry a hashtag
and 12 % a letter beyond ASCII, and a chosen share of them carries a keyword.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from datetime import datetime, timedelta

from monitors.sources import Item

WORDS = 30_000
HASHTAGS, BEYOND_ASCII = 0.15, 0.12
_ENDINGS = (" – café", " “naïve”", " 今日は雨", " 🎆", " Straße", " déjà vu")


class Posts:
    """A language of its own, of which the keywords are words and pairs of words that no other post uses."""

    def __init__(self, keywords: int = 1_000, seed: int = 7) -> None:
        self._dice = random.Random(seed)
        spellings = {self._word() for _ in range(WORDS + 3 * keywords)}
        words = sorted(spellings)
        self._dice.shuffle(words)
        rare, self._common = words[: 2 * keywords], words[2 * keywords :]
        self._weights = list(_zipf(len(self._common)))
        pairs = zip(rare[::2], rare[1::2], strict=True)
        self.keywords = [one if number % 3 else f"{one} {two}" for number, (one, two) in enumerate(pairs)]

    def texts(self, number: int, share: float) -> list[str]:
        """So many different posts, `share` of them with a keyword."""
        return [self._text(share) for _ in range(number)]

    def _text(self, share: float) -> str:
        words = self._dice.choices(self._common, cum_weights=self._weights, k=self._dice.randint(6, 34))
        words[0] = words[0].capitalize()
        if self._dice.random() < share:
            words[self._dice.randrange(len(words))] = self._dice.choice(self.keywords)
        if self._dice.random() < HASHTAGS:
            one, two = self._dice.choices(self._common, cum_weights=self._weights, k=2)
            words.append(f"#{one.capitalize()}{two.capitalize()}")
        text = " ".join(words) + self._dice.choice(".!?")
        return text + self._dice.choice(_ENDINGS) if self._dice.random() < BEYOND_ASCII else text

    def _word(self) -> str:
        return "".join(self._dice.choices(string.ascii_lowercase, k=self._dice.randint(3, 9)))


def as_items(texts: list[str], first: int, now: datetime) -> Iterator[Item]:
    """The texts as a stream would bring them, the last half hour's, each with an address and one of 5,000 authors."""
    for number, text in enumerate(texts, first):
        author = f"author-{number % 5_000}"
        at = now - timedelta(seconds=number % 1_800)
        yield Item(
            f"{author}/{number:010d}", text, f"https://net.example/{author}/{number}", author, at, "mentions", "en"
        )


def _zipf(number: int) -> Iterator[float]:
    total = 0.0
    for rank in range(1, number + 1):
        total += 1.0 / rank
        yield total
