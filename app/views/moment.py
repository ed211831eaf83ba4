"""What the Moment page shows of one alert: the figures, the verdict, the matrix as this person may see it, the story.

Blindness is kept here as it is in `workflow.assess`: before their own scores are in, a person learns nothing of the
others', not even from the history that somebody has scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import RowMapping, func, select

from app.views.answerable import answerable
from app.views.cards import Card, read_cards
from app.views.evidence import Evidence, evidence_of
from app.views.moment_category import Kind, Situation, kind_of, situations_of
from app.views.moment_history import Happening, history
from app.views.moment_mood import MoodView, mood_of_alert
from app.views.moment_said import Said, said_of
from app.views.moment_volume import Volume, volume_of
from app.views.rescored import Rescored, rescored_of
from app.views.speed import speeds
from app.views.steps import takers
from app.views.sure import Sure, how_sure
from data.errors import BadInput
from data.plain import web_link
from data.reference import playbook
from data.storage.store import Store, Tx
from data.storage.tables import alert_notes, alert_topics, alerts, corrections, drafts, verdicts
from monitors.trajectory import Trajectory
from monitors.watch import samples
from scoring.contract import Cell
from scoring.matrix import cell
from workflow.access import Person
from workflow.assess import ASSESSING, Round, look
from workflow.judge import latest_verdict
from workflow.measuring.holdout import Silence, silence_over
from workflow.mutes import hidden
from workflow.rules.drafts import PLAIN_STATE, State
from workflow.tone import negative_posts
from workflow.triage import DISMISSED, SPIKE, opportunity_of


@dataclass(frozen=True)
class Sample:
    """One text from outside. `url` is http(s) or empty, `host` is what the reader is shown of it.

    `item_id` None: the alert alone kept the text, nobody can say a word on it any more. `answerable`: a draft may reply
    to it or quote it.
    """

    item_id: int | None
    text: str
    author: str
    at: datetime
    url: str
    host: str
    answerable: bool = False


@dataclass(frozen=True)
class Judged:
    """The newest verdict. Scores on the 0-10 scales, with the judge's reason in words.

    `uses`: some of those that the context check read, `uses_say` what it found in all of them.
    """

    at: datetime
    tragedy: str
    sure: Sure
    reasons: tuple[Evidence, ...]
    uses: tuple[str, ...]
    uses_say: str
    relevance: float
    relevance_why: str
    interest: float
    interest_why: str
    cell: Cell


@dataclass(frozen=True)
class Agreed:
    """What two people came to: their means, and the quadrant with its decision, window and resources."""

    relevance: float
    interest: float
    cell: Cell


@dataclass(frozen=True)
class Written:
    """A draft on this moment."""

    draft_id: int
    platform: str
    state: str


@dataclass(frozen=True)
class MomentView:
    """The page at one instant. `opportunity_id` and `round` are None until the judge has spoken.

    `mood` is there for an alert about sentiment, which never gets either.
    """

    now: datetime
    card: Card
    window_start: datetime
    window_end: datetime
    volume: Volume
    mood: MoodView | None
    sources: tuple[tuple[str, int], ...]
    samples: tuple[Sample, ...]
    judged: Judged | None
    said: Said
    kind: Kind | None
    situations: tuple[Situation, ...]
    opportunity_id: int | None
    round: Round | None
    agreed: Agreed | None
    silence: Silence | None
    rescored: tuple[Rescored, ...]
    drafts: tuple[Written, ...]
    history: tuple[Happening, ...]
    takers: tuple[tuple[int, str], ...]
    stamp: str

    @property
    def may_be_written_about(self) -> bool:
        """Whether a draft for it may begin by now; the use case decides, this only spares people clicks."""
        quiet = self.silence is not None and self.silence.stands
        agreed = self.agreed is not None and self.agreed.cell.decision != "no_go"
        return self.opportunity_id is not None and agreed and not quiet and self.card.verdict != "hold"


def read(store: Store, person: Person, alert_id: int) -> MomentView:
    """The page. BadInput when there is no such alert."""
    with store.read() as tx:
        card = _card(tx, person, alert_id)
        alert = tx.row(select(alerts).where(alerts.c.id == alert_id))
        assert alert is not None
        opportunity = opportunity_of(tx, alert_id)
        verdict = latest_verdict(tx, alert_id)
        seen = _blind(look(tx, opportunity, person)) if opportunity is not None else None
        return MomentView(
            now=tx.now,
            card=card,
            window_start=alert["window_start"],
            window_end=alert["window_end"],
            volume=volume_of(tx, alert),
            mood=mood_of_alert(tx, alert),
            sources=tuple((one["name"], one["count"]) for one in alert["why"].get("sources", ())),
            samples=_samples(tx, alert),
            judged=_judged(tx, verdict),
            said=said_of(tx, card),
            kind=kind_of(tx, verdict, opportunity),
            situations=situations_of(verdict),
            opportunity_id=opportunity["id"] if opportunity is not None else None,
            round=seen,
            agreed=_agreed(opportunity),
            silence=silence_over(tx, opportunity["id"] if opportunity is not None else None),
            rescored=rescored_of(tx, opportunity),
            drafts=_drafts(tx, opportunity),
            history=history(tx, alert_id, opportunity, seen, person),
            takers=takers(tx),
            stamp=_stamp(tx, alert_id),
        )


def living(store: Store, person: Person) -> tuple[datetime, tuple[Card, ...]]:
    """The alerts to choose from when the address names none, newest first, and the instant."""
    with store.read() as tx:
        return tx.now, read_cards(tx, (alerts.c.state != DISMISSED) & ~hidden(tx.now), person, 50)


@dataclass(frozen=True)
class Beat:
    """An instant, the moment's stamp – other than the drawn one: somebody did something – and where it is going."""

    now: datetime
    stamp: str
    going: Trajectory | None


