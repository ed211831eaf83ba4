"""What the machine knows about a draft's checklist: the answers that it can vouch for, and what it can only show.

Apart from `checking`, which adds up answers. An answer counts at once and a person may only lower it, so one is given
only where the database holds the fact: signatures are counted here, shifts are written here, uses were read here. What
needs a person's judgement is shown as evidence beside the question and ticks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, Select, func, select

from checklists.evaluate import Answer, Value
from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import (
    alert_topics,
    alerts,
    item_topics,
    items,
    opportunities,
    publications,
    scheduled_posts,
    topics,
)
from scoring.contract import Reason
from workflow import brand as brands
from workflow.content import version_of
from workflow.corrections import verdict_words
from workflow.duty import Rota, rota
from workflow.judge import latest_verdict
from workflow.rules.holds import fold
from workflow.rules.repeats import Said, says_the_same
from workflow.rules.roles import PLAIN, Role, may
from workflow.rules.windows import closes_at
from workflow.tiering import facts_of

# The guide's interest band "niche" ends at 3: above it the audience is at least aware.
SOME_INTEREST = 3.0
# The guide: where fifty brands have made the joke, ours is the fifty-first.
TOO_MANY = 50
# How many of the newest uses are compared with the draft (ours): enough to find fifty, and quick at the gate.
COMPARED = 300
# How long replies want somebody on hand (ours): most come within the first hour.
REPLIES = timedelta(hours=1)
# Words that a reader takes for the day they read them on. Ours; the languages are those of the sensitivity rules' core.
_NOW = re.compile(
    r"\b(?:right now|now|today|tonight|this (?:morning|afternoon|evening)|live|just (?:now|happened)|jetzt|gerade|heute"
    r"|maintenant|aujourd['’]hui|ce soir|ahora(?: mismo)?|hoy|esta noche)\b",
    re.IGNORECASE,
)


def answers(tx: Tx, draft: RowMapping, against: tuple[Reason, ...]) -> dict[str, Answer]:
    """The facts that the machine can vouch for, by name. What it does not know is left out.

    `against`: what the judge holds against the draft.
    """
    words = (
        " ".join(dict.fromkeys(reason.text for reason in against))
        or "Nothing found in the text, its topic, the news or the date."
    )
    known = {
        "two_reviewers": Answer("yes", "It cannot leave without two signatures."),
        "tragedy": Answer("yes" if against else "no", words),
    }
    leaves = _leaves(tx, draft)
    known |= _about_the_moment(tx, draft, leaves)
    known |= _about_duty(tx, leaves)
    said = _others(tx, draft)
    if said is not None and len(said.authors) >= TOO_MANY:
        known["said_by_others"] = Answer("no", said.sentence)
    return known


def evidence(tx: Tx, draft: RowMapping) -> dict[str, str]:
    """What helps a person to answer and is no answer: a sentence for each fact, for the page alone."""
    shown: dict[str, str] = {}
    alert_id = _alert_id(tx, draft)
    if alert_id is not None:
        shown |= _of_the_verdict(tx, alert_id)
    said = _others(tx, draft)
    if said is not None:
        shown["said_by_others"] = said.sentence
    values = brands.the_brand(tx).profile.values
    if values:
        shown["values"] = f"You stand for: {', '.join(values)}."
    found = dict.fromkeys(match[0].casefold() for match in _NOW.finditer(version_of(tx, draft)["text"]))
    if found:
        shown["words_of_now"] = f"It says “{'”, “'.join(found)}”: in six hours that means another time."
    return shown | {"legal_cues": _legal(tx, draft), "todays_posts": _today(tx)}


# --- the moment ------------------------------------------------------------------------------------------------


def _alert_id(tx: Tx, draft: RowMapping) -> int | None:
    found = tx.value(select(opportunities.c.alert_id).where(opportunities.c.id == draft["opportunity_id"]))
    return int(found) if found is not None else None


def _about_the_moment(tx: Tx, draft: RowMapping, leaves: datetime) -> dict[str, Answer]:
    moment = tx.row(
        select(opportunities.c.interest, alerts.c.raised_at)
        .join(alerts, alerts.c.id == opportunities.c.alert_id)
        .where(opportunities.c.id == draft["opportunity_id"])
    )
    if moment is None:
        return {}
    known: dict[str, Answer] = {}
    if moment["interest"] is not None:
        value: Value = "yes" if moment["interest"] > SOME_INTEREST else "no"
        known["audience_interest"] = Answer(value, f"Interest was assessed at {moment['interest']:g} of 10.")
    closes = closes_at(moment["raised_at"], playbook(draft["platform"]).closes_minutes)
    if closes is not None:
        inside: Value = "yes" if leaves <= closes else "no"
        known["within_window"] = Answer(inside, f"The window closes at {_clock(tx, closes)}.")
    return known


def _of_the_verdict(tx: Tx, alert_id: int) -> dict[str, str]:
    shown = {}
    verdict = latest_verdict(tx, alert_id)
    context = verdict["context"] if verdict is not None else {}
    if context.get("read"):
        dark = f"{context['dark']} of them dark" if context.get("dark") else "none of them dark"
        seen = len(context.get("uses") or ())
        shown["recent_uses"] = (
            f"Tact has read {context['read']} recent uses, {dark}; {seen} are on the moment's page to be read. "
            "Whether one of you did, only you know."
        )
    elif verdict is not None:
        shown["recent_uses"] = "Tact has found no recent use to read. Look for them on the platform."
    doubts = [
        f"{word.who} says of the moment: {word.reason}" for word in verdict_words(tx, alert_id) if not word.agrees
    ]
    if doubts:
        shown["doubts"] = " ".join(doubts)
    return shown


# --- what others say ---------------------------------------------------------------------------------------------


class _SaidByOthers:
    """How many accounts say nearly what the draft says, among the uses that were compared."""

    def __init__(self, compared: int, authors: frozenset[str], example: str) -> None:
        self.compared, self.authors, self.example = compared, authors, example

    @property
    def sentence(self) -> str:
        if not self.authors:
            return f"None of the {self.compared} newest uses that Tact has says nearly the same."
        count = "One account says" if len(self.authors) == 1 else f"{len(self.authors)} accounts say"
        return f"{count} nearly the same among the {self.compared} newest uses: “{self.example}”"


def _others(tx: Tx, draft: RowMapping) -> _SaidByOthers | None:
    """None where Tact has no uses to compare with, or no words yet."""
    text, about = version_of(tx, draft)["text"], _topic_ids(tx, draft)
    if not text.strip() or not about:
        return None
    # Topic by topic: one question about several would read and sort all their uses, of which there may be thousands.
    found = {row["id"]: row for topic_id in about for row in tx.rows(_newest(topic_id))}
    rows = sorted(found.values(), key=lambda row: row["id"], reverse=True)[:COMPARED]
    if not rows:
        return None
    mine = Said(text)
    same = [row for row in rows if says_the_same(mine, Said(row["text"]))]
    # Without a name each use counts as an account of its own: some sources tell none.
    authors = frozenset(row["author"] or f"item {row['id']}" for row in same)
    return _SaidByOthers(len(rows), authors, _short(same[0]["text"]) if same else "")


def _newest(topic_id: int) -> Select[Any]:
    came_last = (
        select(item_topics.c.item_id)
        .where(item_topics.c.topic_id == topic_id)
        .order_by(item_topics.c.item_id.desc())
        .limit(COMPARED)
        .subquery()
    )
    return select(items.c.id, items.c.text, items.c.author).join(came_last, came_last.c.item_id == items.c.id)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 120 else f"{flat[:119]}…"


def _topic_ids(tx: Tx, draft: RowMapping) -> tuple[int, ...]:
    """The draft's own topic and those that make up its moment."""
    found: list[int] = []
    if draft["topic"]:
        found += [row["id"] for row in tx.rows(select(topics.c.id).where(topics.c.folded == fold(draft["topic"])))]
    alert_id = _alert_id(tx, draft)
    if alert_id is not None:
        own = select(alerts.c.topic_id.label("id")).where(alerts.c.id == alert_id)
        joined = select(alert_topics.c.topic_id.label("id")).where(
            alert_topics.c.alert_id == alert_id, alert_topics.c.split_at.is_(None)
        )
        found += [row["id"] for row in tx.rows(own.union(joined))]
    return tuple(dict.fromkeys(found))


