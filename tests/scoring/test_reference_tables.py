"""The tables load, and a slip in one is named by file and field."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.errors import BadInput
from scoring.lexicon import LexiconScorer
from scoring.reference import FOLDER, load

GUIDES_TERMS = ("shooting", "attack", "disaster", "crash", "death toll", "earthquake", "bombing", "hostage")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "reference"
    shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


@pytest.mark.parametrize("term", GUIDES_TERMS)
def test_every_tragedy_term_of_the_guide_is_noticed(term: str) -> None:
    verdict = LexiconScorer().score([f"{term} reported near the river"])[0].tragedy
    assert verdict.label != "clear"
    assert any(term.split()[0] in reason.evidence for reason in verdict.reasons)


def test_the_eight_trigger_categories_carry_the_guides_windows_and_signers() -> None:
    table = {key: (row.window_minutes, row.signers) for key, row in load().categories.items()}
    assert table == {
        "cultural_moment": ((120, 1440), ("social_lead",)),
        "breaking_industry": ((30, 240), ("manager",)),
        "breaking_political_social": (None, ("executive", "legal")),
        "complaint": ((15, 60), ("customer_service_lead", "pr")),
        "viral_ugc": ((60, 480), ("social_lead",)),
        "viral_moment": ((30, 360), ("manager",)),
        "competitor_action": ((240, 2880), ("manager", "legal")),
        "weather_environment": ((60, 720), ("social_lead",)),
    }


def test_a_language_is_one_file_more(folder: Path) -> None:
    (folder / "sensitivity.xx.yaml").write_text(
        "language: xx\ngroups:\n  death:\n    says: speaks of death\n    terms:\n      0.8: [zzmortis]\n", "utf-8"
    )
    scorer = LexiconScorer(load(folder))
    assert scorer.score(["zzmortis in the square"])[0].tragedy.label == "hold"
    assert LexiconScorer().score(["zzmortis in the square"])[0].tragedy.label == "clear"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Terremoto de magnitud 7: al menos 40 muertos", "hold"),
        ("Fusillade dans un lycée, trois morts selon la police", "hold"),
        ("Zugunglück bei Köln: Polizei meldet sechs Tote", "hold"),
        ("Die neue Kollektion ist da, die Farben sind wunderbar", "clear"),
        ("Me muero de risa con este vídeo", "clear"),
    ],
)
def test_other_languages_have_a_first_file(text: str, expected: str) -> None:
    assert LexiconScorer().score([text])[0].tragedy.label == expected


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("categories.yaml", "risk: low\n", "risk: tiny\n", "categories.0.risk"),
        ("categories.yaml", "signers: [manager]", "signers: [intern]", "signers"),
        ("sensitivity.yaml", "language: en", "language: en\nsurprise: 1", "surprise"),
        ("places.yaml", "places:", "places: [", "YAML"),
    ],
)
def test_a_slip_is_named_by_file_and_field(folder: Path, file: str, old: str, new: str, field: str) -> None:
    path = folder / file
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput) as caught:
        load(folder)
    assert file in caught.value.message
    assert field in caught.value.message


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "sensitivity.yaml").unlink()
    for extra in folder.glob("sensitivity.*.yaml"):
        extra.unlink()
    with pytest.raises(BadInput, match=r"sensitivity\.yaml"):
        load(folder)
