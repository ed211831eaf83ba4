"""What the model is given to read: the text as a stranger sees it, in words that its vocabulary knows.

Training and judging both go through here, so that they can never differ. Emoji become their names, hashtags their
words, entities their signs, links and @names one word each; hidden characters are dropped and letters of another script
that imitate Latin ones are turned back where a word mixes scripts. Pure; `scoring.text` does the same for the rules.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

from scoring.text import LOOKALIKES, hashtag_words, visible

MAX_CHARACTERS = 20_000
"""Longer texts are cut: the product's texts are posts, headlines and warnings (ours)."""
_LINK = re.compile(r"https?://\S+|www\.\S+")
_NAME = re.compile(r"(?<!\w)@\w+")
_HASHTAG = re.compile(r"#(\w+)")
_WORD = re.compile(r"[^\W\d_]+")
_STRETCHED = re.compile(r"(\w)\1{3,}")
_SPACES = re.compile(r"\s+")


def readable(text: str, vocabulary: frozenset[str] = frozenset()) -> str:
    """One line of plain words and signs. `vocabulary`: the words that lower-case hashtags are cut into."""
    shown = visible(html.unescape(text[:MAX_CHARACTERS]))
    if "://" in shown or "www." in shown:
        shown = _LINK.sub(" http ", shown)
    if "@" in shown:
        shown = _NAME.sub(" user ", shown)
    if "#" in shown:
        shown = _HASHTAG.sub(lambda match: " # " + " ".join(hashtag_words(match[1], vocabulary)) + " ", shown)
    if not shown.isascii():
        shown = _WORD.sub(lambda match: _one_script(match[0]), shown)
        shown = "".join(_named(letter) for letter in shown)
        shown = shown.encode("utf-8", "ignore").decode()  # half a character is none
    return _SPACES.sub(" ", _STRETCHED.sub(r"\1\1\1", shown)).strip()


def _one_script(word: str) -> str:
    """`сrаsh` written with Cyrillic letters among Latin ones -> crash; a word all in one script stays as it is."""
    if word.isascii() or not any(letter.isascii() for letter in word):
        return word
    return word.translate(LOOKALIKES)


@lru_cache(maxsize=4096)
def _named(letter: str) -> str:
    """An emoji or symbol by its Unicode name, marked off as an aside; every other character as it is."""
    if letter.isascii() or unicodedata.category(letter) not in ("So", "Sk"):
        return letter
    if 0x1F3FB <= ord(letter) <= 0x1F3FF:  # the tone of a skin says nothing here
        return ""
    name = unicodedata.name(letter, "")
    return f" {name.lower()} " if name else " "
