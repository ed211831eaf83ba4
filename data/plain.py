"""Plain text out of other people's markup. On the lowest floor because sources hear it, and channels hear answers.

Everything that comes in is stripped here once, so that no later room meets a tag, a script or a control character.
Stripping is not escaping: what is drawn still goes through the console's own escaping.

The scanner is ours because the standard library's needs time that grows with the square of what it reads: some
kilobytes of tags that never close keep it busy for minutes. Ours looks at every character a fixed number of times.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

MOST_MARKUP = 40_000  # characters looked at; nobody's headline or status is longer
_SILENT = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head"})
_BLOCKS = {"address", "article", "aside", "blockquote", "div", "figure", "footer", "form", "header", "main", "nav", "p"}
_BREAKS = _BLOCKS | {"br", "caption", "dd", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "pre"}
_BREAKS |= {"section", "table", "td", "th", "tr", "ul"}
_CODE = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style")}
_BEGINS = re.compile(r"<[a-zA-Z/!?]")
_NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_END_OR_VALUE = re.compile(r"""=\s*(["'])|>""")
_ENDLESS = re.compile(r"&#[0-9]{8,};?")  # no letter has such a number, and a long one is an error in `unescape`


def plain_text(markup: str, most: int = 2_000) -> str:
    """The words of `markup` on one line, at most `most` characters; scripts, styles and controls are dropped."""
    return one_line("".join(_Words(markup[:MOST_MARKUP]).read()), most)


def tagless_text(written: str, most: int = 2_000) -> str:
    """As `plain_text`, of what is no markup but may have come through it: `<` stands for itself, `&amp;` for `&`."""
    return one_line(_unescaped(written[:MOST_MARKUP]), most)


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


def _unescaped(text: str) -> str:
    return unescape(_ENDLESS.sub(" ", text)) if "&" in text else text


def _letters(text: str) -> Iterator[str]:
    return (" " if letter.isspace() else letter for letter in text if not _is_control(letter))


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") and not letter.isspace()


class _Words:
    """What a reader would see, in one pass from left to right; a tag that never ends is text like any other."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._last = {sign: markup.rfind(sign) for sign in (">", "]]>", '"', "'")}
        self._quotes_count = True
        self._silenced_by = ""

    def read(self) -> Iterator[str]:
        """The words, with a space where a tag breaks the line."""
        at = 0
        while (tag := self._markup.find("<", at)) >= 0 and tag < self._last[">"]:
            yield self._text(at, tag)
            end = self._end(tag)
            if end > tag:
                yield self._tag(self._markup[tag:end])
            else:
                end = tag + 1
                yield self._text(tag, end)
            at = self._end_of_code(end)
        yield self._text(at, len(self._markup))

    def _text(self, begin: int, end: int) -> str:
        return "" if self._silenced_by else _unescaped(self._markup[begin:end])

    def _tag(self, tag: str) -> str:
        """What stands in the place of a tag. A silent one silences everything up to its own end."""
        found = _NAME.match(tag)
        name = found[2].lower() if found else ""
        if self._silenced_by:
            self._silenced_by = "" if found and found[1] and name == self._silenced_by else self._silenced_by
        elif found and not found[1] and name in _SILENT and not tag.endswith("/>"):
            self._silenced_by = name
        elif name in _BREAKS:
            return " "
        return ""

    def _end_of_code(self, at: int) -> int:
        """Where the code that begins at `at` ends, for in code a `<` begins nothing; `at` where none begins."""
        if self._silenced_by not in _CODE:
            return at
        end = _CODE[self._silenced_by].search(self._markup, at)
        return end.start() if end else len(self._markup)

    def _end(self, tag: int) -> int:
        """Where the tag or comment that begins at `tag` ends; `tag` itself where none begins there."""
        if self._markup.startswith("<!--", tag):
            end = self._markup.find("-->", tag + 2)  # `<!-->` is a whole comment
            return end + 3 if end >= 0 else len(self._markup)
        if self._markup.startswith("<![CDATA[", tag) and tag < self._last["]]>"]:
            return self._markup.index("]]>", tag) + 3
        if not _BEGINS.match(self._markup, tag):
            return tag
        if self._quotes_count and (end := self._after_values(tag)):
            return end
        return self._markup.find(">", tag) + 1

    def _after_values(self, tag: int) -> int:
        """The tag's end when a `>` within a quoted value is not one; 0 where then none is left.

        From there on quotes count no more: each tag would be looked at to the end of the text otherwise.
        """
        at = tag
        while found := _END_OR_VALUE.search(self._markup, at):
            at, quote = found.end(), found[1]
            if not quote:
                return at
            if at <= self._last[quote]:
                at = self._markup.index(quote, at) + 1
        self._quotes_count = False
        return 0
