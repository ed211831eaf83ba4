"""Reads the judge's reference files and checks every field, so that a slip in a table is found at the start.

The tables live in `data/reference` because they are data that a team edits; they are read here because only this
room knows what they mean. A language or a topic of the rules is one file more: every `sensitivity*.yaml` and
`polarising*.yaml` is found by name. The dates have a folder and a reader of their own, `scoring.date_tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from data.errors import BadInput
from data.yaml_files import SAFE_LOADER
from scoring.date_tables import DateTables, read_dates
from scoring.phrases import PhraseBook, inflect, parse
from scoring.text import fold

FOLDER = Path(__file__).resolve().parents[1] / "data" / "reference"

Kind = Literal["term", "toll", "figurative", "literal", "soft", "past", "court_frame", "public"]
Role = Literal["social_lead", "manager", "legal", "pr", "customer_service_lead", "executive"]


def _a_phrase(pattern: str) -> str:
    parse(pattern)
    return pattern


Phrase = Annotated[str, AfterValidator(_a_phrase)]
Phrases = tuple[Phrase, ...]
Weight = Annotated[float, Field(gt=0, le=1)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Table):
    """Terms of one kind of darkness by weight. `incident`: it tells of something happening to many people now."""

    says: str
    incident: bool = False
    terms: dict[Weight, Phrases]


class Sensitivity(_Table):
    """One language or topic of the sensitivity rules."""

    language: str
    groups: dict[str, Group]
    toll: dict[Weight, Phrases] = {}
    literal: Phrases = ()
    figurative: Phrases = ()
    soft: Phrases = ()
    past: Phrases = ()
    court_frame: Phrases = ()
    public: Phrases = ()


class Polarising(_Table):
    """Words of politics, protest and the law in one language."""

    language: str
    groups: dict[str, Group]
    figurative: Phrases = ()


class Subcategory(_Table):
    """A part of a category, as the guide names it; `cues` are our words for it."""

    key: str
    title: str
    cues: Annotated[Phrases, Field(min_length=1)]


class Category(_Table):
    """A row of the guide's trigger taxonomy. `window_minutes` None: stay silent unless it is your mission."""

    key: str
    title: str
    window_minutes: tuple[int, int] | None
    risk: Literal["low", "low_unless_disaster", "medium", "medium_high", "high"]
    signers: Annotated[tuple[Role, ...], Field(min_length=1)]
    notes: tuple[str, ...] = ()
    cues: Phrases = ()
    subcategories: Annotated[tuple[Subcategory, ...], Field(min_length=1)]

    def part(self, key: str) -> Subcategory | None:
        """The subcategory with this key; None where the table has none."""
        return next((one for one in self.subcategories if one.key == key), None)


class _Categories(_Table):
    categories: tuple[Category, ...]


class _Places(_Table):
    places: dict[str, Phrases]
    countries: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


class _Words(_Table):
    words: Annotated[tuple[str, ...], BeforeValidator(str.split)]


class _Valence(_Table):
    words: dict[Annotated[float, Field(ge=-4, le=4)], Phrases]
    intensifiers: dict[Annotated[float, Field(gt=0, le=3)], Phrases]
    negations: Phrases
    turns: Phrases


class _Selling(_Table):
    selling: Phrases
    solemn: Phrases
    crisis: Phrases


@dataclass(frozen=True)
class Rule:
    """What a phrase of the sensitivity or polarising files means. `weight` in (0, 1]; 0 for frames and masks."""

    kind: Kind
    group: str = ""
    weight: float = 0.0


@dataclass(frozen=True)
class Feeling:
    """What a phrase does to a text's sentiment."""

    kind: Literal["word", "intensifier", "negation", "turn"]
    value: float = 0.0


@dataclass(frozen=True)
class Reference:
    """Everything the rules know, ready to be looked up."""

    sensitivity: PhraseBook[Rule]
    polarising: PhraseBook[Rule]
    says: Mapping[str, str]
    incidents: frozenset[str]
    feelings: PhraseBook[Feeling]
    manner: PhraseBook[str]
    cues: PhraseBook[tuple[str, str]]
    categories: Mapping[str, Category]
    dates: DateTables
    places: PhraseBook[str]
    countries: frozenset[str]
    unsure_places: frozenset[str]
    common: frozenset[str]
    vocabulary: frozenset[str]


