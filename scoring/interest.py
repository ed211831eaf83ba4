"""How much a brand's audience cares about a moment, on the guide's 0-10 scale, with the count it was judged by.

The guide's bands: 10 at five times the baseline, 7-9 at two to four times, 4-6 in mainstream media without the
audience's own conversation, 1-3 niche or regional, 0 no sign at all. A suggestion: two people's blind scores decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from scoring.contract import Score, Use

TOP_RATIO, DOUBLED = 5.0, 2.0
MANY_AUTHORS = 5
"""Fewer people than this are a conversation among friends, however often they write (ours)."""
ENOUGH_POSTS, POSTS_EACH, FEW_VOICES = 10, 4, 3.0
"""Where this many posts come from people who wrote four each on average, the noise is theirs: three points less."""
_COLLECTORS = frozenset(("news.google.com",))
"""Addresses that only pass headlines on; there the author is the publisher."""


def interest(count: float, baseline: float | None, in_news: int = 0, authors: int = 0, posts: int = 0) -> Score:
    """`count` mentions in the window against `baseline`; `in_news`: outlets that carry it (`outlets`); `posts` of it
    were read whose author is known, from `authors` different people.

    A baseline below 1 counts as 1, so that the second mention ever is not infinite interest.
    """
    ratio = count / max(baseline, 1.0) if baseline is not None else None
    own = _own(count, ratio, authors, posts)
    news = _news(in_news)
    if news is not None and news.value >= own.value:
        return news
    return own


def outlets(news: Iterable[Use]) -> int:
    """How many different publishers stand behind headlines: ten from one paper are one voice."""
    return len({_outlet(use) for use in news})


def _own(count: float, ratio: float | None, authors: int, posts: int) -> Score:
    """What the audience's own mentions say."""
    if count <= 0:
        return Score(0.0, "No mention and no headline shows that the audience knows of it.")
    if ratio is None:
        return Score(3.0, f"{count:g} mentions, and no history yet to measure them against.")
    said = f"{count:g} mentions, {ratio:.1f} times the baseline"
    if ratio < DOUBLED:
        value = 1.0 if 0 < authors < MANY_AUTHORS else 3.0 if ratio >= 1 else 2.0
        return Score(value, f"{said}: a small circle so far.")
    value = 10.0 if ratio >= TOP_RATIO else round(min(9.0, 5.0 + ratio), 1)
    if posts >= ENOUGH_POSTS and 0 < authors * POSTS_EACH <= posts:
        who = "one person" if authors == 1 else f"only {authors} people"
        return Score(value - FEW_VOICES, f"{said}, but {who} wrote the {posts} posts that were read.")
    return Score(value, f"{said}.")


def _news(in_news: int) -> Score | None:
    if in_news <= 0:
        return None
    value = 4.0 if in_news == 1 else 5.0 if in_news <= 3 else 6.0
    carried = "One outlet carries" if in_news == 1 else f"{in_news} outlets carry"
    return Score(value, f"{carried} it, and the audience's own conversation says no more than that.")


def _outlet(use: Use) -> str:
    host = (urlsplit(use.url).hostname or "").removeprefix("www.")
    if host in _COLLECTORS and use.author:
        return use.author.casefold()
    return host or use.author.casefold() or use.source or use.text
