"""The lines of a scenario: what each kind must carry, and reading them from a file.

The format is a contract with other tools, so each kind is one model: a line that cannot be used is named by its
number and the field, before anything is lived through. Fields that are not known here are left out: a scenario may
carry more than a replay needs. A recording is turned into the same lines (`app.recording`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from data.errors import BadInput

# More than anybody ever counted, and little enough for every sum.
MOST = 10**12


def _in_reach(at: datetime) -> datetime:
    """Far enough from both ends of the calendar that every window before and after still lies in it."""
    if not 1970 < at.year < 9000:
        raise ValueError("must lie between the years 1971 and 8999")
    return at.astimezone(UTC)


Words = tuple[str, ...]
Name = Annotated[str, Field(min_length=1, max_length=200)]
At = Annotated[AwareDatetime, AfterValidator(_in_reach)]
Id = str | int


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BrandLine(_Model):
    """The first line: whose day it is. The fields of `scoring.contract.BrandProfile`."""

    kind: Literal["brand"]
    at: At
    name: Name
    category: str = ""
    keywords: Words = ()
    products: Words = ()
    competitors: tuple[Name, ...] = ()
    pain_points: Words = ()
    values: Words = ()
    never_list: Words = ()
    regions: Words = ()
    languages: Words = ("en",)
    # A recording brings its own monitors and sources in the lines that follow.
    recorded: bool = False


class ItemLine(_Model):
    """Something that a source brought; the fields from `agency` on are an official warning's."""

    kind: Literal["item"]
    at: At
    source: Literal["news", "mentions", "official"]
    text: str
    id: Id = ""
    url: str = ""
    author: str = ""
    region: str | None = None
    topic: str | None = None
    weight: Annotated[int, Field(ge=0, le=MOST)] = 1
    agency: str | None = None
    event: str | None = None
    severity: str | None = None
    area: str | None = None
    expires: AwareDatetime | None = None
    cancelled: bool | None = None
    published_at: At | None = None
    language: str | None = None
    # A recording's: which of its sources brought the item, and everything that it said of itself.
    by: int | None = None
    said: Mapping[str, object] | None = None

    def extra(self) -> dict[str, object]:
        """What a warning says of itself, as sources keep it."""
        if self.said is not None:
            return dict(self.said)
        said = {"agency", "event", "severity", "area", "expires", "cancelled"}
        return self.model_dump(mode="json", include=said, exclude_none=True)


class VolumeLine(_Model):
    """`count` uses in the minute at `at`."""

    kind: Literal["volume"]
    at: At
    source: Literal["news", "mentions", "official", "trends"]
    topic: Name
    count: Annotated[float, Field(ge=0, le=MOST)]


class SourceLine(_Model):
    """A recording's: a source by its number in the file."""

    kind: Literal["source"]
    at: At
    number: int
    name: Name
    of_kind: Name
    alert_on_everything: bool


class MonitorLine(_Model):
    """A recording's: what was watched."""

    kind: Literal["monitor"]
    at: At
    name: Name
    of_kind: Name
    terms: Words
    exclusions: Words
    floor: Annotated[int, Field(ge=1, le=MOST)]
    enabled: bool
    languages: Words
    cooldown_minutes: Annotated[int, Field(ge=0, le=MOST)] | None


class HistoryLine(_Model):
    """A recording's: how often a monitor was used in a minute, or an hour, before the recording began."""

    kind: Literal["history"]
    at: At
    monitor: Name
    minute: At
    count: Annotated[int, Field(ge=0, le=MOST)]


class ReadingLine(_Model):
    """A recording's: a figure that a source measured itself, with the window and the past that it told."""

    kind: Literal["reading"]
    at: At
    by: int
    topic: Name
    count: Annotated[int, Field(ge=0, le=MOST)]
    baseline: Annotated[float, Field(ge=0, le=MOST)] | None
    window_start: At
    window_end: At
    titles: Words
    url: str


class Provenance(_Model):
    """Where a file comes from."""

    origin: str | None = None
    reverse_image_search: str | None = None
    rights: str | None = None
    rights_note: str | None = None


class MediaLine(_Model):
    """A file of a post."""

    name: Name
    kind: str
    previewed_by: tuple[Name, ...] = ()
    provenance: Provenance | None = None


class PostLine(_Model):
    """A post that enters the schedule at `at`, and who signed it."""

    kind: Literal["post"]
    at: At
    id: Id
    author: Name
    text: str
    channel: str
    promotional: bool
    reactive: bool
    scheduled_for: At
    approvals: tuple[Name, ...]
    topic: str | None = None
    regions: Words = ()
    checklist: str | None = None
    media: tuple[MediaLine, ...] = ()


Recorded = SourceLine | MonitorLine | HistoryLine | ReadingLine
Told = BrandLine | ItemLine | VolumeLine | PostLine
Line = Annotated[Told | Recorded, Field(discriminator="kind")]
_LINE: TypeAdapter[Told | Recorded] = TypeAdapter(Line)


def line_of(number: int, row: Mapping[str, Any]) -> Line:
    """The row as a line. BadInput names the line and the field that cannot be used."""
    try:
        return _LINE.validate_python(row)
    except ValidationError as error:
        raise BadInput(_sentence(number, error)) from error


def _sentence(number: int, error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"].startswith("union_tag"):
        return f"Line {number}: `kind` must be brand, item, volume or post."
    kind, *place = first["loc"]
    field = ".".join(str(part) for part in place)
    what = "is missing" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
    return f"Line {number} ({kind}), field `{field}`: {what}."


def read_scenario(path: Path) -> Iterator[tuple[int, Line]]:
    """The numbered lines of a JSON Lines file. BadInput names one that is none; an `expect` line is left out."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, start=1):
                if text.strip():
                    row = _parsed(number, text)
                    if row.get("kind") != "expect":
                        yield number, line_of(number, row)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read.", cause=str(error)) from error


def _parsed(number: int, text: str) -> Mapping[str, Any]:
    try:
        row = from_json(text)  # refuses what Python's own takes: half a character, and lists in lists without end
    except ValueError as error:
        raise BadInput(f"Line {number} cannot be read as JSON.", cause=str(error)) from error
    if not isinstance(row, dict):
        raise BadInput(f"Line {number} is not an object.")
    return row
