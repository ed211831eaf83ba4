"""The noise of real posts: what a text looks like when somebody passes it on, shouts it or types it in a hurry.

Meaning, and so the label, stays. Pure but for the random generator, which is given.
"""

from __future__ import annotations

import random

TAGS = ("breaking", "news", "update", "smh", "wow", "world", "local", "today", "video", "live")


def noisy(text: str, dice: random.Random) -> str:
    """The text as it is, half of the time; else changed in one or two small ways."""
    if dice.random() < 0.5:
        return text
    for change in dice.sample(_CHANGES, dice.choice((1, 1, 2))):
        text = change(text, dice)
    return text


def _passed_on(text: str, dice: random.Random) -> str:
    return f"RT @user: {text}" if dice.random() < 0.5 else f"@user {text}"


def _tagged(text: str, dice: random.Random) -> str:
    """Some words in a row become one hashtag, or a common one is hung on."""
    words = text.split()
    if len(words) < 5 or dice.random() < 0.4:
        return f"{text} #{dice.choice(TAGS)}"
    at = dice.randrange(len(words) - 2)
    tag = "".join(word.strip(".,:;!?'\"").title() for word in words[at : at + 2])
    return " ".join([*words[:at], f"#{tag}", *words[at + 2 :]]) if tag.isalpha() else text


def _unpunctuated(text: str, dice: random.Random) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter in " #@'-")


def _linked(text: str, dice: random.Random) -> str:
    return f"{text} http://t.co/{dice.randrange(10**6)}"


def _mistyped(text: str, dice: random.Random) -> str:
    """Two neighbouring letters change places, or one is lost."""
    if len(text) < 12:
        return text
    at = dice.randrange(1, len(text) - 2)
    if not text[at : at + 2].isalpha():
        return text
    swapped = text[at + 1] + text[at] if dice.random() < 0.5 else text[at]
    return text[:at] + swapped + text[at + 2 :]


def _shorter(text: str, dice: random.Random) -> str:
    """The end is cut off, as a card or a push message does it."""
    words = text.split()
    return " ".join(words[: max(6, int(len(words) * 0.8))]) + "…" if len(words) > 9 else text


def _quoted(text: str, dice: random.Random) -> str:
    return (
        f'"{text}"'
        if dice.random() < 0.5
        else f"{text} {dice.choice(('!!', '...', '?', '- BBC', '| Reuters', 'via @user'))}"
    )


_CHANGES = (_passed_on, _tagged, _unpunctuated, _linked, _mistyped, _shorter, _quoted)
