"""Counts a text the way a platform does, so that the number under the editor is the number that decides.

Beside the playbooks and not in a page, because the gate asks the same question as the editor. No dependency is taken
on for this: grapheme clusters are approximated (see `graphemes`).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from data.reference import Playbook

# Both X and Mastodon publish that every link counts as 23, whatever its length.
LINK = 23
SCHEME_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
# X also links bare addresses. These endings cover what a brand writes; a rarer one is counted as typed.
BARE_LINK = re.compile(
    r"(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|info|edu|gov|io|co|app|dev|shop|uk|ca|us|eu|de|fr)\b(?:/\S*)?",
    re.IGNORECASE,
)
REMOTE_MENTION = re.compile(r"(?<![\w/])(@\w+(?:[.-]\w+)*)@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)

# The code points that weigh 1 on X (twitter-text, configuration 3): Latin to Georgian, and general punctuation.
# Everything else weighs 2.
LIGHT_ON_X = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

JOINER = "\u200d"
KEYCAP = "\u20e3"
EMOJI_STYLE = "\ufe0f"


def count_characters(playbook: Playbook, text: str) -> int:
    """The length of `text` in the unit of the platform's `text_limit`.

    Approximations: on X a bare address counts as a link only with a well-known ending; punctuation right after a link
    is counted as part of it; graphemes are those of `graphemes`.
    """
    text = unicodedata.normalize("NFC", text)
    if playbook.counting == "x":
        return _count_x(text)
    if playbook.counting == "mastodon":
        return _count_mastodon(text)
    if playbook.counting == "graphemes":
        return len(graphemes(text))
    return len(text)


def graphemes(text: str) -> list[str]:
    """The signs that a reader sees, approximately.

    Joins combining marks, variation selectors, skin tones, tag sequences, joiner sequences, flags of two letters and
    CR LF. Leaves out what needs Unicode's tables: prepending marks and conjuncts of Indic scripts, and decomposed
    Hangul that NFC cannot compose; such text counts too long rather than too short.
    """
    if not text:
        return []
    cuts = [0, *_cuts(text), len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


def _cuts(text: str) -> list[int]:
    cuts, flags = [], 0
    for place, (before, sign) in enumerate(pairwise(text), start=1):
        flags = flags + 1 if _is_flag_letter(before) else 0
        pair_open = flags % 2 == 1 and _is_flag_letter(sign)
        if not (_joins(before, sign) or pair_open):
            cuts.append(place)
    return cuts


def _joins(before: str, sign: str) -> bool:
    return before == JOINER or _extends(sign) or (before == "\r" and sign == "\n")


def _extends(sign: str) -> bool:
    point = ord(sign)
    skin_tone = 0x1F3FB <= point <= 0x1F3FF
    tag = 0xE0020 <= point <= 0xE007F
    return sign == JOINER or skin_tone or tag or unicodedata.category(sign) in {"Mn", "Me", "Mc"}


def _is_flag_letter(sign: str) -> bool:
    return 0x1F1E6 <= ord(sign) <= 0x1F1FF


def _count_x(text: str) -> int:
    rest, links = SCHEME_LINK.subn(" ", text)
    rest, bare = BARE_LINK.subn(" ", rest)
    # Each link left one space behind, which is not in the text.
    weights = sum(_weight_on_x(cluster) for cluster in graphemes(rest)) - links - bare
    return weights + LINK * (links + bare)


def _weight_on_x(cluster: str) -> int:
    """X counts a whole emoji, however it is composed, as 2; other signs by their code points."""
    if len(cluster) > 1 and (_is_emoji(cluster[0]) or KEYCAP in cluster or EMOJI_STYLE in cluster):
        return 2
    return sum(1 if any(low <= ord(sign) <= high for low, high in LIGHT_ON_X) else 2 for sign in cluster)


def _is_emoji(sign: str) -> bool:
    return unicodedata.category(sign) == "So"


def _count_mastodon(text: str) -> int:
    placeholder = "x" * LINK
    return len(graphemes(REMOTE_MENTION.sub(r"\1", SCHEME_LINK.sub(placeholder, text))))
