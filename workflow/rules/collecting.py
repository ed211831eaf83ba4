"""How often a publication is asked what became of it: a table by its age, and longer pauses while nobody answers.

Pure. The first line is the guide's ("should update every 5–15 minutes", velocity "in first 6 hours"); the wider steps
after it are ours, because little moves by then and every look costs a platform's patience.
"""

from __future__ import annotations

from datetime import timedelta

from workflow.rules.metrics import MARKS

FIRST_STEP = timedelta(minutes=5)
STEPS: tuple[tuple[timedelta, timedelta], ...] = (
    (timedelta(hours=6), FIRST_STEP),
    (timedelta(hours=24), timedelta(hours=1)),
    (timedelta(days=7), timedelta(hours=6)),
    (timedelta(days=30), timedelta(days=1)),
)
"""Up to this age, this long until the next look. Older than the last line: never again."""

# Two looks closer together than this would only cost patience (ours).
LEAST_STEP = timedelta(seconds=30)
# A mark is a figure of its age, or nearly: at most a quarter late (ours), ten minutes for the first ones.
LATE_SHARE, LATE_LEAST = 0.25, timedelta(minutes=10)
# After a failure; doubled after each further one, never longer than the second (ours).
PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# Where a platform asks for patience and does not say how long (ours): X and Mastodon count by quarters of an hour.
PATIENCE = timedelta(minutes=15)
# What a platform does not show so soon after it took it may still be on its way through its machines (ours).
SETTLING = timedelta(minutes=10)
# A post that is gone is looked for once more: a platform may be wrong for a moment (ours).
SURE_AFTER = timedelta(hours=1)


def next_step(age: timedelta, first: timedelta = FIRST_STEP) -> timedelta | None:
    """How long until the next look at a publication of this age; None: it is too old to change.

    Shortened where a mark lies in between, so that posts are compared at the same age. `first`: the operator's step for
    the first line of the table.
    """
    step = next((_of(line, first) for until, line in STEPS if age < until), None)
    if step is None:
        return None
    ahead = [mark - age for mark in (timedelta(minutes=minutes) for minutes in MARKS) if mark > age]
    soonest = min([step, *ahead])
    return max(soonest, min(LEAST_STEP, step))


def _of(step: timedelta, first: timedelta) -> timedelta:
    return first if step == FIRST_STEP else step


def reached(age: timedelta) -> tuple[int, ...]:
    """Which marks a figure of this age may stand for, in minutes: those that it is past by a quarter at most."""
    marks = ((minutes, timedelta(minutes=minutes)) for minutes in MARKS)
    return tuple(minutes for minutes, mark in marks if mark <= age <= mark + max(mark * LATE_SHARE, LATE_LEAST))


def pause_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    doubled: int = 2 ** min(failures - 1, 10)
    return min(PAUSE * doubled, LONGEST_PAUSE)
