"""The sources that a new workspace begins with, read from `default_sources.yaml`.

On the lowest floor because the Set-up page's use case writes them down; what their settings mean only the kinds in
`monitors.sources` know, and a test holds every row of the file to those.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated

from pydantic import Field

from data.reference import FOLDER
from data.yaml_files import FileModel, read_model

HOME = "US"
"""The country whose rising searches are read for a brand that named no region."""

Setting = str | bool | list[str]


class DefaultSource(FileModel):
    """One source. `config` holds the settings of its kind."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Annotated[str, Field(min_length=3, max_length=200)]
    interval_seconds: Annotated[int, Field(ge=60, le=24 * 3600)]
    config: dict[str, Setting]

    def config_for(self, country: str) -> dict[str, Setting]:
        """The settings for a brand that speaks in this country (ISO 3166, `GB`)."""
        return {k: v.replace("{country}", country) if isinstance(v, str) else v for k, v in self.config.items()}


class _Sources(FileModel):
    sources: Annotated[tuple[DefaultSource, ...], Field(min_length=1)]


@cache
def default_sources() -> tuple[DefaultSource, ...]:
    """All of them, in the file's order. BadInput where the file is wrong."""
    return read_model(FOLDER / "default_sources.yaml", _Sources).sources
