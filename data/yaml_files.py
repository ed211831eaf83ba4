"""Reads one YAML file into a pydantic model, or says in one sentence which file and which field is wrong.

Here, on the lowest floor, because checklists, templates, playbooks and the sample day all ask their files the same
way. It knows no model of theirs: the caller brings it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import BadInput


class FileModel(BaseModel):
    """A value read from a file: frozen, and an unknown field is an error, since it is nearly always a slip."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)
# The same loader in C, where PyYAML was built with it: about ten times as fast.
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_model(path: Path, model: type[Model]) -> Model:
    """The file's content as `model`.

    A file that has not changed is not read again: pages ask for their checklists and templates at every click. Raises
    BadInput with a sentence that names the file and, where one is at fault, the field.
    """
    try:
        state = path.stat()
        found: Model = _read(path, model, state.st_mtime_ns, state.st_size)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} cannot be read; check that it exists and is UTF-8 text.", str(error)) from error
    return found


@lru_cache(maxsize=256)
def _read(path: Path, model: type[Model], _written_at: int, _size: int) -> Model:
    text = path.read_text(encoding="utf-8")
    try:
        content = yaml.load(text, Loader=SAFE_LOADER)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise BadInput(f"{path.name} is not valid YAML{_where(error)}.", str(error)) from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise BadInput(f"{path.name}: {_first_problem(error)}", str(error)) from error


def names_in(folder: Path) -> tuple[str, ...]:
    """The names of the YAML files of a folder without their suffix, in order."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1})" if mark is not None else ""


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the whole file"
    more = error.error_count() - 1
    return f"{field}: {first['msg']}" + (f" (and {more} more)" if more else "") + "."
