"""The checklist at work: what people answered, what the machine knows, and what it adds up to.

Answers belong to one content hash and one verdict: an edit, or a judge who says something else, leaves them behind, to
be read again rather than carried over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import RowMapping, delete, insert, select

import checklists
from checklists.evaluate import Answer, Outcome, evaluate, merge_machine
from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, checklist_answers, checklist_decisions, media, opportunities, people, topics
from scoring.contract import Post, Reason, TextScorer, Use
from scoring.judge import judge_post
from workflow import machine_answers
from workflow.access import require, same_people
from workflow.content import authors_of, version_of
from workflow.judge import World, moments_about, world_of
from workflow.lifecycle import draft_row, state_of
from workflow.rules.drafts import State
from workflow.rules.holds import fold
from workflow.rules.verdict_keys import answers_count
from workflow.verdict_key import verdict_key

CHECKLIST = "pre_publish"
# Where answers may be given again, once a verdict that moved has expired them. On the schedule too: signatures outlive
# a verdict that became clear, answers do not, and the gate would stop the post at its time.
OPEN_TO_ANSWERS = (State.WRITING, State.IN_REVIEW, State.SCHEDULED, State.BLOCKED)


@dataclass(frozen=True)
class Checks:
    """A draft's checklist on its current content. `decision` is go, manager_go, manager, skip or stop.

    `verdict_key`: what the judge says now; `expired`: these words were answered when it said something else.
    """

    checklist: checklists.Checklist
    answers: Mapping[str, Answer]
    machine: Mapping[str, Answer]
    outcome: Outcome
    decision: str
    manager_said: str | None
    verdict_key: str = ""
    expired: bool = False


@dataclass(frozen=True)
class Expired:
    """An answer that counts no longer. `why`: the `words` were changed since, or the `verdict` was."""

    answer: Answer
    name: str
    at: datetime
    why: str


def judge_draft(
    tx: Tx,
    draft: RowMapping,
    scorer: TextScorer,
    world: World | None = None,
    news: tuple[Use, ...] | None = None,
    version: RowMapping | None = None,
) -> tuple[Reason, ...]:
    """What the judge holds against this draft in the world as it is now; empty when nothing does.

    Its topic and each of its hashtags is read: a post stands next to all of them, so the darkest counts. What its
    pictures say of themselves is read apart from its text: a solemn caption makes no offer a solemn word. `world` and
    `news` as for `moments_about`; `version`: its current one, where somebody has read it already.
    """
    world = world or world_of(tx)
    brand = world.brand
    version = version_of(tx, draft) if version is None else version
    post = Post(
        text=version["text"],
        topic=None,
        regions=tuple(draft["regions"]) or brand.regions,
        reactive=draft["reactive"],
        promotional=draft["promotional"],
    )
    reasons: dict[Reason, None] = {}
    for moment in moments_about(tx, topics_of(tx, draft) or (None,), world, news):
        about = replace(post, topic=moment.topic or None)
        reasons |= dict.fromkeys(judge_post(scorer, about, moment, brand, tx.now))
    pictured = media_words(tx, version)
    if pictured:
        [moment] = moments_about(tx, (None,), world, news)
        reasons |= dict.fromkeys(judge_post(scorer, replace(post, text=pictured), moment, brand, tx.now))
    return tuple(reasons)


def topics_of(tx: Tx, draft: RowMapping) -> tuple[str, ...]:
    """Everything a draft stands next to: its topic, its hashtags, and the moment that it answers."""
    return (*subjects_of(draft), *_of_its_moment(tx, draft))


def media_words(tx: Tx, version: RowMapping) -> str:
    """What a version's files say of themselves: their alt texts, and their names with spaces for signs."""
    said = []
    for one in version["media"]:
        name = tx.value(select(media.c.name).where(media.c.id == one["media_id"])) or ""
        spoken = re.sub(r"[\W_]+", " ", name.rpartition(".")[0] or name).strip()
        said += [one.get("alt_text", "").strip(), spoken]
    return ". ".join(dict.fromkeys(part for part in said if part))


