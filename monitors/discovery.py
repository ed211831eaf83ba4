"""Discovery: what nobody watches and rises steeply across the sources, proposed as a topic.

What counts is the rate of rise, not the total: how many different people used a term in the last hour, against how
many would have if it had kept its share of the day before. A term that is always loud is never proposed, nor is what
one person repeats. `Terms` listens to everything that sources bring, matched or not; `propose` looks once a minute.
The arithmetic of terms is in `monitors.terms`; what people do with a proposal in `workflow.discovery`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, delete, func, or_, select

from data.storage.store import Store, Tx
from data.storage.tables import items, monitors, sources, term_counts
from monitors.heard import KEPT, written
from monitors.matching import Matcher, MonitorRule
from monitors.terms import EVERYTHING, SLOT, likeness, number_of, slot_of, terms_of, together
from scoring.reference import load as reference
from workflow import discovery as deeds
from workflow.discovery import Rising

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# All of these are ours; bench/quality_discovery.py shows what they find and what they miss.
LEAST_AUTHORS = 10
LEAST_RISE = 5.0
# Authors an hour that every term is given: chance clusters of rare words, half of whose slots are too thin to be kept.
PRIOR = 2.0
FAR = 0.5  # below this share of a rise a term need not be looked up again for an hour
LEARNING = timedelta(hours=2)
MOST_LOOKED_AT, MOST_PROPOSED = 60, 10  # in one look: the steepest first
SAME_PEOPLE = 0.4  # alike as this, two terms are one moment
PART_OF = 0.4  # a word is part of a name that so great a share of its people say
SAMPLES = 4

Used = Mapping[int, int]  # authors by source


@dataclass(frozen=True)
class Candidate:
    """A term above its share. `quiet`: hardly anybody said it the day before."""

    term: str
    uses: int
    rise: float
    quiet: bool


@dataclass
class _Moment:
    """A candidate with its last hour; `also` are other terms of the same people."""

    candidate: Candidate
    rows: Sequence[RowMapping]
    who: list[int]
    also: list[str] = field(default_factory=list)


class Known:
    """What was to be expected of terms when that was last worked out, so that steady ones are not looked up again.

    A day's sum moves slowly: a term that is far below a rise is looked up anew within the hour, one that comes near
    to it at once. An object of this kind lives as long as its worker; without one every look reads everything.
    """

    def __init__(self) -> None:
        self._expected: dict[str, tuple[datetime, float]] = {}

    def far_from_rising(self, term: str, people: int, now: datetime) -> bool:
        """Whether it can wait."""
        at, expected = self._expected.get(term, (None, 0.0))
        return at is not None and now - at < HOUR and people < FAR * LEAST_RISE * (expected + PRIOR)

    def learn(self, term: str, expected: float, now: datetime) -> None:
        """Note what was worked out."""
        self._expected[term] = (now, expected)

    def forget(self, now: datetime) -> None:
        """Drop what would be looked up anew anyway."""
        self._expected = {term: one for term, one in self._expected.items() if now - one[0] < HOUR}


def propose(store: Store, known: Known | None = None) -> tuple[int, ...]:
    """Look for what rises and nobody watches; the ids of the new proposals. Forgets slots that are over a day old."""
    known = known or Known()
    with store.read() as tx:
        rising = _rising(tx, known)
    with store.write() as tx:
        tx.run(delete(term_counts).where(term_counts.c.slot < tx.now - KEPT))
        found = [deeds.put_forward(tx, one) for one in rising]
        deeds.let_fade(tx)
    return tuple(one for one in found if one is not None)


def _rising(tx: Tx, known: Known) -> list[Rising]:
    watched = _everything_watched(tx)
    moments: list[_Moment] = []
    since = slot_of(tx.now) - SLOT * 5
    for one in sorted(steepest(tx, since, known)[:MOST_LOOKED_AT], key=_telling):
        rows = _uses(tx, one.term, since)
        moment = _Moment(one, rows, together(row["detail"]["who"] for row in rows))
        if number_of(moment.who) < LEAST_AUTHORS or _is_watched(watched, rows):
            continue
        same = next((told for told in moments if _is_one_moment(told, moment)), None)
        if same is None:
            moments.append(moment)
        else:
            same.also.append(rows[0]["detail"]["label"])
    steep = sorted(moments, key=lambda moment: -moment.candidate.rise)[:MOST_PROPOSED]
    return [_told(tx, moment) for moment in steep]


# --- how steep -----------------------------------------------------------------------------------------------


def steepest(tx: Tx, since: datetime, known: Known) -> list[Candidate]:
    """Terms whose uses from `since` on are far above their share of the day before it, the steepest first."""
    learned = _learned(tx, since)
    now, uses = _authors(tx, since - SLOT, tx.now, learned)
    people = {term: sum(used.values()) for term, used in now.items() if term}
    likely = sorted(term for term, number in people.items() if number >= LEAST_AUTHORS)
    likely = [term for term in likely if not known.far_from_rising(term, people[term], tx.now)]
    known.forget(tx.now)
    if not likely:
        return []
    wanted = [EVERYTHING, *likely]
    before, volume = _authors(tx, since - DAY - SLOT, since - SLOT, learned, wanted)
    yesterday, _ = _authors(tx, since - DAY - HOUR, since - DAY + HOUR, learned, wanted)
    share = {source: _share(source, uses, volume, hours) for source, hours in learned.items()}
    found = []
    for term in likely:
        past = sum(number * share[source] for source, number in before.get(term, {}).items())
        expected = max(past, sum(yesterday.get(term, {}).values()) / 2)  # some words rise every morning
        known.learn(term, expected, tx.now)
        rise = people[term] / (expected + PRIOR)
        if rise >= LEAST_RISE:
            found.append(Candidate(term, sum(uses[term].values()), rise, expected < 1))
    return sorted(found, key=lambda one: (-one.rise, one.term))


def _learned(tx: Tx, since: datetime) -> dict[int, float]:
    """How many hours each source was heard before `since`; one that was heard for less than two is left out."""
    rows = tx.rows(
        select(term_counts.c.source_id, func.min(term_counts.c.slot).label("began"))
        .where(term_counts.c.term == EVERYTHING)
        .group_by(term_counts.c.source_id)
    )
    heard = {row["source_id"]: min(since - row["began"], DAY) for row in rows}
    return {source: long / HOUR for source, long in heard.items() if long >= LEARNING}


def _share(source: int, now: Mapping[str, Used], day: Mapping[str, Used], hours: float) -> float:
    """What part of its day a source has just said: an hour's, or more where all of it has become louder."""
    said, before = now.get(EVERYTHING, {}).get(source, 0), day.get(EVERYTHING, {}).get(source, 0)
    return max(1 / hours, said / before if before else 0.0)


