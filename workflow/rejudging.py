"""The queue judged anew: posts on their way against what has just come in, and not only when each comes due.

`holds_by_rule` stops what a hold covers; this stops the single post whose words, hashtags, places or pictures have
become wrong since it was signed. It only ever stops: what it leaves alone is asked about once more by the gate. One
that was handed to a person to post has no gate before it any more, and becomes the question whether it is out. A post
that was stopped already is looked at for two days more, so that whoever decides about it reads every reason.

Cheap enough for ten thousand waiting posts, because each arrival is asked whom it can touch: an index from words and
topics to posts, kept in memory, says so, and only those are judged – outside any write transaction. The index is a
guess that may be too wide, never a verdict.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from data.errors import TactError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import draft_versions, drafts, item_topics, items, topics
from scoring.contract import Reason, TextScorer, Use
from scoring.look import names
from scoring.overlap import Subject, subject_of, ties
from scoring.warnings import concerns
from workflow import brand as brands
from workflow import stopped
from workflow.checking import judge_draft, media_words, topics_of
from workflow.due import GRAVE_OR_OVER
from workflow.judge import World, recent_warnings, world_of
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.rules.codes import Code
from workflow.rules.drafts import Move, State
from workflow.rules.holds import fold

log = logging.getLogger(__name__)

_ID = drafts.c.id
# Signed, and not out for all that we know.
_WAITING = (State.SCHEDULED, State.BY_HAND)

# What stops a post before it is due. The judge's other reasons are about the very hour in which it would leave, a
# sensitive date or a delay, or say that nobody could read it now: the gate asks for those at that hour.
GRAVE = frozenset({Code.TRAGEDY, Code.OFFICIAL_ALERT, Code.BRAND_CRISIS})
# A mere doubt that was there when two people signed is no news; one that came in since is.
STOPPING = GRAVE | {Code.SENSITIVE_TOPIC}
# Another process may write an item a little after we looked past its instant (ours).
_MARGIN = timedelta(seconds=30)
# So many are judged in one read (ours): a database keeps old pages for as long as somebody reads them.
_AT_ONCE = 100


@dataclass(frozen=True)
class _Post:
    """A scheduled post as the index knows it. `regions`: the brand's own where it names none."""

    content_hash: str
    subjects: tuple[Subject, ...]
    words: frozenset[str]
    topics: frozenset[str]
    regions: tuple[str, ...]


