"""Moments that the console must stop and moments that it must let through, lived through as `app replay` does.

One file is one moment. Its last line, `expect`, says which posts leave, and for which reasons the others do not (one
of those named is enough); for a post in `published_or_stopped` either is right. The expectations say what is right,
not what the judge of the day happens to think.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.replay import replay
from app.scenario import read_scenario

FILES = sorted(Path(__file__).parent.glob("*.jsonl"))
LEAST_GOOD_MOMENTS = 8


def expected(file: Path) -> dict[str, Any]:
    last = json.loads(file.read_text(encoding="utf-8").splitlines()[-1])
    assert last.pop("kind") == "expect"
    return last


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_must_be_stopped_is_stopped_and_what_may_go_goes(file: Path, tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "replay.db")
    told: list[Mapping[str, Any]] = []
    replay(read_scenario(file), tmp_path, told.append)

    published = [event["post"] for event in told if event["event"] == "published"]
    stopped = defaultdict(set)
    for event in told:
        if event["event"] in ("held", "blocked"):
            stopped[event["post"]].update(event["reasons"])
    wanted = expected(file)
    open_question = set(wanted.get("published_or_stopped", ()))
    assert sorted(set(published) - open_question) == sorted(wanted["published"]), dict(stopped)
    assert not set(published) & set(stopped), "a post was stopped first and left later"
    for post, reasons in wanted["stopped"].items():
        assert stopped[post] & set(reasons), f"{post} was stopped for {sorted(stopped[post])}, none of {reasons}"


def test_every_post_of_every_file_is_spoken_for_and_silence_is_not_the_only_answer() -> None:
    good = 0
    for file in FILES:
        posts = {line.id for _, line in read_scenario(file) if line.kind == "post"}
        wanted = expected(file)
        either = wanted.get("published_or_stopped", ())
        assert posts == {*wanted["published"], *either, *wanted["stopped"]}, file.stem
        good += not wanted["stopped"]
    assert good >= LEAST_GOOD_MOMENTS
