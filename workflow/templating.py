"""Templates at work: which of them a moment allows, and what still stands between a filled one and the approvers.

The templates and their rendering live in `templates_library`, which knows no moment; a moment's verdict lives in the
database. They meet here, and not in the page, because a template that is wrong for a moment is refused, not hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import RowMapping, select

import templates_library
from data.errors import Refused
from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import alerts, opportunities, topics
from scoring.contract import Tragedy
from templates_library import Template
from templates_library.render import forbidden_by, is_due_for_review, render
from workflow.categories import counting
from workflow.judge import latest_verdict


@dataclass(frozen=True)
class Offer:
    """A template, and which of its forbidden contexts this moment meets (empty: it may be used)."""

    template: Template
    met: tuple[str, ...]

    @property
    def refusal(self) -> str:
        """Why it may not be used here, in words; empty when it may."""
        if not self.met:
            return ""
        met = ", ".join(code.replace("_", " ") for code in self.met)
        return f"“{self.template.title}” must not be used here: this moment touches {met}."


def offers(tx: Tx, opportunity_id: int | None) -> tuple[Offer, ...]:
    """Every template, for a moment or for a planned post, each with what speaks against it."""
    contexts = contexts_of(tx, opportunity_id)
    return tuple(Offer(template, forbidden_by(template, contexts)) for template in library())


@cache
def library() -> tuple[Template, ...]:
    """Every template, by name; the files are read once."""
    return tuple(templates_library.load(name) for name in templates_library.discover())


def contexts_of(tx: Tx, opportunity_id: int | None) -> tuple[str, ...]:
    """What a moment touches, as `forbidden_by` reads it: the judge's codes and evidence, category and topic."""
    row = tx.row(
        select(opportunities.c.id, opportunities.c.alert_id, topics.c.label)
        .join(alerts, alerts.c.id == opportunities.c.alert_id)
        .join(topics, topics.c.id == alerts.c.topic_id)
        .where(opportunities.c.id == opportunity_id)
    )
    if row is None:
        return ()
    return contexts_in(row["label"], counting(tx, row["id"]), latest_verdict(tx, row["alert_id"]))


def contexts_in(topic: str, categories: Iterable[str], verdict: RowMapping | None) -> tuple[str, ...]:
    """The same from a moment's topic, the categories that count, and its newest verdict."""
    words = [word for category in categories for word in _category_words(category)]
    return (topic, *words, *_verdict_words(verdict))


def _category_words(category: str) -> tuple[str, ...]:
    return (category, "politics") if "political" in category else (category,)


def _verdict_words(verdict: RowMapping | None) -> tuple[str, ...]:
    # Of a clear moment the reasons only say what was looked at; they are no context to stay away from.
    if verdict is None or verdict["tragedy"] == Tragedy.CLEAR.value:
        return ()
    own = "tragedy" if verdict["tragedy"] == Tragedy.HOLD.value else "sensitive_topic"
    said = [word for reason in verdict["reasons"] for word in (reason["code"], reason["evidence"])]
    return (own, *(word for word in said if word))


def refuse_forbidden(tx: Tx, opportunity_id: int | None, name: str | None) -> None:
    """Refused (code `forbidden_context`) when this moment must not be answered with this template."""
    if name is None or opportunity_id is None:
        return
    template = templates_library.load(name)
    offer = Offer(template, forbidden_by(template, contexts_of(tx, opportunity_id)))
    if offer.met:
        raise Refused(offer.refusal, ("forbidden_context",))


def refuse_unfinished(name: str | None, fields: Mapping[str, str], text: str, platform: str) -> None:
    """Refused, with every missing field by its name, while the text is not what the template promises."""
    if name is None:
        return
    told = unfinished(templates_library.load(name), fields, text, platform)
    if told:
        raise Refused(" ".join(told), ("template_unfinished",))


def unfinished(template: Template, fields: Mapping[str, str], text: str, platform: str) -> tuple[str, ...]:
    """A sentence for each thing that keeps a filled template from the approvers; empty when nothing does."""
    rendered = render(template, fields)
    missing = [field.label for field in rendered.missing]
    left = [field.label for field in template.fields if f"[{field.label}]" in text and field.label not in missing]
    told = [f"Still to fill in: {', '.join(missing)}."] if missing else []
    told += [f"The text still shows [{label}]: put the words in its place." for label in left]
    told += rendered.problems
    for extra in template.disclosures:
        due = extra.when is None or bool(fields.get(extra.when, "").strip())
        if due and extra.text.casefold() not in text.casefold():
            told.append(f"The text must say: “{extra.text}”")
    if platform not in template.channels:
        told.append(
            f"This template was not agreed for {playbook(platform).label}; choose another platform or template."
        )
    return tuple(told)


def outside_guardrails(
    template: Template, fields: Mapping[str, str], text: str, platform: str, contexts: tuple[str, ...], today: date
) -> tuple[str, ...]:
    """What keeps a use of a template from counting as agreed beforehand, a sentence each; empty when nothing does.

    The words around the fields stand as they were agreed, the agreement is in force, and the moment touches nothing
    that was ruled out. The guardrails that only people can judge are theirs: whoever signs reads them.
    """
    told = [] if _as_agreed(template, fields, text) else ["Its words were changed."]
    if today < template.approved_on:
        told.append(f"It is agreed from {template.approved_on:%d %B %Y} on.")
    if is_due_for_review(template, today):
        told.append(f"It was to be looked at again by {template.review_date:%d %B %Y}.")
    met = forbidden_by(template, contexts)
    if met:
        told.append(f"The moment touches {', '.join(code.replace('_', ' ') for code in met)}.")
    if platform not in template.channels:
        told.append(f"It was not agreed for {playbook(platform).label}.")
    return tuple(told)


def _as_agreed(template: Template, fields: Mapping[str, str], text: str) -> bool:
    ways = (render(template, fields, variant) for variant in (None, *template.variants))
    return any(way.ready and way.text.split() == text.split() for way in ways)