class Queue:
    """The index of one worker, and what it has looked at. Several may run: a post is stopped once."""

    def __init__(self, store: Store, scorer: TextScorer) -> None:
        self.store = store
        self.scorer = scorer
        self._posts: dict[int, _Post] = {}
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._by_topic: dict[str, set[int]] = defaultdict(set)
        self._stamp: tuple[int, datetime | None] = (-1, None)
        self._seen: dict[int, datetime] = {}
        self._since: datetime | None = None
        # What is still to be judged, and whether something new touches it: kept over a look that failed.
        self._todo: dict[int, bool] = {}
        self._looking = threading.Lock()

    def look(self) -> tuple[int, ...]:
        """Judge every post that is new on the schedule, or that something new can touch. The posts that it stopped."""
        with self._looking:
            with self.store.read() as tx:
                self._todo |= dict.fromkeys(self._refresh(tx), False)
                self._todo |= dict.fromkeys(self._touched(tx, self._arrivals(tx)), True)
                self._todo = {one: touched for one, touched in self._todo.items() if one in self._posts}
                if not self._todo:
                    return ()
                world = world_of(tx)
            near = _Near(world)
            found: list[int] = []
            while self._todo:
                some = sorted(self._todo)[:_AT_ONCE]
                found += self._judge(some, world, near)
                self._todo = {one: touched for one, touched in self._todo.items() if one not in some}
            return tuple(found)

    # --- the index ------------------------------------------------------------------------------------------

    def _refresh(self, tx: Tx) -> set[int]:
        """Bring the index up to the schedule; the posts that it did not know, or knew with other content."""
        blocked = (drafts.c.state == State.BLOCKED.value) & (drafts.c.updated_at > tx.now - stopped.LOOKED_AT)
        waiting = drafts.c.state.in_([one.value for one in _WAITING]) | blocked
        row = tx.row(select(func.count().label("n"), func.max(drafts.c.updated_at).label("at")).where(waiting))
        stamp = (row["n"], row["at"]) if row is not None else (0, None)
        if stamp == self._stamp:
            return set()
        there = {row["id"]: row["content_hash"] for row in tx.rows(select(_ID, drafts.c.content_hash).where(waiting))}
        for gone in [one for one, post in self._posts.items() if there.get(one) != post.content_hash]:
            self._forget(gone)
        fresh = sorted(there.keys() - self._posts.keys())
        regions = brands.the_brand(tx).profile.regions if fresh else ()
        for start in range(0, len(fresh), 500):
            for row in tx.rows(_with_words(fresh[start : start + 500])):
                self._learn(row["id"], _known(tx, row, regions))
        self._stamp = stamp
        return set(fresh)

    def _learn(self, draft_id: int, post: _Post) -> None:
        self._posts[draft_id] = post
        for word in post.words:
            self._by_word[word].add(draft_id)
        for topic in post.topics:
            self._by_topic[topic].add(draft_id)

    def _forget(self, draft_id: int) -> None:
        post = self._posts.pop(draft_id)
        for index, keys in ((self._by_word, post.words), (self._by_topic, post.topics)):
            for key in keys:
                index[key].discard(draft_id)
                if not index[key]:
                    del index[key]

    # --- what came in ---------------------------------------------------------------------------------------

    def _arrivals(self, tx: Tx) -> list[int]:
        """The items taken in since the last look. The first look needs none: it judges the whole queue."""
        since, self._since = self._since, tx.now
        begin = (since or tx.now) - _MARGIN
        rows = tx.rows(select(items.c.id, items.c.taken_in_at).where(items.c.taken_in_at > begin))
        new = [row["id"] for row in rows if self._seen.get(row["id"]) != row["taken_in_at"]]
        self._seen = {row["id"]: row["taken_in_at"] for row in rows}
        return new if since is not None else []

    def _touched(self, tx: Tx, new: Sequence[int]) -> set[int]:
        """The posts that these items can have something to say about."""
        found: set[int] = set()
        for start in range(0, len(new), 500):
            some = new[start : start + 500]
            found |= self._by_subject(tx, some) | self._in_news(tx, some) | self._warned(tx, some)
        return found

    def _by_subject(self, tx: Tx, new: Sequence[int]) -> set[int]:
        """By what they are filed under: a topic or hashtag of the post."""
        linked = select(item_topics.c.topic_id).where(item_topics.c.item_id.in_(new))
        rows = tx.rows(select(topics.c.folded).where(topics.c.id.in_(linked)))
        return {one for row in rows for one in self._by_topic.get(row["folded"], ())}

    def _in_news(self, tx: Tx, new: Sequence[int]) -> set[int]:
        """Headlines that speak of the same as a post, by its text, a hashtag or a picture's words."""
        query = select(items.c.text).where(items.c.id.in_(new), items.c.kind == "news")
        found: set[int] = set()
        for row in tx.rows(query):
            told = subject_of(row["text"])
            maybe = {one for word in _said(told) for one in self._by_word.get(word, ())} - found
            found |= {one for one in maybe if any(ties(post, told) for post in self._posts[one].subjects)}
        return found

    def _warned(self, tx: Tx, new: Sequence[int]) -> set[int]:
        """Posts seen where an official warning that could stop something has just come."""
        grave = select(items.c.text).where(items.c.id.in_(new), items.c.kind == "official", GRAVE_OR_OVER)
        texts = {row["text"] for row in tx.rows(grave)}
        warnings = [one for one in recent_warnings(tx) if one.text in texts] if texts else []
        return {
            one for one, post in self._posts.items() if any(concerns(warning, post.regions) for warning in warnings)
        }

    # --- judging --------------------------------------------------------------------------------------------

    def _judge(self, some: Sequence[int], world: World, near: _Near) -> list[int]:
        """Judge these, and stop those that something speaks against; which."""
        with self.store.read() as tx:
            there = [row for row in tx.rows(_with_words(some)) if state_of(row) in (*_WAITING, State.BLOCKED)]
            found = [(row, self._against(tx, row, world, near)) for row in there]
        return [
            row["id"] for row, against in found if against and stop(self.store, row["id"], row["content_hash"], against)
        ]

    def _against(self, tx: Tx, row: RowMapping, world: World, near: _Near) -> tuple[Reason, ...]:
        try:
            found = judge_draft(tx, row, self.scorer, world, near.to(self._posts[row["id"]]), row)
        except (TactError, SQLAlchemyError):
            raise
        except Exception:
            # The edge of the loop: one post that nobody can judge keeps no other from being judged. The gate stops it.
            log.exception("draft %s could not be judged anew", row["id"])
            return ()
        stopping = STOPPING if self._todo[row["id"]] else GRAVE
        return tuple(reason for reason in found if reason.code in stopping)


