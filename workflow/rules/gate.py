"""The gate: everything that must be true in the instant before a post leaves, as a list of small checks.

Read `CHECKS` top to bottom: it is the policy. Each check says nothing, or refuses with a code and a sentence; all
of them run, so that a person is told every reason at once. The facts are gathered by the caller inside the claim's
transaction; here nothing is fetched and nothing is remembered. What is missing counts as a no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scoring.contract import Reason, Scope
from workflow.rules.approvals import REQUIRED, Standing
from workflow.rules.drafts import PLAIN_STATE, State
from workflow.rules.windows import is_open


class Code(StrEnum):
    """Why a post was stopped: the words that pages, events and reports share."""

    TRAGEDY = "tragedy"
    SENSITIVE_TOPIC = "sensitive_topic"
    SENSITIVE_DATE = "sensitive_date"
    OFFICIAL_ALERT = "official_alert"
    BRAND_CRISIS = "brand_crisis"
    POLITICAL_DELAY = "political_delay"
    CONTEXT_UNVERIFIED = "context_unverified"
    APPROVALS_MISSING = "approvals_missing"
    MEDIA_NOT_PREVIEWED = "media_not_previewed"
    MEDIA_PROVENANCE = "media_provenance"
    RIGHTS_MISSING = "rights_missing"
    MEDIA_REFUSED = "media_refused"
    CHECKLIST_INCOMPLETE = "checklist_incomplete"
    CONTENT_CHANGED = "content_changed"
    OUT_OF_WINDOW = "out_of_window"
    DUPLICATE = "duplicate"
    FREQUENCY_CAP = "frequency_cap"
    PAUSED_BY_PERSON = "paused_by_person"


KNOWN = frozenset(code.value for code in Code)
OUR_OWN = frozenset({"in-house", "licensed"})
"""Origins that need no reverse image search and no rights note. Any other word is somebody else's picture."""
CLEAR = "clear"
GO = frozenset({"go", "manager_go"})
ON_ITS_WAY = frozenset({State.APPROVED, State.SCHEDULED, State.PUBLISHING})


@dataclass(frozen=True)
class MediaFact:
    """What is known about one file. `previewed_by`: people who opened this very file (its hash)."""

    name: str
    kind: str
    previewed_by: frozenset[int] = frozenset()
    origin: str | None = None
    reverse_image_search: str | None = None
    rights_note: str | None = None
    refused: str = ""


@dataclass(frozen=True)
class HoldFact:
    """A hold in force that covers the post. No codes: a person pulled the brake and gave no other reason."""

    scope: Scope
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateFacts:
    """The post and its world at `now`. `judge_reasons`: only what the judge says must stop it.

    `duplicate`: the same words went out recently or wait elsewhere. `sent_last_24h` and `frequency_cap` count posts
    on this channel. `window_closes_at` None: the moment has no window. Nothing has a default: a fact that somebody
    forgot to gather must not read as "nothing wrong".
    """

    now: datetime
    state: State
    channel: str
    content_hash_now: str
    content_hash_scheduled: str
    standing: Standing
    publish_at: datetime
    checklist_decision: str | None
    checklist_complete: bool
    reactive: bool
    frequency_cap: int
    sent_last_24h: int
    duplicate: bool
    window_closes_at: datetime | None
    holds: tuple[HoldFact, ...]
    media: tuple[MediaFact, ...]
    judge_reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Refusal:
    """One reason why the post stays here."""

    code: Code
    text: str


Check = Callable[[GateFacts], Iterable[Refusal]]


def nothing_holds_it(facts: GateFacts) -> Iterator[Refusal]:
    """A hold comes through with the codes it was opened for."""
    for hold in facts.holds:
        what = " ".join(part for part in (hold.scope.kind, hold.scope.value) if part)
        for code in hold.codes or (Code.PAUSED_BY_PERSON,):
            yield Refusal(_known(code), f"A hold on {what} is in force. Two people have to lift it first.")
    if facts.state == State.HELD and not facts.holds:
        yield Refusal(Code.PAUSED_BY_PERSON, "The post is on hold and nobody has released it yet.")


def it_is_on_its_way(facts: GateFacts) -> Iterator[Refusal]:
    """Only an agreed draft leaves. One on hold is spoken for above."""
    if facts.state not in ON_ITS_WAY and facts.state != State.HELD:
        yield Refusal(
            Code.APPROVALS_MISSING, f"The draft is {PLAIN_STATE[facts.state]}, so nobody has agreed to send it."
        )


def it_is_what_was_scheduled(facts: GateFacts) -> Iterator[Refusal]:
    """One changed byte is another post."""
    if facts.content_hash_now != facts.content_hash_scheduled:
        yield Refusal(
            Code.CONTENT_CHANGED, "The content is not what was agreed and scheduled. It needs fresh signatures."
        )


