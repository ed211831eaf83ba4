"""The gate: everything that must be true in the instant before a post leaves, as a list of small checks.

Read `CHECKS` top to bottom: it is the policy. Each check says nothing, or refuses with a code and a sentence; all
of them run, so that a person is told every reason at once. The facts are gathered by the caller inside the claim's
transaction; here nothing is fetched and nothing is remembered. What is missing counts as a no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from scoring.context import ENOUGH_USES
from workflow.rules.answering import DOING
from workflow.rules.approvals import REQUIRED
from workflow.rules.codes import KNOWN, NEXT
from workflow.rules.codes import Code as Code
from workflow.rules.drafts import PLAIN_STATE, State
from workflow.rules.facts import ContextFact as ContextFact
from workflow.rules.facts import GateFacts as GateFacts
from workflow.rules.facts import HoldFact as HoldFact
from workflow.rules.facts import LookFact as LookFact
from workflow.rules.facts import MediaFact as MediaFact
from workflow.rules.facts import RepeatFact as RepeatFact
from workflow.rules.media import provenance_gap, rights_gap
from workflow.rules.windows import is_open

LOOK_LASTS = timedelta(minutes=1)
"""How old the last look at news and warnings may be, though nothing came in since (ours)."""
VERDICT_LASTS = timedelta(minutes=5)
"""How old the moment's verdict may be (ours; it is renewed every two minutes)."""
GO = frozenset({"go", "manager_go"})
ON_ITS_WAY = frozenset({State.APPROVED, State.SCHEDULED, State.PUBLISHING})


@dataclass(frozen=True)
class Refusal:
    """One reason why the post stays here. `then`: what to do next; the code's own advice where a check gives none."""

    code: Code
    text: str
    then: str = ""


Check = Callable[[GateFacts], Iterable[Refusal]]


def nothing_holds_it(facts: GateFacts) -> Iterator[Refusal]:
    """A hold comes through with the codes it was opened for."""
    for hold in facts.holds:
        what = " ".join(part for part in (hold.scope.kind, hold.scope.value) if part)
        for code in hold.codes or (Code.PAUSED_BY_PERSON,):
            yield Refusal(_known(code), f"A hold on {what} is in force.", "Two people have to lift it first.")
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
    """Noted, and of somebody else's pictures searched for."""
    for one in facts.media:
        gap = provenance_gap(one.name, one.origin, one.reverse_image_search)
        if gap:
            yield Refusal(Code.MEDIA_PROVENANCE, gap)


def media_rights_are_cleared(facts: GateFacts) -> Iterator[Refusal]:
    """What others made is used with their consent, and the consent is written down."""
    for one in facts.media:
        gap = rights_gap(one.name, one.origin, one.rights_note)
        if gap:
            yield Refusal(Code.RIGHTS_MISSING, gap)


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


def the_world_was_looked_at(facts: GateFacts) -> Iterator[Refusal]:
    """No post leaves before everything that has come in was read for what would hold it."""
    look = facts.look
    if look.at is None or look.passed_by or facts.now - look.at > LOOK_LASTS:
        yield Refusal(Code.CONTEXT_UNVERIFIED, "News or warnings came in that nobody has looked at for this post.")


def its_context_was_read(facts: GateFacts) -> Iterator[Refusal]:
    """What a reactive post joins was judged just now, by ten uses or as many as there are, and read by a person."""
    known = facts.context
    if known is None:
        return
    if known.judged_at is None or facts.now - known.judged_at > VERDICT_LASTS:
        yield Refusal(Code.CONTEXT_UNVERIFIED, "The verdict on this moment is too old, and no new one could be had.")
    if known.uses_read < min(known.uses_there, ENOUGH_USES):
        yield Refusal(
            Code.CONTEXT_UNVERIFIED, f"Of {known.uses_there} recent uses only {known.uses_read} were read by the judge."
        )
    if not known.person_read:
        yield Refusal(Code.CONTEXT_UNVERIFIED, "Nobody has ticked that they read ten recent uses of it.")


