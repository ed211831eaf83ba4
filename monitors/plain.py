"""Plain text out of other people's markup.

Everything that comes in is stripped here once, so that no later room meets a tag, a script or a control character.
Stripping is not escaping: what is drawn still goes through the console's own escaping.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

MOST_MARKUP = 40_000  # characters looked at; nobody's headline or status is longer
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head"})
_BLOCKS = {"address", "article", "aside", "blockquote", "div", "figure", "footer", "form", "header", "main", "nav", "p"}
_BREAKS = _BLOCKS | {"br", "caption", "dd", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "pre"}
_BREAKS |= {"section", "table", "td", "th", "tr", "ul"}


def plain_text(markup: str, most: int = 2_000) -> str:
    """The words of `markup` on one line, at most `most` characters; scripts, styles and controls are dropped."""
    reader = _Words()
    reader.feed(markup[:MOST_MARKUP])
    reader.close()
    return one_line("".join(reader.words), most)


def one_line(text: str, most: int = 2_000) -> str:
    """Without control characters and doubled spaces, cut at a word where it is longer than `most`."""
    clean = text if text.isprintable() else "".join(_letters(text))  # most are, and a stream brings many
    line = " ".join(clean.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    at_word = cut if line[most - 1] == " " else cut.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > most // 2 else cut) + "…"


def web_link(link: str) -> str:
    """`link` when it is an absolute http or https address, else an empty text: nothing else may become a link."""
    link = one_line(link, 2_000)
    try:
        parts = urlsplit(link)
        return link if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def _letters(text: str) -> Iterator[str]:
    return (" " if letter.isspace() else letter for letter in text if not _is_control(letter))


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") and not letter.isspace()


class _Words(HTMLParser):
    """Collects what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silenced_by = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silenced_by:
            return
        if tag in _SILENT:
            self._silenced_by = tag
        elif tag in _BREAKS:
            self.words.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS and not self._silenced_by:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silenced_by:
            self._silenced_by = ""
        elif tag in _BREAKS and not self._silenced_by:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silenced_by:
            self.words.append(data)
