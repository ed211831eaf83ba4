"""A line of a scenario that cannot be used is named by its number and field; what a replay does not need may stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app.cli import main

BRAND: dict[str, Any] = {"at": "2026-05-01T10:00:00Z", "kind": "brand", "name": "Larkfield", "keywords": ["tea"]}
ITEM: dict[str, Any] = {"at": "2026-05-01T10:05:00Z", "kind": "item", "source": "news", "text": "A quiet day"}
STORM: dict[str, Any] = ITEM | {"source": "official", "text": "Storm", "event": "Storm", "severity": "Severe"}
VOLUME: dict[str, Any] = {"at": "2026-05-01T10:05:00Z", "kind": "volume", "source": "trends", "topic": "t", "count": 5}
POST: dict[str, Any] = {
    "at": "2026-05-01T10:05:00Z", "kind": "post", "id": "p", "author": "carla", "text": "Tea.", "channel": "x",
    "promotional": True, "reactive": False, "scheduled_for": "2026-05-01T11:00:00Z", "approvals": ["ana", "bo"],
}  # fmt: skip


def replayed(path: Path, *rows: dict[str, Any]) -> int:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return main(["replay", str(path)])


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (ITEM | {"at": "2026-05-01T10:05:00"}, "at"),
        (ITEM | {"at": "9999-12-31T23:59:59Z"}, "at"),
        (ITEM | {"source": "rumours"}, "source"),
        (ITEM | {"text": 5}, "text"),
        (ITEM | {"region": {"a": 1}}, "region"),
        (ITEM | {"weight": float("inf")}, "weight"),
        (ITEM | {"weight": 10**23}, "weight"),
        (STORM | {"expires": "soon"}, "expires"),
        (STORM | {"expires": "2026-05-02T10:00:00"}, "expires"),
        (STORM | {"event": 7}, "event"),
        (STORM | {"severity": 5}, "severity"),
        (VOLUME | {"topic": 5}, "topic"),
        (VOLUME | {"count": "many"}, "count"),
        (VOLUME | {"count": 10**23}, "count"),
        (POST | {"text": 5}, "text"),
        (POST | {"scheduled_for": "2026-05-01T11:00:00"}, "scheduled_for"),
        (POST | {"approvals": [5, None]}, "approvals.0"),
        (POST | {"media": ["picture"]}, "media.0"),
        ({key: value for key, value in POST.items() if key != "promotional"}, "promotional"),
    ],
)
def test_a_bad_field_is_named_with_its_line(line: dict[str, Any], field: str, tmp_path: Path, capsys) -> None:
    assert replayed(tmp_path / "day.jsonl", BRAND, ITEM, line) == 2
    said = capsys.readouterr().err
    assert "Line 3" in said
    assert f"`{field}`" in said


@pytest.mark.parametrize("change", [{"name": 5}, {"name": ""}, {"keywords": [5]}, {"competitors": "Moor"}])
def test_a_bad_brand_is_named(change: dict[str, Any], tmp_path: Path, capsys) -> None:
    assert replayed(tmp_path / "day.jsonl", BRAND | change) == 2
    assert f"Line 1 (brand), field `{next(iter(change))}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ((BRAND, BRAND), 2),
        ((ITEM,), 1),
        ((BRAND, {"at": "2026-05-01T10:05:00Z", "kind": ["item"]}), 2),
        ((BRAND, POST | {"author": "   "}), 2),
    ],
)
def test_a_line_out_of_place_is_named(rows: tuple[dict[str, Any], ...], number: int, tmp_path: Path, capsys) -> None:
    assert replayed(tmp_path / "day.jsonl", *rows) == 2
    assert f"Line {number}" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["[" * 100_000, json.dumps(ITEM | {"text": "half \ud800"}), "{"])
def test_what_is_no_json_is_named_by_the_files_own_number(line: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "day.jsonl"
    path.write_text(f"{json.dumps(BRAND)}\n\n\n{line}\n")
    assert main(["replay", str(path)]) == 2
    assert "Line 4 cannot be read as JSON" in capsys.readouterr().err


def test_fields_that_a_replay_does_not_need_may_be_there(tmp_path: Path, capsys) -> None:
    more = {"mood": "calm", "extra": {"a": [1]}}
    twice = {"competitors": ["Moor", "Moor"]}
    assert replayed(tmp_path / "day.jsonl", BRAND | more | twice, STORM | more, VOLUME | more, POST | more) == 0
    assert capsys.readouterr().err == ""


def test_a_recording_that_somebody_bent_is_a_sentence(tmp_path: Path, capsys) -> None:
    bent = Database(tmp_path / "day.db")
    bent.table("brand").insert({"profile": "[]", "at": "2026-05-01T10:00:00+00:00"})
    bent.table("tact").insert({"what": "a recording of Tact", "schema": 2, "since": "2026-05-01T10:00:00+00:00"})
    bent.table("items").insert({"extra": "{}"})
    bent.close()
    assert main(["replay", str(tmp_path / "day.db")]) == 2
    assert "its brand has no fields" in capsys.readouterr().err
