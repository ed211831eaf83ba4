"""Signing in at a company's own provider, as a person does it: a real provider beside us, console and Chromium.

Pia has no password here. She comes by the provider, signs a draft after being asked there once more in another tab,
and is out when her sign-in is ended, whatever her browser remembers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select, update

from app.clock import utc_now
from app.settings import Settings, as_environment
from data.storage.engine import open_store
from data.storage.tables import approvals, identities, people, sign_ins
from tests import factory as f
from tests.browser.driving import PATIENCE_MS, browser
from tests.processes import chromium, free_port, wait_for
from workflow import accounts, sessions

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(400)]

LABEL = "the tea house"
SUBJECT = "pia-of-larkfield"


@contextmanager
def process(*command: str, env: dict[str, str], log: Path, health: str) -> Iterator[None]:
    with log.open("ab") as written:
        child = subprocess.Popen([sys.executable, "-m", *command], env=env, stdout=written, stderr=written)
    try:
        wait_for(lambda: answers(health), f"{health} answers", 90)
        yield
    finally:
        child.terminate()
        child.wait(15)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


class Provider:
    """The mock provider, which asks for a name and believes it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def knows(self, email: str) -> None:
        """Pia has given her word there just now."""
        claims = {"email": email, "email_verified": True, "auth_time": int(time.time())}
        httpx.put(f"{self.address}/users/{SUBJECT}", json=claims).raise_for_status()

    def sign_in(self, page: Page) -> None:
        expect(page.locator("input[name=sub]")).to_be_visible(timeout=PATIENCE_MS)
        page.locator("input[name=sub]").fill(SUBJECT)
        page.get_by_role("button", name="Authorize").click()


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = ("oidc_provider_mock", "--port", str(port), "--host", "127.0.0.1")
    with process(*command, env=dict(os.environ), log=tmp_path / "provider.log", health=f"{address}/"):
        yield Provider(address)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[f.Team]:
    store = open_store(f"sqlite:///{tmp_path / 'tact.db'}")
    made = f.team_in(store)
    with store.write() as tx:
        tx.run(update(people).where(people.c.username == "pia").values(password_hash="", email="pia@example.org"))
    yield made
    store.close()


@pytest.fixture
def console(tmp_path: Path, team: f.Team, provider: Provider) -> Iterator[str]:
    if chromium() is None:
        assert not os.environ.get("CI"), "CI needs Chromium"
        pytest.skip("no Chromium: apt install chromium")
    settings = Settings(
        database_url=str(team.store.engine.url),
        port=free_port(),
        dry_run_folder=tmp_path / "dry_run",
        judge="words",
        log_level="WARNING",
        oidc_metadata_url=f"{provider.address}/.well-known/openid-configuration",
        oidc_client_id="tact",
        oidc_client_secret="not much of a secret",
        oidc_label=LABEL,
    )
    health = f"{settings.url}/_stcore/health"
    with process("app", "console", env=as_environment(settings), log=tmp_path / "console.log", health=health):
        yield settings.url


def cookies(context: BrowserContext) -> set[str]:
    return {one["name"] for one in context.cookies()}


def signed(team: f.Team) -> list[int]:
    with team.store.read() as tx:
        return [row["person_id"] for row in tx.rows(select(approvals.c.person_id))]


def test_in_by_the_provider_a_signature_and_out_again(team: f.Team, provider: Provider, console: str) -> None:
    draft_id, pia = f.draft_in_review(team), team.people["pia"].id
    provider.knows("Pia@example.org")
    with browser() as running:
        context = running.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        come_in(page, provider, console, draft_id)
        wait_for(lambda: "tact_sign_in" in cookies(context), "our own cookie is there")
        wait_for(lambda: not any(name.startswith("_streamlit_user") for name in cookies(context)), "theirs is gone")
        with team.store.read() as tx:
            row = tx.row(select(identities))
            assert row is not None
            assert (row["person_id"], row["subject"], row["issuer"]) == (pia, SUBJECT, provider.address)

        let_time_pass(team, pia)
        page.locator(f".st-key-approve_{draft_id} button").first.click()
        link = page.get_by_role("link", name=f"Sign in again with {LABEL}")
        expect(link).to_be_visible()
        assert signed(team) == []
        provider.knows("pia@example.org")
        with context.expect_page() as opened:
            link.click()
        other = opened.value
        provider.sign_in(other)
        expect(other.get_by_text("You signed in again just now")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        wait_for(lambda: signed(team) == [pia], "the signature is there")

        sessions.end_all(team.store, team.tokens["ada"], pia)
        for tab in (page, other):
            tab.reload()
            expect(tab.get_by_role("button", name=f"Sign in with {LABEL}")).to_be_visible()
        accounts.revoke(team.store, team.tokens["ada"], pia)
        provider.knows("pia@example.org")
        other.get_by_role("button", name=f"Sign in with {LABEL}").click()
        provider.sign_in(other)
        expect(other.get_by_text("Your access has ended.")).to_be_visible()


def come_in(page: Page, provider: Provider, console: str, draft_id: int) -> None:
    """By the link that a message held: it still leads there on the way back."""
    page.goto(f"{console}/approvals?draft={draft_id}")
    page.get_by_role("button", name=f"Sign in with {LABEL}").click()
    provider.sign_in(page)
    expect(page.locator(f".st-key-approve_{draft_id}")).to_be_visible()
    assert page.url == f"{console}/approvals?draft={draft_id}"


def let_time_pass(team: f.Team, person_id: int) -> None:
    """What counts as fresh is a quarter of an hour; the test does not wait for it."""
    with team.store.write() as tx:
        long_ago = utc_now() - timedelta(minutes=20)
        tx.run(update(sign_ins).where(sign_ins.c.person_id == person_id).values(fresh_at=long_ago))