def _of_its_moment(tx: Tx, draft: RowMapping) -> tuple[str, ...]:
    """The moment's own topic where the draft no longer names it: an emptied field takes no post out of its moment."""
    if draft["opportunity_id"] is None:
        return ()
    label = tx.value(
        select(topics.c.label)
        .join(alerts, alerts.c.topic_id == topics.c.id)
        .join(opportunities, opportunities.c.alert_id == alerts.c.id)
        .where(opportunities.c.id == draft["opportunity_id"])
    )
    named = {fold(one) for one in subjects_of(draft)}
    return () if label is None or fold(label) in named else (label,)


def read_ahead(store: Store, scorer: TextScorer, draft_id: int) -> None:
    """Let the judge read what it will be asked about, while nobody waits: whoever writes next finds it remembered.

    A model needs a second for two hundred texts, more to be loaded, and a write transaction keeps everybody else out.
    """
    with store.read() as tx:
        judge_draft(tx, draft_row(tx, draft_id), scorer)


def subjects_of(draft: RowMapping) -> tuple[str, ...]:
    """The draft's topic and hashtags, each once however it is spelled."""
    named: dict[str, str] = {}
    for one in filter(None, (draft["topic"], *draft["hashtags"])):
        named.setdefault(fold(one), one)
    return tuple(named.values())


def checks_of(tx: Tx, draft: RowMapping, scorer: TextScorer, against: tuple[Reason, ...] | None = None) -> Checks:
    """Everything the checklist says about the draft's current content; `against` spares asking the judge twice."""
    checklist = checklists.load(CHECKLIST)
    key, rows = verdict_key(tx, draft), _answers_on_these_words(tx, draft)
    counting = [row for row in rows if answers_count(row["verdict_key"], key)]
    person = {row["item"]: Answer(row["value"], row["note"]) for row in counting}
    machine = machine_answers.answers(tx, draft, judge_draft(tx, draft, scorer) if against is None else against)
    outcome = evaluate(checklist, merge_machine(checklist, person, machine))
    ruling = _ruling(tx, draft, key)
    decision: str = outcome.decision
    if outcome.decision == "manager" and ruling is not None and ruling["go"]:
        decision = "manager_go"
    said, expired = ruling["reason"] if ruling else None, len(counting) < len(rows)
    return Checks(checklist, person, machine, outcome, decision, said, key, expired)


def _answers_on_these_words(tx: Tx, draft: RowMapping) -> Sequence[RowMapping]:
    own = checklist_answers.c.draft_id == draft["id"]
    return tx.rows(select(checklist_answers).where(own, checklist_answers.c.content_hash == draft["content_hash"]))


def answers_expired(tx: Tx, draft: RowMapping) -> bool:
    """Whether these words were answered, in part at least, when the judge said something else about their moment."""
    now = verdict_key(tx, draft)
    return any(not answers_count(row["verdict_key"], now) for row in _answers_on_these_words(tx, draft))


def refuse_expired_answers(tx: Tx, draft: RowMapping) -> None:
    """Refused (code `checklist_expired`): nobody signs by a checklist that was answered to another verdict."""
    if answers_expired(tx, draft):
        raise Refused(
            "The verdict on this moment changed after the checklist was answered. Answer it again on the draft's page; "
            "then this can be signed.",
            ("checklist_expired",),
        )


def _ruling(tx: Tx, draft: RowMapping, now: str) -> RowMapping | None:
    newest = tx.row(
        select(checklist_decisions)
        .where(
            checklist_decisions.c.draft_id == draft["id"],
            checklist_decisions.c.content_hash == draft["content_hash"],
        )
        .order_by(checklist_decisions.c.id.desc())
        .limit(1)
    )
    return newest if newest is not None and answers_count(newest["verdict_key"], now) else None


