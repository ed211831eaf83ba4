"""People doing anything in any order to one draft: it is never approved by fewer than two others (promise R2)."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from data.errors import Refused
from workflow.rules.approvals import Approval, Decision, refusal_to_sign, standing
from workflow.rules.content import Content, content_hash
from workflow.rules.drafts import Move, State, allowed, move
from workflow.rules.roles import SIGNERS, Role

PEOPLE = {
    1: Role.SOCIAL_TEAM,
    2: Role.SOCIAL_LEAD,
    3: Role.MANAGER,
    4: Role.EXECUTIVE,
    5: Role.ADMINISTRATOR,
    6: Role.LEGAL,
}
AGREED = {State.APPROVED, State.SCHEDULED, State.PUBLISHING, State.PUBLISHED}
people = st.sampled_from(sorted(PEOPLE))


class Drafts(RuleBasedStateMachine):
    """A draft kept as a use case would keep it, and a ledger kept by hand to check it against."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.WRITING
        self.text = "first"
        self.author = self.writer = 1
        self.approvals: list[Approval] = []
        self.screens: dict[int, str] = {}
        self.clock = datetime(2026, 5, 4, 12, tzinfo=UTC)
        # The ledger: who said yes to which text, in which order; emptied by whatever asks for fresh signatures.
        self.yes: dict[str, list[int]] = {}
        self.writers: dict[str, set[int]] = {}

    @property
    def hash(self) -> str:
        return content_hash(Content("x", self.text))

    @property
    def authors(self) -> frozenset[int]:
        return frozenset({self.author, self.writer})

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    @rule(person=people)
    def look(self, person: int) -> None:
        self.screens[person] = self.hash

    @precondition(lambda self: Move.EDIT in allowed(self.state))
    @rule(person=st.sampled_from([1, 2, 3]), text=st.sampled_from(["first", "second", "third"]))
    def edit(self, person: int, text: str) -> None:
        self.state = move(self.state, Move.EDIT)
        self.text, self.writer = text, person

    @precondition(lambda self: self.state == State.WRITING)
    @rule()
    def submit(self) -> None:
        self.state = move(self.state, Move.SUBMIT)

    @rule(person=people, look_first=st.booleans())
    def approve(self, person: int, look_first: bool) -> None:
        if look_first:
            self.look(person)
        seen = self.screens.get(person, "nothing")
        refused = refusal_to_sign(person, PEOPLE[person], self.authors, self.approvals, self.hash, self.state, seen)
        if refused is not None:
            assert isinstance(refused, Refused)
            assert refused.codes
            return
        self.approvals.append(Approval(person, PEOPLE[person], Decision.APPROVE, self.hash, self.tick()))
        self.yes.setdefault(self.text, []).append(person)
        if standing(self.approvals, self.hash, self.authors).complete:
            self.state = move(self.state, Move.APPROVE_LAST)

    @precondition(lambda self: Move.REQUEST_CHANGES in allowed(self.state))
    @rule(person=people)
    def object(self, person: int) -> None:
        self.approvals.append(Approval(person, PEOPLE[person], Decision.CHANGES, self.hash, self.tick()))
        self.yes[self.text] = [one for one in self.yes.get(self.text, []) if one != person]
        self.state = move(self.state, Move.REQUEST_CHANGES)

    @precondition(lambda self: Move.BACK_TO_REVIEW in allowed(self.state))
    @rule()
    def come_back_from_a_hold(self) -> None:
        self.state = move(self.state, Move.BACK_TO_REVIEW)
        self.approvals = [
            Approval(a.person_id, a.role, a.decision, a.content_hash, a.at, voided=True) for a in self.approvals
        ]
        self.yes.clear()

    @rule(what=st.sampled_from([Move.SCHEDULE, Move.HOLD, Move.CLAIM, Move.BLOCK, Move.SENT]))
    def go_on(self, what: Move) -> None:
        if what in allowed(self.state):
            self.state = move(self.state, what)

    @invariant()
    def agreed_means_two_others_said_yes_to_these_words(self) -> None:
        others = set(self.yes.get(self.text, [])) - self.authors
        if self.state in AGREED:
            assert len(others) >= 2
        counted = standing(self.approvals, self.hash, self.authors)
        assert set(counted.signed) <= others
        assert not (counted.complete and len(others) < 2)

    @invariant()
    def nobody_without_the_right_ever_signed(self) -> None:
        assert all(PEOPLE[one.person_id] in SIGNERS for one in self.approvals if one.decision == Decision.APPROVE)


TestDrafts = Drafts.TestCase
TestDrafts.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_machine_can_get_a_draft_published_at_all() -> None:
    # Otherwise its invariants would hold over nothing.
    machine = Drafts()
    machine.submit()
    machine.approve(2, look_first=True)
    assert machine.state == State.IN_REVIEW
    machine.approve(2, look_first=True)
    machine.approve(1, look_first=True)
    machine.approve(5, look_first=True)
    assert machine.state == State.IN_REVIEW
    machine.approve(4, look_first=True)
    for what in (Move.SCHEDULE, Move.CLAIM, Move.SENT):
        machine.go_on(what)
    assert machine.state == State.PUBLISHED
