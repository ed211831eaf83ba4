"""R2, R5, R14: people do whatever they like in any order, and nothing leaves that two others did not agree to.

Hypothesis chooses who writes, edits, answers, signs, objects, pauses, agrees to lift, leaves the company and when the
clock jumps; the real use cases and the real outbox do it; `policy_model` judges every request that reaches the
platform. Lea and Ana have two accounts each, one of them with a role that may sign.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, insert, select, update

from checklists.evaluate import Answer
from data.errors import BadInput, ChannelError, NotSignedIn, Refused
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import brands, drafts, opportunities, people, publications, scheduled_posts
from publishing import outbox as outboxes
from publishing.channels import Channel, Outgoing, Receipt
from publishing.outbox import Outbox
from scoring.contract import Scope
from scoring.reference import load as load_reference
from tests import factory
from tests.factory import Team
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, SharedClock, Template, tell
from tests.reliability.policy_model import MAY_SIGN, Account, Paper, Policy, Stop
from workflow import access, approve, checking, draft, hold
from workflow.access import Person
from workflow.accounts import revoke
from workflow.rules.approvals import Decision
from workflow.rules.roles import Role

pytestmark = [pytest.mark.long, pytest.mark.timeout(3000 if LONG else 120)]

ACCOUNTS = (
    Account("ana", "Ana", "social_team"),
    Account("ana_too", "Ana", "manager"),
    Account("ben", "Ben", "social_team"),
    Account("lea", "Lea", "social_lead"),
    Account("lea_too", "Lea", "pr"),
    Account("max", "Max", "manager"),
    Account("mia", "Mia", "manager"),
    Account("lou", "Lou", "legal"),
    Account("exe", "Exe", "executive"),
    Account("ada", "Ada", "administrator"),
    Account("vic", "Vic", "viewer"),
)
BY_NAME = {one.name: one for one in ACCOUNTS}
SECOND = {"ana_too": "ana", "lea_too": "lea"}
# Anything short of a crash: the use case said no, in words for a person.
SAID_NO = (Refused, BadInput, NotSignedIn)
MOMENTS = ("cultural_moment", "competitor_action")
_SYLLABLES = ("ba", "do", "fe", "gu", "ki", "la", "mo", "ne", "pu", "ri", "sa", "to", "ve", "zu")

JUMPS = [timedelta(minutes=1), timedelta(seconds=61), timedelta(minutes=10)]
JUMPS += [sign * far for sign in (1, -1) for far in (timedelta(hours=1), timedelta(days=1))]

who = st.sampled_from(ACCOUNTS)
signers = st.sampled_from([one for one in ACCOUNTS if one.role in MAY_SIGN])
any_of = st.integers(0, 50)


def words(number: int) -> str:
    """Words that no other number has, and that no other post is like."""
    rest = [(number * step + step * step) % len(_SYLLABLES) ** 2 for step in (1, 3, 7, 11, 17)]
    chosen = [_SYLLABLES[one // len(_SYLLABLES)] + _SYLLABLES[one % len(_SYLLABLES)] for one in rest]
    return f"Note {number}: {' '.join(chosen)}."


@dataclass
class House:
    """The prepared workspace: its people and two decided moments."""

    team: Team
    moments: list[int]


def a_house(store: Store) -> House:
    """Everybody of `ACCOUNTS`, and two moments that were found worth taking."""
    team = factory.team_in(store)
    with store.write() as tx:
        tx.run(update(brands).values(settings={"send_delay_seconds": 0, "frequency_cap": 1000}))
        for one in ACCOUNTS:
            if one.name not in team.people:
                team.people[one.name] = _hire(tx, one)
        for second, first in SECOND.items():
            linked = team.people[first].id
            tx.run(update(people).where(people.c.id == team.people[second].id).values(same_as=linked))
    team.sign_in_again()
    moments = [factory.decided_opportunity(team, topic) for topic in ("iced tea", "garden party")]
    with store.write() as tx:
        for moment, category in zip(moments, MOMENTS, strict=True):
            tx.run(update(opportunities).where(opportunities.c.id == moment).values(category=category))
    return House(team, moments)


def _hire(tx: Any, one: Account) -> Person:
    row = {"username": one.name, "display_name": one.name.title(), "role": one.role, "zone": "Europe/London"}
    row |= {"password_hash": factory.password_hash(), "active": True, "created_at": tx.now}
    return Person(tx.insert(insert(people).values(**row)), one.name, one.name.title(), Role(one.role), "Europe/London")


class Wall(Channel):
    """The platform: it keeps what it is sent, and may lose its answer."""

    name, label, by_hand, idempotent = "dry_run", "A platform", False, True

    def __init__(self, seen: Callable[[str], None]) -> None:
        self.posts: dict[str, str] = {}
        self.seen, self.broken = seen, False

    def publish(self, outgoing: Outgoing) -> Receipt:
        self.seen(outgoing.text)
        self.posts[outgoing.key] = outgoing.text
        if self.broken:
            raise ChannelError("The platform did not answer.", cause="lost on the way")
        return Receipt(f"https://platform.example/{outgoing.key}", {"text": outgoing.text})

    def delete(self, publication: object) -> None:
        raise ChannelError("Nothing is taken back here.", cause=repr(publication))


class Room(RuleBasedStateMachine):
    """People in a room with the product."""

    template: Template
    clock: SharedClock
    start: datetime
    tally: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.tally["stories"] += 1
        self.ends = ExitStack()
        self.clock.at = self.start
        url = self.ends.enter_context(self.template.copy())
        house: House = self.template.kept
        self.team = replace(house.team, store=open_store(url, clock=self.clock, migrate=False))
        self.ends.callback(self.team.store.close)
        self.moments, self.policy = house.moments, Policy()
        self.wall = Wall(self._arrived)
        self.box = Outbox(self.team.store, {"dry_run": self.wall}, self.team.scorer, "worker")
        self.written = 0
        self.wrong: list[str] = []
        self.tokens = dict(house.team.tokens)

    def teardown(self) -> None:
        try:
            self.the_worker_publishes(1)
            self.nothing_left_that_should_not_have()
            self.nothing_left_twice()
            self._note_refusals()
        finally:
            self.ends.close()

    def _note_refusals(self) -> None:
        with self.team.store.read() as tx:
            for row in tx.rows(select(scheduled_posts.c.refusals)):
                self.tally.update(f"stopped for {one['code']}" for one in row["refusals"])

    # --- what the platform and the database say ---

    def _arrived(self, text: str) -> None:
        self.wrong += self.policy.wrong(text, self.clock.at)
        self.tally["requests"] += 1

    def _attempt(self, deed: Callable[..., Any], *given: Any) -> tuple[bool, Any]:
        """Whether the product let it happen, and what it returned."""
        self.tally["deeds"] += 1
        try:
            return True, deed(*given)
        except SAID_NO:
            self.tally["refused"] += 1
            return False, None

    def _paper(self, which: int) -> Paper:
        return self.policy.papers[-1 - which % len(self.policy.papers)]

    def _states(self) -> dict[int, str]:
        with self.team.store.read() as tx:
            return {row["id"]: row["state"] for row in tx.rows(select(drafts.c.id, drafts.c.state))}

    def _new_words(self) -> str:
        self.written += 1
        return words(self.written)

    @invariant()
    def nothing_left_that_should_not_have(self) -> None:
        assert not self.wrong, self.wrong

    @invariant()
    def nothing_left_twice(self) -> None:
        twice = [text for text, times in Counter(self.wall.posts.values()).items() if times > 1]
        assert not twice, f"published twice: {twice}"

    @invariant()
    def the_record_holds(self) -> None:
        assert events.verify(self.team.store)[1] is None
        with self.team.store.read() as tx:
            told = tx.value(select(func.count()).select_from(publications))
        assert told <= len(self.wall.posts)

    # --- what people do ---

    @initialize(by=st.sampled_from(["ana", "ben", "max"]), wait=st.sampled_from([None, timedelta(hours=1)]))
    def begins_with_a_signed_post(self, by: str, wait: timedelta | None) -> None:
        self.writes(BY_NAME[by], "x", ("GB",), wait, None, 1, ("lea", "mia"), False)

    @rule(
        by=st.sampled_from([one for one in ACCOUNTS if one.role in ("social_team", "manager")]),
        platform=st.sampled_from(["x", "linkedin"]),
        regions=st.sampled_from([(), ("GB",), ("US",)]),
        wait=st.sampled_from([None, None, timedelta(hours=1), timedelta(days=1)]),
        moment=st.sampled_from([None, None, None, 0, 1]),
        ready=st.integers(0, 4),
        at_once=st.sampled_from([("lea", "max"), ("lea", "max", "lou"), ("lea_too", "mia", "lea"), ("exe",), ()]),
        out=st.booleans(),
    )
    def writes(
        self,
        by: Account,
        platform: str,
        regions: Any,
        wait: Any,
        moment: int | None,
        ready: int,
        at_once: Any,
        out: bool,
    ) -> None:
        text, planned = self._new_words(), None if wait is None else self.clock.at + wait
        writing = draft.Writing(
            text, platform=platform, regions=regions, planned_for=planned, reactive=moment is not None
        )
        about = None if moment is None else self.moments[moment]
        done, draft_id = self._attempt(draft.start, self.team.store, self.tokens[by.name], writing, about)
        if not done:
            return
        wanted = () if moment is None else _category_wants(MOMENTS[moment])
        self.policy.papers.append(Paper(draft_id, by, text, platform, tuple(regions), planned, wanted))
        if ready:
            self.answers(by, 0, "yes")
            self.submits(by, 0)
            for name in at_once:
                self.signs(BY_NAME[name], 0, 1)
        if out:
            self.the_worker_publishes(1)

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of)
    def edits(self, by: Account, which: int) -> None:
        paper, text = self._paper(which), self._new_words()
        with self.team.store.read() as tx:
            now = draft.writing_of(tx, tx.row(select(drafts).where(drafts.c.id == paper.id)))  # type: ignore[arg-type]
        planned = now.planned_for if now.planned_for is None or now.planned_for > self.clock.at else None
        writing = replace(now, text=text, planned_for=planned)
        done, _ = self._attempt(draft.save, self.team.store, self.tokens[by.name], paper.id, paper.number, writing)
        if done:
            paper.new_words(by, text)
            paper.planned = planned

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of, good=st.sampled_from(["yes", "yes", "unsure", "bad"]))
    def answers(self, by: Account, which: int, good: str) -> None:
        paper, answers = self._paper(which), dict(factory.good_answers())
        first = next(iter(answers))
        if good == "unsure":
            answers[first] = Answer("unsure", "not sure")
        if good == "bad":
            answers = {item: Answer("no" if one.value == "yes" else "yes", "") for item, one in answers.items()}
        seen = factory.hash_of(self.team, paper.id)
        done, _ = self._attempt(checking.answer, self.team.store, self.tokens[by.name], paper.id, seen, answers)
        if done:
            paper.go = good == "yes"

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of)
    def rules_on_open_items(self, by: Account, which: int) -> None:
        paper, store = self._paper(which), self.team.store
        seen = factory.hash_of(self.team, paper.id)
        given = (store, self.team.scorer, self.tokens[by.name], paper.id, seen, True, "It is fine.")
        done, _ = self._attempt(checking.decide, *given)
        if done:
            assert by.role == "manager"
            assert by.human not in paper.writers
            paper.go = True

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of)
    def submits(self, by: Account, which: int) -> None:
        paper = self._paper(which)
        given = (self.team.store, self.team.scorer, self.tokens[by.name], paper.id, paper.number)
        done, _ = self._attempt(draft.submit, *given)
        assert not done or paper.go, "handed to the approvers with a checklist that is no go"

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of, stale=st.integers(0, 5))
    def signs(self, by: Account, which: int, stale: int) -> None:
        paper = self._paper(which)
        seen = factory.hash_of(self.team, paper.id) if stale else "0" * 64
        given = (self.team.store, self.tokens[by.name], paper.id, seen, Decision.APPROVE)
        done, _ = self._attempt(approve.sign, *given)
        if done:
            self.tally["signatures"] += 1
            assert stale, "signed what was not on the screen"
            assert by.role in MAY_SIGN
            assert by.name not in self.policy.gone
            assert by.human not in paper.writers, "somebody signed their own words"
            assert by.human not in {one.human for one in paper.signed}, "one person signed twice"
            paper.signed.append(by)

    @precondition(lambda self: self.policy.papers)
    @rule(which=any_of, first=signers, second=signers, third=signers)
    def some_sign(self, which: int, first: Account, second: Account, third: Account) -> None:
        for one in (first, second, third):
            self.signs(one, which, 1)

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of, said=st.sampled_from([Decision.CHANGES, Decision.CHANGES, Decision.REJECT]))
    def objects(self, by: Account, which: int, said: Decision) -> None:
        paper = self._paper(which)
        seen = factory.hash_of(self.team, paper.id)
        done, _ = self._attempt(approve.sign, self.team.store, self.tokens[by.name], paper.id, seen, said, "No.")
        if done:
            assert by.role in MAY_SIGN
            paper.think_again()

    @precondition(lambda self: self.policy.papers)
    @rule(by=who, which=any_of, back=st.booleans())
    def takes_back(self, by: Account, which: int, back: bool) -> None:
        paper, token = self._paper(which), self.tokens[by.name]
        deed = draft.withdraw if back else draft.ask_again
        done, _ = self._attempt(deed, self.team.store, token, paper.id, "The world changed.")
        if done:
            paper.think_again()

    @rule(
        by=who,
        scope=st.sampled_from([("everything", ""), ("region", "US"), ("region", "GB"), ("channel", "x")]),
        ends=st.sampled_from([None, timedelta(minutes=30)]),
    )
    def pauses(self, by: Account, scope: tuple[str, str], ends: timedelta | None) -> None:
        end = None if ends is None else self.clock.at + ends
        given = (self.team.store, self.tokens[by.name], Scope(*scope), "wait", end)
        done, paused = self._attempt(hold.open_by_person, *given)
        if done:
            self.policy.stops.append(Stop(paused.hold_id, scope))

    @precondition(lambda self: any(stop.on for stop in self.policy.stops))
    @rule(one=who, other=signers, third=signers, which=any_of)
    def agree_to_lift(self, one: Account, other: Account, third: Account, which: int) -> None:
        on = [stop for stop in self.policy.stops if stop.on]
        stop = on[which % len(on)]
        for by in (one, other, third):
            if stop.on:
                self._agrees(by, stop)

    def _agrees(self, by: Account, stop: Stop) -> None:
        before = self._states()
        done, lifted = self._attempt(factory.agree, self.team.store, self.tokens[by.name], stop.id)
        if not done:
            return
        assert by.role in MAY_SIGN
        # Who is asked again, since more came under the hold, may agree again: it is people that count, not words.
        stop.agreed[by.human] = by.role
        if not lifted:
            return
        self.tally["lifted"] += 1
        assert len(stop.agreed) >= 2, "lifted by one person"
        assert "manager" in stop.agreed.values(), "lifted without a manager"
        stop.on = False
        for paper in self.policy.papers:
            after = self._states()[paper.id]
            if before[paper.id] == "held" and after != "held":
                self.tally["released"] += 1
                assert after == "in_review", f"a hold was lifted, and draft {paper.id} is {after}"
                paper.think_again()

    @rule(by=st.sampled_from([one for one in ACCOUNTS if one.name in ("ben", "lou", "lea_too", "mia", "exe")]))
    def leaves_the_company(self, by: Account) -> None:
        done, _ = self._attempt(revoke, self.team.store, self.tokens["ada"], self.team.people[by.name].id)
        if done:
            self.policy.gone.add(by.name)
            for stop in self.policy.stops:
                # Whose word counted towards a lift no longer works here: somebody else has to agree.
                if by.human not in {one.human for one in ACCOUNTS if one.name not in self.policy.gone}:
                    stop.agreed.pop(by.human, None)

    @rule(by=st.sampled_from(JUMPS))
    def the_clock_moves(self, by: timedelta) -> None:
        self.clock.at += by
        with self.team.store.write() as tx:
            for name, person in self.team.people.items():
                if name not in self.policy.gone:
                    self.tokens[name] = access.begin_sign_in(tx, person.id)

    @rule(lost=st.integers(0, 3))
    def the_worker_publishes(self, lost: int) -> None:
        self.wall.broken = lost == 0
        before = len(self.wall.posts)
        self.box.publish_due()
        self.tally["published"] += len(self.wall.posts) - before

    @precondition(lambda self: "unknown" in self._states().values())
    @rule(by=signers)
    def somebody_looks(self, by: Account) -> None:
        """Whether a post of unknown outcome is out; people tell the truth here."""
        paper = next(one for one in self.policy.papers if self._states()[one.id] == "unknown")
        out, token = paper.text in self.wall.posts.values(), self.tokens[by.name]
        if out:
            self._attempt(outboxes.posted_by_hand, self.team.store, token, paper.id, "https://platform.example/seen")
        else:
            self._attempt(outboxes.not_posted, self.team.store, token, paper.id, "It is not there.")


def _category_wants(key: str) -> tuple[str, ...]:
    """What the guide's table says; read as data, for the rules are the product's own."""
    return tuple(load_reference().categories[key].signers)


def test_people_may_do_anything_and_nothing_leaves_that_two_others_did_not_agree_to(
    prepare: Prepare, shared_clock: SharedClock, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too; test_racing does so in each")
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.0)  # one process: nobody is on the way while somebody pauses

    class Here(Room):
        template = prepare(a_house)
        clock = shared_clock
        start = shared_clock.at
        tally: ClassVar[Counter[str]] = Counter()

    stories = {"sqlite": 200, "postgresql": 50} if LONG else {"sqlite": 5}
    rules = settings(
        max_examples=int(os.environ.get("TACT_STORIES", stories[kind])),
        stateful_step_count=60 if LONG else 25,
        deadline=None,
        database=None,
        derandomize=not LONG,
        print_blob=LONG,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=rules)

    tell(f"R2 {kind}: " + ", ".join(f"{count} {what}" for what, count in Here.tally.items()))
    assert Here.tally["published"], "nothing ever left: the stories prove nothing"
