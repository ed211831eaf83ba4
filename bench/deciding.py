"""What deciding and stopping cost: pauses against four publishers, signatures, and the gate before a long schedule.

    python -m bench.deciding                 everything: SQLite, and PostgreSQL where TACT_TEST_POSTGRES_URL names it
    python -m bench.deciding --only pause    one part: pause, sign, gate or pages

Publishers and signers are processes of their own on one store, as in a team's use. The platform is a channel that takes
as long to answer as ANSWER says; the judge is the lexicon, so that the figures are the store's and the gate's. The
model's share is on docs/judge.md. The instants of all processes are read from one steady clock of the machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from sqlalchemy import create_engine, func, insert, select, text, update

from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import approvals, draft_versions, drafts, publications, scheduled_posts
from publishing.channels import Channel, Outgoing, Published, Receipt
from publishing.outbox import Outbox
from scoring.contract import BrandProfile, Scope
from scoring.lexicon import LexiconScorer
from workflow import access, accounts, approve, brand, held, hold
from workflow.draft import Writing, create
from workflow.gatekeeper import ask
from workflow.imports import ImportedPost, import_post
from workflow.lifecycle import draft_row
from workflow.lookout import Lookout
from workflow.rules.approvals import Decision
from workflow.rules.drafts import State
from workflow.rules.roles import Role

PUBLISHERS = 4
ANSWER = 0.015
"""Seconds that the platform takes to answer: what is in flight when somebody pauses."""
PAUSES, POSTS_A_PAUSE = 200, 8
SIGNED = 200
"""Drafts that four people sign, each of them twice."""
LENGTHS = (100, 1_000, 10_000)
IN_REVIEW = 500
APART = 1_000_000
"""Numbers of copied drafts begin here, away from those that the store gave out itself."""
ASKED = 30
ROLES = (Role.SOCIAL_LEAD, Role.MANAGER, Role.PR, Role.LEGAL)
EVERYTHING = Scope("everything")
# Nothing but the thing measured should stop a post here.
SETTINGS = {"send_delay_seconds": 0, "frequency_cap": 10**9, "topic_cap": 10**9, "elsewhere_minutes": 0}


@dataclass(frozen=True)
class Office:
    """A store with its people; `tokens` in the order of `staff`, the author last."""

    url: str
    store: Store
    staff: tuple[access.Person, ...]
    tokens: tuple[str, ...]

    @property
    def author(self) -> access.Person:
        return self.staff[-1]


def office(url: str) -> Office:
    """Four who sign and one who writes."""
    store = open_store(url)
    with store.write() as tx:
        brand.found(tx, BrandProfile(name="Bench", category="tea"), settings=SETTINGS)
        roles = (*ROLES, Role.SOCIAL_TEAM)
        staff = tuple(
            accounts.add(tx, events.THE_PRODUCT, f"p{n}", f"Person {n}", role, "a long enough password")
            for n, role in enumerate(roles)
        )
        tokens = tuple(access.begin_sign_in(tx, person.id) for person in staff)
    return Office(url, store, staff, tokens)


def words(number: int) -> str:
    """A post's words, unlike every other's."""
    return f"A cup for {uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex} and one for number {number}."


# --- a pause against four publishers --------------------------------------------------------------------------------


class Slow(Channel):
    """A platform that takes its time, and reports the instant at which each request begins."""

    name, label, idempotent, by_hand = "dry_run", "A slow platform", True, False

    def __init__(self, said: Connection) -> None:
        self.said = said

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Answers after a while."""
        self.said.send(time.monotonic())
        time.sleep(ANSWER)
        return Receipt(f"bench:{outgoing.key}", {})

    def delete(self, published: Published) -> None:
        """Nothing was sent anywhere."""


def publish(url: str, said: Connection, stop: Event) -> None:
    """One publisher, until told to stop."""
    store = open_store(url, migrate=False)
    outbox = Outbox(store, {"dry_run": Slow(said)}, LexiconScorer(), str(os.getpid()))
    while not stop.is_set():
        if not outbox.publish_due(stop.is_set):
            time.sleep(0.002)
    store.close()


