"""R2 with processes: four of them sign, sign their own words, sign twice and edit the same drafts at once.

No clock is moved and nothing waits: whoever comes first comes first. Afterwards the rows themselves are judged: a draft
that got onto the schedule did so on a version that two different people signed, neither of whom wrote any of it.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from data.errors import NotSignedIn, Refused
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import approvals, draft_versions, drafts, people, publications
from data.storage.tables import events as record
from publishing.outbox import Outbox
from tests.factory import Team, answer_well, draft_in_review, good_answers, hash_of, team_in
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, Child, Line, Platform, SharedClock, opened, tell
from workflow import accounts, approve, checking, draft
from workflow.rules.approvals import Decision

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800 if LONG else 120)]

PROCESSES = 4
TURNS = 250 if LONG else 12
DRAFTS = 20 if LONG else 3
SIGNERS = ("lea", "max", "pia")
WORDS = ("rain", "stones", "copper", "maps", "bread", "wool", "chess", "moss", "ink", "oak", "clay", "salt", "brass")


def drafts_in_review(store: Store) -> tuple[Team, list[int]]:
    """Drafts of Ana's, and each third of Lea's, who may sign others' words; Pia's account is another one of Max."""
    team = team_in(store)
    with store.write() as tx:
        tx.run(update(people).where(people.c.username == "pia").values(same_as=team.people["max"].id))
    found = []
    for number in range(DRAFTS):
        writing = draft.Writing(f"{WORDS[number % len(WORDS)]} by the kettle, {number}.", reactive=False)
        author = "lea" if number % 3 == 2 else "ana"
        draft_id = draft.start(store, team.tokens[author], writing)
        answer_well(team, draft_id, author)
        draft.submit(store, team.scorer, team.tokens[author], draft_id, 1)
        found.append(draft_id)
    return team, found


def restless(url: str, team: Team, clock: SharedClock, found: list[int], seed: int) -> None:
    """One process that does what it likes, in an order of its own."""
    store, chance = open_store(url, clock=clock, migrate=False), random.Random(seed)
    here = replace(team, store=store)
    for _ in range(TURNS):
        draft_id = chance.choice(found)
        try:
            chance.choice(DEEDS)(here, draft_id, chance)
        except Refused:
            continue
    store.close()


def _sign(team: Team, draft_id: int, chance: random.Random) -> None:
    name = chance.choice((*SIGNERS, "ana"))
    approve.sign(team.store, team.tokens[name], draft_id, hash_of(team, draft_id), Decision.APPROVE)


def _sign_twice(team: Team, draft_id: int, chance: random.Random) -> None:
    name, seen = chance.choice(SIGNERS), hash_of(team, draft_id)
    for _ in range(2):
        approve.sign(team.store, team.tokens[name], draft_id, seen, Decision.APPROVE)


def _edit(team: Team, draft_id: int, chance: random.Random) -> None:
    words = f"{chance.choice(WORDS)} and {chance.choice(WORDS)}, {chance.randrange(10_000)}."
    name = chance.choice(("ana", "ben"))
    with team.store.read() as tx:
        number = int(tx.value(select(drafts.c.number).where(drafts.c.id == draft_id)))
    draft.save(team.store, team.tokens[name], draft_id, number, draft.Writing(words, reactive=False))


def _hand_in(team: Team, draft_id: int, _chance: random.Random) -> None:
    with team.store.read() as tx:
        number = int(tx.value(select(drafts.c.number).where(drafts.c.id == draft_id)))
    checking.answer(team.store, team.tokens["ana"], draft_id, hash_of(team, draft_id), good_answers())
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, number)


DEEDS = (*[_sign] * 8, _sign_twice, _sign_twice, _edit, _hand_in, _hand_in)


def judged(store: Store) -> tuple[int, int]:
    """How often a draft was agreed, and how many signatures were given. Fails where one was agreed by too few.

    Judged from the record: each time that a draft was agreed, on the words of that time and those who had written them.
    """
    with store.read() as tx:
        human = {row["id"]: row["same_as"] or row["id"] for row in tx.rows(select(people))}
        given = tx.rows(select(approvals).where(approvals.c.decision == "approve"))
        versions = tx.rows(select(draft_versions))
        agreed = tx.rows(select(record).where(record.c.kind == "draft_approve_last"))
    for row in agreed:
        mine = [one for one in versions if one["draft_id"] == row["subject_id"]]
        number = max(one["number"] for one in mine if one["content_hash"] == row["content_hash"])
        writers = {human[one["author_id"]] for one in mine if one["number"] <= number}
        hands = [human[one["person_id"]] for one in given if one["content_hash"] == row["content_hash"]]
        assert len(set(hands) - writers) >= 2, f"draft {row['subject_id']}: {hands} signed, {writers} wrote"
        assert len(hands) == len(set(hands)), f"draft {row['subject_id']}: somebody signed twice"
    assert events.verify(store)[1] is None
    return len(agreed), len(given)


def test_processes_that_race_never_get_a_post_through_with_too_few(
    prepare: Prepare, shared_clock: SharedClock, kind: str
) -> None:
    template = prepare(drafts_in_review)
    team, found = template.kept
    with template.copy() as url, Platform() as platform:
        crew = [
            Child(lambda seed=seed: restless(url, team, shared_clock, found, seed))  # type: ignore[misc]
            for seed in range(PROCESSES)
        ]
        assert [child.wait(600) for child in crew] == [0] * PROCESSES
        with opened(url, shared_clock) as store:
            agreed, given = judged(store)
            Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "worker").publish_due()
            judged(store)
            with store.read() as tx:
                told = int(tx.value(select(func.count()).select_from(publications)))
            assert told == len(platform.posts) == len(set(platform.posts))
    assert agreed, "nothing was ever agreed: the race proves nothing"
    did = f"{given} signatures, {agreed} agreed, {told} sent"
    tell(f"R2 {kind}: {PROCESSES} processes, {PROCESSES * TURNS} turns: {did}; none by too few")


def test_one_revoked_while_the_tab_is_open_is_refused_at_the_next_click(
    prepare: Prepare, shared_clock: SharedClock, kind: str
) -> None:
    """R14; the state machine does the same among everything else."""
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(lambda store: (team := team_in(store), draft_in_review(team)))
    team, draft_id = template.kept
    with template.copy() as url, opened(url, shared_clock) as store:
        seen = hash_of(replace(team, store=store), draft_id)

        def elsewhere() -> None:
            other = open_store(url, clock=shared_clock, migrate=False)
            accounts.revoke(other, team.tokens["ada"], team.people["lea"].id)

        assert Child(elsewhere).wait() == 0
        with pytest.raises(NotSignedIn):
            approve.sign(store, team.tokens["lea"], draft_id, seen, Decision.APPROVE)
