"""Words from outside as Markdown: shown exactly, and nothing in them becomes a link once the escapes are gone."""

from __future__ import annotations

import html
import re

import pytest

from app.ui.text import escape
from tests.console_driver import plain

# What the console's Markdown makes a link of in decoded text (GitHub's extended autolinks).
LINKS = re.compile(r"(https?://|www\.|\S@[\w-]+\.\w)", re.IGNORECASE)


@pytest.mark.parametrize(
    "words",
    ["www.evil.example", "see WWW.evil.example/x?y=1", "https://evil.example", "me@evil.example", "[a](www.b.example)"],
)
def test_an_address_in_words_from_outside_is_no_link(words: str) -> None:
    assert plain(escape(words)) == words
    assert not LINKS.search(html.unescape(escape(words)))
