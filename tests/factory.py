"""A small team around a temporary store: what page, workflow and publishing tests begin with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select

import checklists
from app.settings import Settings
from app.wiring import House
from checklists.evaluate import Answer
from data.storage.seal import seal_for
from data.storage.store import Store
from data.storage.tables import alerts, drafts, items, monitors, opportunities, sources, topics, verdicts
from monitors.speaking import SpeakingDoor
from publishing.channels import Channel, Kind, discover
from publishing.ways import Ways
from scoring.contract import BrandProfile, Reason, TextScorer
from scoring.lexicon import LexiconScorer
from workflow import access, approve, assess, brand, checking, draft, held, hold
from workflow.judge import judge_open_alerts
from workflow.rules.approvals import Decision
from workflow.rules.roles import Role
from workflow.topics import topic_id
from workflow.triage import Raised, raise_alert

PASSWORD = "a long enough password"
TEAM = {
    "ana": Role.SOCIAL_TEAM,
    "ben": Role.SOCIAL_TEAM,
    "lea": Role.SOCIAL_LEAD,
    "pia": Role.PR,
    "max": Role.MANAGER,
    "ada": Role.ADMINISTRATOR,
    "vic": Role.VIEWER,
}
PROFILE = BrandProfile(
    name="Larkfield Tea",
    category="tea",
    keywords=("larkfield", "loose-leaf tea", "iced tea"),
    competitors=("Moor & Vale",),
    values=("patience", "fair trade"),
    regions=("GB",),
)


@dataclass
class Team:
    """The store with its brand and people, and a fresh sign-in for each of them."""

    store: Store
    scorer: TextScorer
    people: dict[str, access.Person]
    tokens: dict[str, str]

    def sign_in_again(self) -> None:
        with self.store.write() as tx:
            self.tokens = {name: access.begin_sign_in(tx, person.id) for name, person in self.people.items()}


@cache
def password_hash() -> str:
    """Argon2 takes its time on purpose; the tests pay once."""
    return PasswordHasher().hash(PASSWORD)


def team_in(store: Store) -> Team:
    """Found the brand, hire everybody, sign everybody in."""
    with store.write() as tx:
        brand.found(tx, PROFILE, zone="Europe/London", settings={"send_delay_seconds": 0})
        people = {}
        for name, role in TEAM.items():
            row = {"username": name, "display_name": name.title(), "role": role.value, "zone": "Europe/London"}
            row |= {"password_hash": password_hash(), "active": True, "created_at": tx.now}
            new_id = tx.insert(insert(access.people).values(**row))
            people[name] = access.Person(new_id, name, name.title(), role, "Europe/London")
        tokens = {name: access.begin_sign_in(tx, person.id) for name, person in people.items()}
    return Team(store, LexiconScorer(), people, tokens)


def house_of(
    team: Team, folder: Path, kinds: Mapping[str, Kind] | None = None, allow_private: frozenset[str] = frozenset()
) -> House:
    """The same team as a page or a worker knows it; with accounts of these kinds, where a test brings some."""
    channels: Mapping[str, Channel] = discover({"dry_run_folder": str(folder / "dry_run")})
    settings = Settings(database_url=str(team.store.engine.url), dry_run_folder=folder / "dry_run")
    if kinds is not None:
        door = SpeakingDoor("Tact tests", allow_private=allow_private)
        channels = Ways(channels, kinds, team.store, seal_for(settings.database_url), door)
    return House(settings, team.store, team.scorer, channels)


def add_source(store: Store, name: str = "A feed", kind: str = "rss", **values: Any) -> int:
    with store.write() as tx:
        row = {"config": {}, "interval_seconds": 900, "enabled": True, "cursor": {}, "next_poll_at": tx.now}
        return tx.insert(insert(sources).values(kind=kind, name=name, **row | values))


def add_monitor(
    store: Store, name: str = "Our tea", terms: tuple[str, ...] = ("larkfield",), floor: int = 20, **values: Any
) -> int:
    """A monitor; its topic's id."""
    with store.write() as tx:
        row = {"brand_id": 1, "name": name, "kind": "brand", "terms": list(terms), "exclusions": []}
        monitor = tx.insert(insert(monitors).values(**row, floor=floor, enabled=True, **values))
        return topic_id(tx, name, monitor)


def add_item(store: Store, text: str, *, kind: str = "mentions", source_id: int = 1, topic: str = "", **v: Any) -> int:
    from data.storage.tables import item_topics

    with store.write() as tx:
        row = {"source_id": source_id, "external_id": f"{kind}:{text}"[:500], "kind": kind, "text": text, "weight": 1}
        row |= {
            "published_at": tx.now,
            "taken_in_at": tx.now,
            "fingerprint": text[:64],
            "extra": {},
            "author": "someone",
        }
        new_id = tx.insert(insert(items).values(**row | v))
        if topic:
            tx.run(insert(item_topics).values(item_id=new_id, topic_id=topic_id(tx, topic)))
        return new_id


