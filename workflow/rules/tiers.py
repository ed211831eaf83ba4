"""Who must be among those who sign a post, why, and how fast: one table, read top to bottom.

The base is the trigger's category (data/reference/categories.yaml, the guide's taxonomy). What makes a post riskier
adds to it; a pre-approved template used within its guardrails changes *whose* signatures the base asks for. Nothing
changes the number: two different people sign every post, whatever it is (`rules.approvals.REQUIRED`).

Here and not in `approvals`, which counts signatures: this says which ones are wanted, for the pages and the gate alike.
Pure; the facts are gathered by `workflow.tiering`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from scoring.contract import Tragedy
from workflow.rules.approvals import Tier, required_roles
from workflow.rules.roles import PLAIN, Role

POLITICAL, COMPETITOR = "breaking_political_social", "competitor_action"
CAUTION = "caution"
COMPARING_TEMPLATES = frozenset({"rivals_trouble"})
NEVER_EASED = frozenset({POLITICAL})
"""Categories whose signers no template replaces: the guide would rather have silence there than speed."""

# Whoever answers for how the brand looks (the guide wants two people for a post with media, and does not say whose).
LOOKS_AFTER_THE_BRAND = frozenset({Role.SOCIAL_LEAD, Role.MANAGER, Role.PR})
ONLY_LEGAL = frozenset({Role.LEGAL})
# A manager's word, or that of somebody above them.
IN_CHARGE = frozenset({Role.MANAGER, Role.EXECUTIVE})


@dataclass(frozen=True)
class CategoryFact:
    """A trigger category that counts for the post. `window_minutes`: the guide's; None where silence is the default."""

    key: str
    title: str
    signers: tuple[str, ...]
    window_minutes: tuple[int, int] | None


@dataclass(frozen=True)
class TemplateFact:
    """The template that the post names. `outside`: what puts it outside its guardrails, a sentence each."""

    name: str
    title: str
    signers: tuple[str, ...]
    outside: tuple[str, ...] = ()


@dataclass(frozen=True)
class TierFacts:
    """What decides who signs. No categories: a planned post. `verdict`: the newest on its moment, None without one.

    `decision`: the cell of the matrix that two people's points fell into, None for a planned post.
    `rivals`: competitors that it names; `comparing`: words in it that compare.
    """

    categories: tuple[CategoryFact, ...]
    media_kinds: tuple[str, ...]
    rivals: tuple[str, ...]
    comparing: tuple[str, ...]
    regulated: bool
    verdict: str | None
    template: TemplateFact | None
    decision: str | None = None


@dataclass(frozen=True)
class Demand:
    """One signer with one of these roles, and why."""

    roles: frozenset[Role]
    why: str


@dataclass(frozen=True)
class Needed:
    """Who must sign: `tier` for counting, `reasons` for people. `notes`: what did not change it, and why not."""

    tier: Tier
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()


Rule = Callable[[TierFacts], Iterable[Demand]]


def the_category_asks(facts: TierFacts) -> Iterator[Demand]:
    """The guide's taxonomy, unless a template that may be used here speaks instead."""
    if eased(facts):
        return
    for one in facts.categories:
        for (role,) in required_roles(one.signers):
            why = f"for a moment of the kind “{one.title}”"
            yield Demand(frozenset({role}), f"{why}, where silence is the usual answer" if _silent(one) else why)


def the_template_asks(facts: TierFacts) -> Iterator[Demand]:
    """What was agreed in calm hours, with whom it was agreed; for a planned post it is all there is."""
    if facts.template is None or (facts.categories and not eased(facts)):
        return
    for roles in required_roles(facts.template.signers):
        yield Demand(roles, f"the template “{facts.template.title}” was agreed on that")


def it_shows_something(facts: TierFacts) -> Iterator[Demand]:
    if facts.media_kinds:
        shown = " and ".join(dict.fromkeys(facts.media_kinds))
        yield Demand(LOOKS_AFTER_THE_BRAND, f"it shows {_a(shown)}")


def it_compares(facts: TierFacts) -> Iterator[Demand]:
    """A claim about others has to be provable."""
    if facts.rivals:
        yield Demand(ONLY_LEGAL, f"it names a competitor ({', '.join(facts.rivals)})")
    elif facts.comparing:
        yield Demand(ONLY_LEGAL, f"it compares (“{facts.comparing[0]}”)")
    elif facts.template is not None and facts.template.name in COMPARING_TEMPLATES:
        yield Demand(ONLY_LEGAL, f"the template “{facts.template.title}” speaks of other makers")
    elif any(one.key == COMPETITOR for one in facts.categories):
        yield Demand(ONLY_LEGAL, "the moment is a competitor's")


def the_trade_is_regulated(facts: TierFacts) -> Iterator[Demand]:
    if facts.regulated:
        yield Demand(ONLY_LEGAL, "the brand's trade is regulated")


def the_judge_is_not_sure(facts: TierFacts) -> Iterator[Demand]:
    """Neither clear nor a stop: somebody in charge takes it on."""
    if facts.verdict not in (None, Tragedy.CLEAR.value):
        yield Demand(IN_CHARGE, "the verdict on the moment asks for a closer look")


def the_matrix_asks_for_care(facts: TierFacts) -> Iterator[Demand]:
    """The guide's cell of much interest and little relevance: only with a manager's yes."""
    if facts.decision == CAUTION:
        yield Demand(IN_CHARGE, "two people scored the moment “with care”")


TABLE: tuple[Rule, ...] = (
    the_category_asks,
    the_template_asks,
    it_shows_something,
    it_compares,
    the_trade_is_regulated,
    the_judge_is_not_sure,
    the_matrix_asks_for_care,
)


def tier_for(facts: TierFacts) -> Needed:
    """Who must sign. A demand that an earlier one meets already asks for nobody more, but its reason is still said."""
    demands = tuple(demand for rule in TABLE for demand in rule(facts))
    tier: list[frozenset[Role]] = []
    for demand in demands:
        # Whoever meets a narrower demand meets this one too.
        if not any(asked <= demand.roles for asked in tier):
            tier = [asked for asked in tier if not demand.roles <= asked] + [demand.roles]
    reasons = tuple(dict.fromkeys(f"{_who(demand.roles)} must sign: {demand.why}." for demand in demands))
    return Needed(tuple(tier), reasons, tuple(_notes(facts)))


def eased(facts: TierFacts) -> bool:
    """Whether the template's own signers stand instead of the category's."""
    if facts.template is None or facts.template.outside or not facts.categories:
        return False
    return not any(one.key in NEVER_EASED for one in facts.categories)


def _notes(facts: TierFacts) -> Iterator[str]:
    if facts.template is not None and facts.categories:
        if eased(facts):
            yield f"The template “{facts.template.title}” is used as it was agreed, so its signers stand."
        elif facts.template.outside:
            yield f"The template “{facts.template.title}” changes nothing here: {' '.join(facts.template.outside)}"
        else:
            yield "No template changes who signs about politics or society."
    if any(_silent(one) for one in facts.categories):
        yield "The guide's answer here is silence, unless this is what the brand has long stood for."


def _silent(category: CategoryFact) -> bool:
    return category.window_minutes is None


def _who(roles: frozenset[Role]) -> str:
    told = " or ".join(PLAIN[role] for role in Role if role in roles)
    return told[:1].upper() + told[1:]


def _a(shown: str) -> str:
    return f"{'an' if shown[:1] in 'aeiou' else 'a'} {shown}"
