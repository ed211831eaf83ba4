"""JSON replies, read through pydantic models: what does not fit is left out, no JSON at all is an error.

The door has bounded the bytes and the values of a reply already (`fetch.Limits`); here the elements are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ValidationError
from pydantic_core import from_json

from data.errors import FetchError
from monitors.fetch import Response

MOST_ROWS = 5_000  # ours: no source that we ask gives a thousand

Model = TypeVar("Model", bound=BaseModel)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


UtcTime = Annotated[AwareDatetime, AfterValidator(_in_utc)]


def rows_of(response: Response, model: type[Model], under: str = "") -> list[Model]:
    """The first elements of a JSON list that fit `model`, in order. Raises `FetchError` when there is no such list.

    The list is the whole document, or stands in an object under the name `under`.
    """
    try:
        found = from_json(response.body)
    except ValueError as error:
        raise FetchError("What came back cannot be read: check the address.", str(error)) from error
    return rows_in(found.get(under) if under and isinstance(found, dict) else found, model)


def rows_in(found: object, model: type[Model]) -> list[Model]:
    """As `rows_of`, from what has been read already."""
    if not isinstance(found, list):
        raise FetchError("What came back is not the list we asked for: check the address.", type(found).__name__)
    rows: list[Model] = []
    fault: ValidationError | None = None
    for element in found[:MOST_ROWS]:
        try:
            rows.append(model.model_validate(element))
        except ValidationError as error:
            fault = error  # not yet in words, which cost more than the check
    if found and not rows:
        raise FetchError("Nothing in what came back is of the kind we asked for: check the address.", str(fault)[:300])
    return rows
