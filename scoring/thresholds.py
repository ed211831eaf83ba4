"""Where a scorer's probability begins to matter to the layers: every such cut in one place.

A scorer says how dark one text is; what that means beside a topic, a headline or a post is decided here, so that
another scorer can be put in and measured without looking for numbers in the rules. All of them are ours.
"""

from __future__ import annotations

DARK_AT, UNEASY_AT, STRONG_AT = 0.4, 0.28, 0.7
"""From these probabilities a use of a topic counts as dark, as half dark, and as dark beyond doubt."""
REVIEW_SHARE, HOLD_SHARE = 0.2, 0.5
"""Shares of dark uses from which a topic is sensitive, and from which it is a tragedy: a fifth is two in ten."""
REVIEW_FLOOR, HOLD_FLOOR = 0.4, 0.7
"""What a moment's probability is at least under these labels, whichever layer gave them."""
CLEAR_CEILING = 0.39
UNSURE = 0.5
"""What we say of something that could not be read."""
WARNED = 0.6
"""What an official warning about a topic weighs where no text has been scored."""
