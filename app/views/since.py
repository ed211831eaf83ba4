"""What is new to somebody who had an earlier version of a draft before their eyes, and who else has seen this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from app.views.posts import Piece, compare
from data.storage.store import Tx
from data.storage.tables import approvals, draft_versions
from workflow.access import Person
from workflow.content import version_of
from workflow.looks import Look
from workflow.rules.versions import Change, changes
from workflow.versions import content_fields


@dataclass(frozen=True)
class Since:
    """The version the reader knows, and what is different in the one that is to be signed.

    `seen_at`: when they last had it on the screen, None where only their word is known. `decision` and `reason`: what
    they said to it, empty where they only read. `changed`: the words; `others`: everything beside them.
    """

    number: int
    seen_at: datetime | None
    decision: str
    reason: str
    changed: tuple[Piece, ...]
    others: tuple[Change, ...]

    @property
    def same_words(self) -> bool:
        """Whether nothing in the text moved."""
        return all(piece.kind == "same" for piece in self.changed)


@dataclass(frozen=True)
class Looked:
    """Somebody else who may sign, and the newest version that they have seen."""

    name: str
    number: int
    at: datetime
    newest: bool


def since(tx: Tx, draft: RowMapping, person: Person, looks: tuple[Look, ...]) -> Since | None:
    """From the newest version that the reader has seen or answered; None for a first reading.

    The version on the screen counts as seen only where they have already said something to it: otherwise the diff
    would be gone at the second glance.
    """
    said = _last_word(tx, draft, person)
    said_on = _number_of(tx, draft, said["content_hash"]) if said is not None else 0
    mine = [one for one in looks if one.person_id == person.id and one.number < draft["number"]]
    number = max(said_on, max((one.number for one in mine), default=0))
    if number == 0:
        return None
    old, new = version_of(tx, draft, number), version_of(tx, draft)
    spoke = said is not None and said_on == number
    return Since(
        number=number,
        seen_at=next((one.at for one in mine if one.number == number), None),
        decision=said["decision"] if said is not None and spoke else "",
        reason=said["reason"] if said is not None and spoke else "",
        changed=compare(old["text"], new["text"]),
        others=changes(content_fields(old), content_fields(new)),
    )


def looked(person: Person, draft: RowMapping, looks: tuple[Look, ...], known: Mapping[int, str]) -> tuple[Looked, ...]:
    """The others who have seen it, by the newest version each has seen."""
    newest: dict[int, Look] = {}
    for one in looks:  # the newest version comes first
        newest.setdefault(one.person_id, one)
    return tuple(
        Looked(known[one.person_id], one.number, one.at, one.number == draft["number"])
        for one in newest.values()
        if one.person_id != person.id
    )


def _last_word(tx: Tx, draft: RowMapping, person: Person) -> RowMapping | None:
    return tx.row(
        select(approvals)
        .where(approvals.c.draft_id == draft["id"], approvals.c.person_id == person.id)
        .order_by(approvals.c.id.desc())
        .limit(1)
    )


def _number_of(tx: Tx, draft: RowMapping, content_hash: str) -> int:
    found = tx.value(
        select(draft_versions.c.number)
        .where(draft_versions.c.draft_id == draft["id"], draft_versions.c.content_hash == content_hash)
        .order_by(draft_versions.c.number.desc())
        .limit(1)
    )
    assert found is not None
    return int(found)
