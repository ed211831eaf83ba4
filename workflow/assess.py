"""Two clear heads: blind assessments of a moment, the discussion when they differ, and the decision.

Nobody is shown the other's scores before giving their own, not even through a count of who scored what. When the
two scores are more than two points apart, the pair talks, writes down what they found, and scores afresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import assessments, discussions, opportunities, people
from workflow import rescoring
from workflow.access import Person, require, same_people
from workflow.measuring import holdout
from workflow.rules.assessments import (
    Assessment,
    Discuss,
    Plotted,
    check,
    outcome,
    refusal_to_assess,
    visible_to,
)
from workflow.triage import skip_opportunity

ASSESSING, DISCUSSING, DECIDED = "assessing", "discussing", "decided"


@dataclass(frozen=True)
class Round:
    """What one person may know of a round: their own score, and the others' only once their own is given.

    `began_at`: when the pair was asked; the guide gives it five minutes from then on.
    """

    number: int
    state: str
    given: int
    visible: tuple[tuple[str, Assessment], ...]
    mine: Assessment | None
    discussion: str | None
    needs_note: bool
    began_at: datetime


def assess(store: Store, token: str, opportunity_id: int, relevance: int, interest: int, note: str = "") -> None:
    """Give one's own scores, 0 to 10 each. Refused for a second score in a round, or a third person."""
    with store.write() as tx:
        person = require(tx, token, "assess")
        row = _opportunity(tx, opportunity_id)
        me = same_people(tx)[person.id]
        score = Assessment(me, relevance, interest, note.strip(), tx.now)
        check(score)
        given = round_of(tx, row)
        _refuse_assessment(row, given, me)
        values = {"relevance": relevance, "interest": interest, "note": score.note, "at": tx.now}
        key = {"opportunity_id": opportunity_id, "round": row["round"], "person_id": person.id}
        tx.insert(insert(assessments).values(**key, **values))
        events.append(
            tx, person.actor, "assessed", "opportunity", opportunity_id, detail={"round": row["round"], **_plain(score)}
        )
        _conclude(tx, person, row, [*given, score])


def _refuse_assessment(row: RowMapping, given: Sequence[Assessment], me: int) -> None:
    if row["state"] == DISCUSSING:
        raise Refused("The scores were far apart. Write down what you found together, then score afresh.")
    if row["state"] != ASSESSING:
        raise Refused("This moment has been decided already.", ("wrong_state",))
    refused = refusal_to_assess(me, given)
    if refused is not None:
        raise refused


def _conclude(tx: Tx, person: Person, row: RowMapping, scores: Sequence[Assessment]) -> None:
    found = outcome(scores)
    if isinstance(found, Discuss):
        _set(tx, row["id"], state=DISCUSSING)
        detail = {"relevance_gap": found.gap_relevance, "interest_gap": found.gap_interest}
        events.append(tx, person.actor, "discussion_needed", "opportunity", row["id"], after=DISCUSSING, detail=detail)
    if isinstance(found, Plotted):
        plotted: dict[str, str | float] = {
            "relevance": found.relevance,
            "interest": found.interest,
            "quadrant": found.cell.quadrant,
            "decision": found.cell.decision,
        }
        waits = rescoring.waits_at(tx, row, found.cell.decision, found.interest)
        _set(tx, row["id"], state=DECIDED, decided_at=tx.now, **plotted, **waits)
        rescoring.note_outcome(tx, row, plotted)
        events.append(tx, person.actor, "decided", "opportunity", row["id"], after=found.cell.decision, detail=plotted)
        if found.cell.decision == "go":
            holdout.draw(tx, row["id"])
        if found.cell.decision == "no_go":
            skip_opportunity(tx, person.actor, row["alert_id"], "Both assessors: low relevance and low interest.")


def discuss(store: Store, token: str, opportunity_id: int, note: str) -> None:
    """Write down what the two found when they talked; opens a fresh round of blind scores."""
    if len(note.strip()) < 10:
        raise BadInput("Write a sentence or two about where you differed and what you agreed.")
    with store.write() as tx:
        person = require(tx, token, "assess")
        row = _opportunity(tx, opportunity_id)
        if row["state"] != DISCUSSING:
            raise Refused("There is nothing to discuss here by now.", ("wrong_state",))
        if same_people(tx)[person.id] not in {score.person_id for score in round_of(tx, row)}:
            raise Refused("The two who scored write the note.", ("not_an_assessor",))
        key = {"opportunity_id": opportunity_id, "round": row["round"]}
        tx.run(insert(discussions).values(**key, person_id=person.id, note=note.strip(), at=tx.now))
        _set(tx, opportunity_id, state=ASSESSING, round=row["round"] + 1)
        events.append(tx, person.actor, "discussed", "opportunity", opportunity_id, after=ASSESSING, why=note.strip())


def look(tx: Tx, opportunity: RowMapping, person: Person) -> Round:
    """The round as this person may see it."""
    names = {row["id"]: row["display_name"] for row in tx.rows(select(people.c.id, people.c.display_name))}
    scores = round_of(tx, opportunity)
    me = same_people(tx)[person.id]
    talked = tx.row(
        select(discussions)
        .where(discussions.c.opportunity_id == opportunity["id"], discussions.c.round == opportunity["round"] - 1)
        .limit(1)
    )
    began = [opportunity["opened_at"], opportunity["asks_again_at"], talked["at"] if talked is not None else None]
    return Round(
        number=opportunity["round"],
        state=opportunity["state"],
        given=len(scores),
        visible=tuple((names[score.person_id], score) for score in visible_to(me, scores)),
        mine=next((score for score in scores if score.person_id == me), None),
        discussion=talked["note"] if talked is not None else None,
        needs_note=opportunity["state"] == DISCUSSING,
        began_at=max(at for at in began if at is not None),
    )


def round_of(tx: Tx, opportunity: RowMapping) -> tuple[Assessment, ...]:
    """The current round's scores, in the order they came. By people: two accounts may be one."""
    same = same_people(tx)
    rows = tx.rows(
        select(assessments)
        .where(assessments.c.opportunity_id == opportunity["id"], assessments.c.round == opportunity["round"])
        .order_by(assessments.c.id)
    )
    return tuple(Assessment(same[r["person_id"]], r["relevance"], r["interest"], r["note"], r["at"]) for r in rows)


def _opportunity(tx: Tx, opportunity_id: int) -> RowMapping:
    row = tx.row(select(opportunities).where(opportunities.c.id == opportunity_id))
    if row is None:
        raise BadInput("There is no such moment.")
    return row


def _set(tx: Tx, opportunity_id: int, **values: str | int | float | datetime | None) -> None:
    tx.run(update(opportunities).where(opportunities.c.id == opportunity_id).values(**values))


def _plain(score: Assessment) -> dict[str, int]:
    return {"relevance": score.relevance, "interest": score.interest}
