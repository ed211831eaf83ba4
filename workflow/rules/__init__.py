"""The policy itself: who may do what, when a draft may move, and what must be true before a post leaves.

Tables and pure functions over frozen values. No clock, network, database, environment or logging: `now` comes in
as an argument, a decision goes out. The use cases in `workflow` fetch the facts, ask here, and write the answer.
"""
