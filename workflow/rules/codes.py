"""Why a post was stopped, and what to do about it: the words that pages, events and reports share.

Apart from the gate, which uses them, because holds and reports speak in them too. Codes may be added; none is ever
taken away or given another meaning, because event rows keep them.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """One reason each."""

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
    REENTRY_WINDOW = "reentry_window"
    MOMENT_UNDECIDED = "moment_undecided"
    ANSWER_IMPOSSIBLE = "answer_impossible"
    CHANNEL_OFF = "channel_off"
    PLATFORM_REFUSED = "platform_refused"


NEXT: dict[Code, str] = {
    Code.TRAGEDY: "Let it go, or write a post that sells nothing once the worst is over.",
    Code.SENSITIVE_TOPIC: "Read the evidence on the moment's page; without a doubt left, ask for fresh signatures.",
    Code.SENSITIVE_DATE: "Choose another day.",
    Code.OFFICIAL_ALERT: "Wait until the warning is over, then ask for fresh signatures.",
    Code.BRAND_CRISIS: "Speak to PR first. Until then only an answer may leave, nothing that sells.",
    Code.POLITICAL_DELAY: "Wait, read what came in meanwhile, then ask for fresh signatures.",
    Code.CONTEXT_UNVERIFIED: "Read ten recent uses and the news about it, then ask for fresh signatures.",
    Code.APPROVALS_MISSING: "Ask two people who may sign and wrote none of it.",
    Code.MEDIA_NOT_PREVIEWED: "Open each file from the Approvals page, then sign again.",
    Code.MEDIA_PROVENANCE: "Note where it comes from and search for it, or take another picture.",
    Code.RIGHTS_MISSING: "Write down who allowed it and where they said so, or take another picture.",
    Code.MEDIA_REFUSED: "Take another picture; a signer can lift the refusal on the Drafts page, with a reason.",
    Code.CHECKLIST_INCOMPLETE: "Answer the checklist on the draft's page for these very words.",
    Code.CONTENT_CHANGED: "Read it again and ask for fresh signatures.",
    Code.OUT_OF_WINDOW: "Let it go: the moment is over here.",
    Code.DUPLICATE: "Say something new, or let it go.",
    Code.FREQUENCY_CAP: "Choose a later time, or give up another post.",
    Code.PAUSED_BY_PERSON: "Ask who paused; two people lift it on the Schedule page.",
    Code.MOMENT_UNDECIDED: "Score it again on the moment's page, or let it go.",
    Code.ANSWER_IMPOSSIBLE: "Choose another way out, or let the post stand alone; then ask for fresh signatures.",
    Code.CHANNEL_OFF: "Choose another way out, or ask an administrator; then ask for fresh signatures.",
    Code.PLATFORM_REFUSED: "Change what it names, then ask for fresh signatures.",
    Code.REENTRY_WINDOW: "Choose a time after that, or write a post that sells nothing.",
}
"""What to do about each: the second half of every refusal."""

KNOWN = frozenset(code.value for code in Code)
