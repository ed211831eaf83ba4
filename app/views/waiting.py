"""What a post on its way waits for, as the Schedule page says it: in plain words, with the platform's own.

Apart from `schedule`, which draws up the whole page: this is one question about one row, answered without a query.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from workflow.rules.drafts import State

# Then a post that is due should have been taken: a worker looks every second (ours).
SOON = timedelta(minutes=1)
AT_ANY_MOMENT = "Its time has come: it leaves at any moment."
NO_WORKER = "Its time has come, and nothing has sent it yet: is a worker running? After a quarter of an hour it needs "
NO_WORKER += "a new time."
NOT_TAKEN = "Not out yet: it waits for the platform and is tried again by itself."
NO_ANSWER = "The platform gave no answer. It is sent again under the same key, which cannot make a second post."
ASKING = "Tact asks the platform whether it is out. If you find it first, say so."


@dataclass(frozen=True)
class Waiting:
    """`sentence`: what it waits for; `said`: the platform's words, empty where it said nothing; then when it is tried
    next, and what is tried then.
    """

    sentence: str
    said: str = ""
    next_try_at: datetime | None = None
    trying: str = "Next try"


def waiting(row: RowMapping, state: State, off: str, now: datetime) -> Waiting | None:
    """What the post waits for; None where its clock or its state say so already. `off`: why its account sends nothing.

    `row` has the post's live place on the schedule: publish_at, next_try_at and said.
    """
    again, said = row["next_try_at"], row["said"] or ""
    if state == State.UNKNOWN:
        return Waiting(ASKING, said, again, "Next look") if again is not None else None
    if state == State.PUBLISHING:
        return Waiting(NO_ANSWER, said, again) if again is not None else None
    if state != State.SCHEDULED:
        return None
    if again is not None:
        return Waiting(NOT_TAKEN, said, again)
    return _on_schedule(row["publish_at"], off, now)


def _on_schedule(publish_at: datetime, off: str, now: datetime) -> Waiting | None:
    if off:
        return Waiting(off)
    if publish_at > now:
        return None
    return Waiting(AT_ANY_MOMENT if now - publish_at < SOON else NO_WORKER)
