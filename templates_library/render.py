"""Fills a template in, and says what stands in its way. Pure: a template and values in, text and findings out.

Substitution is a single pass over bare names, not `str.format`: a value with braces stays what it is, and no value or
framework can reach into an object.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from templates_library import PLACE, Field, Template

# Marks that turn the direction of text around: what signers read would not be what the platform shows.
TURNING_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Rendered:
    """`text` shows each missing field as its label in square brackets; it may leave only where `ready` is true."""

    text: str
    missing: tuple[Field, ...]
    problems: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Nothing is missing and nothing is wrong."""
        return not self.missing and not self.problems


def render(template: Template, values: Mapping[str, str], variant: str | None = None) -> Rendered:
    """The text with its disclosures, the required fields still missing, and a sentence for each thing wrong.

    `variant` names one of the template's variants; an unknown one is a problem, and the framework is used.
    """
    filled = {name: value.strip() for name, value in values.items()}
    framework = template.variants.get(variant or "", template.framework)
    asked = [field for field in template.fields if field.evidence or f"{{{field.name}}}" in framework]
    missing = tuple(field for field in asked if field.required and not filled.get(field.name))
    text = _with_disclosures(_fill(framework, template.fields, filled), template, filled)
    return Rendered(text, missing, _problems(template, filled, variant))


def is_due_for_review(template: Template, today: date) -> bool:
    """The guide has every template looked at again each quarter; from its review date on it is due."""
    return today >= template.review_date


def forbidden_by(template: Template, contexts: Iterable[str]) -> tuple[str, ...]:
    """The template's forbidden contexts that are met, in its own order.

    `contexts` may mix reason codes and free text (a headline, a warning's event): codes must be equal, words must
    stand whole in the text. Case does not matter, and a code's underscores read as spaces.
    """
    spoken = [_plain(context) for context in contexts]
    return tuple(code for code in template.forbidden_contexts if any(_within(_plain(code), said) for said in spoken))


def _fill(framework: str, fields: tuple[Field, ...], filled: Mapping[str, str]) -> str:
    for field in fields:
        if not field.required and not filled.get(field.name):
            framework = re.sub(rf" ?\{{{field.name}\}}", "", framework)
    labels = {field.name: field.label for field in fields}
    return PLACE.sub(lambda place: filled.get(place[1]) or f"[{labels.get(place[1], place[1])}]", framework).strip()


def _with_disclosures(text: str, template: Template, filled: Mapping[str, str]) -> str:
    for extra in template.disclosures:
        due = extra.when is None or bool(filled.get(extra.when))
        if due and extra.text.casefold() not in text.casefold():
            text = f"{text} {extra.text}"
    return text


def _problems(template: Template, filled: Mapping[str, str], variant: str | None) -> tuple[str, ...]:
    found: list[str] = []
    if variant and variant not in template.variants:
        found.append(f"This template has no variant called {variant!r}.")
    fields = {field.name: field for field in template.fields}
    for name, value in filled.items():
        if name not in fields:
            found.append(f"This template has no field called {name!r}.")
            continue
        over = len(value) - fields[name].max_length
        if over > 0:
            found.append(f"{fields[name].label}: {over} characters too long ({fields[name].max_length} at most).")
        if any(_is_hidden(mark) for mark in value):
            found.append(f"{fields[name].label}: holds invisible control characters; type it anew instead of pasting.")
    return tuple(found)


def _is_hidden(mark: str) -> bool:
    return mark in TURNING_MARKS or (unicodedata.category(mark) == "Cc" and mark not in "\n\t")


def _plain(context: str) -> str:
    return " ".join(context.replace("_", " ").casefold().split())


def _within(wanted: str, said: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said) is not None