@dataclass(frozen=True)
class PauseTimes:
    """One pause, in seconds from the click. `leaving`: posts that were under way; `late`: begun after it returned."""

    closed: float
    drained: float
    leaving: int
    late: int


def pauses(url: str, rounds: int) -> list[PauseTimes]:
    """Posts fall due, four publishers send, somebody pauses; two people lift, and all over again."""
    here = office(url)
    ears, stop = [], multiprocessing.Event()
    children = []
    for _ in range(PUBLISHERS):
        ear, mouth = multiprocessing.Pipe(duplex=False)
        ears.append(ear)
        children.append(multiprocessing.Process(target=publish, args=(url, mouth, stop)))
    for child in children:
        child.start()
    try:
        found = [_one_pause(here, ears, number) for number in range(rounds)]
    finally:
        stop.set()
        for child in children:
            child.join(30)
    here.store.close()
    return found


def _one_pause(here: Office, ears: Sequence[Connection], number: int) -> PauseTimes:
    """Paused as soon as a first request has begun, a little later each time: the whole of a send is swept."""
    token = _fall_due(here, number)
    while not any(ear.poll(0.001) for ear in ears):
        pass
    time.sleep((number % 20) * ANSWER / 10)
    closed: list[float] = []
    drained = hold._drained

    def noted(*given: object) -> object:
        closed.append(time.monotonic())
        return drained(*given)  # type: ignore[arg-type]

    hold._drained = noted  # type: ignore[assignment]
    began = time.monotonic()
    paused = hold.open_by_person(here.store, token, EVERYTHING, "bench")
    returned = time.monotonic()
    hold._drained = drained
    time.sleep(2 * ANSWER)
    late = sum(at > returned for at in _heard(ears))
    _lift(here, paused.hold_id)
    return PauseTimes(closed[0] - began, returned - began, len(paused.leaving), late)


def _heard(ears: Sequence[Connection]) -> Iterator[float]:
    for ear in ears:
        while ear.poll():
            yield ear.recv()


def _fall_due(here: Office, number: int) -> str:
    """Posts that are due now; a fresh sign-in for whoever will pause them."""
    with here.store.write() as tx:
        for n in range(POSTS_A_PAUSE):
            writing = Writing(words(number * POSTS_A_PAUSE + n), reactive=False, promotional=False)
            import_post(tx, ImportedPost(here.author, writing, tx.now, here.staff[:2], checklist_complete=True))
        return access.begin_sign_in(tx, here.staff[0].id)


def _lift(here: Office, hold_id: int) -> None:
    """Two people let go; what came back to review is put away, so that each round begins alike."""
    for person in here.staff[:2]:
        with here.store.write() as tx:
            token = access.begin_sign_in(tx, person.id)  # a long run outlives a password
            stamp = held.what_is_held(tx)[hold_id].stamp
        hold.lift(here.store, token, hold_id, "bench", stamp)
    with here.store.write() as tx:
        waiting = drafts.c.state.in_((State.IN_REVIEW.value, State.BLOCKED.value))
        tx.run(update(drafts).where(waiting).values(state=State.WITHDRAWN.value))
        # A month of posts would be a hundred thousand here: only the last minutes' are kept to be compared with.
        tx.run(update(publications).values(at=tx.now - timedelta(days=40)))


# --- signatures ------------------------------------------------------------------------------------------------------


def sign_all(url: str, token: str, mine: Sequence[tuple[int, str]], go: Barrier, said: Connection) -> None:
    """One person's signatures, as fast as the store takes them."""
    store = open_store(url, migrate=False)
    go.wait()
    began = time.monotonic()
    for draft_id, seen in mine:
        approve.sign(store, token, draft_id, seen, Decision.APPROVE)
    said.send((began, time.monotonic()))
    store.close()