def beat(store: Store, card: Card) -> Beat:
    """What the page looks at every second."""
    with store.read() as tx:
        return Beat(tx.now, _stamp(tx, card.alert_id), speeds(tx, [card]).get(card.alert_id))


def _card(tx: Tx, person: Person, alert_id: int) -> Card:
    found = read_cards(tx, alerts.c.id == alert_id, person, 1)
    if not found:
        raise BadInput("There is no such alert. Choose one of those below.")
    return found[0]


def _samples(tx: Tx, alert: RowMapping) -> tuple[Sample, ...]:
    """Texts of the window as they are now; those of the alert where the topic's items tell none."""
    read = samples if alert["kind"] == SPIKE else negative_posts
    found = read(tx, alert["topic_id"], alert["window_start"]) or alert["why"].get("samples", ())
    told = tuple(_sample(one) for one in found)
    able = answerable(tx, [one.item_id for one in told if one.item_id is not None])
    return tuple(replace(one, answerable=one.item_id in able) for one in told)


def _sample(one: Mapping[str, Any]) -> Sample:
    url = web_link(one["url"])
    at = datetime.fromisoformat(one["at"])
    return Sample(one.get("id"), one["text"], one["author"], at, url, urlsplit(url).hostname or "")


def _judged(tx: Tx, row: RowMapping | None) -> Judged | None:
    if row is None:
        return None
    return Judged(
        at=row["at"],
        tragedy=row["tragedy"],
        sure=how_sure(row["tragedy"], row["probability"]),
        reasons=evidence_of(tx, row["reasons"]),
        uses=tuple(use["text"] for use in row["context"].get("uses", ())),
        uses_say=row["context"].get("says", ""),
        relevance=row["relevance"],
        relevance_why=row["relevance_why"],
        interest=row["interest"],
        interest_why=row["interest_why"],
        cell=cell(row["relevance"], row["interest"]),
    )


def _agreed(row: RowMapping | None) -> Agreed | None:
    if row is None or row["relevance"] is None:
        return None
    return Agreed(row["relevance"], row["interest"], cell(row["relevance"], row["interest"]))


def _blind(seen: Round) -> Round:
    """Before one's own scores are in, not even how many there are."""
    return replace(seen, given=0) if seen.state == ASSESSING and seen.mine is None else seen


def _drafts(tx: Tx, opportunity: RowMapping | None) -> tuple[Written, ...]:
    if opportunity is None:
        return ()
    rows = tx.rows(select(drafts).where(drafts.c.opportunity_id == opportunity["id"]).order_by(drafts.c.id))
    return tuple(Written(row["id"], playbook(row["platform"]).label, PLAIN_STATE[State(row["state"])]) for row in rows)


def _stamp(tx: Tx, alert_id: int) -> str:
    """Changes when something that this page draws does, and never because somebody scored: that would be a hint."""
    verdict = tx.value(select(func.max(verdicts.c.id)).where(verdicts.c.alert_id == alert_id))
    alert = tx.row(select(alerts.c.state, alerts.c.claimed_by, alerts.c.escalations).where(alerts.c.id == alert_id))
    note = tx.value(select(func.max(alert_notes.c.id)).where(alert_notes.c.alert_id == alert_id))
    here = (alert_topics.c.alert_id == alert_id) & alert_topics.c.split_at.is_(None)
    names = tx.value(select(func.count()).select_from(alert_topics).where(here))
    said = tx.value(select(func.max(corrections.c.id)).where(corrections.c.alert_id == alert_id))
    opportunity = opportunity_of(tx, alert_id)
    stage = (opportunity["state"], opportunity["round"], opportunity["category"]) if opportunity is not None else ()
    silence = silence_over(tx, opportunity["id"]) if opportunity is not None else None
    return repr((verdict, tuple(alert.values()) if alert is not None else (), stage, note, names, said, silence))
