"""Where a scorer's probability begins to matter to the layers: every such cut in one place.

A scorer says how dark one text is; what that means beside a topic, a headline or a post is decided here, so that
another scorer can be put in and measured without looking for numbers in the rules. All of them are ours.
"""

from __future__ import annotations

DARK_AT, UNEASY_AT, STRONG_AT = 0.4, 0.28, 0.7
"""From these probabilities a use of a topic counts as dark, as half dark, and as dark beyond doubt."""
TOPIC_REVIEW, TOPIC_HOLD = 0.16, 0.35
"""Levels of all uses together (`scoring.context.level_of`) from which a topic is sensitive, and from which it is a
tragedy. Chosen on scoring/training/topics.yaml, which is harder than a day's trends. Its 80 tragic topics begin at 0.136,
79 of them reach 0.16; of the 80 harmless ones 7 do, and none reaches 0.27. A missed tragedy weighs more than a closer
look: the cut of fewest mistakes would be 0.17. `python -m scoring.training.topics` tells the figures of other weights."""
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
