"""How much a brand's audience cares about a moment, on the guide's 0-10 scale, with the count it was judged by.

The guide's bands: 10 at five times the baseline, 7-9 at two to four times, 4-6 in mainstream media without the
audience's own conversation, 1-3 niche or regional, 0 no sign at all. A suggestion: two people's blind scores decide.
"""

from __future__ import annotations

from scoring.contract import Score

TOP_RATIO = 5.0
MANY_AUTHORS = 5
"""Fewer people than this are a conversation among friends, however often they write."""


def interest(count: float, baseline: float | None, in_news: int = 0, authors: int = 0) -> Score:
    """`count` mentions in the window against `baseline`; `in_news`: headlines about it; `authors`: distinct people.

    A baseline below 1 counts as 1, so that the second mention ever is not infinite interest.
    """
    ratio = count / max(baseline, 1.0) if baseline is not None else None
    if ratio is not None and ratio >= TOP_RATIO:
        return Score(10.0, f"{count:g} mentions, {ratio:.1f} times the baseline.")
    if ratio is not None and ratio >= 2:
        return Score(round(min(9.0, 5.0 + ratio), 1), f"{count:g} mentions, {ratio:.1f} times the baseline.")
    if in_news:
        value = 4.0 if in_news == 1 else 5.0 if in_news <= 3 else 6.0
        return Score(value, f"{in_news} headline(s) carry it, but the audience's own mentions have not doubled.")
    if count <= 0:
        return Score(0.0, "No mention and no headline shows that the audience knows of it.")
    if ratio is None:
        return Score(3.0, f"{count:g} mentions, and no history yet to measure them against.")
    value = 1.0 if 0 < authors < MANY_AUTHORS else 3.0 if ratio >= 1 else 2.0
    return Score(value, f"{count:g} mentions, {ratio:.1f} times the baseline: a small circle so far.")