def signatures(url: str, number: int) -> float:
    """Signatures a second: four people, each draft signed by two of them, the second of which schedules it."""
    here = office(url)
    with here.store.write() as tx:
        made = [create(tx, here.author, Writing(words(n), reactive=False), None) for n in range(number)]
        tx.run(update(drafts).where(drafts.c.id.in_(made)).values(state=State.IN_REVIEW.value))
        hashes = {row["id"]: row["content_hash"] for row in tx.rows(select(drafts.c.id, drafts.c.content_hash))}
    go, ears, children = multiprocessing.Barrier(len(ROLES)), [], []
    for n in range(len(ROLES)):
        mine = [(one, hashes[one]) for one in made if one % len(ROLES) in (n, (n + 1) % len(ROLES))]
        ear, mouth = multiprocessing.Pipe(duplex=False)
        ears.append(ear)
        children.append(multiprocessing.Process(target=sign_all, args=(url, here.tokens[n], mine, go, mouth)))
    for child in children:
        child.start()
    times = [ear.recv() for ear in ears]
    for child in children:
        child.join(30)
    with here.store.read() as tx:
        done = int(tx.value(select(func.count()).select_from(approvals)))
    here.store.close()
    assert done == 2 * number, "a signature was lost"
    took: float = max(end for _, end in times) - min(begin for begin, _ in times)
    return done / took


# --- a long schedule -------------------------------------------------------------------------------------------------


def lengthen(here: Office, to: int) -> None:
    """Fill the schedule with copies of one signed post, each with words of its own, until it has `to` posts."""
    with here.store.write() as tx:
        have = int(tx.value(select(func.count()).select_from(scheduled_posts)))
        if not have:
            writing = Writing(words(0), reactive=False, promotional=False)
            first = ImportedPost(
                here.author, writing, tx.now + timedelta(days=9), here.staff[:2], checklist_complete=True
            )
            import_post(tx, first)
            have = 1
        like = {
            table: [dict(row) for row in tx.rows(select(table).where(where))]
            for table, where in (
                (drafts, drafts.c.id == 1),
                (draft_versions, draft_versions.c.draft_id == 1),
                (approvals, approvals.c.draft_id == 1),
                (scheduled_posts, scheduled_posts.c.draft_id == 1),
            )
        }
        for table, rows in like.items() if have < to else ():
            tx.run(insert(table), [_copy(row, table.name, n) for n in range(have + 1, to + 1) for row in rows])


def _copy(row: Mapping[str, object], table: str, number: int) -> dict[str, object]:
    new = {key: value for key, value in row.items() if key != "id"}
    if table == "drafts":
        return new | {"id": APART + number}
    new["draft_id"] = APART + number
    if table == "draft_versions":
        new["text"] = words(number)
    if table == "scheduled_posts":
        new["idempotency_key"] = uuid.uuid4().hex
    return new


def clock_for(store: Store) -> Callable[[], float]:
    """CPU seconds where the database is in this process, so that a busy machine changes little; else the wall's."""
    return time.perf_counter if store.is_postgres else time.process_time


def gate_cost(here: Office) -> float:
    """Seconds that the gate takes for one post, the middle of ASKED: gathering, judging and deciding."""
    clock = clock_for(here.store)
    scorer = LexiconScorer()
    lookout, taken = Lookout(here.store, scorer), []
    with here.store.read() as tx:
        asked = tx.rows(select(scheduled_posts).order_by(scheduled_posts.c.id).limit(ASKED))
    for post in asked:
        look = lookout.look()
        with here.store.read() as tx:
            draft = draft_row(tx, post["draft_id"])
            began = clock()
            ask(tx, draft, post, scorer, look)
            taken.append(clock() - began)
    return statistics.median(taken)


def middle(deed: Callable[[], object], clock: Callable[[], float] = time.perf_counter, times: int = 5) -> float:
    """Seconds, the middle of some runs after a first."""
    deed()
    taken = []
    for _ in range(times):
        began = clock()
        deed()
        taken.append(clock() - began)
    return statistics.median(taken)


def page_costs(here: Office) -> dict[str, float]:
    """What pages ask of a long schedule, each in a read of its own."""

    def asked(read: Callable[..., object], *more: object) -> Callable[[], object]:
        def deed() -> object:
            with here.store.read() as tx:
                return read(tx, *more)

        return deed

    scorer = LexiconScorer()
    outbox = Outbox(here.store, {"dry_run": Slow(multiprocessing.Pipe()[1])}, scorer, "bench")
    deeds = {
        "the holds on every page": asked(hold.open_holds),
        "what needs my signature": asked(approve.waiting_for, here.staff[0]),
        "what is due": lambda: outbox._next_due(set()),
        "what a pause would stop": lambda: hold.would_catch(here.store, EVERYTHING),
    }
    return {what: middle(deed, clock_for(here.store)) for what, deed in deeds.items()}