def expired_answers(tx: Tx, draft: RowMapping) -> dict[str, Expired]:
    """The newest answer to each item that counts no longer, and why: shown beside the question, never counted."""
    rows = tx.rows(
        select(checklist_answers, people.c.display_name)
        .join(people, people.c.id == checklist_answers.c.person_id)
        .where(checklist_answers.c.draft_id == draft["id"])
        .order_by(checklist_answers.c.at, checklist_answers.c.id)
    )
    now, newest = verdict_key(tx, draft), {row["item"]: row for row in rows}
    found = {}
    for item, row in newest.items():
        same_words = row["content_hash"] == draft["content_hash"]
        if not (same_words and answers_count(row["verdict_key"], now)):
            given = Answer(row["value"], row["note"])
            found[item] = Expired(given, row["display_name"], row["at"], "verdict" if same_words else "words")
    return found


def open_to_answers(tx: Tx, draft: RowMapping) -> bool:
    """While it is written; and where a verdict that moved has expired the answers, as long as it has not left."""
    state = state_of(draft)
    return state == State.WRITING or (state in OPEN_TO_ANSWERS and answers_expired(tx, draft))


def answer(
    store: Store,
    token: str,
    draft_id: int,
    seen_hash: str,
    answers: Mapping[str, Answer],
    seen_key: str | None = None,
) -> None:
    """Save a person's answers for the content they had on the screen, and for the verdict beside it (`seen_key`)."""
    known = {item.id for item in checklists.load(CHECKLIST).items}
    if not set(answers) <= known or any(a.value not in ("yes", "no", "unsure") for a in answers.values()):
        raise BadInput("The checklist has changed. Reload the page and answer again.")
    with store.write() as tx:
        person = require(tx, token, "answer_checklist")
        draft = draft_row(tx, draft_id)
        if draft["content_hash"] != seen_hash:
            raise Refused("The draft changed since you began. Read it again, then answer.", ("content_changed",))
        if not open_to_answers(tx, draft):
            raise Refused("The checklist is answered while the draft is being written.", ("wrong_state",))
        verdict = verdict_key(tx, draft)
        if seen_key is not None and not answers_count(seen_key, verdict):
            raise Refused("The verdict changed since you began. Read it, then save your answers.", ("verdict_changed",))
        for item, given in answers.items():
            key = {"draft_id": draft_id, "content_hash": seen_hash, "item": item}
            tx.run(delete(checklist_answers).filter_by(**key))
            values = {"value": given.value, "note": given.note.strip(), "person_id": person.id, "at": tx.now}
            tx.insert(insert(checklist_answers).values(**key, **values, verdict_key=verdict))
        # A manager's word was about the items that were open then.
        tx.run(delete(checklist_decisions).filter_by(draft_id=draft_id, content_hash=seen_hash))
        said = {item: given.value for item, given in answers.items()}
        events.append(tx, person.actor, "checklist_answered", "draft", draft_id, content_hash=seen_hash, detail=said)


def decide(store: Store, scorer: TextScorer, token: str, draft_id: int, seen_hash: str, go: bool, reason: str) -> None:
    """A manager's word on one or two open items. Nobody decides about their own words."""
    if not reason.strip():
        raise BadInput("Say why: the decision is kept with the draft.")
    read_ahead(store, scorer, draft_id)
    with store.write() as tx:
        person = require(tx, token, "decide_checklist")
        draft = draft_row(tx, draft_id)
        if draft["content_hash"] != seen_hash:
            raise Refused("The draft changed since you looked. Read it again.", ("content_changed",))
        if state_of(draft) not in OPEN_TO_ANSWERS:
            raise Refused("The checklist is decided while the draft is being written.", ("wrong_state",))
        if same_people(tx)[person.id] in authors_of(tx, draft):
            raise Refused("You wrote some of this. Another manager decides.", ("own_draft",))
        if checks_of(tx, draft, scorer).outcome.decision != "manager":
            raise Refused("The checklist leaves nothing to decide here.", ("wrong_state",))
        key = {"draft_id": draft_id, "content_hash": seen_hash, "go": go, "reason": reason.strip()}
        verdict = verdict_key(tx, draft)
        tx.insert(insert(checklist_decisions).values(**key, person_id=person.id, at=tx.now, verdict_key=verdict))
        after = "go" if go else "no go"
        events.append(
            tx, person.actor, "checklist_decided", "draft", draft_id, after=after, why=reason, content_hash=seen_hash
        )
