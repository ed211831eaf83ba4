"""The policy once more, in as few words as possible: what must have been true of anything that left.

Written from the promises and not from the product: it imports no rule, counts people and not rows, and knows a post
by its words. The state machine tells it what people did and were not refused; for each request that reaches the
platform it says whether that may have been.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import permutations

MAY_SIGN = {"social_lead", "manager", "legal", "pr", "customer_service_lead", "executive"}


@dataclass(frozen=True)
class Account:
    """A sign-in's account: whose it is, and what it may be used for."""

    name: str
    human: str
    role: str


@dataclass
class Stop:
    """A hold: its scope as (kind, value), and who has agreed to lift it, by human being."""

    id: int
    scope: tuple[str, str]
    agreed: dict[str, str] = field(default_factory=dict)
    on: bool = True

    def catches(self, paper: Paper) -> bool:
        kind, value = self.scope
        if not self.on:
            return False
        if kind == "region":
            return not paper.regions or value in paper.regions
        return kind == "everything" or (kind == "channel" and value == paper.platform)


@dataclass
class Paper:
    """A draft as the people in the room would remember it."""

    id: int
    author: Account
    text: str
    platform: str
    regions: tuple[str, ...]
    planned: datetime | None
    # For each, somebody of that role must be among those who sign, all of them different people.
    wanted: tuple[str, ...] = ()
    number: int = 1
    writers: set[str] = field(default_factory=set)
    signed: list[Account] = field(default_factory=list)
    go: bool = False

    def __post_init__(self) -> None:
        self.writers.add(self.author.human)

    def new_words(self, by: Account, text: str) -> None:
        """Whatever was agreed was agreed about other words."""
        self.text, self.number = text, self.number + 1
        self.writers.add(by.human)
        self.signed, self.go = [], False

    def think_again(self) -> None:
        """Every signature is void."""
        self.signed = []


@dataclass
class Policy:
    """What people did so far, and the verdict on what left."""

    papers: list[Paper] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def wrong(self, text: str, now: datetime) -> list[str]:
        """Why a request with these words must not have been made now; empty when it may."""
        paper = next((one for one in self.papers if one.text == text), None)
        if paper is None:
            return [f"nobody's current words: {text!r}"]
        return list(self._against(paper, now))

    def _against(self, paper: Paper, now: datetime) -> Iterator[str]:
        hands = self._hands(paper)
        if len({one.human for one in hands}) < 2:
            yield f"{len(hands)} signatures of two different people who wrote none of it"
        if not _met(paper.wanted, hands):
            yield f"wanted {paper.wanted} among {[one.role for one in hands]}"
        if not paper.go:
            yield "its checklist is no go"
        if paper.planned is not None and now < paper.planned:
            yield f"planned for {paper.planned}, and it is {now}"
        for stop in self.stops:
            if stop.catches(paper):
                yield f"hold {stop.id} on {stop.scope} was on"

    def _hands(self, paper: Paper) -> list[Account]:
        return [
            one
            for one in paper.signed
            if one.role in MAY_SIGN and one.human not in paper.writers and one.name not in self.gone
        ]


def _met(wanted: tuple[str, ...], hands: list[Account]) -> bool:
    """Whether each wanted role is met by a human being of its own."""
    return any(
        all(one.role == role for one, role in zip(chosen, wanted, strict=True))
        and len({one.human for one in chosen}) == len(chosen)
        for chosen in permutations(hands, len(wanted))
    )
