"""The judge's and the matrix's answers in a reader's words: one table, so that every page says the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scoring.contract import Cell
from scoring.reference import load


@dataclass(frozen=True)
class Badge:
    """Words, an icon and a colour: never the colour alone. `colour` is one of Streamlit's names."""

    text: str
    icon: str
    colour: str


VERDICT = {
    "clear": Badge("Clear", ":material/check_circle:", "green"),
    "review": Badge("Look closely", ":material/visibility:", "orange"),
    "hold": Badge("Stop", ":material/front_hand:", "red"),
    "": Badge("Being judged", ":material/hourglass_top:", "gray"),
}
# How a text speaks, in a word.
FEELING = {"positive": "cheerful", "neutral": "neutral", "negative": "upset"}
# Not a verdict on a moment but a thing of its own; no colour of the light, so that nobody takes it for one.
MOOD = Badge("Mood is falling", ":material/mood_bad:", "violet")
DECISION = {
    "go": Badge("Go now", ":material/bolt:", "green"),
    "conditional_go": Badge("Draft and wait", ":material/hourglass_empty:", "blue"),
    "caution": Badge("With care", ":material/warning:", "orange"),
    "no_go": Badge("Let it go", ":material/do_not_disturb_on:", "gray"),
}


def decided(decision: str, tragedy: str) -> Badge:
    """What was decided, without the colour of a go where the verdict says stop by now."""
    found = DECISION[decision]
    return replace(found, colour="gray") if tragedy == "hold" else found


def category_title(key: str) -> str:
    """The trigger category as a heading; its key in words where the table no longer has it."""
    known = load().categories.get(key)
    return known.title if known is not None else key.replace("_", " ")


def window_in_words(cell: Cell) -> str:
    """`15–60 min`, `4–12 h`, or that there is none."""
    if cell.window_minutes is None:
        return "no window"
    first, last = cell.window_minutes
    return f"{first // 60}–{last // 60} h" if first % 60 == 0 and last % 60 == 0 else f"{first}–{last} min"


def times_usual(ratio: float | None) -> str:
    """`3.2 × usual`, or that nothing is usual yet."""
    return f"{ratio:,.1f} × usual" if ratio is not None else "no history yet"


# How the two scales are scored: the guide's bands in our words, best first.
RELEVANCE_BANDS = (
    ("10", "about our product, a rival, or what our customers struggle with"),
    ("7–9", "our trade or our values, and the tie is plain"),
    ("4–6", "only with a stretch"),
    ("1–3", "we would be forcing it"),
    ("0", "nothing to do with us"),
)
INTEREST_BANDS = (
    ("10", "our people are in the middle of it: five times the usual and more"),
    ("7–9", "it rises in their feeds: two to four times the usual"),
    ("4–6", "in the news, hardly in their own conversations"),
    ("1–3", "a corner or a region of them"),
    ("0", "no sign that they know of it"),
)
