"""A post's words and place as plain fields: stored, typed or put together from two, compared by `rules.versions`.

Apart from `draft`, which writes versions: nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from sqlalchemy import RowMapping

from workflow.draft import Writing


def content_fields(version: RowMapping) -> dict[str, Any]:
    """A stored version as `rules.versions` compares it; what an older version did not keep is missing."""
    own = ("text", "links", "media", "template", "fields", "planned_for", "zone", "answering")
    place = dict(version["place"])
    if "regions" in place:
        place["regions"] = sorted(set(place["regions"]))
    return {name: version[name] for name in own} | place


def fields_of(writing: Writing) -> dict[str, Any]:
    """The same of words that may not be a version yet."""
    said = {one.name: getattr(writing, one.name) for one in dataclass_fields(writing)}
    lists = {"links": list(writing.links), "media": [dict(one) for one in writing.media]}
    tables = {"fields": dict(writing.fields), "answering": dict(writing.answering)}
    return said | lists | tables | {"regions": sorted(set(writing.regions))}


def writing_from(fields: Mapping[str, Any]) -> Writing:
    """Words from what `fields_of` made of them."""
    values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()}
    return Writing(**values)