def two_people_agreed(facts: GateFacts) -> Iterator[Refusal]:
    """Two signatures on this content, counted again here instead of trusting the state."""
    stands = facts.standing
    if stands.content_hash != facts.content_hash_now:
        yield Refusal(Code.APPROVALS_MISSING, "The signatures belong to another version of this post.")
    elif stands.expired and not stands.complete:
        yield Refusal(
            Code.APPROVALS_MISSING,
            "The verdict on this moment changed after it was signed. Those who signed have to read it and sign again.",
        )
    elif not stands.complete or len(set(stands.signed)) < REQUIRED:
        yield Refusal(
            Code.APPROVALS_MISSING,
            f"{len(set(stands.signed))} of at least {REQUIRED} people have signed, and none of them may be an author.",
        )


def media_were_previewed(facts: GateFacts) -> Iterator[Refusal]:
    """Everybody who signed has opened every file."""
    signed = frozenset(facts.standing.signed)
    for one in facts.media:
        if not one.previewed_by or signed - one.previewed_by:
            yield Refusal(
                Code.MEDIA_NOT_PREVIEWED, f"Not everybody who signed has opened {one.name}. Each of them must."
            )


def media_have_a_known_origin(facts: GateFacts) -> Iterator[Refusal]:
    """The guide asks for a reverse image search on every found, stock or user-made picture."""
    for one in facts.media:
        origin = _origin(one)
        if not origin:
            yield Refusal(Code.MEDIA_PROVENANCE, f"Nobody noted where {one.name} comes from.")
        elif origin not in OUR_OWN and (one.reverse_image_search or "").strip().casefold() != CLEAR:
            yield Refusal(
                Code.MEDIA_PROVENANCE,
                f"{one.name} is {one.origin}, and no reverse image search has come back clear.",
            )


def media_rights_are_cleared(facts: GateFacts) -> Iterator[Refusal]:
    """What others made is used with their consent, and the consent is written down."""
    for one in facts.media:
        origin = _origin(one)
        if origin and origin not in OUR_OWN and not (one.rights_note or "").strip():
            yield Refusal(Code.RIGHTS_MISSING, f"{one.name} is {one.origin}, and no note says who allowed its use.")


def media_were_not_refused(facts: GateFacts) -> Iterator[Refusal]:
    """The team said "never again" to this picture, or to one that looks like it."""
    for one in facts.media:
        if one.refused:
            yield Refusal(Code.MEDIA_REFUSED, f"{one.name} is a picture that the team refused: {one.refused}")


def the_checklist_says_go(facts: GateFacts) -> Iterator[Refusal]:
    """Every item answered on this content, and the outcome a go: by itself or by a manager."""
    if not facts.checklist_complete:
        yield Refusal(Code.CHECKLIST_INCOMPLETE, "The checklist for this version has unanswered items.")
    elif facts.checklist_decision not in GO:
        yield Refusal(Code.CHECKLIST_INCOMPLETE, "The checklist for this version does not end in a go.")


def the_judge_sees_nothing(facts: GateFacts) -> Iterator[Refusal]:
    """The world as it is now, not as it was when the post was written."""
    for reason in facts.judge_reasons:
        yield Refusal(_known(reason.code), reason.text)


def a_reactive_post_is_in_time(facts: GateFacts) -> Iterator[Refusal]:
    """A planned post has no window. A reactive one is worth nothing, or worse, when the moment is over."""
    leaves = max(facts.now, facts.publish_at)
    if facts.reactive and not is_open(leaves, facts.window_closes_at):
        yield Refusal(Code.OUT_OF_WINDOW, "The moment's window on this platform has closed.")


def nobody_said_it_already(facts: GateFacts) -> Iterator[Refusal]:
    if facts.duplicate:
        yield Refusal(Code.DUPLICATE, "The same words went out recently, or are about to.")


def the_channel_is_not_flooded(facts: GateFacts) -> Iterator[Refusal]:
    if facts.sent_last_24h >= facts.frequency_cap:
        yield Refusal(
            Code.FREQUENCY_CAP,
            f"{facts.sent_last_24h} posts went out on {facts.channel} in 24 hours; {facts.frequency_cap} are allowed.",
        )


CHECKS: tuple[Check, ...] = (
    nothing_holds_it,
    the_judge_sees_nothing,
    it_is_on_its_way,
    it_is_what_was_scheduled,
    two_people_agreed,
    media_were_previewed,
    media_have_a_known_origin,
    media_rights_are_cleared,
    media_were_not_refused,
    the_checklist_says_go,
    a_reactive_post_is_in_time,
    nobody_said_it_already,
    the_channel_is_not_flooded,
)


def refusals(facts: GateFacts) -> tuple[Refusal, ...]:
    """Every reason against sending, in the policy's order, each once. Empty: the post may leave."""
    return tuple(dict.fromkeys(refusal for check in CHECKS for refusal in check(facts)))


def codes(given: Iterable[Refusal]) -> tuple[str, ...]:
    """The codes alone, each once, in order."""
    return tuple(dict.fromkeys(refusal.code.value for refusal in given))


def _origin(media: MediaFact) -> str:
    return "-".join((media.origin or "").replace("_", " ").split()).casefold()


def _known(code: str) -> Code:
    # A rule with a code that we have no word for still stops the post: nobody has checked what it means.
    return Code(code) if code in KNOWN else Code.CONTEXT_UNVERIFIED
