"""One real server for all tests here. They belong to `make test-bluesky`, which installs it; elsewhere they skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bluesky.pds import Pds, running
from tests.reliability.conftest import kind as kind
from tests.reliability.conftest import prepare as prepare
from tests.reliability.conftest import shared_clock as shared_clock


@pytest.fixture(scope="session")
def packages() -> Path:
    """Where the server's packages lie."""
    named = os.environ.get("TACT_PDS")
    if not named:
        pytest.skip("a real Bluesky server is needed: make test-bluesky")
    if shutil.which("node") is None:
        pytest.skip("Node.js 20 or newer is not installed here")
    if not (Path(named) / "node_modules/@atproto/pds").is_dir():
        pytest.skip(f"no Bluesky server in {named}: make test-bluesky installs it")
    return Path(named)


@pytest.fixture(scope="session")
def pds(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    with running(packages, tmp_path_factory.mktemp("pds")) as server:
        yield server