# --- who is there ----------------------------------------------------------------------------------------------


def _about_duty(tx: Tx, leaves: datetime) -> dict[str, Answer]:
    """By the rota, at the time when it leaves; nothing without a rota, where nobody knows who is awake."""
    found = rota(tx)
    if not found.ever:
        return {}
    able = _there(found, leaves, "sign")
    watching = _there(found, leaves, "post_by_hand")
    later = _there(found, leaves + REPLIES, "post_by_hand")
    at, until = _clock(tx, leaves), _clock(tx, leaves + REPLIES)
    return {
        "way_back": Answer("yes", f"On duty at {at} and able to take it down: {', '.join(able)}.")
        if able
        else Answer("no", f"By the rota nobody who may take it down is on duty at {at}."),
        "replies_watched": Answer("yes", f"On duty from {at} to {until}: {', '.join(dict.fromkeys(watching + later))}.")
        if watching and later
        else Answer("no", f"By the rota nobody of the social team is on duty at {at if not watching else until}."),
    }


def _there(found: Rota, at: datetime, action: str) -> list[str]:
    there = (found.people[one] for one in sorted(found.at(at)))
    return [f"{one.display_name} ({PLAIN[Role(one.role)]})" for one in there if may(one.role, action)]


def _leaves(tx: Tx, draft: RowMapping) -> datetime:
    planned: datetime | None = version_of(tx, draft)["planned_for"]
    return max(tx.now, planned or tx.now)


