"""When a person sees it otherwise: their word on a verdict is kept beside the machine's, with the reason.

A correction changes no verdict and opens no gate. A person's "clear" lifts nothing: a hold still takes two people. A
person's "hold" is an offer to pause (`workflow.hold`), never a pause that nobody asked for. What it does: everybody who
looks at the moment sees it, the report of agreement counts it, and `app export corrections` hands it to whoever trains.

One person may change their mind: each word is a row, the newest of each person counts. "That is right" is a word too:
a row whose two labels are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, insert, select

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, corrections, item_topics, items, people, topics
from scoring.contract import TextScorer, TextVerdict
from scoring.safety import failed, score_safely
from workflow.access import Person, require
from workflow.judge import latest_verdict
from workflow.rules.agreement import CATEGORY, LABELS, SENTIMENT, TRAGEDY

__all__ = [
    "CATEGORY",
    "SENTIMENT",
    "TRAGEDY",
    "Word",
    "agree_with_verdict",
    "correct_text",
    "correct_verdict",
    "keep",
    "newest",
    "training_rows",
    "verdict_words",
    "words_on",
]

LONGEST_REASON = 500
# The guide has ten uses read; so many are kept beside a word about the whole moment.
USES_KEPT = 10
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Word:
    """What one person says of one verdict, in their newest word on it. `item_id` None: of the whole moment."""

    who: str
    person_id: int
    item_id: int | None
    aspect: str
    machine: str
    person: str
    reason: str
    at: datetime

    @property
    def agrees(self) -> bool:
        return self.machine == self.person


def correct_verdict(store: Store, token: str, alert_id: int, seen: str, label: str, reason: str) -> int:
    """ "No: this moment is `label`", against the verdict `seen` on the screen; the correction's id."""
    _check(TRAGEDY, label)
    with store.write() as tx:
        person = require(tx, token, "correct")
        return _about_alert(tx, person, alert_id, seen, label, _line(reason, label != seen))


def agree_with_verdict(store: Store, token: str, alert_id: int, seen: str) -> int:
    """ "That is right", of the verdict `seen` on the screen."""
    return correct_verdict(store, token, alert_id, seen, seen, "")


def correct_text(
    store: Store, scorer: TextScorer, token: str, alert_id: int, item_id: int, aspect: str, label: str, reason: str
) -> int:
    """ "This text is `label`", of one that the moment shows; the correction's id. No reason is needed to agree."""
    _check(aspect, label)
    with store.read() as tx:
        require(tx, token, "correct")
        text = _text_of(tx, alert_id, item_id)
    # Outside the transaction: a slow judge must not hold up the writers.
    verdict = score_safely(scorer, [text])[0]
    if failed(verdict):
        raise Refused("The judge could not read this text, so there is nothing to correct. Try again in a minute.")
    machine, probability = _machine(aspect, verdict)
    said = {"aspect": aspect, "machine": machine, "person": label, "scorer": scorer.name}
    said["reason"] = _line(reason, label != machine)
    with store.write() as tx:
        person = require(tx, token, "correct")
        kept = keep(
            tx, person.id, alert_id=alert_id, item_id=item_id, text=text[:LONGEST_TEXT], probability=probability, **said
        )
        return _told(tx, person, alert_id, item_id, said, kept)


def keep(
    tx: Tx,
    person_id: int,
    *,
    aspect: str,
    machine: str,
    person: str,
    reason: str,
    scorer: str,
    alert_id: int | None = None,
    item_id: int | None = None,
    text: str = "",
    probability: float | None = None,
) -> int | None:
    """Write one word down in an open transaction; its id, or None when the person has said just that already.

    The row only: whoever calls has checked the person and writes the event that belongs to their own deed.
    """
    about = _about(alert_id, item_id) & (corrections.c.aspect == aspect) & (corrections.c.person_id == person_id)
    before = tx.row(select(corrections).where(about).order_by(corrections.c.id.desc()).limit(1))
    said = {"machine": machine, "person": person, "reason": reason.strip()}
    if before is not None and all(before[name] == value for name, value in said.items()):
        return None
    values = said | {"scorer": scorer, "probability": probability, "text": text, "aspect": aspect}
    row = values | {"alert_id": alert_id, "item_id": item_id, "person_id": person_id, "at": tx.now}
    return tx.insert(insert(corrections).values(**row))


def words_on(tx: Tx, alert_id: int) -> tuple[Word, ...]:
    """What people say of an alert's verdict and of its texts: the newest word of each, oldest first."""
    return tuple(_word(row) for row in newest(tx, corrections.c.alert_id == alert_id))


def verdict_words(tx: Tx, alert_id: int) -> tuple[Word, ...]:
    """Those of them that are about the moment as a whole: stop, look closely or clear."""
    return tuple(word for word in words_on(tx, alert_id) if word.item_id is None and word.aspect == TRAGEDY)


