"""Turns any text into plain lower-case words, so that every rule of this room reads the same thing.

Hidden characters are dropped, look-alike letters are folded to Latin ones, accents are removed and hashtags written
in one piece are cut into words. Pure, and here rather than in `monitors` because it serves judging, not counting.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

STOP = "."
"""The token that ends a sentence; no phrase reaches across it."""

_HIDDEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff\U000e0000-\U000e007f]")
LOOKALIKES = str.maketrans("аеорсухіјѕһԁԛԝкмтвнαεορτυνικ’‘ʼ`´", "aeopcyxijshdqwkmtbhaeoptuvik'''''")
_LINK_OR_MENTION = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@\w+")
_HASHTAG = re.compile(r"#(\w+)")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\da-zA-Z_]+")
_TOKEN = re.compile(
    r"\d+(?:[.,/]\d+)+|[^\W_]+(?:'[^\W_]+)*"
    r"|[.!?…]+(?=[\s\"')]|$)|[;\n]+"
    r"|[:;=]-?[()dp/](?!\w)|<3"
    "|[\u2600-\u27bf\U0001f000-\U0001faff]"
)
_LATIN = re.compile("[a-zA-Z]")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_KEEP_S = frozenset(("it", "he", "she", "that", "what", "let", "there", "here", "who", "where", "how"))
_ONE_LETTER = frozenset("ai")
_LEADS = ("prayers for", "pray for", "praying for", "justice for", "i stand with", "stand with", "save the", "remember")
_TAILS = (
    *("strong", "shooting", "attack", "attacks", "bombing", "fire", "fires", "flood", "floods", "earthquake", "quake"),
    *("explosion", "blast", "crash", "tornado", "hurricane", "protest", "protests", "riots", "trial", "verdict"),
    *("marathon", "festival", "massacre", "victims", "survivors"),
)
SHORTEST_NAME = 4
MAX_HASHTAG = 60
"""Longer hashtags are left whole: nobody writes them, and cutting costs the square of the length."""


def visible(text: str) -> str:
    """Drop hidden characters and compose compatibility forms (full-width, mathematical bold)."""
    if text.isascii():
        return text
    # This one sign, a blessing, composes to eighteen letters: a post full of it would cost seconds.
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", text.replace("\ufdfa", " ")))


def fold(text: str) -> str:
    """Lower case, no accents, look-alike letters turned into the Latin ones they imitate."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", visible(text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.translate(LOOKALIKES)


def tokens(text: str, vocabulary: frozenset[str] = frozenset()) -> list[str]:
    """Words, numbers, emoji and sentence ends of `text`, folded; links and @names are left out.

    Hashtags are cut at capitals, and otherwise into words of `vocabulary` where they fit without remainder.
    """
    shown = visible(text)
    if "@" in shown or "://" in shown or "www." in shown:
        shown = _LINK_OR_MENTION.sub(" ", shown)
    if "#" in shown:
        shown = _HASHTAG.sub(lambda match: " " + " ".join(hashtag_words(match[1], vocabulary)) + " ", shown)
    found = _TOKEN.findall(_STRETCHED.sub(r"\1\1", fold(shown)))
    return [_plain(token) for token in found]


def bare(tag: str) -> str:
    """A hashtag without accents, its capitals kept; look-alike letters among Latin ones become what they imitate."""
    if tag.isascii():
        return tag
    parts = unicodedata.normalize("NFKD", visible(tag))
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter)).replace("ß", "ss")
    return plain.translate(LOOKALIKES) if _LATIN.search(plain) else plain


def hashtag_words(tag: str, vocabulary: frozenset[str]) -> list[str]:
    """The words of a hashtag given without its sign: `SaveOurPier`, `saveourpier` -> save, our, pier."""
    words: list[str] = []
    for piece in _CAMEL.findall(bare(tag)):
        words.extend(cut(fold(piece), vocabulary))
    return words


@lru_cache(maxsize=8192)
def cut(piece: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Cut a run of letters into as few known words as possible, or leave it whole if something would remain."""
    if piece in vocabulary or not 4 <= len(piece) <= MAX_HASHTAG:
        return (piece,)
    return _into_known_words(piece, vocabulary) or _around_a_name(piece)


def _into_known_words(piece: str, vocabulary: frozenset[str]) -> tuple[str, ...] | None:
    best: list[tuple[str, ...] | None] = [()] + [None] * len(piece)
    for end in range(1, len(piece) + 1):
        for start in range(max(0, end - 18), end):
            head, word = best[start], piece[start:end]
            if head is None or not _known(word, vocabulary):
                continue
            current = best[end]
            if current is None or len(head) + 1 < len(current):
                best[end] = (*head, word)
    return best[-1]


def _around_a_name(piece: str) -> tuple[str, ...]:
    """`prayforharrow` and `harrowfire` hold a name that no list knows; the words around it are a closed set."""
    for lead in _LEADS:
        joined = lead.replace(" ", "")
        if piece.startswith(joined) and len(piece) - len(joined) >= SHORTEST_NAME:
            return (*lead.split(), piece[len(joined) :])
    for tail in _TAILS:
        if piece.endswith(tail) and len(piece) - len(tail) >= SHORTEST_NAME:
            return (piece[: -len(tail)], tail)
    return (piece,)


def stem(word: str) -> str:
    """A rough stem, enough to let `cookie` meet `cookies` and `runner` meet `runners`."""
    for ending, instead in (("ies", "i"), ("ie", "i"), ("y", "i")):
        if len(word) > 4 and word.endswith(ending):
            return word[: -len(ending)] + instead
    for ending in ("ing", "ers", "ed", "es", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def _known(word: str, vocabulary: frozenset[str]) -> bool:
    return word in vocabulary and (len(word) > 1 or word in _ONE_LETTER)


def _plain(token: str) -> str:
    if token[0] in ".!?…;\n" and not token[-1].isalnum() and len(token.strip(".!?…;\n")) == 0:
        return STOP
    if token.endswith("'s") and token[:-2] not in _KEEP_S:
        return token[:-2]
    return token