class _Near:
    """The news by its words, so that a post is compared with the few headlines that could be about it."""

    def __init__(self, world: World) -> None:
        self._news = world.news
        self._about_us = {number for number, use in enumerate(world.news) if names(world.brand, use.text)}
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for number, use in enumerate(world.news):
            for word in _said(subject_of(use.text, use.topic)):
                self._by_word[word].add(number)

    def to(self, post: _Post) -> tuple[Use, ...]:
        """The headlines with a word of the post's, and those that name the brand, in their order."""
        found = self._about_us.union(*(self._by_word.get(word, ()) for word in post.words))
        return tuple(self._news[number] for number in sorted(found))


def stop(store: Store, draft_id: int, content_hash: str, against: Sequence[Reason]) -> bool:
    """Block a waiting post for what the judge holds against it, or tell a blocked one what more there is.

    True where it was stopped by this. Nothing where it moved or changed meanwhile.
    """
    with store.read() as tx:  # asked again at every arrival: most of the time there is nothing to write
        if not _news_to(tx, draft_row(tx, draft_id), content_hash, against):
            return False
    with store.write() as tx:
        draft = draft_row(tx, draft_id)
        if not _news_to(tx, draft, content_hash, against):
            return False
        if state_of(draft) == State.BLOCKED:
            stopped.add(tx, draft, against)
            return False
        detail = stopped.keep(tx, draft_id, against)
        why = f"What came in while it waited speaks against it. {against[0].text}"
        what = Move.HOLD if state_of(draft) == State.BY_HAND else Move.BLOCK  # the words may be out already
        send_to(tx, events.THE_PRODUCT, draft, what, why=why, detail=detail)
        return True


def _news_to(tx: Tx, draft: RowMapping, content_hash: str, against: Sequence[Reason]) -> bool:
    """Whether anything of this is new to the draft as it was judged; a stopped one knows its codes already."""
    state = state_of(draft)
    if state not in (*_WAITING, State.BLOCKED) or draft["content_hash"] != content_hash:
        return False
    known = {one["code"] for one in stopped.reasons_of(tx, draft["id"])} if state == State.BLOCKED else set()
    return not {one.code for one in against} <= known


def _with_words(some: Sequence[int]) -> Select[Any]:
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    words = (draft_versions.c.text, draft_versions.c.media)
    return select(drafts, *words).join(draft_versions, current).where(_ID.in_(some)).order_by(_ID)


def _known(tx: Tx, draft: RowMapping, regions: tuple[str, ...]) -> _Post:
    """`draft` brings its current version's text and media."""
    about = topics_of(tx, draft)
    texts = [*((draft["text"], topic) for topic in about or (None,)), (media_words(tx, draft), None)]
    subjects = tuple(subject_of(text, topic) for text, topic in texts if text)
    return _Post(
        content_hash=draft["content_hash"],
        subjects=subjects,
        words=frozenset(word for subject in subjects for word in (*subject.words, *subject.topic)),
        topics=frozenset(fold(topic)[:200] for topic in about),
        regions=tuple(draft["regions"]) or regions,
    )


def _said(told: Subject) -> Iterable[str]:
    return told.words | told.joined | frozenset(told.order) | told.names