def _clock(tx: Tx, at: datetime) -> str:
    """`14:05 (Europe/London)`: everybody reads the same sentence, so it names the brand's own clock."""
    zone = brands.the_brand(tx).zone
    local, today = at.astimezone(ZoneInfo(zone)), tx.now.astimezone(ZoneInfo(zone)).date()
    day = "" if local.date() == today else f"{local:%a} {local.day} {local:%b}, "
    return f"{day}{local:%H:%M} ({zone})"


# --- the law, and the day -----------------------------------------------------------------------------------------


def _legal(tx: Tx, draft: RowMapping) -> str:
    facts = facts_of(tx, draft)
    found = [
        (facts.rivals, f"It names {_list(facts.rivals)}."),
        (facts.comparing, f"It compares: “{'”, “'.join(facts.comparing)}”."),
        (facts.regulated, "Advertising rules bind your trade."),
        (facts.media_kinds, "It shows pictures: whose are they, and who is on them?"),
    ]
    said = [sentence for applies, sentence in found if applies]
    return " ".join(said) or "No competitor, comparison or picture found in it. Claims and prizes Tact cannot see."


def _list(names: Iterable[str]) -> str:
    return " and ".join(names)


def _today(tx: Tx) -> str:
    day = timedelta(hours=24)
    out = tx.value(select(func.count()).select_from(publications).where(publications.c.at > tx.now - day))
    waiting = tx.value(
        select(func.count())
        .select_from(scheduled_posts)
        .where(scheduled_posts.c.closed_at.is_(None), scheduled_posts.c.publish_at < tx.now + day)
    )
    went = "One post went out" if out == 1 else f"{out} posts went out"
    return f"{went} in the last 24 hours; {waiting} {'is' if waiting == 1 else 'are'} on the schedule for the next 24."
