"""What people do with monitors after the set-up: watch something new, change its words, switch one off and on.

Apart from `imports`, which writes rows for the product itself: here a person acts, so a role is asked, every word is
checked, and what was on the screen is compared with what is stored before anything changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import monitors, topics
from workflow import imports
from workflow.access import Person, require
from workflow.brand import the_brand
from workflow.rules.holds import fold

# What a monitor can be about, and how pages call it.
KINDS = {"brand": "Our brand", "competitor": "Competitor", "keyword": "Our trade", "pain_point": "Customers' pain"}
# Ours: a list that a person can still read, and a word that is more than a letter.
MOST_TERMS, SHORTEST_TERM, LONGEST_TERM, LONGEST_NAME = 50, 2, 200, 200
LOWEST_FLOOR, HIGHEST_FLOOR = 1, 1_000_000
LOWEST_COOLDOWN, HIGHEST_COOLDOWN = 15, 7 * 24 * 60
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")  # one of these is a word by itself


@dataclass(frozen=True)
class Watched:
    """What one monitor watches, as it stands on a screen. `floor` is uses an hour, below which nothing is raised.

    `languages`: two-letter codes, none for all; `cooldown_minutes`: None for the usual wait before it is told again.
    """

    terms: tuple[str, ...]
    exclusions: tuple[str, ...]
    floor: int
    enabled: bool = True
    languages: tuple[str, ...] = ()
    cooldown_minutes: int | None = None


@dataclass(frozen=True)
class More:
    """What else can be changed about a monitor, beside its words."""

    name: str
    kind: str
    languages: Sequence[str] = ()
    cooldown_minutes: int | None = None


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
    more: More | None = None,
) -> None:
    """Watch other words from now on. `seen` is what the person had before their eyes; Refused where it is no more so.

    What was counted so far stays as it was counted: the usual moves to the new words within a week. Without `more`
    the rest stays as it is.
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
        more = more or More(row["name"], row["kind"], before.languages, before.cooldown_minutes)
        _check_more(tx, row, more)
        after = replace(before, terms=asked.terms, exclusions=asked.exclusions, floor=asked.floor)
        after = replace(after, languages=codes(more.languages), cooldown_minutes=more.cooldown_minutes)
        called, kind = " ".join(more.name.split()), more.kind
        if (after, called, kind) == (before, row["name"], row["kind"]):
            return
        values = {key: value for key, value in asdict(after).items() if key != "enabled"}
        values |= {key: list(values[key]) for key in ("terms", "exclusions", "languages")}
        tx.run(update(monitors).where(monitors.c.id == monitor_id).values(**values, name=called, kind=kind))
        if called != row["name"]:
            _rename_topic(tx, monitor_id, called)
        was, now = {"name": row["name"], "kind": row["kind"]}, {"name": called, "kind": kind}
        detail = {"before": asdict(before) | was, "after": asdict(after) | now}
        events.append(tx, person.actor, "monitor_changed", "monitor", monitor_id, detail=detail)


def _check_more(tx: Tx, row: RowMapping, more: More) -> None:
    name = " ".join(more.name.split())
    if name != row["name"]:
        _check_name(tx, row["brand_id"], name, besides=row["id"])
    if more.kind not in KINDS and more.kind != row["kind"]:
        raise BadInput(f"A monitor is about one of: {', '.join(KINDS.values())}.")
    minutes = more.cooldown_minutes
    if minutes is not None and not LOWEST_COOLDOWN <= minutes <= HIGHEST_COOLDOWN:
        raise BadInput(f"The wait before an alert is told again is {LOWEST_COOLDOWN} to {HIGHEST_COOLDOWN:,} minutes.")


def codes(languages: Sequence[str]) -> tuple[str, ...]:
    """The codes as they are stored. BadInput names the one that is none."""
    found = tuple(dict.fromkeys(one.strip().lower() for one in languages if one.strip()))
    wrong = next((code for code in found if not (len(code) == 2 and code.isascii() and code.isalpha())), None)
    if wrong is not None:
        raise BadInput(f"{wrong!r} is no language code. Write two letters, as in en, de, es; or nothing for all.")
    return found


def _rename_topic(tx: Tx, monitor_id: int, name: str) -> None:
    """What is drawn follows the name. The key follows where no hashtag has it: that tag's own history is its own."""
    topic = tx.row(select(topics).where(topics.c.monitor_id == monitor_id))
    if topic is None:
        return
    folded = fold(name)[:200]
    taken = tx.value(select(topics.c.id).where(topics.c.folded == folded, topics.c.id != topic["id"]))
    values = {"label": name} if taken else {"label": name, "folded": folded}
    tx.run(update(topics).where(topics.c.id == topic["id"]).values(**values))


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
    words = (tuple(row["terms"]), tuple(row["exclusions"]))
    return Watched(*words, row["floor"], row["enabled"], tuple(row["languages"]), row["cooldown_minutes"])


def _once(words: Sequence[str]) -> tuple[str, ...]:
    trimmed = (" ".join(word.split()) for word in words)
    return tuple(dict.fromkeys(word for word in trimmed if word))


def _check_term(word: str) -> None:
    if sum(letter.isalnum() for letter in word) < SHORTEST_TERM and not _IDEOGRAPH.search(word):
        raise BadInput(f"{word!r} is too short: one letter is in every text. Use {SHORTEST_TERM} letters or more.")
    if len(word) > LONGEST_TERM:
        raise BadInput(f"{word[:40]!r}… is longer than {LONGEST_TERM} letters; nobody writes it twice the same way.")


def _check_name(tx: Tx, brand_id: int, name: str, besides: int = 0) -> None:
    if not fold(name) or len(name) > LONGEST_NAME:
        raise BadInput(f"Give the monitor a name of up to {LONGEST_NAME} characters; alerts will say it.")
    others = select(monitors).where(monitors.c.brand_id == brand_id, monitors.c.id != besides)
    taken = {fold(row["name"]): row["name"] for row in tx.rows(others)}
    if fold(name) in taken:
        raise BadInput(f"{taken[fold(name)]!r} is watched already and reads the same. Choose another name.")


def _monitor(tx: Tx, monitor_id: int) -> RowMapping:
    row = tx.row(select(monitors).where(monitors.c.id == monitor_id))
    if row is None:
        raise BadInput("There is no such monitor.")
    return row