def add_alert(store: Store, topic: str = "iced tea", count: int = 160, baseline: float = 50.0) -> int:
    """An alert on a topic, as the detector would raise it."""
    with store.write() as tx:
        raised = Raised(
            topic_id=topic_id(tx, topic),
            count=count,
            baseline=baseline,
            ratio=count / baseline,
            onset_at=tx.now - timedelta(minutes=12),
            window_start=tx.now - timedelta(hours=1),
            window_end=tx.now,
            why={"sentence": f"{count} in the last hour.", "band": [40, 60], "sources": [], "samples": []},
        )
        alert = raise_alert(tx, 1, raised)
    assert alert is not None
    return alert


def add_opportunity(store: Store, alert_id: int, category: str = "cultural_moment") -> int:
    with store.write() as tx:
        row = {"alert_id": alert_id, "state": "assessing", "round": 1, "category": category}
        return tx.insert(insert(opportunities).values(**row, opened_at=tx.now))


def decided_opportunity(team: Team, topic: str = "iced tea") -> int:
    """A moment that Ana and Ben both found worth taking, with the verdict that every real one has by then."""
    found = add_opportunity(team.store, add_alert(team.store, topic))
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], found, 9, 9)
    judge_open_alerts(team.store, team.scorer)
    return found


def good_answers() -> dict[str, Answer]:
    """Every item answered well."""
    return {item.id: Answer(item.good, "") for item in checklists.load("pre_publish").items}  # type: ignore[arg-type]


def answer_well(team: Team, draft_id: int, name: str = "ana", **other: Answer) -> None:
    """A good checklist on the current words, but for the items named."""
    seen = hash_of(team, draft_id)
    checking.answer(team.store, team.tokens[name], draft_id, seen, good_answers() | other)


def draft_in_review(team: Team, writing: draft.Writing | None = None, opportunity: int | None = None) -> int:
    """A draft of Ana's with a good checklist, submitted."""
    writing = writing or draft.Writing(
        "Iced tea, as patient as you are.", regions=("GB",), reactive=opportunity is not None
    )
    draft_id = draft.start(team.store, team.tokens["ana"], writing, opportunity)
    checking.answer(team.store, team.tokens["ana"], draft_id, hash_of(team, draft_id), good_answers())
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 1)
    return draft_id


def sign(team: Team, name: str, draft_id: int, decision: Decision = Decision.APPROVE, reason: str = "") -> None:
    approve.sign(team.store, team.tokens[name], draft_id, hash_of(team, draft_id), decision, reason)


def scheduled_draft(team: Team, writing: draft.Writing | None = None, opportunity: int | None = None) -> int:
    """The same, signed by Lea and Max."""
    draft_id = draft_in_review(team, writing, opportunity)
    for name in ("lea", "max"):
        sign(team, name, draft_id)
    return draft_id


def agree(store: Store, token: str, hold_id: int, why: str = "It is calm again.") -> bool:
    """Somebody agrees to lift a hold, with what it stands for on their screen."""
    with store.read() as tx:
        found = held.what_is_held(tx).get(hold_id)
    return hold.lift(store, token, hold_id, why, found.stamp if found else "")


def hash_of(team: Team, draft_id: int) -> str:
    with team.store.read() as tx:
        return str(tx.value(select(drafts.c.content_hash).where(drafts.c.id == draft_id)))


def state_of(team: Team, draft_id: int) -> str:
    with team.store.read() as tx:
        return str(tx.value(select(drafts.c.state).where(drafts.c.id == draft_id)))


def alert_state(team: Team, alert_id: int) -> str:
    with team.store.read() as tx:
        return str(tx.value(select(alerts.c.state).where(alerts.c.id == alert_id)))


def topic_named(store: Store, name: str) -> int:
    with store.read() as tx:
        return int(tx.value(select(topics.c.id).where(topics.c.label == name)))


def add_verdict(
    store: Store, opportunity: int, tragedy: str = "clear", reasons: tuple[Reason, ...] = (), **values: Any
) -> int:
    """A verdict on a moment, as the judge would keep it."""
    with store.write() as tx:
        moment = tx.row(select(opportunities).where(opportunities.c.id == opportunity))
        assert moment is not None
        row = {"scorer": "lexicon", "sentiment": {"label": "neutral", "negative": 0.0, "neutral": 1.0, "positive": 0.0}}
        row |= {"tragedy": tragedy, "probability": 0.5, "reasons": [asdict(one) for one in reasons]}
        row |= {"relevance": 8.0, "relevance_why": "", "interest": 8.0, "interest_why": "", "quadrant": "q"}
        row |= {"decision": "go", "category": moment["category"], "alert_id": moment["alert_id"], "at": tx.now}
        return tx.insert(insert(verdicts).values(**row | values))
