"""What people answered under a publication: kept, judged like everything else that is read, and summed up as a mood.

A look brings the newest answers, as many as a platform gives at once. What is new is stored, what was edited is stored
anew and read again, and what stood in the span of the look and is missing from it counts as gone. The judge reads
outside any transaction; an answer is marked as read once, so two workers that read the same one change nothing. An
answer that the judge failed on is shown, and counts in no mood.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import RowMapping, func, insert, select, update

from data.storage.store import Store, Tx
from data.storage.tables import post_replies
from scoring.contract import TextScorer, TextVerdict
from scoring.safety import failed, score_safely

NEGATIVE = "negative"
# So many texts are read and written down in one go: somebody who pauses publishing waits behind it (ours).
AT_ONCE = 25
LONGEST_AUTHOR, LONGEST_ID = 300, 500
# Longer than any platform lets people write; the rest is nobody's answer (ours).
LONGEST_TEXT = 10_000
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,20}")


class Said(Protocol):
    """An answer as a channel brings it (`publishing.channels.Reply`, a floor above)."""

    @property
    def external_id(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def language(self) -> str | None: ...


@dataclass(frozen=True)
class Mood:
    """How people answered: `negative` of the `read` ones, as a share in [0, 1]; None while none was read."""

    read: int
    negative: int
    share: float | None


def take_in(tx: Tx, publication_id: int, said: Sequence[Said]) -> int:
    """Take in what one look brought; how many are to be read, because they are new or say something else."""
    mine = post_replies.c.publication_id == publication_id
    known = {row["external_id"]: row for row in tx.rows(select(post_replies).where(mine))}
    brought = {_plain(one.external_id)[:LONGEST_ID]: one for one in said}
    edited = sum(_again(tx, known[key], one) for key, one in brought.items() if key in known)
    fresh = [_row(tx, publication_id, key, one) for key, one in brought.items() if key not in known]
    if fresh:
        tx.run(insert(post_replies), fresh)
    _note_gone(tx, known, brought)
    return len(fresh) + edited


def _row(tx: Tx, publication_id: int, external_id: str, one: Said) -> dict[str, object]:
    return {
        "publication_id": publication_id,
        "external_id": external_id,
        "author": _plain(one.author)[:LONGEST_AUTHOR],
        "text": _words(one),
        "address": _plain(one.address),
        "at": one.at,
        "taken_in_at": tx.now,
        "language": _language(one.language),
    }


def _language(said: object) -> str | None:
    """A platform hands on what a stranger's program wrote there: one that is no language must not cost the answer."""
    return said if isinstance(said, str) and _LANGUAGE.fullmatch(said) else None


def _words(one: Said) -> str:
    return _plain(one.text[:LONGEST_TEXT])


def _plain(text: str) -> str:
    """Without the one character that PostgreSQL cannot hold, and halves of characters that no database can."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _again(tx: Tx, row: RowMapping, one: Said) -> bool:
    """It is still there; whether it has other words than before, which are read anew."""
    edited = bool(row["text"] != _words(one))
    values: dict[str, object] = {"gone_at": None} if row["gone_at"] is not None else {}
    if edited:
        unread = {"sentiment": None, "negative": None, "tragedy": None, "scored_by": None}
        values |= {"text": _words(one), **unread}
    if values:
        tx.run(update(post_replies).where(post_replies.c.id == row["id"]).values(**values))
    return edited


def _note_gone(tx: Tx, known: dict[str, RowMapping], brought: dict[str, Said]) -> None:
    """Only what is younger than the oldest that was brought: what is older may lie beyond the look."""
    if not brought:
        return
    oldest = min(one.at for one in brought.values())
    missing = [row["id"] for key, row in known.items() if key not in brought and row["at"] > oldest]
    still = post_replies.c.gone_at.is_(None)
    if missing:
        tx.run(update(post_replies).where(post_replies.c.id.in_(missing), still).values(gone_at=tx.now))


def none_left(tx: Tx, publication_id: int) -> None:
    """The platform counts no answer any more: those that we know are gone."""
    mine = (post_replies.c.publication_id == publication_id) & post_replies.c.gone_at.is_(None)
    tx.run(update(post_replies).where(mine).values(gone_at=tx.now))


def judge_new(place: Store, scorer: TextScorer, stopping: Callable[[], bool] = lambda: False) -> int:
    """Read every answer that nobody has read, newest first; how many were read."""
    done = 0
    while not stopping():
        with place.read() as tx:
            rows = tx.rows(
                select(post_replies.c.id, post_replies.c.text)
                .where(post_replies.c.scored_by.is_(None))
                .order_by(post_replies.c.taken_in_at.desc(), post_replies.c.id.desc())
                .limit(AT_ONCE)
            )
        if not rows:
            break
        verdicts = score_safely(scorer, [row["text"] for row in rows])
        with place.write() as tx:
            for row, verdict in zip(rows, verdicts, strict=True):
                _judged(tx, row, verdict, scorer.name)
        done += len(rows)
    return done


def _judged(tx: Tx, row: RowMapping, verdict: TextVerdict, name: str) -> None:
    """Unless another worker was faster, or other words have come in meanwhile."""
    values: dict[str, object] = {"scored_by": name, "tragedy": verdict.tragedy.label.value}
    if not failed(verdict):
        values |= {"sentiment": verdict.sentiment.label, "negative": verdict.sentiment.negative}
    unread = post_replies.c.scored_by.is_(None) & (post_replies.c.text == row["text"])
    tx.run(update(post_replies).where(post_replies.c.id == row["id"], unread).values(**values))


def mood(tx: Tx, publication_id: int) -> Mood:
    """How people answer this publication by now."""
    return moods(tx, (publication_id,)).get(publication_id, Mood(0, 0, None))


def moods(tx: Tx, publication_ids: Collection[int]) -> dict[int, Mood]:
    """The same of many, in one statement; those without a read answer are left out."""
    rows = tx.rows(
        select(post_replies.c.publication_id, post_replies.c.sentiment, func.count().label("count"))
        .where(post_replies.c.publication_id.in_(tuple(publication_ids)))
        .where(post_replies.c.gone_at.is_(None), post_replies.c.sentiment.is_not(None))
        .group_by(post_replies.c.publication_id, post_replies.c.sentiment)
    )
    read: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    for row in rows:
        read[row["publication_id"]] += row["count"]
        bad[row["publication_id"]] += row["count"] * (row["sentiment"] == NEGATIVE)
    return {one: Mood(count, bad[one], bad[one] / count) for one, count in read.items()}


def newest_of(tx: Tx, publication_ids: Collection[int], most: int) -> dict[int, tuple[RowMapping, ...]]:
    """The newest answers of each publication, those that are gone among them. One statement."""
    place = func.row_number().over(
        partition_by=post_replies.c.publication_id, order_by=(post_replies.c.at.desc(), post_replies.c.id.desc())
    )
    mine = post_replies.c.publication_id.in_(tuple(publication_ids))
    ranked = select(post_replies, place.label("place")).where(mine).subquery()
    found: defaultdict[int, list[RowMapping]] = defaultdict(list)
    statement = select(ranked).where(ranked.c.place <= most).order_by(ranked.c.publication_id, ranked.c.place)
    for row in tx.rows(statement):
        found[row["publication_id"]].append(row)
    return {one: tuple(rows) for one, rows in found.items()}
