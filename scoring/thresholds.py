"""Where a scorer's probability begins to matter to the layers: every such cut in one place.

A scorer says how dark one text is; what that means beside a topic, a headline or a post is decided here, so that
another scorer can be put in and measured without looking for numbers in the rules. All of them are ours.
"""

from __future__ import annotations

DARK_AT, UNEASY_AT, STRONG_AT = 0.4, 0.28, 0.7
"""From these probabilities a use of a topic counts as dark, as half dark, and as dark beyond doubt."""
TOPIC_REVIEW, TOPIC_HOLD = 0.155, 0.3
"""Levels of all uses together (`scoring.context.level_of`) from which a topic is sensitive, and from which it is a
tragedy. Chosen on scoring/training/topics.yaml with the weights 313774e8b44e: its 84 tragic topics begin at 0.157;
eight of the 84 harmless ones reach 0.155, none 0.23. Fewest mistakes are made at 0.2, three tragedies missed and four
harmless topics stopped: a missed one weighs more. `python -m bench.topic_rules` tells the same of other weights."""
LEAST_TOUCHED, LEAST_DARK = 2, 1.5
"""However dark it is, one use says nothing of its topic: so many have to be uneasy, and come to so many dark ones."""
ORDINARY, BEYOND_DOUBT = 0.05, 0.99
"""No use counts as lighter or darker than this: a judge that is certain of one use does not outvote nine others."""
REVIEW_FLOOR, HOLD_FLOOR = 0.4, 0.7
"""What a moment's probability is at least under these labels, whichever layer gave them."""
CLEAR_CEILING = 0.39
UNSURE = 0.5
"""What we say of something that could not be read."""
WARNED = 0.6
"""What an official warning about a topic weighs where no text has been scored."""