def the_dark_hours_are_over(facts: GateFacts) -> Iterator[Refusal]:
    """Two people may end a blackout early for a word that has to be said, not for what sells."""
    if facts.reentry_until is not None and facts.now < facts.reentry_until:
        until = f"{facts.reentry_until:%d %B, %H:%M} UTC"
        yield Refusal(Code.REENTRY_WINDOW, f"It sells, and a hold over dark events was lifted: not before {until}.")


def a_reactive_post_is_in_time(facts: GateFacts) -> Iterator[Refusal]:
    """A planned post has no window. A reactive one is worth nothing, or worse, when the moment is over."""
    leaves = max(facts.now, facts.publish_at)
    if facts.reactive and not is_open(leaves, facts.window_closes_at):
        yield Refusal(Code.OUT_OF_WINDOW, "The moment's window on this platform has closed.")


def nobody_said_it_already(facts: GateFacts) -> Iterator[Refusal]:
    for other in facts.repeats:
        how = "in the same words" if other.exact else "in nearly the same words"
        when = "is on its way" if other.out_at is None else f"went out on {other.out_at:%d %B, %H:%M} UTC"
        yield Refusal(Code.DUPLICATE, f"Draft {other.draft_id} says this {how} and {when} on {other.channel}.")


def the_channel_is_not_flooded(facts: GateFacts) -> Iterator[Refusal]:
    if facts.sent_last_24h >= facts.frequency_cap:
        yield Refusal(
            Code.FREQUENCY_CAP,
            f"{facts.sent_last_24h} posts went out on {facts.channel} in 24 hours; {facts.frequency_cap} are allowed.",
        )


def the_topic_is_not_worn_out(facts: GateFacts) -> Iterator[Refusal]:
    if facts.sent_on_topic >= facts.topic_cap:
        yield Refusal(
            Code.FREQUENCY_CAP,
            f"{facts.sent_on_topic} posts about the same topic went out in 24 hours; {facts.topic_cap} are allowed.",
        )


def its_moment_was_decided(facts: GateFacts) -> Iterator[Refusal]:
    """A moment that waits, is scored afresh or was let go since is no moment to speak in."""
    if facts.moment_says:
        yield Refusal(Code.MOMENT_UNDECIDED, facts.moment_says)


def its_channel_can_answer(facts: GateFacts) -> Iterator[Refusal]:
    """A reply that left as a post of its own would be said to nobody, or to everybody."""
    if facts.answering and facts.answering not in facts.answers:
        doing = DOING.get(facts.answering, "answer a post")
        yield Refusal(Code.ANSWER_IMPOSSIBLE, f"It is to {doing}, and its way out cannot do that.")


def its_account_is_on(facts: GateFacts) -> Iterator[Refusal]:
    """Switched off by an administrator, or left alone because the platform asked for it."""
    if facts.channel_says:
        yield Refusal(Code.CHANNEL_OFF, facts.channel_says)


CHECKS: tuple[Check, ...] = (
    nothing_holds_it,
    the_world_was_looked_at,
    the_judge_sees_nothing,
    its_context_was_read,
    the_dark_hours_are_over,
    its_moment_was_decided,
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
    the_topic_is_not_worn_out,
    its_channel_can_answer,
    its_account_is_on,
)


def refusals(facts: GateFacts) -> tuple[Refusal, ...]:
    """Every reason against sending, in the policy's order, each once. Empty: the post may leave."""
    found = dict.fromkeys(refusal for check in CHECKS for refusal in check(facts))
    return tuple(replace(one, then=one.then or NEXT[one.code]) for one in found)


def codes(given: Iterable[Refusal]) -> tuple[str, ...]:
    """The codes alone, each once, in order."""
    return tuple(dict.fromkeys(refusal.code.value for refusal in given))


def _known(code: str) -> Code:
    # A rule with a code that we have no word for still stops the post: nobody has checked what it means.
    return Code(code) if code in KNOWN else Code.CONTEXT_UNVERIFIED
