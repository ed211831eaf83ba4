"""The facts behind "who must sign this post": gathered from the draft, its moment, its brand and its template.

The table that they go through is `workflow.rules.tiers`. Asked by whoever counts signatures (`approve`, and through it
the gate) and by the pages that say why; apart from `approve`, so that a page can ask without signing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, select

from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import opportunities
from scoring.comparing import comparing_words, competitors_named
from scoring.contract import BrandProfile
from scoring.reference import load
from templates_library import Template
from workflow import brand as brands
from workflow.categories import counting
from workflow.content import version_of
from workflow.judge import latest_verdict
from workflow.rules.tiers import CategoryFact, Needed, TemplateFact, TierFacts, tier_for
from workflow.templating import contexts_of, library, outside_guardrails


@dataclass(frozen=True)
class Fast:
    """How fast, in minutes. `respond`: the category's window; None: none, or silence. `approve`: the platform's."""

    respond: tuple[int, int] | None
    approve: tuple[int, int]


def needed_for(tx: Tx, draft: RowMapping) -> Needed:
    """Who must sign this draft as it is now, and why."""
    return tier_for(facts_of(tx, draft))


def fast_for(tx: Tx, draft: RowMapping) -> Fast:
    """How fast it should be answered and signed: the guide's windows of its category and of its platform."""
    windows = [one.window_minutes for one in _categories(tx, draft["opportunity_id"]) if one.window_minutes is not None]
    # Of several categories the one that leaves least time.
    respond = min(windows, key=lambda window: window[1], default=None)
    return Fast(respond, playbook(draft["platform"]).approval_minutes)


def facts_of(tx: Tx, draft: RowMapping) -> TierFacts:
    """What the table wants to know about a draft."""
    moment = draft["opportunity_id"]
    version, profile = version_of(tx, draft), brands.the_brand(tx).profile
    template = _template(tx, draft, version)
    return facts_in(
        draft, version, profile, _categories(tx, moment), _verdict(tx, moment), _decision(tx, moment), template
    )


def facts_in(
    draft: RowMapping,
    version: RowMapping,
    profile: BrandProfile,
    categories: tuple[CategoryFact, ...],
    verdict: str | None,
    decision: str | None,
    template: TemplateFact | None,
) -> TierFacts:
    """The same from what was read of a draft, its current version, its moment and its brand."""
    # Everything that is read with the post, and the addresses that it leads to.
    alts = (str(one.get("alt_text", "")) for one in version["media"])
    said = "\n".join((version["text"], draft["topic"] or "", *version["links"], *alts))
    return TierFacts(
        categories=categories,
        media_kinds=tuple(str(one["kind"]) for one in version["media"]),
        rivals=competitors_named(said, profile.competitors),
        comparing=comparing_words(said),
        regulated=profile.regulated,
        verdict=verdict,
        decision=decision,
        template=template,
    )


def needed_for_planned(tx: Tx, said: str, media_kinds: Sequence[str]) -> Needed:
    """Who must sign words that answer no moment and come from no template, before they are a draft."""
    profile = brands.the_brand(tx).profile
    rivals, comparing = competitors_named(said, profile.competitors), comparing_words(said)
    return tier_for(TierFacts((), tuple(media_kinds), rivals, comparing, profile.regulated, None, None))


def least_for(tx: Tx, opportunity_id: int | None) -> Needed:
    """Who must sign whatever is written about this moment, before there is a word (None: a planned post)."""
    regulated = brands.the_brand(tx).profile.regulated
    moment = _categories(tx, opportunity_id), _verdict(tx, opportunity_id), _decision(tx, opportunity_id)
    return tier_for(TierFacts(moment[0], (), (), (), regulated, moment[1], None, moment[2]))


def _categories(tx: Tx, opportunity_id: int | None) -> tuple[CategoryFact, ...]:
    if opportunity_id is None:
        return ()
    return category_facts(counting(tx, opportunity_id))


def category_facts(keys: Iterable[str]) -> tuple[CategoryFact, ...]:
    """What the table wants to know about these categories."""
    known = (load().categories[key] for key in keys)
    return tuple(CategoryFact(one.key, one.title, tuple(one.signers), one.window_minutes) for one in known)


def _decision(tx: Tx, opportunity_id: int | None) -> str | None:
    decided: str | None = tx.value(select(opportunities.c.decision).where(opportunities.c.id == opportunity_id))
    return decided


def _verdict(tx: Tx, opportunity_id: int | None) -> str | None:
    if opportunity_id is None:
        return None
    alert_id = tx.value(select(opportunities.c.alert_id).where(opportunities.c.id == opportunity_id))
    verdict = latest_verdict(tx, alert_id)
    return str(verdict["tragedy"]) if verdict is not None else None


def _template(tx: Tx, draft: RowMapping, version: RowMapping) -> TemplateFact | None:
    name = version["template"]
    template = next((one for one in library() if one.name == name), None)
    if template is None:
        return None  # none named, or its file is gone: then it eases nothing
    return template_fact(template, version, draft["platform"], contexts_of(tx, draft["opportunity_id"]), tx.now.date())


def template_fact(
    template: Template, version: RowMapping, platform: str, contexts: tuple[str, ...], today: date
) -> TemplateFact:
    """What the table wants to know about a template, as this version of a draft uses it."""
    outside = outside_guardrails(template, version["fields"], version["text"], platform, contexts, today)
    return TemplateFact(template.name, template.title, template.signers, outside)
