"""The console as a test drives it: the real pages, a team's house in the session, no browser."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app.ui import context
from data.storage.engine import open_store
from tests.conftest import HandClock
from tests.factory import Team, house_of, team_in

# Every AppTest looks through all installed packages for custom components, for a third of a second. Once is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
MAIN = str(Path(__file__).parent.parent / "app" / "main.py")


@cache
def _seeded() -> tuple[bytes, Team]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tact.db"
        store = open_store(f"sqlite:///{path}", clock=HandClock())
        team = team_in(store)
        store.close()
        return path.read_bytes(), team


@contextmanager
def team_at(folder: Path, clock: HandClock) -> Iterator[Team]:
    """The test team on an SQLite file of its own; a page runs on another thread, so memory would not do."""
    content, team = _seeded()
    path = folder / "tact.db"
    path.write_bytes(content)
    store = open_store(f"sqlite:///{path}", clock=clock)
    yield replace(team, store=store, tokens=dict(team.tokens))
    store.close()


def visit(team: Team, name: str, page: str, folder: Path, **query: object) -> AppTest:
    """A page of the console as `name` sees it. `query` is what stands behind the question mark."""
    at = AppTest.from_file(MAIN, default_timeout=20)
    at.session_state[context.HOUSE] = house_of(team, folder)
    at.session_state[context.TOKEN] = team.tokens[name]
    for key, value in query.items():
        at.query_params[key] = str(value)
    return calm(at.switch_page(f"pages/{page}.py").run())


def calm(at: AppTest) -> AppTest:
    """The same, after checking that the script did not break."""
    assert not at.exception, [one.value for one in at.exception]
    return at


def press(at: AppTest, key: str) -> AppTest:
    """Click the button with this key and let the page run."""
    return calm(at.button(key=key).click().run())


def submit(at: AppTest, label: str) -> AppTest:
    """Send the form whose button says `label`."""
    found = [one for one in at.button if one.label == label]
    assert len(found) == 1, [one.label for one in at.button]
    return calm(found[0].click().run())


def said(at: AppTest) -> str:
    """Every word on the page, boxes included, in one string."""
    kinds: list[Any] = [at.title, at.markdown, at.text, at.caption, at.error, at.warning, at.info, at.success, at.code]
    return "\n".join(plain(str(one.value)) for kind in kinds for one in kind)


def plain(words: str) -> str:
    """Markdown's escapes as the characters they stand for."""
    return html.unescape(words).replace("\u2060", "")


def errors(at: AppTest) -> str:
    """What the page refused, in its own words."""
    return " ".join(plain(str(one.value)) for one in at.error)
