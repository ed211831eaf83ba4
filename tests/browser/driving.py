"""Driving the console as a person does, in the system's Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.processes import chromium

# A machine that does much besides may need so long for a page; one that does not waits for nothing.
PATIENCE_MS = 90_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@contextmanager
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


class Visitor:
    """One person in one browser context."""

    def __init__(self, running: Browser, address: str, username: str, password: str, *, phone: bool = False) -> None:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        self.context = running.new_context(viewport=size, timezone_id="Europe/London", has_touch=phone)
        self.context.set_default_timeout(PATIENCE_MS)
        self.outside: list[str] = []
        self.dialogs: list[str] = []
        self.address = address
        self.page = self._new_page()
        self._sign_in(username, password)

    def another_tab(self) -> Visitor:
        """The same person in a second tab of the same browser."""
        tab = copy(self)
        tab.page = tab._new_page()
        return tab

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.on("request", self._note_request)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        return page

    def _sign_in(self, username: str, password: str) -> None:
        # By a link to some page: whoever is not signed in finds the form there, also on a server's very first visit.
        self.page.goto(f"{self.address}/schedule")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator(".st-key-sign_out")).to_be_attached(timeout=PATIENCE_MS)
        self.sees("Schedule & holds")
        self.settle()

    def _note_request(self, request) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, page: str, **query: object) -> None:
        """Go to a page of the console by its address."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.address}/{page}" + (f"?{asked}" if asked else ""))
        expect(self.page.locator(".st-key-sign_out")).to_be_attached(timeout=PATIENCE_MS)
        self.settle()

    def settle(self) -> None:
        """Wait until the script behind the page has finished, and has not begun again a moment later."""
        resting = self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
        rests = 0
        while rests < 2:
            self.page.wait_for_timeout(110)
            if not resting.count():
                expect(resting).to_be_attached(timeout=PATIENCE_MS)
                rests = 0
            rests += 1

    def key(self, key: str) -> Locator:
        """The widget with this key."""
        return self.page.locator(f".st-key-{key}")

    def press(self, key: str) -> None:
        """Click the button with this key."""
        self.key(key).locator("button").first.click()
        self.settle()

    def press_named(self, name: str) -> None:
        """Click the button that says exactly this."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.settle()

    def choose(self, key: str, option: str) -> None:
        """Choose an option of a segmented control."""
        self.key(key).get_by_text(option, exact=True).first.click()
        self.settle()

    def sees(self, words: str | re.Pattern[str]) -> None:
        """Some place on the page says this, now or within the time that a person would wait."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def sees_not(self, words: str) -> None:
        """No place on the page says this."""
        self.settle()
        expect(self.page.get_by_text(words)).to_have_count(0)

    def picture(self, folder: Path, name: str) -> None:
        """A screenshot, for whoever looks at a failure."""
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)
