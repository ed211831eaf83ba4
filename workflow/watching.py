"""What people do with monitors after the set-up: watch something new, change its words, switch one off and on.

Apart from `imports`, which writes rows for the product itself: here a person acts, so a role is asked, every word is
checked, and what was on the screen is compared with what is stored before anything changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import monitors
from workflow import imports
from workflow.access import Person, require
from workflow.brand import the_brand
from workflow.rules.holds import fold

# What a monitor can be about, and how pages call it.
KINDS = {"brand": "Our brand", "competitor": "Competitor", "keyword": "Our trade", "pain_point": "Customers' pain"}
# Ours: a list that a person can still read, and a word that is more than a letter.
MOST_TERMS, SHORTEST_TERM, LONGEST_TERM, LONGEST_NAME = 50, 2, 200, 200
LOWEST_FLOOR, HIGHEST_FLOOR = 1, 1_000_000
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")  # one of these is a word by itself


@dataclass(frozen=True)
class Watched:
    """What one monitor watches, as it stands on a screen. `floor` is uses an hour, below which nothing is raised."""

    terms: tuple[str, ...]
    exclusions: tuple[str, ...]
    floor: int
    enabled: bool = True


def add_monitor(
    store: Store, token: str, name: str, kind: str, terms: Sequence[str], exclusions: Sequence[str], floor: int
) -> int:
    """Watch something new; the monitor's id. BadInput for words that cannot be watched and for a name in use."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        return add_in(tx, person, name, kind, terms, exclusions, floor)


def add_in(
    tx: Tx, person: Person, name: str, kind: str, terms: Sequence[str], exclusions: Sequence[str], floor: int
) -> int:
    """The same inside a transaction of somebody who was already asked for their role."""
    asked = checked(terms, exclusions, floor)
    name = " ".join(name.split())
    brand = the_brand(tx)
    _check_name(tx, brand.id, name)
    if kind not in KINDS:
        raise BadInput(f"A monitor is about one of: {', '.join(KINDS.values())}.")
    new_id = imports.add_monitor(tx, brand.id, name, kind, asked.terms, asked.exclusions, asked.floor)
    detail = {"name": name, "kind": kind, **asdict(asked)}
    events.append(tx, person.actor, "monitor_added", "monitor", new_id, after="on", detail=detail)
    return new_id


def change_monitor(
    store: Store,
    token: str,
    monitor_id: int,
    seen: Watched,
    terms: Sequence[str],
    exclusions: Sequence[str],
    floor: int,
) -> None:
    """Watch other words from now on. `seen` is what the person had before their eyes; Refused where it is no more so.

    What was counted so far stays as it was counted: the usual moves to the new words within a week.
    """
    asked = checked(terms, exclusions, floor)
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = _monitor(tx, monitor_id)
        before = watched_in(row)
        if before != seen:
            raise Refused(
                f"{row['name']} was changed by somebody else meanwhile. Look at what it watches now, then save again: "
                "your words are still here.",
                ("stale_screen",),
            )
        after = Watched(asked.terms, asked.exclusions, asked.floor, before.enabled)
        if after == before:
            return
        values = {"terms": list(after.terms), "exclusions": list(after.exclusions), "floor": after.floor}
        tx.run(update(monitors).where(monitors.c.id == monitor_id).values(**values))
        detail = {"before": asdict(before), "after": asdict(after)}
        events.append(tx, person.actor, "monitor_changed", "monitor", monitor_id, detail=detail)


def set_enabled(store: Store, token: str, monitor_id: int, enabled: bool) -> None:
    """Switch a monitor on or off. Off: nothing is counted for it, nothing is raised. Doing it twice changes nothing."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = _monitor(tx, monitor_id)
        if row["enabled"] == enabled:
            return
        tx.run(update(monitors).where(monitors.c.id == monitor_id).values(enabled=enabled))
        before, after = ("off", "on") if enabled else ("on", "off")
        events.append(tx, person.actor, f"monitor_{after}", "monitor", monitor_id, before=before, after=after)


def checked(terms: Sequence[str], exclusions: Sequence[str], floor: int) -> Watched:
    """The words as they would be stored: trimmed, each once. BadInput says which of them cannot be watched."""
    wanted, unwanted = _once(terms), _once(exclusions)
    if not wanted:
        raise BadInput("Give at least one word or phrase to watch.")
    for what, words in (("words to watch", wanted), ("words to leave out", unwanted)):
        if len(words) > MOST_TERMS:
            raise BadInput(f"{len(words)} {what} are too many: keep to {MOST_TERMS}, or make two monitors of it.")
        for word in words:
            _check_term(word)
    both = {fold(word) for word in wanted} & {fold(word) for word in unwanted}
    if both:
        same = next(word for word in wanted if fold(word) in both)
        raise BadInput(f"{same!r} is to be watched and to be left out. Keep it in one of the two lists.")
    if not LOWEST_FLOOR <= floor <= HIGHEST_FLOOR:
        raise BadInput(f"The least number of uses an hour lies between {LOWEST_FLOOR} and {HIGHEST_FLOOR:,}.")
    return Watched(wanted, unwanted, floor)


def watched_in(row: RowMapping) -> Watched:
    """What a monitor's row says that it watches."""
    return Watched(tuple(row["terms"]), tuple(row["exclusions"]), row["floor"], row["enabled"])


def _once(words: Sequence[str]) -> tuple[str, ...]:
    trimmed = (" ".join(word.split()) for word in words)
    return tuple(dict.fromkeys(word for word in trimmed if word))


def _check_term(word: str) -> None:
    if sum(letter.isalnum() for letter in word) < SHORTEST_TERM and not _IDEOGRAPH.search(word):
        raise BadInput(f"{word!r} is too short: one letter is in every text. Use {SHORTEST_TERM} letters or more.")
    if len(word) > LONGEST_TERM:
        raise BadInput(f"{word[:40]!r}… is longer than {LONGEST_TERM} letters; nobody writes it twice the same way.")


def _check_name(tx: Tx, brand_id: int, name: str) -> None:
    if not fold(name) or len(name) > LONGEST_NAME:
        raise BadInput(f"Give the monitor a name of up to {LONGEST_NAME} characters; alerts will say it.")
    taken = {fold(row["name"]): row["name"] for row in tx.rows(select(monitors).where(monitors.c.brand_id == brand_id))}
    if fold(name) in taken:
        raise BadInput(f"{taken[fold(name)]!r} is watched already and reads the same. Choose another name.")


def _monitor(tx: Tx, monitor_id: int) -> RowMapping:
    row = tx.row(select(monitors).where(monitors.c.id == monitor_id))
    if row is None:
        raise BadInput("There is no such monitor.")
    return row