def _authors(
    tx: Tx, after: datetime, until: datetime, learned: Iterable[int], terms: Sequence[str] | None = None
) -> tuple[dict[str, dict[int, int]], dict[str, dict[int, int]]]:
    """Authors, and uses, of each term by source in the slots after `after`, to `until`."""
    authors: defaultdict[str, dict[int, int]] = defaultdict(dict)
    uses: defaultdict[str, dict[int, int]] = defaultdict(dict)
    table = term_counts.c
    many, often = func.sum(table.authors).label("authors"), func.sum(table.uses).label("uses")
    query = select(table.term, table.source_id, many, often).group_by(table.term, table.source_id)
    query = query.where(table.slot > after, table.slot <= until, table.source_id.in_(sorted(learned)))
    for some in [None] if terms is None else [terms[at : at + 500] for at in range(0, len(terms), 500)]:
        for row in tx.rows(query if some is None else query.where(table.term.in_(some))):
            authors[row["term"]][row["source_id"]] = int(row["authors"])
            uses[row["term"]][row["source_id"]] = int(row["uses"])
    return authors, uses


# --- which of them are news to us ----------------------------------------------------------------------------


def _everything_watched(tx: Tx) -> Matcher:
    """All monitors, those that are off among them: who switched one off does not want to hear of it here."""
    rows = tx.rows(select(monitors.c.id, monitors.c.terms))
    return Matcher([MonitorRule(row["id"], tuple(row["terms"])) for row in rows])


def _uses(tx: Tx, term: str, since: datetime) -> Sequence[RowMapping]:
    return tx.rows(
        select(term_counts)
        .where(term_counts.c.term == term, term_counts.c.slot >= since)
        .order_by(term_counts.c.slot, term_counts.c.source_id)
    )


def _is_watched(watched: Matcher, rows: Sequence[RowMapping]) -> bool:
    """The term itself is watched, or whatever is said with it is: then its alert is on the Desk."""
    if watched.match(rows[0]["detail"]["label"]):
        return True
    return all(watched.match(row["detail"]["text"]) for row in rows)


def _telling(one: Candidate) -> tuple[int, int, float, str]:
    """Names before tags before words: the one that says most is proposed, the others are told with it."""
    return -one.term.count(" "), not one.term.startswith("#"), -one.rise, one.term


def _is_one_moment(told: _Moment, other: _Moment) -> bool:
    if likeness(told.who, other.who) >= SAME_PEOPLE:
        return True
    name, part = told.candidate.term.lstrip("#"), other.candidate.term.lstrip("#")
    within = part in name.split() or part.replace(" ", "") in name.replace(" ", "")
    return within and number_of(told.who) >= PART_OF * number_of(other.who)


# --- what people are told ------------------------------------------------------------------------------------


def _told(tx: Tx, moment: _Moment) -> Rising:
    one = moment.candidate
    label = moment.rows[-1]["detail"]["label"]
    source, at = _first(tx, moment)
    texts = {row["detail"]["text"]: row["detail"]["url"] for row in reversed(moment.rows)}
    samples = [{"text": text, "url": url} for text, url in list(texts.items())[:SAMPLES]]
    also = list(dict.fromkeys(moment.also))[:5]
    heard = sorted({row["source_id"] for row in moment.rows})
    why = {"samples": samples, "also": also, "sources": heard}
    return Rising(label, one.uses, number_of(moment.who), one.rise, source, at, why)


def _first(tx: Tx, moment: _Moment) -> tuple[int, datetime]:
    """Who had it first, and when: what was counted, and, since one lone post is not, what was stored."""
    one = moment.candidate
    since = tx.now - (DAY if one.quiet else 2 * HOUR)
    first = min(_uses(tx, one.term, since), key=lambda row: str(row["detail"]["first"]))
    counted = (first["source_id"], datetime.fromisoformat(first["detail"]["first"]))
    stored = _stored(tx, one.term, since, counted[1])
    return stored if stored is not None else counted


def _stored(tx: Tx, term: str, since: datetime, before: datetime) -> tuple[int, datetime] | None:
    rows = tx.rows(
        select(items.c.source_id, items.c.published_at, items.c.text)
        .join(sources, sources.c.id == items.c.source_id)
        .where(items.c.published_at >= since, items.c.published_at < before, items.c.kind != "official")
        .where(or_(*[items.c.text.contains(word, autoescape=True) for word in written(term)]))
        .order_by(items.c.published_at)
        .limit(20)
    )
    common = reference().common
    found = (row for row in rows if term in terms_of(row["text"], common))
    return next(((row["source_id"], row["published_at"]) for row in found), None)
