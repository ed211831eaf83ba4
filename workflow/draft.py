"""Writing: drafts, their versions, and the step into review.

Each save is a new version and a new content hash; signatures and answers stay with the old one. Two people in one
draft never overwrite each other: whoever saves on top of a version they have not seen is told so, and keeps their
words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.reference import playbook
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import draft_versions, drafts, opportunities, people
from scoring.contract import TextScorer
from workflow import brand as brands
from workflow import rescoring, unsaved
from workflow.access import Person, require
from workflow.checking import checks_of, read_ahead
from workflow.content import version_of
from workflow.lifecycle import draft_row, send_to, topics_in
from workflow.measuring.holdout import refuse_silent
from workflow.media import refuse_unknown, unready
from workflow.rules import limits
from workflow.rules.answering import answered, refuse_unusable
from workflow.rules.content import Content, Media, content_hash
from workflow.rules.drafts import Move, State
from workflow.rules.holds import REGION
from workflow.templating import refuse_forbidden, refuse_unfinished

LONGEST = 20_000
# What stands in `drafts` for the newest version, and in `draft_versions.place` for each.
PLACE = ("platform", "channel", "regions", "topic", "promotional", "reactive")


@dataclass(frozen=True)
class Writing:
    """What a person wrote: the words, and where, when and to whom they would go.

    `platform` names a playbook, `channel` the way out (dry run, by hand, ...). `planned_for` None: as soon as two
    people have signed. `media`: dicts with media_id, sha256, kind and alt_text. `answering`: the post that it
    replies to or quotes (`workflow.rules.answering`), empty where it stands alone.
    """

    text: str
    platform: str = "x"
    channel: str = "dry_run"
    links: tuple[str, ...] = ()
    media: tuple[Mapping[str, Any], ...] = ()
    regions: tuple[str, ...] = ()
    topic: str | None = None
    promotional: bool = True
    reactive: bool = True
    template: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    planned_for: datetime | None = None
    zone: str = "UTC"
    answering: Mapping[str, str] = field(default_factory=dict)


def start(store: Store, token: str, writing: Writing, opportunity_id: int | None = None) -> int:
    """A new draft: for a decided moment, or planned (no moment). Its id."""
    with store.write() as tx:
        person = require(tx, token, "write")
        if opportunity_id is not None:
            _refuse_undecided(tx, opportunity_id)
            refuse_forbidden(tx, opportunity_id, writing.template)
        return create(tx, person, writing, opportunity_id)


def _refuse_undecided(tx: Tx, opportunity_id: int) -> None:
    row = tx.row(select(opportunities).where(opportunities.c.id == opportunity_id))
    if row is None:
        raise BadInput("There is no such moment.")
    if row["state"] != "decided":
        raise Refused("Two people assess the moment first; then it can be written about.", ("not_decided",))
    if row["decision"] == "no_go":
        raise Refused("Two people agreed to let this moment go.", ("no_go",))
    refuse_silent(tx, opportunity_id)


def create(
    tx: Tx, person: Person, writing: Writing, opportunity_id: int | None, *, by: events.Actor | None = None
) -> int:
    """Insert a draft with its first version in an open transaction. `by`: who began it, if not its author."""
    _check(writing)
    refuse_unknown(tx, writing.media)
    brand = brands.the_brand(tx)
    draft_id = tx.insert(
        insert(drafts).values(
            brand_id=brand.id,
            opportunity_id=opportunity_id,
            author_id=person.id,
            state=State.WRITING.value,
            number=1,
            created_at=tx.now,
            updated_at=tx.now,
            **_columns(writing),
        )
    )
    _write_version(tx, draft_id, 1, person, writing)
    detail = {"opportunity": opportunity_id, "platform": writing.platform}
    events.append(
        tx,
        by or person.actor,
        "draft_started",
        "draft",
        draft_id,
        after=State.WRITING.value,
        content_hash=hash_of_writing(writing),
        detail=detail,
    )
    return draft_id


def save(
    store: Store, token: str, draft_id: int, seen_number: int, writing: Writing, kept_at: datetime | None = None
) -> int:
    """A new version on top of version `seen_number`; the new number. Saving what is there already changes nothing.

    An edit of a draft in review or on the schedule takes it back to writing and voids every signature. `kept_at`: when
    these words were kept as unsaved (`workflow.unsaved`); they are a version now and no longer kept there.
    """
    with store.write() as tx:
        person = require(tx, token, "write")
        draft = draft_row(tx, draft_id)
        _check(writing)
        refuse_unknown(tx, writing.media)
        if draft["number"] != seen_number:
            raise Refused(_somebody_saved(tx, draft), ("somebody_saved",))
        refuse_forbidden(tx, draft["opportunity_id"], writing.template)
        unsaved.clear(tx, draft_id, person.id, kept_at)
        if hash_of_writing(writing) == draft["content_hash"]:
            return seen_number
        send_to(tx, person.actor, draft, Move.EDIT)
        number = seen_number + 1
        _write_version(tx, draft_id, number, person, writing)
        values = _columns(writing) | {"number": number, "updated_at": tx.now}
        tx.run(update(drafts).where(drafts.c.id == draft_id).values(**values))
        return number


def _somebody_saved(tx: Tx, draft: RowMapping) -> str:
    author = version_of(tx, draft)["author_id"]
    name = tx.value(select(people.c.display_name).where(people.c.id == author))
    return (
        f"{name} saved version {draft['number']} while you were writing. Your words are still here: compare, then save."
    )


def submit(store: Store, scorer: TextScorer, token: str, draft_id: int, seen_number: int) -> None:
    """Hand the draft to the approvers. Refused, with what is missing, until checklist and limits allow it."""
    read_ahead(store, scorer, draft_id)
    with store.write() as tx:
        person = require(tx, token, "write")
        draft = draft_row(tx, draft_id)
        if draft["number"] != seen_number:
            raise Refused(_somebody_saved(tx, draft), ("somebody_saved",))
        version = version_of(tx, draft)
        _refuse_unfit(tx, draft, version)
        stays = rescoring.why_not(tx, draft["opportunity_id"])
        if stays:
            raise Refused(stays, ("moment_undecided",))
        checks = checks_of(tx, draft, scorer)
        if checks.decision not in ("go", "manager_go"):
            raise Refused(_CHECKLIST_SAYS[checks.decision], ("checklist_incomplete",))
        send_to(tx, person.actor, draft, Move.SUBMIT)


_CHECKLIST_SAYS = {
    "manager": "One or two checks are open: a manager decides, below the checklist.",
    "skip": "Three or more checks are open. Answer them, or let this moment go.",
    "stop": "A check says stop. This must not be published.",
}


def _refuse_unfit(tx: Tx, draft: RowMapping, version: RowMapping) -> None:
    if not version["text"].strip():
        raise Refused("There is no text yet.", ("empty",))
    refuse_unfinished(version["template"], version["fields"], version["text"], draft["platform"])
    book = playbook(draft["platform"])
    too_much = limits.refusal(book, version["text"], len(draft["hashtags"]))
    if too_much is not None:
        raise too_much
    if version["planned_for"] is not None and version["planned_for"] <= tx.now:
        raise Refused("The planned time has passed. Choose a new one.", ("late",))
    pictures = unready(tx, draft)
    if pictures:
        raise Refused(" ".join(pictures), ("media_unready",))


def withdraw(store: Store, token: str, draft_id: int, why: str = "") -> None:
    """Take a draft back, from wherever it is, as long as nothing has begun to leave."""
    with store.write() as tx:
        person = require(tx, token, "write")
        send_to(tx, person.actor, draft_row(tx, draft_id), Move.WITHDRAW, why=why)


def ask_again(store: Store, token: str, draft_id: int, why: str) -> None:
    """Send a post that the gate blocked back to the approvers as it is: the world has changed, not the words."""
    if not why.strip():
        raise BadInput("Say what has changed since: the approvers read it.")
    with store.write() as tx:
        person = require(tx, token, "write")
        draft = draft_row(tx, draft_id)
        planned = version_of(tx, draft)["planned_for"]
        if planned is not None and planned <= tx.now:
            raise Refused("Its planned time has passed. Choose a new one in the draft.", ("late",))
        send_to(tx, person.actor, draft, Move.BACK_TO_REVIEW, why=why.strip())


def hash_of_writing(writing: Writing) -> str:
    """The content hash that a version with these words has."""
    return content_hash(
        Content(
            channel=f"{writing.platform}/{writing.channel}",
            text=writing.text,
            links=writing.links,
            media=tuple(Media(m["sha256"], m["kind"], m.get("alt_text", "")) for m in writing.media),
            regions=writing.regions,
            topic=writing.topic,
            planned_for=writing.planned_for,
            zone=writing.zone,
            reactive=writing.reactive,
            promotional=writing.promotional,
            template=writing.template,
            fields=tuple(writing.fields.items()),
            answering=answered(writing.answering),
        )
    )


def writing_of(tx: Tx, draft: RowMapping, number: int | None = None) -> Writing:
    """A version as the form wants it: the current one unless a number is given.

    An old version that did not keep its place is taken to have stood where the draft stands now.
    """
    version = version_of(tx, draft, number)
    now = {name: draft[name] for name in PLACE}
    place = now if version["number"] == draft["number"] else now | dict(version["place"])
    return Writing(
        text=version["text"],
        platform=place["platform"],
        channel=place["channel"],
        links=tuple(version["links"]),
        media=tuple(version["media"]),
        regions=tuple(place["regions"]),
        topic=place["topic"],
        promotional=place["promotional"],
        reactive=place["reactive"],
        template=version["template"],
        fields=version["fields"],
        planned_for=version["planned_for"],
        zone=version["zone"],
        answering=version["answering"],
    )


def _check(writing: Writing) -> None:
    refuse_unusable(writing.answering)
    playbook(writing.platform)  # BadInput for a platform nobody knows
    if len(writing.text) > LONGEST:
        raise BadInput(f"The text is over {LONGEST:,} characters long; no platform takes that.")
    if "\x00" in writing.text:
        raise BadInput("The text holds a character that cannot be stored. Type it again instead of pasting it.")
    if writing.zone not in available_timezones():
        raise BadInput(f"{writing.zone!r} is not a time zone. Use a name such as Europe/London.")
    for region in writing.regions:
        if not REGION.fullmatch(region):
            raise BadInput(f"{region!r} is no region code. Use codes such as US, US-NJ or GB.")


def _columns(writing: Writing) -> dict[str, Any]:
    return {
        "channel": writing.channel,
        "platform": writing.platform,
        "reactive": writing.reactive,
        "promotional": writing.promotional,
        "topic": writing.topic or None,
        "hashtags": topics_in(writing.text),
        "regions": list(writing.regions),
        "content_hash": hash_of_writing(writing),
    }


def _write_version(tx: Tx, draft_id: int, number: int, person: Person, writing: Writing) -> None:
    tx.insert(
        insert(draft_versions).values(
            draft_id=draft_id,
            number=number,
            author_id=person.id,
            at=tx.now,
            text=writing.text,
            links=list(writing.links),
            media=[dict(one) for one in writing.media],
            template=writing.template,
            fields=dict(writing.fields),
            planned_for=writing.planned_for,
            zone=writing.zone,
            content_hash=hash_of_writing(writing),
            place=_place(writing),
            answering=dict(writing.answering),
        )
    )


def _place(writing: Writing) -> dict[str, Any]:
    """What `drafts` keeps of the newest version only, kept with each of them."""
    columns = _columns(writing)
    return {name: columns[name] for name in PLACE}
