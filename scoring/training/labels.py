"""The names of what is learnt, in the order of the network's outputs; apart from the network, which needs torch."""

SENTIMENTS = ("negative", "neutral", "positive")
TRAGEDIES = ("clear", "sensitive", "hold")