@lru_cache(maxsize=8)
def load(folder: Path = FOLDER) -> Reference:
    """Read and check all tables. Raises BadInput naming the file and the field that is wrong."""
    dark = [_read(path, Sensitivity) for path in _files(folder, "sensitivity")]
    loud = [_read(path, Polarising) for path in _files(folder, "polarising")]
    valence = _read(folder / "valence.yaml", _Valence)
    selling = _read(folder / "selling.yaml", _Selling)
    places = _read(folder / "places.yaml", _Places)
    common = frozenset(fold(word) for word in _read(folder / "common_words.yaml", _Words).words)
    categories = _read(folder / "categories.yaml", _Categories).categories
    sensitivity = PhraseBook(entry for file in dark for entry in _rules(file))
    polarising = PhraseBook(entry for file in loud for entry in _rules(file))
    feelings = PhraseBook(_feelings(valence))
    gazetteer = PhraseBook((name, code) for code, names in places.places.items() for name in names)
    endings = {form for word in common if len(word) > 2 for form in inflect(word)}
    words = sensitivity.words() | polarising.words() | gazetteer.words() | feelings.words() | common | endings
    files: list[Sensitivity | Polarising] = [*dark, *loud]
    groups = [item for file in files for item in file.groups.items()]
    return Reference(
        sensitivity=sensitivity,
        polarising=polarising,
        says={name: group.says for name, group in reversed(groups)} | {"toll": "counts people harmed"},
        incidents=frozenset(name for name, group in groups if group.incident),
        feelings=feelings,
        manner=PhraseBook((p, kind) for kind in ("selling", "solemn", "crisis") for p in getattr(selling, kind)),
        cues=PhraseBook(_cues(categories)),
        categories={entry.key: entry for entry in categories},
        dates=read_dates(folder / "dates"),
        places=gazetteer,
        countries=_country_names(places),
        unsure_places=frozenset(fold(name) for name in places.unsure),
        common=common,
        vocabulary=frozenset(word for word in words if len(word) > 2 or word in common),
    )


def _country_names(places: _Places) -> frozenset[str]:
    first = [names[0] for code, names in places.places.items() if len(code) == 2 and names]
    return frozenset(fold(name) for name in (*first, *places.countries))


def _files(folder: Path, name: str) -> list[Path]:
    found = sorted(folder.glob(f"{name}.yaml")) + sorted(folder.glob(f"{name}.*.yaml"))
    if not found:
        raise BadInput(f"The table {name}.yaml is missing from {folder}; restore it from the project's files.")
    return found


_M = TypeVar("_M", bound=_Table)


def _read(path: Path, model: type[_M]) -> _M:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE_LOADER)  # noqa: S506 - a safe one, in C
        return model.model_validate(raw)
    except OSError as fault:
        raise BadInput(
            f"The table {path.name} cannot be read; restore it from the project's files.", str(fault)
        ) from fault
    except yaml.YAMLError as fault:
        raise BadInput(f"The table {path.name} is not valid YAML; correct it.", str(fault)) from fault
    except ValidationError as fault:
        first = fault.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise BadInput(f"The table {path.name} is wrong at {field}: {first['msg']}.", str(fault)) from fault


def _cues(categories: Iterable[Category]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each cue with its category and, where it tells one, the subcategory."""
    for entry in categories:
        yield from ((cue, (entry.key, "")) for cue in entry.cues)
        yield from ((cue, (entry.key, part.key)) for part in entry.subcategories for cue in part.cues)


def _rules(file: Sensitivity | Polarising) -> Iterator[tuple[str, Rule]]:
    for name, group in file.groups.items():
        yield from _weighed("term", name, group.terms)
    yield from ((pattern, Rule("figurative")) for pattern in file.figurative)
    if isinstance(file, Sensitivity):
        yield from _weighed("toll", "toll", file.toll)
        frames: dict[Kind, Phrases] = {
            "literal": file.literal,
            "soft": file.soft,
            "past": file.past,
            "court_frame": file.court_frame,
            "public": file.public,
        }
        yield from ((pattern, Rule(kind)) for kind, patterns in frames.items() for pattern in patterns)


def _weighed(kind: Kind, group: str, terms: Mapping[float, Iterable[str]]) -> Iterator[tuple[str, Rule]]:
    return ((pattern, Rule(kind, group, weight)) for weight, patterns in terms.items() for pattern in patterns)


def _feelings(file: _Valence) -> Iterator[tuple[str, Feeling]]:
    for value, patterns in file.words.items():
        yield from ((pattern, Feeling("word", value)) for pattern in patterns)
    for factor, patterns in file.intensifiers.items():
        yield from ((pattern, Feeling("intensifier", factor)) for pattern in patterns)
    yield from ((pattern, Feeling("negation")) for pattern in file.negations)
    yield from ((pattern, Feeling("turn")) for pattern in file.turns)
