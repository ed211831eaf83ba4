"""How a conditional go was asked about again and what came of it, as lines that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from app.views.words import DECISION
from data.storage.store import Tx
from workflow.rescoring import of_moment


@dataclass(frozen=True)
class Rescored:
    """One re-scoring. `after` is empty while the pair has not given its points."""

    at: datetime
    why: str
    before: str
    after: str


def rescored_of(tx: Tx, opportunity: RowMapping | None) -> tuple[Rescored, ...]:
    """Every re-scoring of a moment, the newest first."""
    if opportunity is None:
        return ()
    rows = of_moment(tx, opportunity["id"])
    return tuple(Rescored(row["at"], row["why"], _in_words(row["before"]), _in_words(row["after"])) for row in rows)[
        ::-1
    ]


def _in_words(figures: Mapping[str, Any]) -> str:
    """`Draft and wait (relevance 9, interest 4)`."""
    if not figures:
        return ""
    told = DECISION[figures["decision"]].text
    return f"{told} (relevance {figures['relevance']:g}, interest {figures['interest']:g})"
