"""A moment that a person saw before any source did: raised in their name, without a figure that nobody counted.

Beside `triage`, which raises what was measured: here the evidence is a person's words. They are kept as an item of a
source of their own that is never read, so that the judge, the samples and the export find them like any other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import RowMapping, func, insert, select, update

from data.errors import BadInput
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, item_topics, items, sources
from workflow.access import Person, require
from workflow.brand import the_brand
from workflow.imports import add_source
from workflow.mutes import is_muted
from workflow.rules.holds import fold
from workflow.topics import topic_id
from workflow.triage import Raised, living_alert, raise_alert, takes_in

# What people saw comes under a source that is never read, and that pages leave out.
BY_HAND, BY_HAND_KIND = "By hand", "by_hand"
LONGEST_TOPIC, LONGEST_TEXT, LONGEST_ADDRESS = 200, 2_000, 2_000
_IN_A_SENTENCE = 200


@dataclass(frozen=True)
class Seen:
    """What came of it. `folded`: the topic had a living alert, which took it in. `state`: the alert's.

    `muted`: the topic is, so that it is listed under Muted and not on the Desk.
    """

    alert_id: int
    folded: bool
    state: str
    muted: bool = False

    @property
    def sentence(self) -> str:
        """For the person who saw it."""
        where = " The topic is muted: look under Muted." if self.muted else ""
        if self.folded:
            return f"An alert about this is {self.state} already. What you saw was added to it.{where}"
        return f"Raised. It is judged within seconds.{where}"


def raise_by_hand(store: Store, token: str, topic: str, text: str, url: str = "") -> Seen:
    """Raise an alert for what a person saw, or add it to the topic's living one, whose figures stay as counted.

    BadInput for an empty topic, for no words about what was seen, and for an address that is none of the web's.
    """
    topic, text, url = _checked(topic, text, url)
    with store.write() as tx:
        person = require(tx, token, "triage")
        brand = the_brand(tx)
        about = topic_id(tx, topic)
        _keep(tx, person, about, text, url)
        living = tx.row(living_alert(about))
        fresh = living is not None and takes_in(living, tx.now)
        seen = (
            _fold(tx, person, living, text, url) if living and fresh else _raise(tx, brand.id, person, about, text, url)
        )
        seen = replace(seen, muted=is_muted(tx, about, "spike"))
        detail = {"topic": topic, "text": text, "url": url, "folded": seen.folded}
        events.append(tx, person.actor, "alert_by_hand", "alert", seen.alert_id, after=seen.state, detail=detail)
        return seen


def _checked(topic: str, text: str, url: str) -> tuple[str, str, str]:
    topic, text, url = (" ".join(topic.split()), text.replace("\x00", "").strip(), url.strip())
    if not fold(topic) or len(topic) > LONGEST_TOPIC:
        raise BadInput(f"Say what it is about, in up to {LONGEST_TOPIC} characters: a name or a hashtag.")
    if not text or len(text) > LONGEST_TEXT:
        raise BadInput(f"Say in up to {LONGEST_TEXT:,} characters what you saw: the others and the judge read it.")
    if url and not _is_address(url):
        raise BadInput("That is no web address. It begins with https:// or http://; leave it empty if there is none.")
    return topic, text, url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isprintable() and " " not in url and len(url) <= LONGEST_ADDRESS
    return plain and parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def _raise(tx: Tx, brand_id: int, person: Person, about: int, text: str, url: str) -> Seen:
    why = {
        "sentence": _sentence(person, text),
        "band": None,
        "sources": [{"name": BY_HAND, "count": 1}],
        "samples": [_sample(tx, text, url)],
        "by_hand": [_seen(tx, person, text, url)],
    }
    raised = Raised(
        topic_id=about,
        count=1,
        baseline=None,
        ratio=None,
        onset_at=tx.now,
        window_start=tx.now - timedelta(hours=1),
        window_end=tx.now,
        why=why,
        insist=True,
    )
    new_id = raise_alert(tx, brand_id, raised)
    assert new_id is not None  # no living alert could have taken it in: `raise_by_hand` has just looked
    return Seen(new_id, folded=False, state="open")


def _fold(tx: Tx, person: Person, living: RowMapping, text: str, url: str) -> Seen:
    """Add the sentence and the sample; the figures were counted, and one more pair of eyes is no count."""
    why: dict[str, Any] = dict(living["why"])
    why["sentence"] = " ".join(part for part in (why.get("sentence", ""), _sentence(person, text)) if part)
    why["samples"] = [_sample(tx, text, url), *why.get("samples", ())]
    why["by_hand"] = [*why.get("by_hand", ()), _seen(tx, person, text, url)]
    tx.run(update(alerts).where(alerts.c.id == living["id"]).values(why=why))
    return Seen(living["id"], folded=True, state=living["state"])


def _seen(tx: Tx, person: Person, text: str, url: str) -> dict[str, Any]:
    """What a person saw, apart from what is measured: newer figures replace those, and leave this (`raising`)."""
    return {"sentence": _sentence(person, text), "sample": _sample(tx, text, url)}


def _sentence(person: Person, text: str) -> str:
    flat = " ".join(text.split())
    short = flat if len(flat) <= _IN_A_SENTENCE else flat[: _IN_A_SENTENCE - 1] + "…"
    return f"{person.display_name} saw this: {short}"


def _sample(tx: Tx, text: str, url: str) -> dict[str, str]:
    return {"text": text, "url": url, "author": "", "at": tx.now.isoformat()}


def _keep(tx: Tx, person: Person, about: int, text: str, url: str) -> None:
    """The words as an item. It is counted nowhere: what is usual is about what sources bring."""
    source_id = tx.value(select(sources.c.id).where(sources.c.kind == BY_HAND_KIND)) or _source(tx)
    number = (tx.value(select(func.max(items.c.id))) or 0) + 1
    item_id = tx.insert(
        insert(items).values(
            source_id=source_id,
            external_id=f"{person.id}:{number}",
            kind="mentions",
            text=text,
            url=url,
            author="",
            published_at=tx.now,
            taken_in_at=tx.now,
            weight=1,
            fingerprint=hashlib.sha256(fold(text).encode()).hexdigest()[:32],
            extra={"seen_by": person.display_name},
        )
    )
    tx.run(insert(item_topics).values(item_id=item_id, topic_id=about))


def _source(tx: Tx) -> int:
    taken = tx.value(select(sources.c.id).where(sources.c.name == BY_HAND)) is not None
    name = f"{BY_HAND} (people)" if taken else BY_HAND
    return add_source(tx, BY_HAND_KIND, name, {}, 86_400, enabled=False)
