"""One alert for one moment: when a second spike is the first one again, through another monitor, source or spelling.

Pure. Two grounds, and no third: most of the smaller one's posts are the other's posts and they are no mere drop in it,
or the two names are the same words written differently. A shared word is no ground – two brands in one trade stay two
alerts – and a spike is held against an alert's leading topic only, so that a chain of half-overlaps cannot pull
strangers into one moment. The shares are ours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Half of the smaller one's different posts, and enough of them that chance is out of the question (ours).
SAME_SHARE = 0.5
LEAST_SHARED = 5
# Seen from the larger one, a tenth: who is a smaller part of it is a moment of its own inside another (ours).
LEAST_BACK = 0.1
# A plural may be another thing (a fruit, a maker of telephones): it needs a few common posts beside the letter (ours).
PLURAL_SHARED, PLURAL_SHARE = 3, 0.2
SHORTEST_SPELLING = 4
SPELT = "same words spelt differently"


@dataclass(frozen=True)
class Overlap:
    """Of `of` different posts of one topic, `shared` are the other's too."""

    shared: int
    of: int

    @property
    def share(self) -> float:
        return self.shared / self.of if self.of else 0.0


@dataclass(frozen=True)
class Meeting:
    """A new spike beside an alert: the names of both, and how far their posts are the same, seen from each.

    `by_posts`: whether common posts are a ground here at all (`posts_count`).
    """

    label: str
    others: Sequence[str]
    overlaps: Sequence[Overlap] = ()
    by_posts: bool = True


def posts_count(*, ours: bool, led_by_ours: bool, state: str) -> bool:
    """Whether common posts may make a new spike a part of an alert in this state; the same spelling always may.

    Never of one that was dismissed: who waved a moment off has not seen what else is in its posts. And what is said
    about our own brand is nobody else's moment: it joins an alert about us, and only one that people look at.
    """
    if ours:
        return led_by_ours and state in ("open", "claimed")
    return state != "dismissed"


def overlap(own: frozenset[str], shared: frozenset[str]) -> Overlap:
    """The overlap of a topic's posts, by their fingerprints, with those found under the other topic as well."""
    return Overlap(len(own & shared), len(own))


def reason(meeting: Meeting) -> str | None:
    """Why the two are one moment, in words for the card; None when they are not."""
    best = max(meeting.overlaps, key=lambda one: one.share, default=Overlap(0, 0))
    back = min((one.share for one in meeting.overlaps), default=0.0)
    near = meeting.by_posts and back >= LEAST_BACK
    if near and best.shared >= LEAST_SHARED and best.share >= SAME_SHARE:
        return f"same posts: {best.share:.0%} of them".replace("%", " %")
    if any(same_spelling(meeting.label, other) for other in meeting.others):
        return SPELT
    plural = any(differ_by_plural(meeting.label, other) for other in meeting.others)
    if plural and near and best.shared >= PLURAL_SHARED and best.share >= PLURAL_SHARE:
        return SPELT
    return None


def closest(meetings: Sequence[Meeting]) -> tuple[int, str] | None:
    """The first meeting with the largest overlap that is one moment: its place in the row, and why. None: none is."""
    found = [(number, why) for number, one in enumerate(meetings) if (why := reason(one)) is not None]
    if not found:
        return None
    return max(found, key=lambda one: (_largest(meetings[one[0]]), -one[0]))


def same_spelling(one: str, other: str) -> bool:
    """`Winter Fair`, `#winterfair`, `winter-fair`: the same letters and figures in the same order, four at least."""
    key = spelling(one)
    return len(key) >= SHORTEST_SPELLING and key == spelling(other)


def differ_by_plural(one: str, other: str) -> bool:
    """`teapot` and `#teapots`: one more s at the end, and a word long enough to mean something."""
    short, long = sorted((spelling(one), spelling(other)), key=len)
    return len(short) > SHORTEST_SPELLING and long == short + "s"


def spelling(label: str) -> str:
    """A name without spaces, signs, accents and capitals."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", label).casefold())
    return "".join(letter for letter in bare if letter.isalnum())


def _largest(meeting: Meeting) -> float:
    return max((one.share for one in meeting.overlaps), default=0.0)