def newest(tx: Tx, *only: ColumnElement[bool]) -> Sequence[RowMapping]:
    """The newest word of each person on each verdict, with the person's name, oldest first."""
    same = (corrections.c.alert_id, corrections.c.item_id, corrections.c.aspect, corrections.c.person_id)
    last = select(func.max(corrections.c.id)).where(*only).group_by(*same)
    return tx.rows(
        select(corrections, people.c.display_name)
        .join(people, people.c.id == corrections.c.person_id)
        .where(corrections.c.id.in_(last))
        .order_by(corrections.c.id)
    )


def training_rows(tx: Tx) -> Iterator[dict[str, Any]]:
    """Everybody's newest words as lines to train from, oldest first. No names: `by` is new in each export."""
    known: dict[int, str] = {}
    for row in newest(tx):
        by = known.setdefault(row["person_id"], f"p{len(known) + 1}")
        about = "moment" if row["item_id"] is None else "text"
        said = {name: row[name] for name in ("text", "aspect", "machine", "person", "reason", "probability", "scorer")}
        yield {"about": about, **said, "at": row["at"].isoformat(), "by": by}


def _about(alert_id: int | None, item_id: int | None) -> ColumnElement[bool]:
    return corrections.c.alert_id.is_not_distinct_from(alert_id) & corrections.c.item_id.is_not_distinct_from(item_id)


def _word(row: RowMapping) -> Word:
    names = ("person_id", "item_id", "aspect", "machine", "person", "reason", "at")
    return Word(who=row["display_name"], **{name: row[name] for name in names})


def _about_alert(tx: Tx, person: Person, alert_id: int, seen: str, label: str, reason: str) -> int:
    alert = tx.row(select(alerts).where(alerts.c.id == alert_id))
    if alert is None:
        raise BadInput("There is no such alert.")
    verdict = latest_verdict(tx, alert_id)
    if verdict is None or verdict["tragedy"] != seen:
        raise Refused("The verdict is another one by now. Look at it, then say what you think.", ("verdict_changed",))
    said = {"aspect": TRAGEDY, "machine": seen, "person": label, "reason": reason, "scorer": verdict["scorer"]}
    text = _uses_now(tx, alert["topic_id"])
    kept = keep(tx, person.id, alert_id=alert_id, text=text, probability=verdict["probability"], **said)
    return _told(tx, person, alert_id, None, said, kept)


def _machine(aspect: str, verdict: TextVerdict) -> tuple[str, float]:
    if aspect == TRAGEDY:
        return verdict.tragedy.label.value, verdict.tragedy.probability
    feeling = verdict.sentiment
    return feeling.label, max(feeling.negative, feeling.neutral, feeling.positive)


def _told(tx: Tx, person: Person, alert_id: int, item_id: int | None, said: dict[str, str], kept: int | None) -> int:
    """Write the event for a new word. The id of the row that now says it; a second click finds the first one's."""
    if kept is None:
        about = _about(alert_id, item_id) & (corrections.c.aspect == said["aspect"])
        return int(tx.value(select(func.max(corrections.c.id)).where(about, corrections.c.person_id == person.id)))
    kind = "verdict_confirmed" if said["person"] == said["machine"] else "verdict_corrected"
    detail = {"aspect": said["aspect"], "item": item_id, "correction": kept}
    events.append(
        tx,
        person.actor,
        kind,
        "alert",
        alert_id,
        before=said["machine"],
        after=said["person"],
        why=said["reason"],
        detail=detail,
    )
    return kept


def _text_of(tx: Tx, alert_id: int, item_id: int) -> str:
    """The text, if it is one of the alert's topic."""
    found = tx.value(
        select(items.c.text)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .join(alerts, alerts.c.topic_id == item_topics.c.topic_id)
        .where(items.c.id == item_id, alerts.c.id == alert_id)
    )
    if found is None:
        raise BadInput("That text is no longer here. Reload the page and choose another.")
    return str(found)


def _uses_now(tx: Tx, topic_id: int) -> str:
    """The topic's name and the newest texts with it, a line each: what the person had before them."""
    label = tx.value(select(topics.c.label).where(topics.c.id == topic_id))
    rows = tx.rows(
        select(items.c.text)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .where(item_topics.c.topic_id == topic_id)
        .order_by(items.c.published_at.desc(), items.c.id.desc())
        .limit(USES_KEPT)
    )
    return "\n".join([str(label), *(" ".join(row["text"].split())[:LONGEST_TEXT] for row in rows)])


def _check(aspect: str, label: str) -> None:
    if aspect not in LABELS:
        raise BadInput(f"A text is corrected in one of these: {', '.join(LABELS)}.")
    if label not in LABELS[aspect]:
        raise BadInput(f"Choose one of these: {', '.join(LABELS[aspect])}.")


def _line(reason: str, needed: bool) -> str:
    said = " ".join(reason.replace("\x00", "").split())
    if needed and not said:
        raise BadInput("Say in one line why: whoever reads this verdict next will ask.")
    if len(said) > LONGEST_REASON:
        raise BadInput(f"Keep the reason to one line of up to {LONGEST_REASON} characters.")
    return said
