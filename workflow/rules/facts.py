"""What the gate is told: a post and its world at one instant, as plain values.

Apart from the gate, so that the policy can be read on one page. Nothing here has a default: a fact that somebody forgot
to gather must not read as "nothing wrong".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scoring.contract import Reason, Scope
from workflow.rules.approvals import Standing
from workflow.rules.drafts import State


@dataclass(frozen=True)
class MediaFact:
    """What is known about one file. `previewed_by`: people who opened this very file (its hash).

    `refused`: why the team never wants to see it, or one that looks like it, again; empty where nobody said so.
    """

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
class LookFact:
    """The last look at news and warnings. `at` None: there was none. `passed_by`: more has come in since."""

    at: datetime | None
    passed_by: bool


@dataclass(frozen=True)
class ContextFact:
    """How well that is known which a reactive post joins. `judged_at` None: nobody has judged it yet.

    `uses_there`: recent uses on record, `uses_read`: those that the verdict has read. `person_read`: somebody ticked
    that they read ten of them.
    """

    judged_at: datetime | None
    uses_there: int
    uses_read: int
    person_read: bool


@dataclass(frozen=True)
class RepeatFact:
    """Another post that says the same. `exact`: in the very words. `out_at` None: it is on its way."""

    draft_id: int
    channel: str
    exact: bool
    out_at: datetime | None


@dataclass(frozen=True)
class GateFacts:
    """The post and its world at `now`. `judge_reasons`: only what the judge says must stop it.

    `moment_says`: why the decision about its moment keeps it here, empty where that lets it leave.
    `context` None: it answers nothing. `repeats`: who said the same lately, here or elsewhere. `sent_last_24h` and
    `frequency_cap` count posts on this channel, `sent_on_topic` and `topic_cap` on all of them about one topic.
    `reentry_until`: a hold over dark events kept it back and was lifted before its time. `window_closes_at` None: the
    moment has no window. `channel_says`: why nothing may leave through its account, empty where it may. `answering`: a
    reply or a quote, empty where it stands alone; `answers`: which of the two its channel can do, none where nobody
    asked the channel.
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
    moment_says: str
    reactive: bool
    frequency_cap: int
    sent_last_24h: int
    sent_on_topic: int
    topic_cap: int
    repeats: tuple[RepeatFact, ...]
    reentry_until: datetime | None
    look: LookFact
    context: ContextFact | None
    window_closes_at: datetime | None
    holds: tuple[HoldFact, ...]
    media: tuple[MediaFact, ...]
    judge_reasons: tuple[Reason, ...]
    channel_says: str
    answering: str
    answers: frozenset[str]
