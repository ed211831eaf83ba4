"""Verdicts as plain dictionaries, in the shape that `python -m app score` prints and that other programs read."""

from __future__ import annotations

from typing import Any

from scoring.contract import TextVerdict


def verdict_as_dict(ident: str, verdict: TextVerdict) -> dict[str, Any]:
    """`{"id", "sentiment": {label and three shares}, "tragedy": {label, probability, reasons as sentences}}`."""
    feeling, tragedy = verdict.sentiment, verdict.tragedy
    return {
        "id": ident,
        "sentiment": {
            "label": feeling.label,
            "negative": feeling.negative,
            "neutral": feeling.neutral,
            "positive": feeling.positive,
        },
        "tragedy": {
            "label": tragedy.label.value,
            "probability": tragedy.probability,
            "reasons": [reason.text for reason in tragedy.reasons],
        },
    }