# --- telling ---------------------------------------------------------------------------------------------------------


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Callable[[], str]]]:
    """How to get an empty database of each kind there is; those on the server are dropped afterwards."""
    named = iter(range(1_000))
    makers: dict[str, Callable[[], str]] = {"SQLite": lambda: f"sqlite:///{folder / f'{next(named)}.db'}"}
    server = os.environ.get("TACT_TEST_POSTGRES_URL", "")
    made: list[str] = []

    def on_server() -> str:
        made.append(f"tact_bench_{uuid.uuid4().hex}")
        _admin(server, f'CREATE DATABASE "{made[-1]}"')
        return server.rsplit("/", 1)[0] + f"/{made[-1]}"

    if server:
        makers["PostgreSQL"] = on_server
    try:
        yield makers
    finally:
        for name in made:
            _admin(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _admin(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()


def tell_pauses(kind: str, url: str, rounds: int) -> None:
    """Median and 99th percentile, in milliseconds, and whether the promise held; beside it what one write costs now."""
    found = pauses(url, rounds)
    store = open_store(url, migrate=False)
    alone = middle(lambda: _touch(store), times=200)
    store.close()
    print(f"{kind}: one small write with nobody else in the store: {alone * 1000:.1f} ms in the middle")
    for what, taken in (("gate closed", [one.closed for one in found]), ("drained", [one.drained for one in found])):
        at = statistics.quantiles(taken, n=100, method="inclusive")
        print(
            f"{kind}: pause to {what:11} median {at[49] * 1000:6.0f} ms  p99 {at[98] * 1000:6.0f} ms  "
            f"worst {max(taken) * 1000:6.0f} ms"
        )
    print(
        f"{kind}: {rounds} pauses, {sum(one.leaving for one in found)} posts under way, "
        f"{sum(one.late for one in found)} begun after the pause had returned",
        flush=True,
    )


def _touch(store: Store) -> None:
    with store.write() as tx:
        events.append(tx, events.THE_PRODUCT, "bench", "bench", None)


def tell_lengths(kind: str, url: str, parts: set[str]) -> None:
    """The gate and the pages before 100, 1,000 and 10,000 scheduled posts, and by how much each grew."""
    here = office(url)
    if "pages" in parts:
        lengthen(here, 1)
        with here.store.write() as tx:
            made = [create(tx, here.author, Writing(words(-n), reactive=False), None) for n in range(1, IN_REVIEW + 1)]
            tx.run(update(drafts).where(drafts.c.id.in_(made)).values(state=State.IN_REVIEW.value))
    first: dict[str, float] = {}
    for length in LENGTHS:
        lengthen(here, length)
        costs = ({"the gate, a post": gate_cost(here)} if "gate" in parts else {}) | (
            page_costs(here) if "pages" in parts else {}
        )
        for what, taken in costs.items():
            ratio = taken / first.setdefault(what, taken)
            print(f"{kind}: {length:6,} scheduled  {what:24} {taken * 1000:8.1f} ms  {ratio:5.1f} x", flush=True)
    here.store.close()


def main() -> None:
    """Everything, or the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=("pause", "sign", "gate", "pages"))
    parser.add_argument("--pauses", type=int, default=PAUSES)
    parser.add_argument("--on", choices=("SQLite", "PostgreSQL"))
    given = parser.parse_args()
    parts = set(given.only or ("pause", "sign", "gate", "pages"))
    print(f"{PUBLISHERS} publishers, the platform answers in {ANSWER * 1000:.0f} ms; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as makers:
        for kind, make in makers.items():
            if given.on not in (None, kind):
                continue
            if parts & {"gate", "pages"}:
                tell_lengths(kind, make(), parts)
            if "sign" in parts:
                print(f"{kind}: {signatures(make(), SIGNED):,.0f} signatures a second, four people at once", flush=True)
            if "pause" in parts:
                tell_pauses(kind, make(), given.pauses)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
