"""Databases for the reliability tests, each prepared once and copied for every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from data.storage.store import Store
from tests.reliability.kit import SharedClock, Template, prepared

Prepare = Callable[[Callable[[Store], Any]], Template]


@pytest.fixture
def shared_clock() -> SharedClock:
    return SharedClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def prepare(kind: str, request: pytest.FixtureRequest, shared_clock: SharedClock, tmp_path: Path) -> Iterator[Prepare]:
    """Make a template on this kind of database out of a function that fills a store."""
    source = request.getfixturevalue("migrated_file" if kind == "sqlite" else "migrated_database")
    with ExitStack() as stack:
        yield lambda fill: stack.enter_context(prepared(source, tmp_path, shared_clock, fill, kind))
